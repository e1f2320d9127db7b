using System.Net.Sockets;

namespace VfsSync.Engine.Net;

/// <summary>
/// A blocking socket as a stream that counts its bytes, reads ahead and gathers what is written: SslStream asks for and writes single TLS records of 16 KiB
/// otherwise (measured: a tenth of the CPU of bulk and of a round trip). Only blocking calls, since an asynchronous one would leave the socket non-blocking for good. One thread reads, one writes.
/// </summary>
internal sealed class SocketStream(Socket socket) : Stream
{
    private const int MostGathered = 288 * 1024;

    private readonly byte[] _ahead = new byte[64 * 1024];
    private readonly Lock _writing = new();
    private byte[] _gathered = [];
    private int _held;
    private bool _gathers;
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

    /// <summary>What is written from here on leaves with <see cref="Flush"/>, in as few calls as possible.</summary>
    public void Gather()
    {
        lock (_writing) _gathers = true;
    }

    // Also by the thread that reads, when TLS has something of its own to say.
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        lock (_writing)
        {
            if (!_gathers)
            {
                Put(buffer);
                return;
            }
            if (_held + buffer.Length > MostGathered) PutGathered();
            if (_gathered.Length < _held + buffer.Length) Array.Resize(ref _gathered, Math.Max(_held + buffer.Length, Math.Min(MostGathered, 2 * _gathered.Length)));
            buffer.CopyTo(_gathered.AsSpan(_held));
            _held += buffer.Length;
        }
    }

    /// <summary>Sends what was gathered; from here on everything leaves at once again.</summary>
    public override void Flush()
    {
        lock (_writing)
        {
            _gathers = false;
            PutGathered();
        }
    }

    private void PutGathered()
    {
        var held = _held;
        _held = 0;
        Put(_gathered.AsSpan(0, held));
    }

    private void Put(ReadOnlySpan<byte> buffer)
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
