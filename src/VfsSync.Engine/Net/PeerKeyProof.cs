using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace VfsSync.Engine.Net;

/// <summary>What a certificate proves in TLS: that the other end owns a key. Names, dates and issuers in it mean nothing here.</summary>
internal static class PeerKeyProof
{
    /// <summary>
    /// The SubjectPublicKeyInfo, if it is an ECDSA P-256 key in its one canonical encoding; null otherwise. Another encoding of the same key would be
    /// another NodeId of the same node.
    /// </summary>
    public static byte[]? Of(X509Certificate? certificate)
    {
        if (certificate is not X509Certificate2 shown) return null;
        try
        {
            var written = shown.PublicKey.ExportSubjectPublicKeyInfo();
            using var key = shown.GetECDsaPublicKey();
            return key is { KeySize: 256 } && OnP256(key) && written.AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()) ? written : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static bool OnP256(ECDsa key) => key.ExportParameters(false).Curve is { IsNamed: true } curve && curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value;
}
