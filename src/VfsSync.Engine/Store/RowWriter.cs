using System.Text;
using VfsSync.Core.Content;

namespace VfsSync.Engine.Store;

/// <summary>Writes a row's bytes into a buffer that is used again for the next row.</summary>
internal sealed class RowWriter
{
    private byte[] _buffer = new byte[1024];
    private int _length;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public void Clear() => _length = 0;

    public void Byte(int value) => Take(1)[0] = (byte)value;

    /// <summary>LEB128.</summary>
    public void Unsigned(ulong value)
    {
        for (; value >= 0x80; value >>= 7) Byte((int)(value & 0x7F | 0x80));
        Byte((int)value);
    }

    /// <summary>Zigzag, so that small negative numbers are short too.</summary>
    public void Signed(long value) => Unsigned((ulong)(value << 1 ^ value >> 63));

    public void Hash(Hash256 hash) => hash.CopyTo(Take(Hash256.Length));

    public void Text(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        Unsigned((ulong)length);
        Encoding.UTF8.GetBytes(text, Take(length));
    }

    private Span<byte> Take(int count)
    {
        if (_length + count > _buffer.Length) Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + count));
        _length += count;
        return _buffer.AsSpan(_length - count, count);
    }
}

/// <summary>Reads what <see cref="RowWriter"/> wrote. Throws one of the range and format exceptions on anything else.</summary>
internal ref struct RowReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public int Byte() => Take(1)[0];

    public ulong Unsigned()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var b = (ulong)Byte();
            value |= (b & 0x7F) << shift;
            if (b < 0x80) return value;
        }
        throw new FormatException("A number is too long.");
    }

    public long Signed()
    {
        var zigzag = Unsigned();
        return (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
    }

    public int Count(int bytesEach)
    {
        var count = Unsigned();
        return count <= (ulong)(_rest.Length / bytesEach) ? (int)count : throw new FormatException("A list is longer than its row.");
    }

    public Hash256 Hash() => new(Take(Hash256.Length));

    public string Text() => Encoding.UTF8.GetString(Take(Count(1)));

    private ReadOnlySpan<byte> Take(int count)
    {
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
