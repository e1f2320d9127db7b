using VfsSync.Core.History;

namespace VfsSync.Engine.Net;

/// <summary>A network in memory, whose nodes are named hosts. Ways between hosts can be cut and healed.</summary>
internal sealed class MemoryNetwork
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Host, int Port), MemoryTransport> _listening = [];
    private readonly HashSet<(string, string)> _cut = [];
    private readonly List<(string From, string To, MemoryLink Near)> _links = [];
    private int _lastPort = 40000;

    /// <summary>A node on the network.</summary>
    /// <param name="host">Its name, which is the host part of its address.</param>
    /// <param name="id">Who it is.</param>
    /// <param name="key">Its public key.</param>
    public MemoryTransport Join(string host, NodeId id, ReadOnlyMemory<byte> key = default) => new(this, host.ToLowerInvariant(), id, key);

    /// <summary>Breaks the links between two hosts, and refuses new ones.</summary>
    public void Cut(string a, string b)
    {
        List<MemoryLink> broken;
        lock (_lock)
        {
            _cut.Add(Way(a, b));
            broken = [.. _links.Where(l => Way(l.From, l.To) == Way(a, b)).Select(l => l.Near)];
            _links.RemoveAll(l => Way(l.From, l.To) == Way(a, b));
        }
        foreach (var link in broken) link.Break();
    }

    public void Heal(string a, string b)
    {
        lock (_lock) _cut.Remove(Way(a, b));
    }

    internal int Listen(MemoryTransport transport, int port, bool giveWay)
    {
        lock (_lock)
        {
            if (port == 0 || (giveWay && _listening.ContainsKey((transport.Host, port)))) port = ++_lastPort;
            if (!_listening.TryAdd((transport.Host, port), transport)) throw new PeerException($"Port {port} of {transport.Host} is taken.");
            return port;
        }
    }

    internal void Close(MemoryTransport transport)
    {
        lock (_lock)
            foreach (var at in _listening.Where(l => l.Value == transport).Select(l => l.Key).ToList()) _listening.Remove(at);
    }

    /// <summary>Makes both ends of a link.</summary>
    internal (MemoryTransport Server, MemoryLink Near, MemoryLink Far) Connect(MemoryTransport from, PeerAddress to)
    {
        lock (_lock)
        {
            if (_cut.Contains(Way(from.Host, to.Host))) throw new PeerException($"{to} does not answer.");
            if (!_listening.TryGetValue((to.Host, to.Port), out var server)) throw new PeerException($"Nothing listens at {to}.");
            var (near, far) = MemoryLink.Pair(from, server, to, new PeerAddress(from.Host, ++_lastPort));
            _links.RemoveAll(l => l.Near.IsClosed);
            _links.Add((from.Host, to.Host, near));
            return (server, near, far);
        }
    }

    private static (string, string) Way(string a, string b) => string.CompareOrdinal(a, b) < 0 ? (a, b) : (b, a);
}
