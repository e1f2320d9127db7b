using System.Security.Cryptography;

namespace VfsSync.Core.Crypto;

/// <summary>P-256 public keys as SubjectPublicKeyInfo in the one form that every platform writes, so that a key has one name only.</summary>
internal static class PublicKeys
{
    public const int Length = 91;

    private static ReadOnlySpan<byte> Prefix =>
    [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 
        0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
    ];

    public static bool IsWellFormed(ReadOnlySpan<byte> spki) => spki.Length == Length && spki.StartsWith(Prefix);

    /// <summary>The key; null if the bytes are none.</summary>
    public static ECDsa? Import(ReadOnlySpan<byte> spki)
    {
        if (!IsWellFormed(spki)) return null;
        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(spki, out _);
            return key;
        }
        catch (CryptographicException)
        {
            // A point that is not on the curve: an answer about foreign bytes, not a fault.
            key.Dispose();
            return null;
        }
    }
}
