using System.Buffers.Binary;
using VfsSync.Core.Wire;

namespace VfsSync.Engine.Net;

/// <summary>Cuts a stream into frames: 4 bytes of length, big-endian, then the payload. Reads big blocks, so that many small frames cost few reads; of a stranger as little as it sends.</summary>
internal sealed class FrameReader(Stream source)
{
    public const int Prefix = 4;

    private const int Room = 64 * 1024, StrangersRoom = 4 * 1024;

    private byte[] _buffer = new byte[StrangersRoom];
    private volatile bool _isMember;
    private int _start;
    private int _end;

    /// <summary>The next payload, valid until the next call; null when the stream ends between frames.</summary>
    /// <exception cref="IOException">The stream fails or ends within a frame, or the frame is too long.</exception>
    public ReadOnlyMemory<byte>? Next()
    {
        if (!Fill(Prefix)) return null;
        var length = BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(_start));
        var most = _isMember ? PeerMessage.MaxFrame : PeerMessage.MaxGreeting;
        if (length > most)
            throw new IOException($"The peer announced a frame of {length} bytes; the protocol allows {most}{(_isMember ? "" : " before it has shown that it is a member")}.");
        Fill(Prefix + (int)length);
        var payload = _buffer.AsMemory(_start + Prefix, (int)length);
        _start += Prefix + (int)length;
        return payload;
    }

    /// <summary>From now on frames may have any length that the protocol allows.</summary>
    public void FromMember() => _isMember = true;

    /// <summary>Writes a payload's length in front of it.</summary>
    public static void WritePrefix(Span<byte> target, int length) => BinaryPrimitives.WriteUInt32BigEndian(target, (uint)length);

    /// <summary>Reads until so many bytes are there; false when the stream ended before the first of them.</summary>
    private bool Fill(int needed)
    {
        if (_end - _start >= needed) return true;
        while (_end - _start < needed)
        {
            MakeRoom(needed);
            var read = source.Read(_buffer.AsSpan(_end));
            if (read == 0 && _end == _start) return false;
            if (read == 0) throw new EndOfStreamException("The link ended in the middle of a frame.");
            _end += read;
        }
        return true;
    }

    private void MakeRoom(int needed)
    {
        var size = _buffer.Length;
        // A frame that does not fit announces bulk: from then on whole blocks of the longest frame. What a stranger announces counts for nothing before it is there.
        if (_isMember) size = needed <= Math.Max(size, Room) ? Math.Max(size, Room) : Prefix + PeerMessage.MaxFrame;
        else if (_end - _start == size) size = Math.Min(2 * size, Prefix + PeerMessage.MaxGreeting);
        if (size == _buffer.Length && (_start == 0 || _buffer.Length - _start >= needed)) return;
        var target = size == _buffer.Length ? _buffer : new byte[size];
        _buffer.AsSpan(_start, _end - _start).CopyTo(target);
        (_buffer, _start, _end) = (target, 0, _end - _start);
    }
}
