using System.Collections.Immutable;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Session;

/// <summary>How far a member has come, as far as this node knows.</summary>
/// <param name="Shown">What of the log its disk shows.</param>
/// <param name="Files">Files on it.</param>
/// <param name="Bytes">Bytes of them.</param>
/// <param name="Hops">How many links away it is: 1 = it has one with this node; 0 = nobody known is linked with it.</param>
internal sealed record Standing(VersionVector Shown, long Files, long Bytes, int Hops)
{
    /// <summary>No way is longer. What is said of one who is gone goes round in a ring and counts up until here.</summary>
    public const int MaxHops = 8;

    public bool IsLinked => Hops > 0;

    /// <summary>The same, for one who is told.</summary>
    public Standing Told() => this with { Hops = Hops is > 0 and < MaxHops ? Hops + 1 : 0 };

    /// <summary>The same, when the link is gone.</summary>
    public Standing Gone() => this with { Hops = 0 };
}

/// <summary>
/// How far members are that this node has no link to. It asks its peers for those, and a peer that knows tells whenever it knows more; what peers ask for in their
/// turn is told likewise. Hearsay may be waited on and looked at; nothing is ever given up for it.
/// </summary>
internal sealed class Followers(SessionContext context)
{
    // What is said of one member is one message, and that must fit a frame.
    private const int MostRows = 4096;

    private readonly Dictionary<int, Link> _links = [];
    private readonly Dictionary<NodeId, Standing> _last = [];
    private readonly Dictionary<NodeId, long> _heardMs = [];
    private long _dueMs = long.MaxValue;
    private int _members;

    /// <summary>The links over which records flow, or the members, may have changed: asks for those that are out of reach.</summary>
    public void Ask(IReadOnlyCollection<PeerSession> live)
    {
        var members = context.Members;
        if (members.Count == _members && live.Count == _links.Count && live.All(l => _links.ContainsKey(l.Link))) return;
        _members = members.Count;
        foreach (var gone in _links.Keys.Where(n => live.All(l => l.Link != n)).ToList())
        {
            foreach (var (node, standing) in _links[gone].Heard) Keep(node, standing);
            _links.Remove(gone);
        }
        foreach (var peer in live) _links.TryAdd(peer.Link, new Link());
        foreach (var peer in live) Ask(peer.Link, [.. members.All.Select(m => m.Node).Where(n => n != context.Identity.Node && live.All(l => l.Peer != n)).Order()]);
        KnowsMore();
    }

    /// <summary>A peer asks. What it asked for before, it asks for no more.</summary>
    public void Asked(int number, FollowMessage message)
    {
        if (!_links.TryGetValue(number, out var link)) return;
        link.Follows = [.. message.Nodes];
        foreach (var node in link.Told.Keys.Except(link.Follows).ToList()) link.Told.Remove(node);
        KnowsMore();
    }

    /// <summary>A peer tells of a member; of one that was not asked for, nothing is kept.</summary>
    public void Heard(int number, ProgressMessage message)
    {
        if (!_links.TryGetValue(number, out var link) || !link.Asked.Contains(message.Node)) return;
        var said = new Standing(VersionVector.Of(message.Shown), message.Files, message.Bytes, message.Hops).Told();
        if (said.IsLinked || link.Heard.GetValueOrDefault(message.Node) is { IsLinked: true }) _heardMs[message.Node] = context.NowMs;
        link.Heard[message.Node] = said;
        KnowsMore();
    }

    /// <summary>Something may have to be told, in a moment: much is known one after the other.</summary>
    public void KnowsMore()
    {
        if (_dueMs != long.MaxValue || _links.Values.All(l => l.Follows.IsEmpty)) return;
        _dueMs = context.NowMs + context.Settings.RelayMs;
        context.Emit(new WakeEffect(_dueMs));
    }

    /// <summary>A link ends; how far the member was then stays known.</summary>
    public void Down(PeerSession peer)
    {
        if (peer.Standing is { } standing) _last[peer.Peer] = standing.Gone();
    }

    /// <summary>How far a member was in an earlier run.</summary>
    public void Recall(NodeId node, Standing standing) => _last[node] = standing.Gone();

    /// <summary>From this record on, an author's log is another one here: what was said of it says nothing.</summary>
    public void TookBack(Dot first)
    {
        var last = first with { Number = first.Number - 1 };
        Standing Cut(Standing s) => s with { Shown = s.Shown.UpTo(last) };
        foreach (var (node, standing) in _last) _last[node] = Cut(standing);
        foreach (var heard in _links.Values.Select(l => l.Heard))
            foreach (var (node, standing) in heard) heard[node] = Cut(standing);
    }

    public void Tick(IReadOnlyCollection<PeerSession> live)
    {
        if (context.NowMs < _dueMs) return;
        _dueMs = long.MaxValue;
        foreach (var (number, link) in _links)
        {
            foreach (var node in link.Follows)
            {
                if (Known(node, live, except: number) is not { } known || link.Told.GetValueOrDefault(node) == known || known.Shown.Dots.Length > MostRows) continue;
                link.Told[node] = known;
                context.Send(number, new ProgressMessage(node, known.Shown.Dots, known.Files, known.Bytes, known.Hops));
            }
        }
    }

    /// <summary>How far a member is: by its own word over a link, else by others', else by its last one. Null if nobody ever said.</summary>
    public Standing? Known(NodeId node, IEnumerable<PeerSession> live, int except = 0)
    {
        var best = live.Where(l => l.Peer == node).Select(l => l.Standing).Aggregate((Standing?)null, Better);
        if (best is not null) return best;
        // Never back to where it came from: two that follow each other would keep alive what neither knows.
        return _links.Where(l => l.Key != except).Select(l => l.Value.Heard.GetValueOrDefault(node)).Append(_last.GetValueOrDefault(node)).Aggregate(Better);
    }

    /// <summary>The link over which the way to a member is shortest, by what was heard.</summary>
    public int? Via(NodeId node) => _links.Where(l => l.Value.Heard.GetValueOrDefault(node) is { IsLinked: true }).OrderBy(l => l.Value.Heard[node].Hops).Select(l => (int?)l.Key).FirstOrDefault();

    /// <summary>When others last said of a member that someone is linked with it; null if nobody did.</summary>
    public long? HeardMs(NodeId node) => _heardMs.TryGetValue(node, out var ms) ? ms : null;

    private static Standing? Better(Standing? a, Standing? b)
    {
        if (a is null || b is null) return a ?? b;
        if (a.Hops != b.Hops) return b.IsLinked && (!a.IsLinked || b.Hops < a.Hops) ? b : a;
        return b.Shown.Includes(a.Shown) ? b : a;
    }

    private void Keep(NodeId node, Standing standing)
    {
        if (standing.IsLinked) _heardMs[node] = context.NowMs;
        _last[node] = Better(_last.GetValueOrDefault(node), standing.Gone())!;
    }

    private void Ask(int number, ImmutableArray<NodeId> nodes)
    {
        var link = _links[number];
        if (link.Asked.SetEquals(nodes)) return;
        link.Asked = [.. nodes];
        foreach (var node in link.Heard.Keys.Except(nodes).ToList())
        {
            Keep(node, link.Heard[node]);
            link.Heard.Remove(node);
        }
        context.Send(number, new FollowMessage(nodes));
    }

    private sealed class Link
    {
        /// <summary>Whom this node asked the peer for.</summary>
        public ImmutableHashSet<NodeId> Asked { get; set; } = [];

        /// <summary>What it said of them.</summary>
        public Dictionary<NodeId, Standing> Heard { get; } = [];

        /// <summary>Whom the peer asks for.</summary>
        public ImmutableHashSet<NodeId> Follows { get; set; } = [];

        /// <summary>What it was told of them last.</summary>
        public Dictionary<NodeId, Standing> Told { get; } = [];
    }
}
