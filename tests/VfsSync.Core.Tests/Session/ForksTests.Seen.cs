using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Wire;
using static VfsSync.Core.Tests.Session.SessionBench;

namespace VfsSync.Core.Tests.Session;

/// <summary>What a version of the policy had seen of a log stays said, whatever the log's author acknowledges later: else who is narrowed could take back all that it ever wrote.</summary>
public sealed partial class ForksTests
{
    private ulong _policies = 90;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_a_policy_or_the_root_had_seen_is_not_taken_back_by_its_author(bool byRoot)
    {
        Say(byRoot ? Cut(Wrong[2]) : Policy(Wrong[2]));
        _bench.Effects();
        Say(Word(Right[2]));
        Assert.Empty(_bench.Effects().OfType<SendEffect>().Select(s => s.Message).OfType<CursorMessage>());
        Say(Records(Right));
        Assert.Empty(_bench.Effects().OfType<CommitEffect>());
        Assert.Equal(Wrong[2].Opened.Id, _bench.View.RecordIdOf(Wrong[2].Opened.Dot));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_it_took_back_before_the_policy_arrived_comes_again(bool byRoot)
    {
        Settle();
        Say(byRoot ? Cut(Wrong[1]) : Policy(Wrong[1]));
        Assert.DoesNotContain(Cursors(_bench.Effects())[^1].Received, r => r.Dot.Author == Old);
        Say(Records(Wrong));
        Assert.Equal(3, _bench.Effects().OfType<CommitEffect>().First().Batch.SetAside[Old]);
        Say(Records(Wrong)); // What goes on above it comes after it.
        _bench.Effects();
        Assert.Equal(Wrong[2].Opened.Id, _bench.View.RecordIdOf(Wrong[2].Opened.Dot));
        Say(Records(Right));
        Say(Word(Right[2], epoch: 22, laterMs: 1000));
        _bench.Effects();
        Assert.Equal(Wrong[2].Opened.Id, _bench.View.RecordIdOf(Wrong[2].Opened.Dot));
    }

    [Fact]
    public void Whatever_came_first_the_course_that_was_seen_is_the_one_that_stays()
    {
        foreach (var order in Orders(Policy(Wrong[1]), Word(Right[2]), Records(Right), Records(Wrong)))
            Assert.Equal(Wrong[2].Opened.Id, Heard(order));
    }

    [Fact]
    public void A_course_of_which_too_little_is_here_to_contradict_what_was_seen_gives_way_as_well()
    {
        var shorter = new SessionBench(_cluster, _a, epoch: 20);
        foreach (var (_, opened) in _common) shorter.View.Add(opened);
        var other = shorter.Author(Put("other"));
        foreach (var order in Orders(Policy(Right[2]), Word(other), Records(other), Records(Right)))
            Assert.Equal(Right[2].Opened.Id, Heard(order));
    }

    [Fact]
    public void Of_two_courses_that_were_seen_the_one_stays_that_was_seen_first()
    {
        foreach (var order in Orders(Policy(Wrong[2]), Policy(Right[2], laterMs: 1000), Records(Right), Records(Wrong)))
            Assert.Equal(Wrong[2].Opened.Id, Heard(order));
    }

    [Fact]
    public void Who_stands_above_the_author_is_believed_before_any_other_admin_and_who_stands_below_it_not_at_all()
    {
        var beside = _cluster.Admit("beside", "admin", _cluster.Founder);
        foreach (var order in Orders(Policy(Right[2], by: beside), Policy(Wrong[2], laterMs: 1000), Records(Right), Records(Wrong)))
            Assert.Equal(Wrong[2].Opened.Id, Heard(order));
        var self = _cluster.Admit("self", "admin", _cluster.Founder);
        var below = _cluster.Admit("below", "admin", self);
        var (wrong, right) = (new SessionBench(_cluster, self, epoch: 20).Author(Put("w")), new SessionBench(_cluster, self, epoch: 20).Author(Put("r")));
        var next = new SessionBench(_cluster, self, epoch: 21, continues: new EpochEnd(20, 1, right.Opened.Id)).Author(Put("x"));
        foreach (var order in Orders(Policy(wrong, by: below), Policy(wrong, by: self), Records(next), Records(wrong), Records(right)))
            Assert.Equal(right.Opened.Id, Heard(order, right.Opened.Dot));
    }

    [Fact]
    public void Who_is_no_admin_keeps_nobody_to_what_it_had_seen()
    {
        Say(Policy(Wrong[2], by: _b));
        Settle();
    }

    [Fact]
    public void Above_what_was_seen_the_authors_word_holds()
    {
        Say(Policy(_common[1]));
        Settle();
    }

    [Fact]
    public void A_course_that_parts_before_what_was_seen_is_asked_for_once()
    {
        Say(Policy(Wrong[0]));
        _bench.Effects();
        Say(Word(Right[2]));
        Assert.DoesNotContain(Cursors(_bench.Effects())[^1].Received, r => r.Dot.Author == Old);
        Say(Records(Right));
        Assert.Empty(_bench.Effects().OfType<CommitEffect>());
        Assert.Contains(Cursors(Live(2, _b, _table, _bench, new CursorMessage([])))[^1].Received, r => r.Id == Wrong[2].Opened.Id);
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(2, true)] // Before the courses part.
    public void No_word_is_said_against_what_a_policy_had_seen(int number, bool isGivenUp)
    {
        var (table, bench) = Rebuilt(new CursorMessage([]));
        table.Received(new MessageInput(1, Policy(number > 2 ? Right[number - 3] : _common[number - 1])));
        bench.Effects();
        table.GiveUpLostCourse();
        bench.Context.NowMs += Forks.LostMs;
        table.GiveUpLostCourse();
        Assert.Equal(isGivenUp, bench.Effects().OfType<EpochEffect>().Any());
    }

    // What each message that others go on saying leads to in the end.
    private RecordId Heard(IEnumerable<RecordsMessage> messages, Dot? at = null)
    {
        var bench = new SessionBench(_cluster);
        foreach (var (_, opened) in _common) bench.View.Add(opened);
        var table = Table(bench);
        Live(1, _b, table, bench, new CursorMessage([]));
        for (var round = 0; round < 3; round++)
            foreach (var message in messages)
            {
                table.Received(new MessageInput(1, message));
                bench.Effects();
            }
        return bench.View.RecordIdOf(at ?? Right[2].Opened.Dot);
    }

    private RecordsMessage Policy((SignedRecord Signed, ChangeRecord Opened) seen, Cluster.Member? by = null, long laterMs = 0) => new([RecordSigner.Sign(
        new RecordHeader(new Author((by ?? _cluster.Founder).Membership.Node, _policies++), 1, default, HybridTime.At(Noon + laterMs), default, KeyRing.FirstKeyId, [], [],
            Policy: new PolicyStatement([], [new NodeRights(_a.Membership.Node, "none", Permissions.None)], [new SeenRecord(seen.Opened.Dot, seen.Opened.Id)])),
        Samples.Ring.SealBody(RecordCodec.EncodeChanges([Put(".vfspolicy.yaml")]), Samples.Nonce()), (by ?? _cluster.Founder).Key)], []);

    private RecordsMessage Cut((SignedRecord Signed, ChangeRecord Opened) seen) => Records(new SessionBench(_cluster, _b, epoch: _policies++)
        .Say(RootWords.SignCut(_cluster.Id, _a.Membership.Node, [new SeenRecord(seen.Opened.Dot, seen.Opened.Id)], _cluster.Root)));

    private static IEnumerable<IReadOnlyList<T>> Orders<T>(params IReadOnlyList<T> all) => all.Count == 0 ? [[]]
        : all.SelectMany((first, i) => Orders([.. all.Where((_, j) => j != i)]).Select(rest => (IReadOnlyList<T>)[first, .. rest]));
}
