using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;
using static VfsSync.Core.Tests.Session.SessionBench;

namespace VfsSync.Core.Tests.Session;

/// <summary>What is said to the third node, and how.</summary>
public sealed partial class ForksTests
{
    private void Settle()
    {
        Say(Word(Right[2]));
        _bench.Effects();
        Say(Records(Right));
        _bench.Effects();
        Assert.Equal(Right[2].Opened.Id, _bench.View.RecordIdOf(Right[2].Opened.Dot));
        Assert.Equal(default, _bench.Members.Now.Aside);
    }

    private void Show(string path, ChangeRecord record, VersionVector vector, string? of = null) =>
        _bench.View.Rows[At(path)] = new IndexRow(At(path), record.Changes[0].Entry, default, vector, record.Dot, At(path), Of: of is null ? null : At(of));

    // The first record of the author's next epoch.
    private RecordsMessage Word((SignedRecord Signed, ChangeRecord Opened) end, ulong epoch = 21, long laterMs = 0)
    {
        var next = new SessionBench(_cluster, _a, epoch: epoch, continues: new EpochEnd(20, end.Opened.Header.Number, end.Opened.Id));
        next.Context.NowMs += laterMs;
        return Records(next.Author(Put($"by {epoch}")));
    }

    private RecordsMessage Records(params IEnumerable<(SignedRecord Signed, ChangeRecord Opened)> records) => new([.. records.Select(r => r.Signed)], []);

    private VersionVector Seen(long number) => VersionVector.Of(new Dot(Old, number));

    private static EntryPath At(string path) => Samples.Path(path);

    private static List<CursorMessage> Cursors(IEnumerable<SessionEffect> effects) => Sents<CursorMessage>(effects);

    private static List<T> Sents<T>(IEnumerable<SessionEffect> effects) where T : PeerMessage
    {
        var sent = effects.OfType<SendEffect>().Select(s => s.Message).OfType<T>().ToList();
        Assert.NotEmpty(sent);
        return sent;
    }

    private static PeerTable Table(SessionBench bench)
    {
        var fetcher = new Fetcher(bench.Context);
        return new PeerTable(bench.Context, bench.Authoring, new Placing(bench.Context, fetcher, _ => { }), fetcher, new Offers(bench.Context, fetcher), new Forks(bench.Context));
    }

    private void Say(PeerMessage message, int link = 1) => _table.Received(new MessageInput(link, message));

    private void Live(int link, Cluster.Member peer) => Live(link, peer, _table, _bench, new CursorMessage([]));

    private IReadOnlyList<SessionEffect> Live(int link, Cluster.Member peer, PeerTable table, SessionBench bench, CursorMessage cursor)
    {
        table.Up(new LinkUpInput(link, peer.Membership.Node, peer.Membership.PublicKey, false, $"10.0.0.{link}:1"));
        table.Received(new MessageInput(link, new HelloMessage(PeerMessage.Major, PeerMessage.Minor, _cluster.Id, peer.Membership, [_cluster.Founder.Membership], 99, 22000, "test")));
        table.Received(new MessageInput(link, cursor));
        return bench.Effects();
    }
}
