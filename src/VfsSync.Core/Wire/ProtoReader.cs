using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using VfsSync.Core.Content;

namespace VfsSync.Core.Wire;

/// <summary>
/// Reads the protobuf wire format from bytes that anyone may have made up: whatever is wrong with them is a <see cref="FormatException"/>, and nothing
/// is allocated that is not there. After <see cref="Next"/> read the value with the method of its type, or <see cref="Skip"/> it.
/// </summary>
internal ref struct ProtoReader
{
    private readonly ReadOnlyMemory<byte> _memory;
    private readonly ReadOnlySpan<byte> _span;
    private int _at;
    private WireType _type;

    /// <summary>Slices that are handed out are copies.</summary>
    public ProtoReader(ReadOnlySpan<byte> bytes) => _span = bytes;

    /// <summary>Slices that are handed out share <paramref name="bytes"/>.</summary>
    public ProtoReader(ReadOnlyMemory<byte> bytes)
    {
        _memory = bytes;
        _span = bytes.Span;
    }

    public readonly bool AtEnd => _at == _span.Length;

    /// <summary>The number of the next field; false at the end.</summary>
    public bool Next(out int field)
    {
        field = 0;
        if (AtEnd) return false;
        var tag = Varint();
        if (tag >> 3 is 0 or > 0x1FFF_FFFF) throw new FormatException("A field has an impossible number.");
        field = (int)(tag >> 3);
        _type = (WireType)(tag & 7);
        return true;
    }

    public ulong UInt()
    {
        Expect(WireType.Varint);
        return Varint();
    }

    /// <summary>A number from 0 to <paramref name="max"/>.</summary>
    public long Int(long max = long.MaxValue)
    {
        var value = UInt();
        return value <= (ulong)max ? (long)value : throw new FormatException($"A number is {value}, at most {max} is allowed.");
    }

    public int Int32(int max = int.MaxValue) => (int)Int(max);

    public long SInt()
    {
        var value = UInt();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public ulong Fixed64()
    {
        Expect(WireType.Fixed64);
        return BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));
    }

    public Hash256 Hash() => new(Bytes());

    public ReadOnlySpan<byte> Bytes()
    {
        Expect(WireType.Bytes);
        return Take(Varint());
    }

    /// <summary>At most <paramref name="max"/> bytes.</summary>
    public ReadOnlyMemory<byte> Memory(int max)
    {
        var bytes = Bytes();
        if (bytes.Length > max) throw new FormatException($"A field has {bytes.Length} bytes, at most {max} are allowed.");
        return _memory.IsEmpty ? bytes.ToArray() : _memory.Slice(_at - bytes.Length, bytes.Length);
    }

    /// <summary>A text of at most <paramref name="max"/> bytes of UTF-8.</summary>
    public string Text(int max)
    {
        var bytes = Bytes();
        if (bytes.Length > max) throw new FormatException($"A text has {bytes.Length} bytes, at most {max} are allowed.");
        return Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : throw new FormatException("A text is not UTF-8.");
    }

    /// <summary>A nested message.</summary>
    public ProtoReader Message()
    {
        var bytes = Bytes();
        return _memory.IsEmpty ? new ProtoReader(bytes) : new ProtoReader(_memory.Slice(_at - bytes.Length, bytes.Length));
    }

    /// <summary>A bare varint, inside a packed field.</summary>
    public ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (AtEnd) throw new FormatException("The message is cut off.");
            var b = _span[_at++];
            if (shift == 63 && b > 1) break;
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80) return value;
        }
        throw new FormatException("A number has more than 64 bits.");
    }

    public void Skip() => _ = _type switch
    {
        WireType.Varint => Take(VarintSkipped()),
        WireType.Fixed64 => Take(sizeof(ulong)),
        WireType.Bytes => Take(Varint()),
        WireType.Fixed32 => Take(sizeof(uint)),
        _ => throw new FormatException($"A field has the unknown wire type {(int)_type}."),
    };

    private ulong VarintSkipped()
    {
        Varint();
        return 0;
    }

    private readonly void Expect(WireType type)
    {
        if (_type != type) throw new FormatException($"A field has wire type {(int)_type}, not {(int)type}.");
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)(_span.Length - _at)) throw new FormatException("The message is cut off.");
        var bytes = _span.Slice(_at, (int)length);
        _at += (int)length;
        return bytes;
    }
}
