using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using VfsSync.Core.Content;

namespace VfsSync.Core.Wire;

/// <summary>
/// Writes the protobuf wire format into a span, and moves to a pooled buffer of its own if that gets too small.
/// Values that equal the proto3 default are left out.
/// </summary>
internal ref struct ProtoWriter
{
    private Span<byte> _span;
    private byte[]? _rented;
    private int _at;

    public ProtoWriter(Span<byte> start) => _span = start;

    /// <summary>All that was written.</summary>
    public readonly ReadOnlySpan<byte> Written => _span[.._at];

    /// <summary>Whether the first span got too small: then it holds nothing of use.</summary>
    public readonly bool Moved => _rented is not null;

    /// <summary>Where a nested message began.</summary>
    public readonly record struct Mark(int At, int Reserved);

    public void UInt(int field, ulong value)
    {
        if (value == 0) return;
        Tag(field, WireType.Varint);
        Varint(value);
    }

    /// <summary>A value that is never negative.</summary>
    public void Int(int field, long value) => UInt(field, checked((ulong)value));

    /// <summary>A value of either sign (zigzag).</summary>
    public void SInt(int field, long value) => UInt(field, (ulong)((value << 1) ^ (value >> 63)));

    public void Fixed64(int field, ulong value)
    {
        if (value == 0) return;
        Tag(field, WireType.Fixed64);
        BinaryPrimitives.WriteUInt64LittleEndian(Room(sizeof(ulong)), value);
        _at += sizeof(ulong);
    }

    public void Hash(int field, Hash256 value)
    {
        if (value.IsZero) return;
        Tag(field, WireType.Bytes);
        Varint(Hash256.Length);
        Raw(value);
    }

    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty) return;
        Tag(field, WireType.Bytes);
        Varint((ulong)value.Length);
        value.CopyTo(Room(value.Length));
        _at += value.Length;
    }

    public void Text(int field, string value)
    {
        if (value.Length == 0) return;
        Tag(field, WireType.Bytes);
        var length = Encoding.UTF8.GetByteCount(value);
        Varint((ulong)length);
        _at += Encoding.UTF8.GetBytes(value, Room(length));
    }

    /// <summary>Opens a nested message; a good guess of its length saves moving its bytes at the end.</summary>
    public Mark Begin(int field, int expected = 0)
    {
        Tag(field, WireType.Bytes);
        var reserved = VarintLength((ulong)expected);
        Room(reserved);
        _at += reserved;
        return new Mark(_at, reserved);
    }

    public void End(Mark mark)
    {
        var length = _at - mark.At;
        var needed = VarintLength((ulong)length);
        if (needed > mark.Reserved) Room(needed - mark.Reserved);
        var start = mark.At - mark.Reserved;
        if (needed != mark.Reserved) _span.Slice(mark.At, length).CopyTo(_span[(start + needed)..]);
        _at = start;
        Varint((ulong)length);
        _at += length;
    }

    /// <summary>A bare varint, inside a packed field.</summary>
    public void Varint(ulong value)
    {
        var room = Room(10);
        var i = 0;
        for (; value > 0x7F; value >>= 7) room[i++] = (byte)(value | 0x80);
        room[i] = (byte)value;
        _at += i + 1;
    }

    /// <summary>32 bare bytes, inside a packed field.</summary>
    public void Raw(Hash256 value)
    {
        value.CopyTo(Room(Hash256.Length));
        _at += Hash256.Length;
    }

    /// <summary>Bare bytes, inside a field of their own kind.</summary>
    public void Raw(ReadOnlySpan<byte> value)
    {
        value.CopyTo(Room(value.Length));
        _at += value.Length;
    }

    /// <summary>8 bare bytes, inside a packed field.</summary>
    public void Raw(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(Room(sizeof(ulong)), value);
        _at += sizeof(ulong);
    }

    public byte[] ToArrayAndDispose()
    {
        var bytes = Written.ToArray();
        Dispose();
        return bytes;
    }

    public void Dispose()
    {
        if (_rented is not null) ArrayPool<byte>.Shared.Return(_rented);
        this = default;
    }

    private static int VarintLength(ulong value) => (BitOperations.Log2(value | 1) / 7) + 1;

    private void Tag(int field, WireType type) => Varint(((ulong)field << 3) | (uint)type);

    private Span<byte> Room(int length)
    {
        if (_span.Length - _at < length) Grow(length);
        return _span[_at..];
    }

    private void Grow(int length)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(256, Math.Max(_at + length, 2 * _span.Length)));
        Written.CopyTo(larger);
        if (_rented is not null) ArrayPool<byte>.Shared.Return(_rented);
        _span = _rented = larger;
    }
}
