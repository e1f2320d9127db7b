using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace VfsSync.Engine.Net;

/// <summary>TLS 1.3, mutual, `vfs/1`: turns a connected socket into a link. Blocking; whoever disposes the socket ends it.</summary>
internal sealed class TlsHandshake(X509Certificate2 certificate)
{
    public static readonly SslApplicationProtocol Protocol = new("vfs/1");

    // Offline: nothing is downloaded to complete the chain of a certificate that signs itself.
    private readonly SslStreamCertificateContext _certificate = SslStreamCertificateContext.Create(certificate, null, offline: true);

    public TlsLink AsServer(Socket socket, string address, long begun) => Shake(socket, address, begun, outgoing: false, s => s.AuthenticateAsServer(new SslServerAuthenticationOptions
    {
        ServerCertificateContext = _certificate,
        ClientCertificateRequired = true,
        EnabledSslProtocols = SslProtocols.Tls13,
        ApplicationProtocols = [Protocol],
        AllowTlsResume = false,
        CertificateChainPolicy = Offline(),
        RemoteCertificateValidationCallback = ProvesKey,
    }));

    public TlsLink AsClient(Socket socket, string address, long begun) => Shake(socket, address, begun, outgoing: true, s => s.AuthenticateAsClient(new SslClientAuthenticationOptions
    {
        TargetHost = "vfssync",
        ClientCertificateContext = _certificate,
        EnabledSslProtocols = SslProtocols.Tls13,
        ApplicationProtocols = [Protocol],
        AllowTlsResume = false,
        CertificateChainPolicy = Offline(),
        RemoteCertificateValidationCallback = ProvesKey,
    }));

    private static TlsLink Shake(Socket socket, string address, long begun, bool outgoing, Action<SslStream> authenticate)
    {
        var counted = new SocketStream(socket);
        var tls = new SslStream(counted, leaveInnerStreamOpen: false);
        try
        {
            authenticate(tls);
            // An end without ALPN gets through the handshake.
            if (tls.NegotiatedApplicationProtocol != Protocol) throw new AuthenticationException("The other end did not agree on the protocol vfs/1 (no application protocol).");
            var key = PeerKeyProof.Of(tls.RemoteCertificate) ?? throw new AuthenticationException("The other end proved no P-256 key.");
            return new TlsLink(socket, counted, tls, key, outgoing, address) { Begun = begun };
        }
        catch
        {
            tls.Dispose();
            throw;
        }
    }

    private static bool ProvesKey(object sender, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors) => PeerKeyProof.Of(shown) is not null;

    /// <summary>Accepts every chain and fetches none: only the key counts, and it is looked at in the callback.</summary>
    private static X509ChainPolicy Offline() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        DisableCertificateDownloads = true,
        RevocationMode = X509RevocationMode.NoCheck,
        VerificationFlags = X509VerificationFlags.AllFlags,
    };
}
