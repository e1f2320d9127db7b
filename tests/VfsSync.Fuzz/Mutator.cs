using System.Buffers.Binary;

namespace VfsSync.Fuzz;

/// <summary>Makes one input, from nothing or from good ones. The same for the same seed and index.</summary>
/// <param name="seed">Of the run.</param>
/// <param name="index">Of the input.</param>
/// <param name="words">What the format is made of; pieces of it reach deeper than chance does.</param>
internal sealed class Mutator(ulong seed, long index, IReadOnlyList<byte[]> words)
{
    private const int Longest = 70_000;

    private static readonly ulong[] s_extremes = [0, 1, 127, 128, 255, 256, 16_383, 16_384, 65_535, 65_536, 1 << 18, int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 32, long.MaxValue, 1UL << 63, ulong.MaxValue];

    private ulong _state = (seed * 0x9E3779B97F4A7C15UL) ^ ((ulong)index + 1) * 0xBF58476D1CE4E5B9UL;

    public byte[] Make(IReadOnlyList<byte[]> good) => Below(10) switch
    {
        0 => Noise(Below(300), 256),
        1 => Noise(Below(200), 40), // small tags and lengths
        2 => Words(),
        3 => Splice(good[Below(good.Count)], good[Below(good.Count)]),
        _ => Mutated(good[Below(good.Count)]),
    };

    private byte[] Mutated(byte[] good)
    {
        var bytes = new List<byte>(good);
        for (var changes = 1 + Below(4); changes > 0; changes--) Change(bytes);
        return bytes.Count > Longest ? [.. bytes.Take(Longest)] : [.. bytes];
    }

    private void Change(List<byte> bytes)
    {
        var at = Below(bytes.Count + 1);
        var length = Math.Min(1 + Below(Below(3) == 0 ? 200 : 8), bytes.Count - at);
        switch (Below(9))
        {
            case 0 when at < bytes.Count: bytes[at] ^= (byte)(1 << Below(8)); break;
            case 1 when at < bytes.Count: bytes[at] = (byte)Below(256); break;
            case 2: bytes.RemoveRange(at, length); break;
            case 3: bytes.RemoveRange(at, bytes.Count - at); break;
            case 4: bytes.InsertRange(at, Noise(1 + Below(12), 256)); break;
            case 5: bytes.InsertRange(Below(bytes.Count + 1), bytes.GetRange(at, length)); break;
            case 6: for (var times = Below(60); times > 0 && bytes.Count < Longest; times--) bytes.InsertRange(at, bytes.GetRange(at, length)); break;
            case 7: bytes.InsertRange(at, Extreme()); break;
            default: if (words.Count > 0) bytes.InsertRange(at, words[Below(words.Count)]); break;
        }
    }

    private byte[] Splice(byte[] a, byte[] b) => [.. a.AsSpan(0, Below(a.Length + 1)), .. b.AsSpan(Below(b.Length + 1))];

    private byte[] Words()
    {
        var bytes = new List<byte>();
        for (var count = Below(40); count > 0; count--) bytes.AddRange(words.Count == 0 || Below(6) == 0 ? Noise(1 + Below(4), 256) : words[Below(words.Count)]);
        return [.. bytes];
    }

    // As a varint, or as four bytes of either order.
    private byte[] Extreme()
    {
        var (value, bytes) = (s_extremes[Below(s_extremes.Length)], new byte[4]);
        switch (Below(3))
        {
            case 0: BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)value); return bytes;
            case 1: BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)value); return bytes;
            default:
                var varint = new List<byte>();
                for (; value > 127; value >>= 7) varint.Add((byte)(value | 128));
                return [.. varint, (byte)value];
        }
    }

    private byte[] Noise(int length, int below)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++) bytes[i] = (byte)Below(below);
        return bytes;
    }

    // splitmix64: https://prng.di.unimi.it/splitmix64.c
    private int Below(int limit)
    {
        var z = _state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return (int)((z ^ (z >> 31)) % (uint)Math.Max(1, limit));
    }
}
