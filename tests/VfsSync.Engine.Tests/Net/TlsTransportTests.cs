using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using VfsSync.Core.History;
using VfsSync.Engine.Net;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Tests.Net;

public sealed class TlsTransportTests : PeerTransportContract
{
    private readonly NodeIdentity _a = NodeIdentity.Create();
    private readonly NodeIdentity _b = NodeIdentity.Create();
    private readonly ConcurrentQueue<Exception> _refused = new();

    internal override (IPeerTransport, NodeId, string) Make(string host)
    {
        var identity = host == "a" ? _a : _b;
        return (new TlsTransport(identity.Certificate, (_, e) => _refused.Enqueue(e)), identity.Id, "127.0.0.1");
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _a.Dispose();
        _b.Dispose();
    }

    [Fact]
    public async Task It_listens_on_IPv4_and_IPv6_and_finds_a_name()
    {
        var port = New("a", out _, out _).Listen(0, false, _ => { });
        foreach (var host in new[] { "127.0.0.1", "[::1]", "localhost" })
            using (await New("b", out _, out _).ConnectAsync($"{host}:{port}", CancellationToken.None)) { }
    }

    [Fact]
    public async Task Two_hundred_silent_connections_do_not_keep_a_good_peer_out()
    {
        // All places are taken for a minute, so whoever gets in before did not wait for one to fall free.
        using var a = new TlsTransport(_a.Certificate) { Patience = TimeSpan.FromSeconds(60) };
        using var b = new TlsTransport(_b.Certificate) { Patience = TimeSpan.FromSeconds(60) };
        var port = a.Listen(0, false, _ => { });
        var silent = Enumerable.Range(0, 200).Select(_ => Open(port)).ToList();
        var took = Stopwatch.StartNew();
        using var link = await b.ConnectAsync($"127.0.0.1:{port}", CancellationToken.None);
        Assert.Equal(_a.Id, link.Peer);
        Assert.InRange(took.Elapsed.TotalSeconds, 0, 30);
        silent.ForEach(s => s.Dispose());
    }

    [Fact]
    public void A_connection_that_does_not_shake_hands_is_ended()
    {
        using var a = new TlsTransport(_a.Certificate, (_, e) => _refused.Enqueue(e)) { Patience = TimeSpan.FromMilliseconds(300) };
        using var silent = Open(a.Listen(0, false, _ => { }));
        silent.ReceiveTimeout = 5_000;
        Assert.Equal(0, silent.Receive(new byte[1]));
        Assert.True(SpinWait.SpinUntil(() => !_refused.IsEmpty, Soon));
        Assert.Contains("in time", _refused.First().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_shook_hands_and_never_shows_that_it_is_a_member_has_to_go(bool member)
    {
        using var a = new TlsTransport(_a.Certificate) { Patience = TimeSpan.FromSeconds(2) };
        using var b = new TlsTransport(_b.Certificate);
        var accepted = new TaskCompletionSource<IPeerLink>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var near = await b.ConnectAsync($"127.0.0.1:{a.Listen(0, false, accepted.SetResult)}", CancellationToken.None);
        using var far = await accepted.Task.WaitAsync(Soon);
        if (member) far.FromMember();
        var end = Task.Run(() => Record.Exception(() => Assert.Null(near.Receive())) is null or IOException);
        Assert.Equal(!member, await Task.WhenAny(end, Task.Delay(member ? 5000 : 30_000)) == end);
    }

    [Fact]
    public async Task Garbage_is_refused_and_disturbs_no_one()
    {
        var (near, far) = await ConnectAsync();
        using var garbage = Open(PeerAddress.Parse(near.Address).Port);
        garbage.Send("GET / HTTP/1.1\r\nHost: me\r\n\r\n"u8);
        garbage.ReceiveTimeout = 5_000;
        Assert.True(Record.Exception(() => Assert.Equal(0, garbage.Receive(new byte[100]))) is null or SocketException { SocketErrorCode: SocketError.ConnectionReset });
        near.Send(Frame(3));
        Assert.Equal(3, far.Receive()?.Length);
    }

    [Fact]
    public async Task Stopping_while_handshakes_are_under_way_ends_them()
    {
        var a = New("a", out _, out _);
        using var silent = Open(a.Listen(0, false, _ => { }));
        await Task.Delay(50);
        a.Dispose();
        silent.ReceiveTimeout = 5_000;
        Assert.True(Record.Exception(() => Assert.Equal(0, silent.Receive(new byte[1]))) is null or SocketException { SocketErrorCode: SocketError.ConnectionReset });
    }

    [Fact]
    public void A_link_with_unanswered_data_ends_long_before_the_kernel_would_give_up()
    {
        if (!OperatingSystem.IsLinux()) return;
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        TlsTransport.Prepare(socket);
        var set = new byte[sizeof(int)];
        socket.GetRawSocketOption(TlsTransport.LinuxTcp, TlsTransport.LinuxTcpUserTimeout, set);
        Assert.Equal(15_000, BitConverter.ToInt32(set));
    }

    private static Socket Open(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Loopback, port);
        return socket;
    }
}
