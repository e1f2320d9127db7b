using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using VfsSync.Engine.Net;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Tests.Net;

/// <summary>What one is told when the other end is not a node.</summary>
public sealed class PeerFaultTests : IDisposable
{
    private readonly NodeIdentity _identity = NodeIdentity.Create();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public PeerFaultTests() => _listener.Start();

    public void Dispose()
    {
        _listener.Dispose();
        _identity.Dispose();
    }

    [Fact]
    public async Task A_name_that_does_not_exist() => Assert.Contains("'no-such-host.invalid'", await ConnectAsync("no-such-host.invalid"), StringComparison.Ordinal);

    [Fact]
    public async Task A_program_that_says_nothing() => Assert.Contains("does not shake hands", await ConnectAsync(_listener.LocalEndpoint.ToString()!, seconds: 1), StringComparison.Ordinal);

    [Fact]
    public async Task A_program_that_does_not_speak_TLS()
    {
        var served = ServeAsync(s => s.WriteAsync("SSH-2.0-OpenSSH_9.2\r\n"u8.ToArray()).AsTask());
        Assert.Contains("does not speak TLS.", await ConnectAsync(_listener.LocalEndpoint.ToString()!), StringComparison.Ordinal);
        await served;
    }

    [Fact]
    public async Task A_program_that_hangs_up()
    {
        var served = ServeAsync(_ => Task.CompletedTask);
        Assert.Contains("does not speak TLS.", await ConnectAsync(_listener.LocalEndpoint.ToString()!), StringComparison.Ordinal);
        await served;
    }

    [Theory]
    [InlineData("h2", SslProtocols.Tls13, false, "not vfs/1")]
    [InlineData(null, SslProtocols.Tls13, false, "not vfs/1")]
    [InlineData("vfs/1", SslProtocols.Tls12, false, "does not speak TLS 1.3")]
    [InlineData("vfs/1", SslProtocols.Tls13, true, "no P-256 key")]
    public async Task A_program_that_speaks_another_TLS(string? protocol, SslProtocols version, bool rsa, string expected)
    {
        using var key = RSA.Create(2048);
        using var foreign = new CertificateRequest("CN=web", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue);
        var served = ServeAsync(async s =>
        {
            await using var tls = new SslStream(s);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificate = rsa ? foreign : _identity.Certificate,
                EnabledSslProtocols = version,
                ApplicationProtocols = protocol is null ? null : [new SslApplicationProtocol(protocol)],
            });
        });
        Assert.Contains(expected, await ConnectAsync(_listener.LocalEndpoint.ToString()!), StringComparison.Ordinal);
        await served;
    }

    [Fact]
    public async Task An_attempt_can_be_given_up()
    {
        using var transport = new TlsTransport(_identity.Certificate);
        using var soon = new CancellationTokenSource(100);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => transport.ConnectAsync(_listener.LocalEndpoint.ToString()!, soon.Token)).WaitAsync(TimeSpan.FromSeconds(2));
    }

    // Only who says nothing is waited for to the end; whoever answers may do so on a busy machine.
    private async Task<string> ConnectAsync(string address, int seconds = 30)
    {
        using var transport = new TlsTransport(_identity.Certificate) { Patience = TimeSpan.FromSeconds(seconds) };
        return (await Assert.ThrowsAsync<PeerException>(() => transport.ConnectAsync(address, CancellationToken.None))).Message;
    }

    /// <summary>Serves one connection; how the handshake fails there does not matter.</summary>
    private async Task ServeAsync(Func<NetworkStream, Task> serve)
    {
        using var client = await _listener.AcceptTcpClientAsync();
        await Record.ExceptionAsync(() => serve(client.GetStream()));
    }
}
