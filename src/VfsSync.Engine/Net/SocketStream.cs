using System.Net.Sockets;

namespace VfsSync.Engine.Net;

/// <summary>
/// A blocking socket as a stream that counts its bytes and reads ahead: SslStream asks for single TLS records otherwise (measured: a tenth of the CPU of bulk
/// and of a round trip). Only blocking calls, since an asynchronous one would leave the socket non-blocking for good. One thread reads, one writes.
/// </summary>
internal sealed class SocketStream(Socket socket) : Stream
{
    private readonly byte[] _ahead = new byte[64 * 1024];
    private int _start;
    private int _end;
    private long _sent;
    private long _received;

    public (long Sent, long Received) Traffic => (Volatile.Read(ref _sent), Volatile.Read(ref _received));

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (_start == _end) (_start, _end) = (0, Receive());
        var count = Math.Min(buffer.Length, _end - _start);
        _ahead.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            while (!buffer.IsEmpty)
            {
                var count = socket.Send(buffer);
                Volatile.Write(ref _sent, _sent + count);
                buffer = buffer[count..];
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new IOException(e.Message, e);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) socket.Dispose();
        base.Dispose(disposing);
    }

    private int Receive()
    {
        try
        {
            var count = socket.Receive(_ahead);
            Volatile.Write(ref _received, _received + count);
            return count;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new IOException(e.Message, e);
        }
    }
}
