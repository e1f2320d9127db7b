using VfsSync.Engine.Disk;

namespace VfsSync.Engine.Running;

/// <summary>A file as a stream, for reading from front to back; it is closed with the stream, and a staged one is gone then.</summary>
internal sealed class ReadableStream : Stream
{
    private readonly IDisposable _file;
    private readonly ReadAt _read;
    private readonly Func<long> _length;
    private long _position;

    public ReadableStream(IReadableFile file) => (_file, _read, _length) = (file, file.Read, () => file.Stamp().Size);

    public ReadableStream(IStagedFile file, long length) => (_file, _read, _length) = (file, file.Read, () => length);

    private delegate int ReadAt(Span<byte> buffer, long offset);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => _length();

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        var got = _read(buffer, _position);
        _position += got;
        return got;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _file.Dispose();
        base.Dispose(disposing);
    }
}
