using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Wire;
using static VfsSync.Core.Tests.Session.SessionBench;

namespace VfsSync.Core.Tests.Session;

/// <summary>The author itself, rolled back twice and rebuilt: its latest word is for `right`, while `wrong` is what is left in its log.</summary>
public sealed partial class ForksTests
{
    [Fact]
    public void A_course_of_its_own_that_nobody_has_any_more_is_given_up()
    {
        var (table, bench) = Rebuilt(new CursorMessage([]));
        table.GiveUpLostCourse();
        Assert.Equal(bench.Context.NowMs + Forks.LostMs, The<WakeEffect>(bench.Effects()).AtMs);
        bench.Context.NowMs += Forks.LostMs - 1;
        table.GiveUpLostCourse();
        Assert.Empty(bench.Effects());
        bench.Context.NowMs++;
        table.GiveUpLostCourse();
        var end = new EpochEnd(20, 5, Wrong[2].Opened.Id);
        var begun = The<EpochEffect>(bench.Effects());
        Assert.Equal((end, bench.Authoring.Author.Epoch), (begun.Acknowledged, begun.Epoch));
        Assert.True(bench.Authoring.OwesEnd);

        var word = bench.Author(Put("x"));
        Assert.Equal(end, word.Opened.Header.Continues);
        table.PushToAll();
        table.Acknowledge();
        Assert.Contains(Wrong[2].Opened.Dot, Sents<HaveMessage>(bench.Effects())[^1].Received);
        table.GiveUpLostCourse();
        Assert.Empty(bench.Effects());

        // A third node that heard both words, in whatever order, keeps what is there as well.
        Say(Records(word));
        Say(Word(Right[2], epoch: 21, laterMs: 60_000));
        _bench.Effects();
        Say(Records(Right));
        Assert.Empty(_bench.Effects().OfType<CommitEffect>());
    }

    [Fact]
    public void It_is_waited_for_while_somebody_holds_another_course_or_is_away()
    {
        var (table, bench) = Rebuilt(new CursorMessage([(Right[2].Opened.Dot, Right[2].Opened.Id)]));
        NotGivenUp(table, bench);
        (table, bench) = Rebuilt(new CursorMessage([]));
        table.Recall(_cluster.Founder.Membership.Node, new Standing(default, 1, 1, 1));
        table.Down(new LinkDownInput(2, "cut"));
        bench.Effects();
        NotGivenUp(table, bench);
    }

    [Fact]
    public void A_word_that_lies_too_far_ahead_to_be_outdone_is_not_answered_and_none_is_answered_twice()
    {
        var (table, bench) = Rebuilt(new CursorMessage([]), laterMs: HybridTime.MaxAheadMs + 600_000);
        NotGivenUp(table, bench);
        bench.Context.NowMs += 600_000;
        table.GiveUpLostCourse();
        The<EpochEffect>(bench.Effects());
        // Its first record is not written: the word does not hold.
        NotGivenUp(table, bench);
    }

    private static void NotGivenUp(PeerTable table, SessionBench bench)
    {
        for (var i = 0; i < 3; i++, bench.Context.NowMs += Forks.LostMs) table.GiveUpLostCourse();
        Assert.Empty(bench.Effects().OfType<EpochEffect>());
    }

    [Fact]
    public void Who_brings_it_while_it_is_waited_for_is_in_time()
    {
        var (table, bench) = Rebuilt(new CursorMessage([]));
        table.GiveUpLostCourse();
        bench.Effects();
        bench.Context.NowMs += Forks.LostMs;
        table.Received(new MessageInput(2, Records(Right)));
        Assert.Equal(3, The<CommitEffect>(bench.Effects()).Batch.SetAside[Old]);
        bench.Context.NowMs += Forks.LostMs;
        table.GiveUpLostCourse();
        Assert.Empty(bench.Effects().OfType<EpochEffect>());
    }

    private (PeerTable Table, SessionBench Bench) Rebuilt(CursorMessage theirs, long laterMs = 60_000)
    {
        var bench = new SessionBench(_cluster, _a, epoch: 22, continues: new EpochEnd(21, 0, default), rebuilt: true);
        foreach (var (_, opened) in _common.Concat(Wrong)) bench.View.Add(opened);
        var table = Table(bench);
        Live(1, _b, table, bench, new CursorMessage([]));
        table.Received(new MessageInput(1, Word(Right[2], epoch: 21, laterMs: laterMs)));
        Live(2, _cluster.Founder, table, bench, new CursorMessage([]));
        table.Received(new MessageInput(1, theirs));
        bench.Effects();
        return (table, bench);
    }
}
