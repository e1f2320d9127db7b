namespace VfsSync.Engine.Net;

/// <summary>Bytes one way, in memory, bounded like a socket's buffers: reading waits for bytes, writing for room.</summary>
internal sealed class MemoryPipe : Stream
{
    private const int Capacity = 1024 * 1024;

    // A Monitor and not a Lock: the ends wait for each other on it.
    private readonly object _gate = new();
    private readonly Queue<ReadOnlyMemory<byte>> _queue = [];
    private int _offset;
    private int _queued;
    private long _written;
    private long _taken;
    private bool _ended;
    private string? _broken;

    public long Written => Volatile.Read(ref _written);

    public long Taken => Volatile.Read(ref _taken);

    public bool IsClosed => Volatile.Read(ref _broken) is not null || Volatile.Read(ref _ended);

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            while (_queued >= Capacity && !IsClosed) Monitor.Wait(_gate);
            if (IsClosed) throw new IOException(_broken ?? "The link is closed.");
            if (bytes.IsEmpty) return;
            _queue.Enqueue(bytes.ToArray());
            _queued += bytes.Length;
            _written += bytes.Length;
            Monitor.PulseAll(_gate);
        }
    }

    public override int Read(Span<byte> buffer)
    {
        lock (_gate)
        {
            while (_queued == 0 && !IsClosed) Monitor.Wait(_gate);
            if (_broken is not null) throw new IOException(_broken);
            var count = 0;
            while (count < buffer.Length && _queue.TryPeek(out var first)) count += Take(first, buffer[count..]);
            Monitor.PulseAll(_gate);
            return count;
        }
    }

    /// <summary>No more is written; what was, can be read.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ended = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Both ends fail from now on, with this reason.</summary>
    public void Break(string why)
    {
        lock (_gate)
        {
            _broken ??= why;
            Monitor.PulseAll(_gate);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private int Take(ReadOnlyMemory<byte> first, Span<byte> target)
    {
        var count = Math.Min(first.Length - _offset, target.Length);
        first.Span.Slice(_offset, count).CopyTo(target);
        _offset += count;
        if (_offset == first.Length)
        {
            _queue.Dequeue();
            _offset = 0;
        }
        _queued -= count;
        _taken += count;
        return count;
    }
}
