using System.Collections.Immutable;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Tests.Session;

/// <summary>Verdicts as records come in: the same at the end, whatever came first.</summary>
public sealed class JudgementTests
{
    private static readonly EntryPath File = EntryPath.Parse("f");

    private readonly Cluster _cluster = new();
    private readonly Cluster.Member _writer, _self;

    public JudgementTests() => (_writer, _self) = (_cluster.Admit("w", "editor", _cluster.Founder), _cluster.Admit("s", "editor", _cluster.Founder));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_the_author_of_a_policy_had_seen_holds_also_where_it_comes_after_the_policy(bool isLast)
    {
        var bench = new SessionBench(_cluster, _self);
        var first = Change(1, default, "f");
        var second = Change(2, RecordCodec.IdOf(first), "g");
        // The policy takes all rights from the writer, and had seen one record of it, or both.
        var policy = Policy(isLast ? first : second, isLast ? 1 : 2);
        Take(bench, policy);
        Take(bench, first);
        if (!isLast)
        {
            Assert.Empty(bench.View.Heads(File));
            Take(bench, second);
        }
        Assert.Single(bench.View.Heads(File));
        Assert.Empty(bench.View.Denied(File));
        if (isLast) Take(bench, second);
        Assert.Equal(isLast ? 0 : 1, bench.View.Heads(EntryPath.Parse("g")).Count);
    }

    [Fact]
    public void Another_record_in_the_place_of_the_one_that_was_seen_proves_nothing()
    {
        var bench = new SessionBench(_cluster, _self);
        Take(bench, Policy(Change(1, default, "h"), 1));
        Take(bench, Change(1, default, "f"));
        Assert.Empty(bench.View.Heads(File));
        Assert.Single(bench.View.Denied(File));
    }

    [Fact]
    public void What_a_version_had_seen_holds_also_where_its_author_is_made_an_admin_by_a_later_one()
    {
        var bench = new SessionBench(_cluster, _self);
        var first = Change(1, default, "f");
        var second = Change(2, RecordCodec.IdOf(first), "g");
        var named = _cluster.Admit("x", "editor", _cluster.Founder);
        Assert.True(bench.Members.TryAdd(named.Membership, [], out _));
        var makes = Policy(_cluster.Founder, [new NodeRights(named.Membership.Node, "admin", KnownRoles.May("admin"))], [], []);
        var narrows = Policy(named, [new NodeRights(_writer.Membership.Node, "none", Permissions.None), new NodeRights(named.Membership.Node, "admin", KnownRoles.May("admin"))],
            [RecordCodec.IdOf(makes)], [new SeenRecord(new Dot(new Author(_writer.Membership.Node, 3), 2), RecordCodec.IdOf(second))]);
        Take(bench, narrows);
        Take(bench, makes);
        Take(bench, first);
        Assert.Empty(bench.View.Heads(File));
        Take(bench, second);
        Assert.Single(bench.View.Heads(File));
        Assert.Single(bench.View.Heads(EntryPath.Parse("g")));
    }

    // Under 'history: none' it would be held nowhere else.
    [Theory]
    [InlineData(false)]
    [InlineData(true)] // It stands where a rename has led that its author did not know of.
    public void What_this_node_had_spread_and_might_not_stays_on_its_disk_wherever_that_shows_it(bool isMoved)
    {
        var bench = new SessionBench(_cluster, _self);
        var founder = new SessionBench(_cluster, _cluster.Founder, epoch: 8);
        var made = founder.Author(SessionBench.Put("f", 9)).Opened;
        bench.View.Add(made);
        var own = bench.Author(SessionBench.Put("f", 1, VersionVector.Of(made.Dot))).Opened;
        founder.Context.NowMs += 1000;
        bench.View.Add(founder.Author(isMoved
            ? new Change(0, EntryPath.Parse("g"), made.Changes[0].Entry, default, File, VersionVector.Of(made.Dot))
            : SessionBench.Put("f", 2, VersionVector.Of(made.Dot))).Opened);
        var origin = isMoved ? EntryPath.Parse("g") : File;
        foreach (var p in bench.Context.Showing.At(origin)) bench.View.Rows[p.Path] = new IndexRow(p.Path, p.Entry, default, p.Vector, p.Shown, origin, Of: p.Of);
        var at = Assert.Single(bench.View.Rows.Values, r => r.Shown == own.Dot).Path;
        Assert.NotEqual(File, at);

        var placing = new Placing(bench.Context, new Fetcher(bench.Context), _ => { });
        Take(bench, Policy(_cluster.Founder, [new NodeRights(_self.Membership.Node, "reader", Permissions.Read)], [], []));
        Assert.NotEmpty(bench.View.Denied(File));
        placing.HeadsChanged([File], 1);
        for (var i = 0; i < 5; i++)
        {
            placing.Advance();
            Assert.DoesNotContain(bench.Effects().OfType<ApplyEffect>().SelectMany(a => a.Steps), s => s.Path == at);
            bench.Context.NowMs += 1000;
            placing.Tick();
        }
        var row = bench.View.Rows[at];
        Assert.Equal((true, own.Changes[0].Entry, at, null, default), (row.LocalOnly, row.Entry, row.Origin, row.Of, row.Shown));
    }

    private static void Take(SessionBench bench, SignedRecord signed)
    {
        var opened = RecordCodec.Open(signed, Samples.Ring);
        var batch = new CommitBatch();
        batch.Records.Add((signed, opened));
        bench.Context.Judgement.Add(batch, opened);
        bench.Context.Commit(batch, flushed: true, () => { }, Assert.Fail);
        bench.Effects();
        if (bench.Context.Judgement.ReviewOutdated() is not { } anew) return;
        Assert.True(batch.LeavesUnjudged);
        bench.Context.Commit(anew, flushed: true, () => { }, Assert.Fail);
        bench.Effects();
    }

    private SignedRecord Change(long number, RecordId previous, string path) =>
        Signed(_writer, number, previous, [SessionBench.Put(path)], null);

    private SignedRecord Policy(SignedRecord seen, long number) => Signed(_cluster.Founder, 1, default, [new Change(0, EntryPath.Parse(".vfspolicy.yaml"), Samples.SmallFile(), default)],
        new PolicyStatement([], [new NodeRights(_writer.Membership.Node, "none", Permissions.None)], [new SeenRecord(new Dot(new Author(_writer.Membership.Node, 3), number), RecordCodec.IdOf(seen))]));

    private static SignedRecord Policy(Cluster.Member author, ImmutableArray<NodeRights> nodes, ImmutableArray<RecordId> after, ImmutableArray<SeenRecord> seen) =>
        Signed(author, 1, default, [new Change(0, EntryPath.Parse(".vfspolicy.yaml"), Samples.SmallFile(), default)], new PolicyStatement([], nodes, seen), after);

    private static SignedRecord Signed(Cluster.Member author, long number, RecordId previous, ImmutableArray<Change> changes, PolicyStatement? policy, ImmutableArray<RecordId>? after = null) =>
        RecordSigner.Sign(new RecordHeader(new Author(author.Membership.Node, 3), number, previous, HybridTime.At(SessionBench.Noon), default, KeyRing.FirstKeyId, after ?? [], [], Policy: policy),
            Samples.Ring.SealBody(RecordCodec.EncodeChanges(changes), Samples.Nonce()), author.Key);
}
