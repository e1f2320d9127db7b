using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using VfsSync.Core.History;

namespace VfsSync.Engine.Store;

/// <summary>A node's own keys, and the certificate that shows the first of them in TLS. Its secrets leave only as PEM for the node's own files.</summary>
internal sealed class NodeIdentity : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    // RFC 5280 4.1.2.5: what a certificate says that never expires. Trust hangs on membership, not on dates.
    private static readonly DateTimeOffset _from = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset _until = new(9999, 12, 31, 23, 59, 59, TimeSpan.Zero);

    private NodeIdentity(ECDsa signing, ECDiffieHellman agreement)
    {
        SigningKey = signing;
        AgreementKey = agreement;
        PublicKey = signing.ExportSubjectPublicKeyInfo();
        AgreementPublicKey = agreement.ExportSubjectPublicKeyInfo();
        Id = new NodeId(SHA256.HashData(PublicKey));
        Certificate = SelfSigned(signing);
    }

    /// <summary>SHA-256 of <see cref="PublicKey"/>.</summary>
    public NodeId Id { get; }

    /// <summary>ECDSA P-256, with the private half.</summary>
    public ECDsa SigningKey { get; }

    /// <summary>ECDH P-256, with the private half: others wrap cluster keys for it.</summary>
    public ECDiffieHellman AgreementKey { get; }

    /// <summary>SubjectPublicKeyInfo of <see cref="SigningKey"/>.</summary>
    public byte[] PublicKey { get; }

    /// <summary>SubjectPublicKeyInfo of <see cref="AgreementKey"/>.</summary>
    public byte[] AgreementPublicKey { get; }

    /// <summary>Self-signed, with the private key; made anew at each start, as only its key matters.</summary>
    public X509Certificate2 Certificate { get; }

    public static NodeIdentity Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256), ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>From PKCS#8 PEM texts.</summary>
    /// <exception cref="CryptographicException">A text holds no P-256 private key.</exception>
    public static NodeIdentity FromPem(string signingPem, string agreementPem)
    {
        var signing = ECDsa.Create();
        var agreement = ECDiffieHellman.Create();
        try
        {
            Import(signing, signingPem);
            Import(agreement, agreementPem);
            return new NodeIdentity(signing, agreement);
        }
        catch
        {
            signing.Dispose();
            agreement.Dispose();
            throw;
        }
    }

    /// <summary>Both private keys as PKCS#8 PEM: only for the node's own files.</summary>
    public (string Signing, string Agreement) ToPem() => (SigningKey.ExportPkcs8PrivateKeyPem(), AgreementKey.ExportPkcs8PrivateKeyPem());

    public void Dispose()
    {
        Certificate.Dispose();
        SigningKey.Dispose();
        AgreementKey.Dispose();
    }

    /// <summary>The id alone: an identity may end up in a log.</summary>
    public override string ToString() => $"node {Id.Hash.Short()}";

    private static void Import(ECAlgorithm key, string pem)
    {
        try
        {
            key.ImportFromPem(pem);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException or AsnContentException)
        {
            // The cause is not passed on: its message could quote the text.
            throw new CryptographicException("There is no readable private key in it.");
        }
        if (key.KeySize != 256 || key.ExportParameters(true).Curve.Oid.Value != ECCurve.NamedCurves.nistP256.Oid.Value)
            throw new CryptographicException("The key is not on the curve P-256.");
    }

    private static X509Certificate2 SelfSigned(ECDsa key)
    {
        var request = new CertificateRequest("CN=vfssync", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerAuthentication), new Oid(ClientAuthentication)], critical: false));
        using var made = request.CreateSelfSigned(_from, _until);
        // Through PKCS#12, since Schannel does not take a certificate whose key lives only in memory.
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
