using System.Collections.Immutable;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;
using static VfsSync.Core.Tests.Session.SessionBench;

namespace VfsSync.Core.Tests.Session;

/// <summary>
/// A third node and an author whose log forked (invariant 8). Both courses begin with records 1 and 2; `right` goes on with 3, 4, 5, `wrong`, which is here, with
/// others; the author's next epoch says which one holds.
/// </summary>
public sealed partial class ForksTests
{
    private readonly Cluster _cluster = new();
    private readonly Cluster.Member _a, _b;
    private readonly SessionBench _bench, _right, _wrong;
    private readonly PeerTable _table;
    private readonly Placing _placing;
    private readonly List<(SignedRecord Signed, ChangeRecord Opened)> _common = [];

    public ForksTests()
    {
        (_a, _b) = (_cluster.Admit("a", "editor", _cluster.Founder), _cluster.Admit("b", "editor", _cluster.Founder));
        (_bench, _right, _wrong) = (new SessionBench(_cluster), new SessionBench(_cluster, _a, epoch: 20), new SessionBench(_cluster, _a, epoch: 20));
        var fetcher = new Fetcher(_bench.Context);
        _placing = new Placing(_bench.Context, fetcher, _ => { });
        _table = new PeerTable(_bench.Context, _bench.Authoring, _placing, fetcher, new Offers(_bench.Context, fetcher), new Forks(_bench.Context));
        foreach (var path in new[] { "f1", "f2" })
        {
            var record = _right.Author(Put(path));
            _common.Add(record);
            _wrong.View.Add(record.Opened);
            _bench.View.Add(record.Opened);
        }
        Right = [.. Enumerable.Range(3, 3).Select(n => _right.Author(Put($"right{n}", n)))];
        Wrong = [.. Enumerable.Range(3, 3).Select(n => _wrong.Author(n == 3 ? Put("f1", 30, Seen(1)) : Put("alone", n * 10, n == 4 ? default : Seen(4))))];
        foreach (var (_, opened) in Wrong) _bench.View.Add(opened);
        Live(1, _b);
    }

    private ImmutableArray<(SignedRecord Signed, ChangeRecord Opened)> Right { get; }

    private ImmutableArray<(SignedRecord Signed, ChangeRecord Opened)> Wrong { get; }

    private Author Old => _right.Authoring.Author;

    [Fact]
    public void The_acknowledged_course_takes_the_place_of_the_other_in_one_commit()
    {
        Say(Word(Right[2]));
        _bench.Effects();
        Say(Records(Right));
        var batch = The<CommitEffect>(_bench.Effects()).Batch;
        Assert.Equal(3, batch.SetAside[Old]);
        Assert.Equal(Right.Select(r => r.Opened.Id), batch.Records.Select(r => r.Opened.Id));
        Assert.Equal(1, Assert.Single(batch.Heads[At("f1")]).Dot.Number);
        Assert.Empty(batch.Heads[At("alone")]);
        Assert.Equal(5, _bench.View.Cursor[Old]);
        foreach (var (_, opened) in Right) Assert.Equal(opened.Id, _bench.View.RecordIdOf(opened.Dot));
    }

    [Fact]
    public void What_was_set_aside_leaves_the_paths_to_what_remains()
    {
        var mine = _bench.Author(Put("alone", 7)).Opened;
        Settle();
        Assert.Equal(1, Assert.Single(_bench.View.Heads(At("f1"))).Dot.Number);
        Assert.Equal(mine.Dot, Assert.Single(_bench.View.Heads(At("alone"))).Dot);
        Assert.Equal(Right[0].Opened.Id, Assert.Single(_bench.View.Heads(At("right3"))).Record);
        Assert.True(_placing.IsBehind(At("right3")));
    }

    [Fact]
    public void What_the_disk_shows_of_it_goes_and_its_next_change_has_not_seen_the_other_course()
    {
        Show("f1", Wrong[0].Opened, Seen(3));
        Show("alone", Wrong[2].Opened, Seen(5));
        Settle();
        Assert.Equal((Seen(1), default), (_bench.View.Rows[At("f1")].Vector, _bench.View.Rows[At("f1")].Shown));
        Assert.True(_bench.View.Rows[At("alone")].Vector.IsEmpty);
        Assert.True(_placing.IsBehind(At("f1")));
        Assert.True(_placing.IsBehind(At("alone")));
    }

    [Fact]
    public void What_followed_a_rename_that_is_set_aside_comes_back()
    {
        var made = _bench.Author(new Change(0, At("d"), Entry.Directory(0x1ED), default)).Opened;
        _bench.View.Add(_wrong.Author(new Change(0, At("e"), Entry.Directory(0x1ED), default, At("d"), VersionVector.Of(made.Dot))).Opened);
        var inside = _bench.Author(Put("d/new", 50)).Opened;
        Assert.Equal(At("e/new"), _bench.Context.Showing.LandsAt(Assert.Single(_bench.View.Heads(At("d/new")))));
        Show("e/new", inside, default, of: "d/new");
        Settle();
        Assert.True(_placing.IsBehind(At("d/new")));
        Assert.True(_placing.IsBehind(At("e/new")));
    }

    [Fact]
    public void What_was_shown_of_it_is_not_taken_for_the_other_course()
    {
        _table.Acknowledge();
        Assert.Equal(5, _table.Shown[Old]);
        _bench.Effects();
        Settle();
        _table.Acknowledge();
        Assert.Equal(2, _table.Shown[Old]);
    }

    [Fact]
    public void What_was_gathered_before_a_later_word_for_what_is_here_comes_to_nothing()
    {
        Say(Word((Right[2].Signed, Right[2].Opened with { Id = new RecordId(Samples.HashOf(5)) })));
        _bench.Effects();
        Say(Records(Right));
        _bench.Effects();
        Say(new RecordsMessage([.. Word(Wrong[2], 23, 2000).Records, .. Word(Right[2], 22, 1000).Records], []));
        _bench.Effects();
        Assert.Equal(Wrong[2].Opened.Id, _bench.View.RecordIdOf(Right[2].Opened.Dot));
    }

    [Fact]
    public void It_comes_in_parts_and_may_ride_with_other_records()
    {
        Say(Word(Right[2]));
        _bench.Effects();
        Say(Records(Right[0]));
        Assert.DoesNotContain(_bench.Effects().OfType<CommitEffect>(), c => c.Batch.SetAside.Count > 0);
        Say(Records(Right[0], Right[1]));
        Assert.Equal(Wrong[0].Opened.Id, _bench.View.RecordIdOf(Right[0].Opened.Dot));
        var other = new SessionBench(_cluster, _b, epoch: 30).Author(Put("right3", 99));
        Say(Records(other, Right[2]));
        Assert.Equal(2, _bench.Effects().OfType<CommitEffect>().Count());
        Assert.Equal(Right[2].Opened.Id, _bench.View.RecordIdOf(Right[2].Opened.Dot));
        Assert.Equal(2, _bench.View.Heads(At("right3")).Count);
    }

    [Fact]
    public void Contents_that_ride_with_it_are_kept()
    {
        Say(Word(Right[2]));
        _bench.Effects();
        var good = Samples.Ring.Seal("content"u8, Samples.Nonce(), tryCompress: false);
        // What is not what its name says would stand in the way of what is.
        Say(Records(Right[0]) with { Chunks = [good, new SealedChunk(Samples.Chunk(3), new byte[10]), good with { Id = Samples.Chunk(4) }] });
        Assert.Equal([good.Id], The<KeepEffect>(_bench.Effects()).Chunks.Select(c => c.Id));
    }

    [Fact]
    public void Before_its_author_spoke_both_are_kept_and_said_and_then_it_is_asked_for_once_more()
    {
        Live(2, _a);
        Say(Records(Right));
        var effects = _bench.Effects();
        Assert.Empty(effects.OfType<CommitEffect>());
        var problem = The<ProblemEffect>(effects).Problem!;
        Assert.Contains("two histories", problem.Message, StringComparison.Ordinal);
        Say(Word(Right[2]));
        Assert.Equal([1, 2], _bench.Effects().OfType<SendEffect>().Where(s => s.Message is CursorMessage).Select(s => s.Link));
        Say(Records(Right));
        Assert.Equal(problem, The<SettledEffect>(_bench.Effects()).Problem);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_fork_that_nobody_holds_any_more_is_forgotten_once_its_author_comes_with_the_course_that_is_here(bool over)
    {
        // Both courses, from two states of one disk; the one that is not here was on a disk that is gone.
        Say(Records(Right));
        var problem = The<ProblemEffect>(_bench.Effects()).Problem!;
        _table.AskAround();
        Assert.Empty(_bench.Effects().OfType<SettledEffect>());
        if (over) _table.Down(new LinkDownInput(1, "gone"));
        Live(2, _a, _table, _bench, new CursorMessage([(Wrong[2].Opened.Dot, Wrong[2].Opened.Id)]));
        _table.AskAround();
        Assert.Equal(over ? [problem] : [], _bench.Effects().OfType<SettledEffect>().Select(s => s.Problem));
    }

    [Fact]
    public void Who_holds_the_acknowledged_course_keeps_it_and_says_no_more_of_the_other()
    {
        Settle();
        Say(Records(Wrong));
        Assert.Empty(_bench.Effects());
        var bench = new ForksTests();
        bench.Say(bench.Records(bench.Right));
        var problem = The<ProblemEffect>(bench._bench.Effects()).Problem;
        bench.Say(bench.Word(bench.Wrong[2]));
        Assert.Equal(problem, The<SettledEffect>(bench._bench.Effects()).Problem);
        bench.Say(bench.Records(bench.Right));
        Assert.Empty(bench._bench.Effects());
    }

    [Fact]
    public void Without_a_contradiction_nothing_is_touched_above_what_is_acknowledged()
    {
        // A copied folder says how far it had come, and the original goes on.
        Say(Word(Wrong[0]));
        _bench.Effects();
        Say(Records(_wrong.Author(Put("and on"))));
        Assert.DoesNotContain(_bench.Effects().OfType<CommitEffect>(), c => c.Batch.SetAside.Count > 0);
        Assert.Equal(6, _bench.View.Cursor[Old]);
        Say(Records(Right));
        Assert.Equal(Wrong[2].Opened.Id, _bench.View.RecordIdOf(Right[2].Opened.Dot));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_course_that_is_shorter_takes_the_place_as_well_and_everybody_is_told(bool toldBefore)
    {
        Live(2, _a);
        if (toldBefore) _table.Acknowledge();
        _bench.Effects();
        Say(Word(Right[1]));
        Assert.All(Cursors(_bench.Effects()), c => Assert.DoesNotContain(c.Received, r => r.Dot.Author == Old));
        _table.Acknowledge();
        Assert.DoesNotContain(Sents<HaveMessage>(_bench.Effects()).SelectMany(h => h.Received), d => d.Author == Old);
        Say(Records(Right[0], Right[1]));
        var effects = _bench.Effects();
        Assert.Equal(4, _bench.View.Cursor[Old]);
        Assert.All(Cursors(effects), c => Assert.Contains((Right[1].Opened.Dot, Right[1].Opened.Id), c.Received));
        Assert.Equal(2, effects.OfType<PushEffect>().Count(p => p.Restart && p.PeerCursor[Old] <= 2));
        _table.Acknowledge();
        Assert.Contains(Right[1].Opened.Dot, Sents<HaveMessage>(_bench.Effects()).First().Received);
    }

    [Fact]
    public void What_cannot_be_kept_comes_again()
    {
        Say(Word(Right[2]));
        _bench.Effects();
        Say(Records(Right));
        Assert.Equal("Stopping", The<CloseEffect>(_bench.Effects(commitError: "The disk is full.")).Reason);
        Assert.Equal(Wrong[0].Opened.Id, _bench.View.RecordIdOf(Right[0].Opened.Dot));
        Live(3, _b);
        Say(Records(Right), 3);
        _bench.Effects();
        Assert.Equal(Right[2].Opened.Id, _bench.View.RecordIdOf(Right[2].Opened.Dot));
    }

    [Theory]
    [InlineData(0, true)] // whoever had them is gone, or was restored
    [InlineData(1, false)]
    public void What_could_not_be_kept_is_no_problem_any_more_once_nobody_has_it(int more, bool settled)
    {
        var late = new SessionBench(_cluster, _b).Author(Put("late"));
        Say(Records(late));
        Assert.Equal(ProblemKind.Unwritable, The<ProblemEffect>(_bench.Effects(commitError: "The disk is full.")).Problem!.Kind);
        var effects = Live(3, _b, _table, _bench, new CursorMessage(more == 0 ? [] : [(late.Opened.Dot, late.Opened.Id)]));
        Assert.Equal(settled, effects.Contains(new ProblemEffect(EntryPath.Root, null)));
    }

    [Fact]
    public void A_record_of_it_that_its_author_did_not_sign_ends_the_link()
    {
        Say(Word(Right[2]));
        _bench.Effects();
        Say(new RecordsMessage([Right[0].Signed with { Signature = new byte[64] }], []));
        Assert.Equal("Protocol", The<CloseEffect>(_bench.Effects()).Reason);
    }

    [Fact]
    public void What_goes_before_it_is_asked_for()
    {
        Say(Word(Right[2]));
        _bench.Effects();
        Say(Records(Right[1]));
        Sent<CursorMessage>(_bench.Effects());
        Say(Records(Right));
        _bench.Effects();
        Assert.Equal(Right[2].Opened.Id, _bench.View.RecordIdOf(Right[2].Opened.Dot));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_two_words_the_later_one_holds_also_where_both_courses_begin_alike(bool both)
    {
        // Rolled back twice: the second time to record 4 of the course that it had acknowledged before.
        var again = new SessionBench(_cluster, _a, epoch: 20);
        foreach (var record in _right.View.Records.Where(r => r.Dot.Number <= 4)) again.View.Add(record);
        var last = again.Author(Put("again", 77));
        if (both) Say(Word(Right[2]));
        Say(Word(last, epoch: 22, laterMs: 1000));
        _bench.Effects();
        Say(Records(Right));
        _bench.Effects();
        Say(Records(last));
        _bench.Effects();
        Assert.Equal(last.Opened.Id, _bench.View.RecordIdOf(last.Opened.Dot));
        foreach (var (_, opened) in Right.Take(2)) Assert.Equal(opened.Id, _bench.View.RecordIdOf(opened.Dot));
        Say(Records(Right));
        Assert.Empty(_bench.Effects());
    }

    [Fact]
    public void A_course_beyond_all_measure_is_not_gathered()
    {
        var (previous, records) = (Right[2].Opened.Id, new List<SignedRecord>(Right.Select(r => r.Signed)));
        for (var number = 6; records.Sum(r => (long)r.Length) <= Forks.MaxBytes; number++)
        {
            var header = new RecordHeader(Old, number, previous, HybridTime.At(Noon), default, KeyRing.FirstKeyId, [], []);
            records.Add(RecordSigner.Sign(header, new byte[180 * 1024], _a.Key));
            previous = RecordCodec.IdOf(records[^1]);
        }
        Say(Word((records[^1], Right[2].Opened with { Id = previous, Header = Right[2].Opened.Header with { Number = records.Count + 2 } })));
        _bench.Effects();
        Say(new RecordsMessage([.. records], []));
        var effects = _bench.Effects();
        Assert.Contains("too many", effects.OfType<ProblemEffect>().Last().Problem!.Message, StringComparison.Ordinal);
        Assert.Single(effects.OfType<ProblemEffect>().Select(p => p.Problem).Except(effects.OfType<SettledEffect>().Select(s => s.Problem)));
        Assert.Empty(effects.OfType<CommitEffect>());
        Say(new RecordsMessage([.. records], []));
        Assert.Empty(_bench.Effects());
    }

    [Fact]
    public void A_rolled_back_author_halts_and_acknowledges_all_that_the_others_have()
    {
        var (table, bench) = (Table(_wrong), _wrong);
        Live(1, _b, table, bench, new CursorMessage([]));
        table.Received(new MessageInput(1, new CursorMessage([(Right[2].Opened.Dot with { Number = 9 }, Right[2].Opened.Id)])));
        bench.Effects();
        table.Received(new MessageInput(1, Records(Right)));
        var halt = The<HaltEffect>(bench.Effects());
        Assert.Equal((true, new EpochEnd(20, 9, Right[2].Opened.Id)), (halt.Rebuild, halt.Acknowledged));
    }

    [Fact]
    public void What_this_node_itself_had_written_two_epochs_ago_and_has_on_its_disk_is_looked_at_and_not_overwritten()
    {
        var bench = new SessionBench(_cluster, _a, epoch: 22, continues: new EpochEnd(21, 0, default));
        foreach (var (_, opened) in _common.Concat(Wrong)) bench.View.Add(opened);
        bench.View.Rows[At("alone")] = new IndexRow(At("alone"), Wrong[2].Opened.Changes[0].Entry, default, Seen(5), Wrong[2].Opened.Dot, At("alone"));
        bench.View.Rows[At("f2")] = new IndexRow(At("f2"), _common[1].Opened.Changes[0].Entry, default, Seen(2), _common[1].Opened.Dot, At("f2"));
        var (table, looked) = (Table(bench), new List<EntryPath>());
        table.Forgot += looked.Add;
        Live(1, _b, table, bench, new CursorMessage([]));
        table.Received(new MessageInput(1, Word(Right[2])));
        bench.Effects();
        table.Received(new MessageInput(1, Records(Right)));
        bench.Effects();
        Assert.Equal(Right[2].Opened.Id, bench.View.RecordIdOf(Right[2].Opened.Dot));
        Assert.Equal([At("f2")], bench.View.Rows.Keys);
        Assert.Equal([At("alone")], looked);
    }

    [Theory]
    [InlineData(true)] // This node's own, from two epochs ago: nobody else says it anew.
    [InlineData(false)]
    public void What_a_plan_under_way_places_of_the_course_that_is_set_aside_is_not_taken_for_the_other(bool own)
    {
        var lost = _wrong.Author(new Change(0, At("link"), Entry.Symlink("alone", 0), default)).Opened;
        var bench = own ? new SessionBench(_cluster, _a, epoch: 22, continues: new EpochEnd(21, 0, default)) : _bench;
        foreach (var (_, opened) in own ? _common.Concat(Wrong) : []) bench.View.Add(opened);
        bench.View.Add(lost);
        var (fetcher, looked) = (new Fetcher(bench.Context), new List<EntryPath>());
        var placing = new Placing(bench.Context, fetcher, target => looked.Add(target.Path));
        var table = new PeerTable(bench.Context, bench.Authoring, placing, fetcher, new Offers(bench.Context, fetcher), new Forks(bench.Context));
        placing.HeadsChanged([At("link")], 1);
        placing.Advance();
        var step = Assert.Single(The<ApplyEffect>(bench.Effects()).Steps);
        Live(1, _b, table, bench, new CursorMessage([]));
        table.Received(new MessageInput(1, Word(Right[2])));
        bench.Effects();
        table.Received(new MessageInput(1, Records(Right)));
        bench.Effects();
        Assert.Equal(Right[2].Opened.Id, bench.View.RecordIdOf(Right[2].Opened.Dot));
        placing.Applied(new AppliedInput([new StepOutcome(step, StepResult.Done)]));
        bench.Effects();
        Assert.Equal(own ? [At("link")] : [], looked);
        var row = bench.View.Rows.GetValueOrDefault(At("link"));
        if (own) Assert.Null(row); // a change of this disk
        else Assert.Equal((Entry.Symlink("alone", 0), default, true), (row!.Entry, row.Shown, row.Vector.IsEmpty));
        Assert.Equal(!own, placing.IsBehind(At("link")));
    }

    [Fact]
    public void Once_rebuilt_it_takes_the_right_course_like_any_other()
    {
        var bench = new SessionBench(_cluster, _a, epoch: 21, continues: new EpochEnd(20, 5, Right[2].Opened.Id), rebuilt: true);
        var table = Table(bench);
        Live(1, _b, table, bench, new CursorMessage([]));
        table.Received(new MessageInput(1, Records([.. _common, .. Wrong])));
        bench.Effects();
        bench.Author(Put("on disk"));
        table.PushToAll();
        bench.Effects();
        table.Received(new MessageInput(1, Records(Right)));
        Assert.Equal(3, The<CommitEffect>(bench.Effects()).Batch.SetAside[Old]);
        Assert.Equal(Right[2].Opened.Id, bench.View.RecordIdOf(Right[2].Opened.Dot));
    }
}
