using System.Runtime.InteropServices;

namespace VfsSync.Engine.Disk.Linux;

/// <summary>The names in an open directory, as the kernel gives them: bytes.</summary>
internal ref struct DirectoryReader(int fd, Span<byte> buffer)
{
    public const int BufferSize = 32 * 1024;
    private const int HeaderSize = 19;
    private readonly Span<byte> _buffer = buffer;
    private int _next;
    private int _end;

    /// <summary>errno of what stopped the reading; 0 at the end of the directory.</summary>
    public int Error { get; private set; }

    /// <summary>The bytes of the current name; a NUL follows them.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>Whether the file system says that it is a directory; null if it does not say.</summary>
    public bool? IsDirectory { get; private set; }

    public bool MoveNext()
    {
        do
        {
            if (_next >= _end && !Fill()) return false;
            var record = _buffer[_next.._end];
            _next += MemoryMarshal.Read<ushort>(record[16..]);
            IsDirectory = record[18] switch { 0 => null, 4 => true, _ => false };
            Name = record[HeaderSize..];
            Name = Name[..Name.IndexOf((byte)0)];
        }
        while (Name.SequenceEqual("."u8) || Name.SequenceEqual(".."u8));
        return true;
    }

    private bool Fill()
    {
        var got = Libc.GetDents(fd, _buffer);
        (_next, _end) = (0, Math.Max(got, 0));
        Error = got < 0 ? -got : 0;
        return got > 0;
    }
}
