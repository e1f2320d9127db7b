using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using VfsSync.Core.History;
using VfsSync.Engine.Net;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Tests.Net;

/// <summary>Who does not speak vfs/1 over mutual TLS 1.3 with a proven P-256 key never becomes a link.</summary>
public sealed class IntruderTests : IDisposable
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(10);

    private readonly NodeIdentity _identity = NodeIdentity.Create();
    private readonly TlsTransport _transport;
    private readonly TaskCompletionSource<Exception> _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _port;
    private int _accepted;

    public IntruderTests()
    {
        _transport = new TlsTransport(_identity.Certificate, (_, e) => _refused.TrySetResult(e));
        _port = _transport.Listen(0, false, _ => Interlocked.Increment(ref _accepted));
    }

    public void Dispose()
    {
        _transport.Dispose();
        _identity.Dispose();
    }

    [Fact]
    public Task Without_a_certificate() => IsRefusedAsync(null, SslProtocols.Tls13, "vfs/1");

    [Fact]
    public Task With_another_protocol() => IsRefusedAsync(_identity.Certificate, SslProtocols.Tls13, "h2");

    [Fact]
    public Task Without_a_protocol() => IsRefusedAsync(_identity.Certificate, SslProtocols.Tls13, null);

    [Fact]
    public Task With_an_older_TLS() => IsRefusedAsync(_identity.Certificate, SslProtocols.Tls12, "vfs/1");

    [Fact]
    public async Task With_a_key_on_another_curve()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var certificate = Loadable(new CertificateRequest("CN=vfssync", key, HashAlgorithmName.SHA256));
        await IsRefusedAsync(certificate, SslProtocols.Tls13, "vfs/1");
    }

    [Fact]
    public async Task With_an_RSA_key()
    {
        using var key = RSA.Create(2048);
        using var certificate = Loadable(new CertificateRequest("CN=vfssync", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        await IsRefusedAsync(certificate, SslProtocols.Tls13, "vfs/1");
    }

    [Fact]
    public async Task The_same_client_with_all_of_these_gets_in()
    {
        using var tls = await HandshakeAsync(_identity.Certificate, SslProtocols.Tls13, "vfs/1");
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref _accepted) == 1, _soon));
    }

    [Theory]
    [InlineData("-tls1_2 -alpn vfs/1")]
    [InlineData("-tls1_3 -alpn vfs/1")]
    [InlineData("-tls1_3 -alpn http/1.1")]
    public async Task OpenSSL_gets_nowhere(string options)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/openssl"), "There is no openssl here.");
        using var client = Process.Start(new ProcessStartInfo("/usr/bin/openssl", $"s_client -connect 127.0.0.1:{_port} {options}")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var read = Task.WhenAll(client.StandardOutput.ReadToEndAsync(), client.StandardError.ReadToEndAsync());
        await client.WaitForExitAsync().WaitAsync(_soon);
        await read;
        Assert.NotEqual(0, client.ExitCode);
        await _refused.Task.WaitAsync(_soon);
        Assert.Equal(0, Volatile.Read(ref _accepted));
    }

    private async Task IsRefusedAsync(X509Certificate2? certificate, SslProtocols version, string? protocol)
    {
        var error = await Record.ExceptionAsync(async () =>
        {
            using var tls = await HandshakeAsync(certificate, version, protocol);
            // In TLS 1.3 the client is done before the server has judged its certificate.
            if (await tls.ReadAsync(new byte[1]).AsTask().WaitAsync(_soon) == 0) throw new IOException("closed");
        });
        Assert.True(error is AuthenticationException or IOException, error?.ToString());
        await _refused.Task.WaitAsync(_soon);
        Assert.Equal(0, Volatile.Read(ref _accepted));
    }

    private async Task<SslStream> HandshakeAsync(X509Certificate2? certificate, SslProtocols version, string? protocol)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, _port);
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "vfssync",
                ClientCertificates = certificate is null ? [] : [certificate],
                EnabledSslProtocols = version,
                ApplicationProtocols = protocol is null ? null : [new SslApplicationProtocol(protocol)],
                RemoteCertificateValidationCallback = (_, shown, _, _) => PeerKeyProof.Of(shown) is { } key && new NodeId(SHA256.HashData(key)) == _identity.Id,
            }).WaitAsync(_soon);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    private static X509Certificate2 Loadable(CertificateRequest request)
    {
        using var made = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue);
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
