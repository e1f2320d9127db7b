using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using VfsSync.Engine.Net;

namespace VfsSync.Engine.Tests.Net;

public sealed class PeerKeyProofTests
{
    [Fact]
    public void Only_one_encoding_of_a_key_names_a_node()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var usual = new PublicKey(key);
        var point = usual.EncodedKeyValue.RawData;
        byte[] compressed = [(byte)(2 + (point[^1] & 1)), .. point.AsSpan(1, 32)];
        var other = new PublicKey(usual.Oid, usual.EncodedParameters, new AsnEncodedData(usual.Oid, compressed));

        Assert.Equal(key.ExportSubjectPublicKeyInfo(), PeerKeyProof.Of(Certificate(usual, key)));
        Assert.Null(PeerKeyProof.Of(Certificate(other, key)));
        Assert.Null(PeerKeyProof.Of(null));
    }

    private static X509Certificate2 Certificate(PublicKey shown, ECDsa key) =>
        new CertificateRequest(new X500DistinguishedName("CN=vfssync"), shown, HashAlgorithmName.SHA256)
            .Create(new X500DistinguishedName("CN=vfssync"), X509SignatureGenerator.CreateForECDsa(key), DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, [1]);
}
