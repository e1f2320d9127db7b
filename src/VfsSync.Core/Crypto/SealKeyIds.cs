using System.Buffers.Binary;
using System.Security.Cryptography;
using VfsSync.Core.Content;

namespace VfsSync.Core.Crypto;

/// <summary>
/// Which seal key: 1 for the one that follows from the cluster key. That of any other follows from it, and is so long that nobody finds another key with the id of a given one.
/// In sealed bytes the first takes four bytes, all others eight, little-endian; the highest bit of the fourth tells them apart.
/// </summary>
internal static class SealKeyIds
{
    public const long First = 1;

    public const int MostBytes = sizeof(long);

    private const long Long = 0x8000_0000;

    /// <summary>Names a later seal key: the first 8 bytes, little-endian, of the SHA-256 of "vfs/1 seal key id" and the key, without bit 63 and with bit 31.</summary>
    public static long Of(ReadOnlySpan<byte> sealKey)
    {
        if (sealKey.Length != Sealer.KeyLength) throw new ArgumentException($"A seal key has {Sealer.KeyLength} bytes.", nameof(sealKey));
        Span<byte> hash = stackalloc byte[Hash256.Length];
        SHA256.HashData([.. "vfs/1 seal key id"u8, .. sealKey], hash);
        return BinaryPrimitives.ReadInt64LittleEndian(hash) & long.MaxValue | Long;
    }

    /// <summary>How many bytes it takes in sealed bytes.</summary>
    public static int LengthOf(long id) => (id & Long) == 0 ? sizeof(int) : sizeof(long);

    public static void Write(Span<byte> bytes, long id)
    {
        if ((id & Long) == 0) BinaryPrimitives.WriteInt32LittleEndian(bytes, checked((int)id));
        else BinaryPrimitives.WriteInt64LittleEndian(bytes, id);
    }

    /// <exception cref="FormatException">Cut off.</exception>
    public static long Read(ReadOnlySpan<byte> bytes)
    {
        if (BinaryPrimitives.TryReadInt32LittleEndian(bytes, out var first) && first >= 0) return first;
        return BinaryPrimitives.TryReadInt64LittleEndian(bytes, out var id) ? id : throw new FormatException("The id of a seal key is cut off.");
    }
}
