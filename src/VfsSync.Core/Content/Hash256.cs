using System.Runtime.InteropServices;

namespace VfsSync.Core.Content;


/// <summary>A SHA-256 sum, or another 32-byte name made like one.</summary>
internal readonly struct Hash256 : IEquatable<Hash256>, IComparable<Hash256>
{
    public const int Length = 32;

    private readonly ulong _a, _b, _c, _d;

    public Hash256(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length) throw new FormatException($"A hash has {Length} bytes, this has {bytes.Length}.");
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        (_a, _b, _c, _d) = (words[0], words[1], words[2], words[3]);
    }

    public static Hash256 Zero => default;

    public bool IsZero => (_a | _b | _c | _d) == 0;

    public static Hash256 Parse(string hex) => new(Convert.FromHexString(hex));

    public void CopyTo(Span<byte> target) => MemoryMarshal.Write(target, in this);

    public byte[] ToArray()
    {
        var bytes = new byte[Length];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>The first <paramref name="digits"/> hexadecimal digits, for people.</summary>
    public string Short(int digits = 8) => ToString()[..digits];

    public bool Equals(Hash256 other) => _a == other._a && _b == other._b && _c == other._c && _d == other._d;

    public override bool Equals(object? obj) => obj is Hash256 other && Equals(other);

    public override int GetHashCode() => _a.GetHashCode();

    public int CompareTo(Hash256 other)
    {
        Span<byte> x = stackalloc byte[Length], y = stackalloc byte[Length];
        CopyTo(x);
        other.CopyTo(y);
        return x.SequenceCompareTo(y);
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Length];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    public static bool operator ==(Hash256 left, Hash256 right) => left.Equals(right);

    public static bool operator !=(Hash256 left, Hash256 right) => !left.Equals(right);
}
