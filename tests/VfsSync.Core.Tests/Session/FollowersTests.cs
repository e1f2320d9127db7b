using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Tests.Session;

/// <summary>Laptop, server and vm, each linked with the other two, and a member that is linked with the laptop only.</summary>
public sealed class FollowersTests
{
    private const int ToFly = 9;

    private readonly Cluster _cluster = new();
    private readonly Cluster.Member _fly;
    private readonly Node _laptop, _server, _vm;
    private readonly List<Node> _ring;
    private readonly Dot _dot;

    public FollowersTests()
    {
        var (server, vm) = (_cluster.Admit("server", "editor", _cluster.Founder), _cluster.Admit("vm", "editor", _cluster.Founder));
        _fly = _cluster.Admit("fly", "editor", _cluster.Founder);
        (_laptop, _server, _vm) = (new Node(_cluster, _cluster.Founder, 7), new Node(_cluster, server, 20), new Node(_cluster, vm, 30));
        _ring = [_laptop, _server, _vm];
        foreach (var node in _ring)
            foreach (var other in _ring.Where(n => n != node)) node.Link(_ring.IndexOf(other) + 1, other.Self, node.Self.Membership.Name == "vm");
        _laptop.Link(ToFly, _fly, outgoing: true);
        Deliver();
        _laptop.Say(ToFly, Hello(_fly));
        _laptop.Say(ToFly, new CursorMessage([]));
        _dot = _laptop.Bench.Author(SessionBench.Put("a")).Opened.Dot;
        _laptop.Say(ToFly, new HaveMessage([_dot], [_dot], 3, 4));
        Pass(5);
    }

    private NodeId Fly => _fly.Membership.Node;

    [Fact]
    public void All_hear_of_a_member_that_one_is_linked_with()
    {
        Assert.All((Node[])[_server, _vm], n => Assert.Equal(_laptop.Self.Membership.Node, n.Table.Via(Fly)));
        Assert.All(_ring, n => Assert.True(n.Table.Shows(Fly, VersionVector.Of(_dot))));
    }

    [Fact]
    public void A_rumour_of_a_member_that_is_gone_ends_also_in_a_ring()
    {
        _laptop.Table.Down(new LinkDownInput(ToFly, "cut"));
        Pass(12);
        Assert.All(_ring, n => Assert.Null(n.Table.Via(Fly)));
        Assert.All(_ring, n => Assert.False(n.Table.Shows(Fly, VersionVector.Of(_dot))));
        Assert.All(_ring, n => Assert.Equal((3, 4), (n.Table.Known(Fly)!.Files, n.Table.Known(Fly)!.Bytes)));
        foreach (var node in _ring) Assert.Empty(node.Bench.Effects());
    }

    // So many times the moment after which a change is told.
    private void Pass(int moments)
    {
        for (; moments > 0; moments--)
        {
            Deliver();
            foreach (var node in _ring)
            {
                node.Bench.Context.NowMs += SessionSettings.Default.RelayMs;
                node.Table.Tick();
            }
        }
        Deliver();
    }

    private void Deliver()
    {
        for (var quiet = false; !quiet;)
        {
            quiet = true;
            for (var from = 0; from < _ring.Count; from++)
            {
                foreach (var node in _ring) node.Table.AskAround();
                foreach (var sent in _ring[from].Bench.Effects().OfType<SendEffect>().Where(s => s.Link != ToFly))
                {
                    quiet = false;
                    _ring[sent.Link - 1].Say(from + 1, sent.Message);
                }
            }
        }
    }

    private HelloMessage Hello(Cluster.Member peer) =>
        new(PeerMessage.Major, PeerMessage.Minor, _cluster.Id, peer.Membership, [_cluster.Founder.Membership], 40, 22000, "test");

    private sealed class Node
    {
        public Node(Cluster cluster, Cluster.Member self, ulong epoch)
        {
            (Self, Bench) = (self, new SessionBench(cluster, self, epoch: epoch));
            var fetcher = new Fetcher(Bench.Context);
            Table = new PeerTable(Bench.Context, Bench.Authoring, new Placing(Bench.Context, fetcher, _ => { }), fetcher, new Offers(Bench.Context, fetcher), new Forks(Bench.Context));
        }

        public Cluster.Member Self { get; }

        public SessionBench Bench { get; }

        public PeerTable Table { get; }

        public void Link(int number, Cluster.Member peer, bool outgoing) => Table.Up(new LinkUpInput(number, peer.Membership.Node, peer.Membership.PublicKey, outgoing, "10.0.0.1:1"));

        public void Say(int link, PeerMessage message) => Table.Received(new MessageInput(link, message));
    }
}
