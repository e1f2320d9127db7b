using System.Security.Cryptography;

namespace VfsSync.Core.Crypto;

/// <summary>
/// The secret that all members but vaults share: 32 random bytes, from which everything else is derived by HKDF-SHA256 (RFC 5869) without a salt.
/// </summary>
internal static class ClusterKey
{
    public const int Length = 32;

    /// <summary>Names chunks. Rotation never changes it.</summary>
    public static byte[] IdKey(ReadOnlySpan<byte> clusterKey) => Derive(clusterKey, "vfs/1 chunk ids"u8);

    /// <summary>Permutes the chunker's table.</summary>
    public static byte[] GearKey(ReadOnlySpan<byte> clusterKey) => Derive(clusterKey, "vfs/1 gear"u8);

    /// <summary>The seal key with id 1.</summary>
    public static byte[] FirstSealKey(ReadOnlySpan<byte> clusterKey) => Derive(clusterKey, "vfs/1 seal key 1"u8);

    private static byte[] Derive(ReadOnlySpan<byte> clusterKey, ReadOnlySpan<byte> info)
    {
        if (clusterKey.Length != Length) throw new ArgumentException($"A cluster key has {Length} bytes, this has {clusterKey.Length}.", nameof(clusterKey));
        var key = new byte[Length];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, clusterKey, key, [], info);
        return key;
    }
}
