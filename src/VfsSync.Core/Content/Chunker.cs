using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace VfsSync.Core.Content;

/// <summary>
/// Cuts content where its bytes say so: FastCDC with normalised chunking (Xia et al., USENIX ATC 2016; IEEE TPDS 2020).
/// </summary>
/// <remarks>
/// Frozen, because equal contents must give equal chunks on all nodes for ever. Gear table: HKDF-SHA256(ikm = gear key, no salt, info = "vfs/1 gear table"),
/// 2048 bytes, read as 256 little-endian words of 64 bits. Hash after a byte: <c>h = (h &lt;&lt; 1) + gear[byte]</c>, so it depends on the last 64 bytes alone.
/// It starts from 0 at 64 bytes before <see cref="Min"/>. The chunk ends after the first byte, from offset Min on, at which all bits of the mask are 0, and
/// at <see cref="Max"/> in any case. The mask is bits 44..61 for offsets below <see cref="Normal"/>, and bits 48..61 from there.
/// </remarks>
internal sealed class Chunker
{
    /// <summary>No chunk but a content's last is shorter.</summary>
    public const int Min = 16 * 1024;

    /// <summary>What lengths are around.</summary>
    public const int Average = 64 * 1024;

    /// <summary>No chunk is longer.</summary>
    public const int Max = 192 * 1024;

    /// <summary>Where the mask gets easier: then the lengths of random content have a mean near <see cref="Average"/>.</summary>
    private const int Normal = 50 * 1024;

    private const int Window = 64;
    private const ulong Hard = ((1UL << 18) - 1) << 44;
    private const ulong Easy = ((1UL << 14) - 1) << 48;

    private readonly ulong[] _gear = new ulong[256];
    private readonly ulong[] _gearTwice = new ulong[256];

    public Chunker(ReadOnlySpan<byte> gearKey)
    {
        Span<byte> table = stackalloc byte[256 * sizeof(ulong)];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, gearKey, table, [], "vfs/1 gear table"u8);
        for (var i = 0; i < 256; i++)
        {
            _gear[i] = BinaryPrimitives.ReadUInt64LittleEndian(table[(i * sizeof(ulong))..]);
            _gearTwice[i] = _gear[i] << 1;
        }
    }

    /// <summary>
    /// The length of the first chunk of <paramref name="data"/>, which holds at least <see cref="Max"/> bytes or all the rest of the content.
    /// </summary>
    public int Cut(ReadOnlySpan<byte> data)
    {
        if (data.Length <= Min) return data.Length;
        data = data[..Math.Min(data.Length, Max)];
        var hash = 0UL;
        foreach (var b in data[(Min - Window)..Min]) hash = (hash << 1) + _gear[b];

        var end = FirstZero(data, Min, Math.Min(Normal, data.Length), Hard, ref hash);
        if (end == 0) end = FirstZero(data, Math.Min(Normal, data.Length), data.Length, Easy, ref hash);
        return end == 0 ? data.Length : end;
    }

    // Two bytes a step: the table of doubled words saves one shift of the chain that bounds the speed. Masks leave the top bit free for it.
    private int FirstZero(ReadOnlySpan<byte> data, int from, int to, ulong mask, ref ulong hash)
    {
        ref var d = ref MemoryMarshal.GetReference(data);
        ref var gear = ref MemoryMarshal.GetArrayDataReference(_gear);
        ref var twice = ref MemoryMarshal.GetArrayDataReference(_gearTwice);
        var h = hash;
        var i = from;
        for (; i + 1 < to; i += 2)
        {
            h = (h << 2) + Unsafe.Add(ref twice, Unsafe.Add(ref d, i));
            if ((h & (mask << 1)) == 0) return i + 1;
            h += Unsafe.Add(ref gear, Unsafe.Add(ref d, i + 1));
            if ((h & mask) == 0) return i + 2;
        }
        if (i < to)
        {
            h = (h << 1) + Unsafe.Add(ref gear, Unsafe.Add(ref d, i));
            if ((h & mask) == 0) return i + 1;
        }
        hash = h;
        return 0;
    }
}
