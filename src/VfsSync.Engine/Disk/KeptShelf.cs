using VfsSync.Core.Session;

namespace VfsSync.Engine.Disk;

/// <summary>
/// Long files that plans took out of the folder: nothing else on this machine may hold what is in them, and another node (or this one, at another path) may
/// still need it. Small contents lie in the store. Any thread may call.
/// </summary>
internal interface IKeptShelf
{
    /// <summary>Files from this size on are kept, bytes.</summary>
    public const long From = Staging.SmallContent + 1;

    /// <summary>What is there, oldest first.</summary>
    IReadOnlyList<KeptFile> Files { get; }

    /// <summary>On a disk with less room than this nothing is kept or captured, bytes.</summary>
    public const long Reserve = 1L << 30;

    /// <summary>Bytes that the disk has left.</summary>
    long FreeBytes { get; }

    /// <summary>Whether the disk runs full.</summary>
    bool IsFull => FreeBytes < Reserve;

    /// <summary>Reads up to the buffer's length at an offset.</summary>
    /// <exception cref="IOException">It is there no more.</exception>
    int Read(string name, Span<byte> buffer, long offset);

    /// <summary>Notes which chunks a file holds; without that a later run has no use for it.</summary>
    void Note(string name, ReadOnlySpan<byte> chunks);

    /// <summary>What was noted; null if nothing was.</summary>
    byte[]? NoteOf(string name);

    void Drop(string name);
}

/// <summary>A file on the shelf.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Since">When it came there.</param>
internal sealed record KeptFile(string Name, long Size, DateTimeOffset Since);

/// <summary>`.vfs/kept` on a real disk: each file with a note beside it. The change time tells when a file came there.</summary>
internal sealed class KeptShelf : IKeptShelf
{
    private const string NoteEnding = ".chunks";
    private readonly string _directory;
    private readonly string _prefix = $"{Random.Shared.Next():x8}-";
    private int _count;

    /// <param name="home">The `.vfs` directory.</param>
    public KeptShelf(string home)
    {
        _directory = Path.Combine(home, "kept");
        if (!OperatingSystem.IsWindows()) Directory.CreateDirectory(_directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        else Directory.CreateDirectory(_directory);
    }

    public IReadOnlyList<KeptFile> Files =>
        [.. new DirectoryInfo(_directory).EnumerateFiles().Where(f => f.Extension != NoteEnding).Select(f => new KeptFile(f.Name, f.Length, SinceOf(f))).OrderBy(f => f.Since).ThenBy(f => f.Name, StringComparer.Ordinal)];

    public long FreeBytes => new DriveInfo(_directory).AvailableFreeSpace;

    /// <summary>Takes a file in; null if it is not worth it.</summary>
    /// <param name="path">Where it lies, on the same disk.</param>
    /// <param name="size">Its size in bytes.</param>
    public string? Take(string path, long size)
    {
        if (size < IKeptShelf.From) return null;
        var name = _prefix + Interlocked.Increment(ref _count);
        File.Move(path, Path.Combine(_directory, name));
        return name;
    }

    public int Read(string name, Span<byte> buffer, long offset)
    {
        using var file = File.OpenHandle(Path.Combine(_directory, name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return RandomAccess.Read(file, buffer, offset);
    }

    public void Note(string name, ReadOnlySpan<byte> chunks)
    {
        using var note = File.OpenHandle(Path.Combine(_directory, name + NoteEnding), FileMode.Create, FileAccess.Write);
        RandomAccess.Write(note, chunks, 0);
    }

    public byte[]? NoteOf(string name)
    {
        var note = Path.Combine(_directory, name + NoteEnding);
        return File.Exists(note) ? File.ReadAllBytes(note) : null;
    }

    public void Drop(string name)
    {
        File.Delete(Path.Combine(_directory, name));
        File.Delete(Path.Combine(_directory, name + NoteEnding));
    }

    private static DateTimeOffset SinceOf(FileInfo file)
    {
        var note = new FileInfo(file.FullName + NoteEnding);
        return note.Exists ? note.LastWriteTimeUtc : DateTimeOffset.UtcNow;
    }
}
