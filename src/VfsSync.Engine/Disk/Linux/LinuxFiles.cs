using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.Linux;

/// <summary>A file that is open for reading.</summary>
internal sealed class LinuxReadableFile(EntryPath path, int fd, long grainNs) : IReadableFile
{
    private int _fd = fd;

    public FileStamp Stamp() => Libc.Stat(_fd, out var stat) is < 0 and var error ? throw Refusals.Reading(path, -error) : Clock.Stamp(stat, grainNs);

    public int Read(Span<byte> buffer, long offset)
    {
        var got = LinuxIo.Read(_fd, buffer, offset);
        return got >= 0 ? got : throw Refusals.Reading(path, -got);
    }

    public void Dispose() => LinuxIo.CloseOnce(ref _fd);
}

/// <summary>A file under `.vfs/tmp`.</summary>
internal sealed class LinuxStagedFile(string name, int fd, StagingArea area) : IStagedFile
{
    // The disk works while the rest comes, so that the flush at the end finds little to do.
    private const long FlushAhead = 32 << 20;

    private int _fd = fd;
    private long _unflushed;
    private bool _placed;
    private (int Mode, long ModifiedNs)? _dressed;

    public string Name { get; } = name;

    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        var length = bytes.Length;
        _dressed = null;
        while (bytes.Length > 0)
        {
            var put = Libc.Write(_fd, bytes, offset);
            if (put == -Errno.Interrupted) continue;
            if (put < 0) throw Refusals.Staging(-put);
            bytes = bytes[put..];
            offset += put;
        }
        if (Interlocked.Add(ref _unflushed, length) < FlushAhead) return;
        Interlocked.Exchange(ref _unflushed, 0);
        Libc.BeginFlush(_fd);
    }

    public int Read(Span<byte> buffer, long offset)
    {
        var got = LinuxIo.Read(_fd, buffer, offset);
        return got >= 0 ? got : throw Refusals.Staging(-got);
    }

    public void Flush(Entry entry)
    {
        var error = Dress(entry, out _);
        if (error == 0) error = -Libc.Flush(_fd);
        if (error != 0) throw Refusals.Staging(error);
    }

    /// <summary>Sets mode and time, and says what the file is now; an errno if the disk refuses.</summary>
    public int Dress(Entry entry, out Statx stat)
    {
        stat = default;
        if (_dressed != (entry.Mode, entry.ModifiedNs))
        {
            var error = Libc.SetMode(_fd, entry.Mode & 0x1FF);
            if (error == 0) error = Libc.SetTime(_fd, entry.ModifiedNs);
            if (error != 0) return -error;
            _dressed = (entry.Mode, entry.ModifiedNs);
        }
        return -Libc.Stat(_fd, out stat);
    }

    /// <summary>It has a name in the folder now. Closed at once: as long as we hold it open for writing, nobody can tell that no one else does.</summary>
    public void Placed()
    {
        _placed = true;
        LinuxIo.CloseOnce(ref _fd);
    }

    public void Leave()
    {
        LinuxIo.CloseOnce(ref _fd);
        _placed = true;
    }

    public void Dispose()
    {
        LinuxIo.CloseOnce(ref _fd);
        if (!_placed) area.Discard(Name);
        _placed = true;
    }
}

internal static class LinuxIo
{
    /// <summary>Fills the buffer as far as the file goes; bytes read, or minus errno.</summary>
    public static int Read(int fd, Span<byte> buffer, long offset)
    {
        var done = 0;
        while (done < buffer.Length)
        {
            var got = Libc.Read(fd, buffer[done..], offset + done);
            if (got == -Errno.Interrupted) continue;
            if (got < 0) return got;
            if (got == 0) break;
            done += got;
        }
        return done;
    }

    public static void CloseOnce(ref int fd)
    {
        var mine = Interlocked.Exchange(ref fd, -1);
        if (mine >= 0) Libc.Close(mine);
    }
}
