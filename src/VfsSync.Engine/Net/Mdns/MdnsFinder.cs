using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using VfsSync.Core.History;

namespace VfsSync.Engine.Net.Mdns;

/// <summary>Finds the cluster's nodes on the networks that this machine is in, by multicast DNS, and lets them find this one.</summary>
internal sealed class MdnsFinder : IDisposable
{
    private const int MostPeers = 1024, MostAddresses = 8;
    private const long SettleMs = 250, LookAgainMs = 5000;

    private readonly Lock _lock = new();
    private readonly ClusterId _cluster;
    private readonly NodeId? _self;
    private readonly MdnsResponder? _responder;
    private readonly MdnsBrowser _browser = new(Random.Shared.NextDouble);
    private readonly Timer _timer;
    private MdnsSockets? _sockets;
    private Action<ImmutableArray<FoundPeer>> _found = static _ => { };
    private Action<string?> _trouble = static _ => { };
    private ImmutableArray<FoundPeer> _last = [];
    private long _refreshMs;
    private bool _inTrouble, _disposed;

    /// <param name="cluster">Which nodes are looked for.</param>
    /// <param name="self">The node that is to be found; null: this only looks.</param>
    public MdnsFinder(ClusterId cluster, (NodeId Node, string Name, int Port)? self)
    {
        (_cluster, _self) = (cluster, self?.Node);
        if (self is { } me) _responder = new MdnsResponder(new MdnsService(DnsName.Cut(me.Name), $"vfs-{me.Node.ToString()[..16]}", (ushort)me.Port, ClusterTag.TextOf(cluster, me.Node)), Random.Shared.NextDouble);
        _timer = new Timer(static f => ((MdnsFinder)f!).Tick(), this, Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>The name under which it is announced: another than the node's where another service on the network has that.</summary>
    public string? Instance
    {
        get
        {
            lock (_lock) return _responder is { IsAnnounced: true } ? _responder.Service.Instance : null;
        }
    }

    /// <summary>Starts; calls come from threads of its own, one at a time.</summary>
    /// <param name="found">Told with all that is found, whenever that is other than before.</param>
    /// <param name="trouble">Told why it finds nothing, and with null when it does again.</param>
    public void Start(Action<ImmutableArray<FoundPeer>> found, Action<string?> trouble)
    {
        lock (_lock)
        {
            if (_disposed) return;
            (_found, _trouble) = (found, trouble);
        }
        try
        {
            NetworkChange.NetworkAddressChanged += NetworkChanged;
        }
        catch (NetworkInformationException)
        {
            // The system does not tell of changes here: what there is now is used.
        }
        Tick();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
            if (_sockets is { } sockets && _responder is { } responder)
                foreach (var send in responder.Leave()) sockets.Send(send);
            _sockets?.Dispose();
        }
        try
        {
            NetworkChange.NetworkAddressChanged -= NetworkChanged;
        }
        catch (NetworkInformationException)
        {
        }
        _timer.Dispose();
    }

    private static long NowMs => Environment.TickCount64;

    // Addresses come one by one when an interface comes up.
    private void NetworkChanged(object? sender, EventArgs e)
    {
        lock (_lock)
        {
            if (_disposed) return;
            _refreshMs = Math.Min(_refreshMs, NowMs + SettleMs);
            Arm();
        }
    }

    private void Tick() => Guarded(() =>
    {
        if (NowMs >= _refreshMs) Refresh();
        if (_sockets is { } sockets)
        {
            foreach (var send in _responder?.Tick(NowMs) ?? []) sockets.Send(send);
            foreach (var send in _browser.Tick(NowMs)) sockets.Send(send);
        }
        Tell();
    });

    // A fault in here must not end the process, whose work is another: it is said, and no more is found.
    private void Guarded(Action act)
    {
        lock (_lock)
        {
            if (_disposed) return;
            try
            {
                act();
                Arm();
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                Trouble($"Other nodes on this network are not found by themselves any more ({e.GetType().Name}: {e.Message}). Restart the node, or give addresses with Connect-VfsNode.");
            }
        }
    }

    private void Refresh()
    {
        _refreshMs = long.MaxValue;
        try
        {
            _sockets ??= new MdnsSockets(Received);
            var interfaces = _sockets.Interfaces();
            _responder?.Use(interfaces, NowMs);
            _browser.Use(interfaces, NowMs);
            Trouble(null);
        }
        catch (Exception e) when (e is SocketException or NetworkInformationException)
        {
            _refreshMs = NowMs + LookAgainMs;
            Trouble($"Other nodes on this network are not found by themselves (mDNS): {e.Message}. Give their addresses with -Peer or Connect-VfsNode; it is tried again.");
        }
    }

    private void Trouble(string? what)
    {
        if (_inTrouble == (what is not null)) return;
        _inTrouble = what is not null;
        _trouble(what);
    }

    private void Received(MdnsReceived received) => Guarded(() =>
    {
        if (_sockets is not { } sockets) return;
        foreach (var send in _responder?.Handle(received, NowMs) ?? []) sockets.Send(send);
        if (_browser.Handle(received, NowMs)) Tell();
    });

    private void Tell()
    {
        ImmutableArray<FoundPeer> found =
        [
            .. _browser.Found.Select(f => (Node: ClusterTag.NodeOf(f.Text, _cluster), f.EndPoints)).Where(f => f.Node is not null && f.Node != _self)
                .GroupBy(f => f.Node!.Value).OrderBy(g => g.Key).Take(MostPeers).Select(g => new FoundPeer(g.Key, [.. g.SelectMany(f => f.EndPoints).Where(MayBeThere).Distinct().Take(MostAddresses).Select(PeerAddress.Of)])),
        ];
        if (found.SequenceEqual(_last)) return;
        _last = found;
        _found(found);
    }

    // Anybody on the network can repeat a node's words beside an address of his own: it is to lead nowhere but to a machine.
    private static bool MayBeThere(IPEndPoint at) =>
        at.Port > 0 && !IPAddress.IsLoopback(at.Address) && !at.Address.Equals(IPAddress.Any) && !at.Address.Equals(IPAddress.IPv6Any) && !at.Address.IsIPv6Multicast && at.Address.GetAddressBytes() is not [>= 224, _, _, _];

    private void Arm()
    {
        if (_disposed) return;
        var next = Math.Min(Math.Min(_refreshMs, _browser.NextMs), _responder?.NextMs ?? long.MaxValue);
        _timer.Change(next == long.MaxValue ? Timeout.Infinite : Math.Clamp(next - NowMs, 0, int.MaxValue), Timeout.Infinite);
    }
}
