using Microsoft.Win32.SafeHandles;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.Portable;

internal sealed class PortableReadableFile(EntryPath path, SafeFileHandle file) : IReadableFile
{
    public FileStamp Stamp() => Trouble.Reading(path, () => PortableLook.Of(file));

    public int Read(Span<byte> buffer, long offset)
    {
        try
        {
            return RandomAccess.Read(file, buffer, offset);
        }
        catch (IOException e)
        {
            throw Trouble.Unreadable(path, e);
        }
    }

    public void Dispose() => file.Dispose();
}

internal sealed class PortableStagedFile(string path) : IStagedFile
{
    private SafeFileHandle? _file = Trouble.Staging(() => File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete));
    private bool _placed;

    public string FullPath { get; } = path;

    // Closed for an attempt to put it in place; opened again if that met a surprise and the caller goes on with it.
    private SafeFileHandle Handle => _file ??= File.OpenHandle(FullPath, FileMode.Open, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);

    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        try
        {
            RandomAccess.Write(Handle, bytes, offset);
        }
        catch (IOException e)
        {
            throw Trouble.Unwritable(EntryPath.Root, e);
        }
    }

    public int Read(Span<byte> buffer, long offset) => RandomAccess.Read(Handle, buffer, offset);

    public void Flush(Entry entry) => Trouble.Staging(() =>
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Handle, (UnixFileMode)(entry.Mode & 0x1FF));
        File.SetLastWriteTimeUtc(Handle, PortableLook.ToTime(entry.ModifiedNs));
        RandomAccess.FlushToDisk(Handle);
        return 0;
    });

    public void Close()
    {
        _file?.Dispose();
        _file = null;
    }

    public void Placed() => _placed = true;

    public void Leave()
    {
        Close();
        _placed = true;
    }

    public void Dispose()
    {
        Close();
        if (!_placed) File.Delete(FullPath);
        _placed = true;
    }
}

/// <summary>Exceptions of System.IO as problems.</summary>
internal static class Trouble
{
    public static bool IsOfDisk(Exception e) => e is IOException or UnauthorizedAccessException or NotSupportedException;

    public static DiskProblemException Unreadable(EntryPath path, Exception e) =>
        new(new(path, ProblemKind.Unreadable, $"'{Names.Shown(path.Text)}' cannot be read: {e.Message}"), e);

    public static DiskProblemException Unwritable(EntryPath path, Exception e) => new(new(path, e is PathTooLongException ? ProblemKind.NameNotHere : ProblemKind.Unwritable,
        $"{Names.Subject(path)} cannot be written: {e.Message} Check free space and permissions, and that no program locks it."), e);

    public static T Reading<T>(EntryPath path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not DiskProblemException && IsOfDisk(e))
        {
            throw Unreadable(path, e);
        }
    }

    public static T Staging<T>(Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception e) when (IsOfDisk(e))
        {
            throw Unwritable(EntryPath.Root, e);
        }
    }
}
