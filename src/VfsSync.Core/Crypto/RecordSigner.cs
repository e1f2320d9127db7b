using System.Security.Cryptography;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Crypto;

/// <summary>ECDSA P-256 with SHA-256, 64 bytes as r and s (IEEE P1363, which browsers' WebCrypto reads).</summary>
internal static class RecordSigner
{
    public const int SignatureLength = 64;

    /// <summary>Names the body in the header and signs that.</summary>
    public static SignedRecord Sign(RecordHeader header, byte[] body, ECDsa key)
    {
        var bytes = RecordCodec.EncodeHeader(header with { BodyHash = new Hash256(SHA256.HashData(body)) });
        return new SignedRecord(bytes, SignBytes(bytes, key), body);
    }

    /// <summary>Whether the header was signed with this key. The body is checked when it is opened.</summary>
    public static bool Verify(SignedRecord record, ReadOnlySpan<byte> spki)
    {
        using var key = PublicKeys.Import(spki);
        return key is not null && VerifyBytes(record.Header.Span, record.Signature.Span, key);
    }

    public static byte[] SignBytes(ReadOnlySpan<byte> bytes, ECDsa key) =>
        key.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    public static bool VerifyBytes(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> signature, ECDsa key) =>
        signature.Length == SignatureLength
        && key.VerifyData(bytes, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
}
