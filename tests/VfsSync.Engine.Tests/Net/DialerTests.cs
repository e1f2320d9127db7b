using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using VfsSync.Engine.Net;

namespace VfsSync.Engine.Tests.Net;

public sealed class DialerTests
{
    private readonly Dialer _dialer = new(TimeSpan.FromSeconds(1));

    [Fact]
    public void Address_families_take_turns()
    {
        IPAddress[] found = [IPAddress.Parse("fd00::1"), IPAddress.Parse("fd00::2"), IPAddress.Parse("10.0.0.1"), IPAddress.Parse("10.0.0.2")];
        Assert.Equal(["fd00::1", "10.0.0.1", "fd00::2", "10.0.0.2"], Dialer.InTurn(found).Select(a => a.ToString()));
    }

    [Fact]
    public async Task An_address_that_refuses_gives_way_at_once()
    {
        using var open = Listening();
        var took = Stopwatch.StartNew();
        var patient = new Dialer(TimeSpan.FromSeconds(10)) { Stagger = TimeSpan.FromSeconds(10) };
        using var socket = await patient.FirstAsync([Refusing(), (IPEndPoint)open.LocalEndPoint!], CancellationToken.None);
        Assert.Equal(open.LocalEndPoint, socket.RemoteEndPoint);
        Assert.InRange(took.ElapsedMilliseconds, 0, 5_000);
    }

    [Fact]
    public async Task An_address_that_is_silent_gives_way_after_a_quarter_of_a_second()
    {
        using var silent = new FullBacklog();
        using var open = Listening();
        var took = Stopwatch.StartNew();
        // By far not as late as the silent one itself ends; how much sooner depends on what else the machine does.
        var patient = new Dialer(TimeSpan.FromSeconds(100));
        using var socket = await patient.FirstAsync([silent.EndPoint, (IPEndPoint)open.LocalEndPoint!], CancellationToken.None);
        Assert.Equal(open.LocalEndPoint, socket.RemoteEndPoint);
        Assert.InRange(took.ElapsedMilliseconds, 240, 50_000);
    }

    [Fact]
    public async Task Silence_everywhere_ends_by_the_time_out()
    {
        using var silent = new FullBacklog();
        var error = await Assert.ThrowsAsync<PeerException>(() => _dialer.ConnectAsync(PeerAddress.Of(silent.EndPoint), CancellationToken.None));
        Assert.Contains("does not answer", error.Message, StringComparison.Ordinal);
    }

    private static Socket Listening()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        return socket;
    }

    private static IPEndPoint Refusing()
    {
        using var socket = Listening();
        return (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <summary>A listener whose queue is full: the system drops further connects, as a firewall would.</summary>
    private sealed class FullBacklog : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly List<Socket> _queued = [];

        public FullBacklog()
        {
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen(1);
            for (var i = 0; i < 8; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
                Record.Exception(() => socket.Connect(EndPoint));
                _queued.Add(socket);
            }
        }

        public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

        public void Dispose()
        {
            _queued.ForEach(s => s.Dispose());
            _listener.Dispose();
        }
    }
}
