using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Buffers.Binary;
using VfsSync.Core.Content;
using VfsSync.Core.History;

namespace VfsSync.Core.Crypto;

/// <summary>
/// Seal keys wrapped for single members: ECDH P-256 of a key made for the purpose with the member's agreement key (NIST SP 800-56A, one-pass Diffie-Hellman), HKDF-SHA256, AES-256-GCM.
/// Each wrapping key is used once, so its nonce is zero.
/// </summary>
internal static class KeyWrap
{
    /// <summary>Bytes of a wrapped key.</summary>
    public const int Length = Sealer.KeyLength + Sealer.TagLength;

    /// <summary>Wraps a seal key for members; those whose agreement key is none are left out.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="sealKey">32 bytes.</param>
    /// <param name="generation">The key's.</param>
    /// <param name="members">At most <see cref="SealKeyShare.MaxFor"/>.</param>
    /// <param name="older">As <see cref="KeyRing.SealOlder"/> gives them.</param>
    /// <param name="chance">32 random bytes, never used for anything else.</param>
    public static SealKeyShare Wrap(ClusterId cluster, ReadOnlySpan<byte> sealKey, int generation, IReadOnlyList<Membership> members, ReadOnlyMemory<byte> older, ReadOnlySpan<byte> chance)
    {
        using var sender = NewKey(chance);
        var (spki, keyId) = (sender.ExportSubjectPublicKeyInfo(), SealKeyIds.Of(sealKey));
        var wrapped = ImmutableArray.CreateBuilder<WrappedKey>(members.Count);
        Span<byte> key = stackalloc byte[Sealer.KeyLength];
        foreach (var member in members)
        {
            using var theirs = Import(member.AgreementKey.Span);
            if (theirs is null) continue;
            Derive(key, sender, theirs, cluster, member.Node, keyId, spki);
            var bytes = new byte[Length];
            using var aes = new AesGcm(key, Sealer.TagLength);
            aes.Encrypt(Nonce, sealKey, bytes.AsSpan(0, Sealer.KeyLength), bytes.AsSpan(Sealer.KeyLength));
            wrapped.Add(new WrappedKey(member.Node, bytes));
        }
        return new SealKeyShare(keyId, generation, spki, wrapped.ToImmutable(), older);
    }

    /// <summary>Whether a member has an agreement key that is one.</summary>
    public static bool CanWrapFor(Membership member)
    {
        using var key = Import(member.AgreementKey.Span);
        return key is not null;
    }

    /// <summary>The seal key that a share gives to this node; null if it gives it none, or another than it says.</summary>
    public static byte[]? Unwrap(SealKeyShare share, ClusterId cluster, NodeId self, ECDiffieHellman agreementKey)
    {
        var own = share.For.FirstOrDefault(w => w.Node == self);
        if (own.Bytes.Length != Length) return null;
        using var sender = Import(share.Sender.Span);
        if (sender is null) return null;
        Span<byte> key = stackalloc byte[Sealer.KeyLength];
        Derive(key, agreementKey, sender, cluster, self, share.KeyId, share.Sender.Span);
        var sealKey = new byte[Sealer.KeyLength];
        using var aes = new AesGcm(key, Sealer.TagLength);
        try
        {
            aes.Decrypt(Nonce, own.Bytes.Span[..Sealer.KeyLength], own.Bytes.Span[Sealer.KeyLength..], sealKey);
        }
        catch (CryptographicException)
        {
            return null; // Made for another, or damaged by its author: an answer about foreign bytes.
        }
        return SealKeyIds.Of(sealKey) == share.KeyId ? sealKey : null;
    }

    private static ReadOnlySpan<byte> Nonce => new byte[Sealer.NonceLength];

    private static void Derive(Span<byte> key, ECDiffieHellman own, ECDiffieHellman theirs, ClusterId cluster, NodeId receiver, long keyId, ReadOnlySpan<byte> sender)
    {
        ReadOnlySpan<byte> label = "vfs/1 wrapped seal key"u8;
        Span<byte> info = stackalloc byte[label.Length + 2 * Hash256.Length + SealKeyIds.MostBytes + PublicKeys.Length];
        label.CopyTo(info);
        var rest = info[label.Length..];
        cluster.Hash.CopyTo(rest);
        receiver.Hash.CopyTo(rest[Hash256.Length..]);
        BinaryPrimitives.WriteInt64LittleEndian(rest[(2 * Hash256.Length)..], keyId);
        sender.CopyTo(rest[(2 * Hash256.Length + SealKeyIds.MostBytes)..]);
        using var theirPublic = theirs.PublicKey;
        HKDF.DeriveKey(HashAlgorithmName.SHA256, own.DeriveRawSecretAgreement(theirPublic), key, [], info);
    }

    // From given chance, so that a simulation can be run again. Below half the curve's order: the bit that is lost costs nothing.
    private static ECDiffieHellman NewKey(ReadOnlySpan<byte> chance)
    {
        var secret = chance.ToArray();
        secret[0] &= 0x7F;
        secret[31] |= 1;
        return ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = secret });
    }

    private static ECDiffieHellman? Import(ReadOnlySpan<byte> spki)
    {
        if (!PublicKeys.IsWellFormed(spki)) return null;
        var key = ECDiffieHellman.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(spki, out _);
            return key;
        }
        catch (CryptographicException)
        {
            key.Dispose();
            return null;
        }
    }
}
