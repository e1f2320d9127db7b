using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Tests.Session;

/// <summary>A content that nobody has any more is waited for by nobody; whoever has it after all says so, and nothing is lost.</summary>
public sealed class WithdrawalsTests
{
    private const int Long = 70_000;

    private readonly Cluster _cluster = new();
    private readonly SessionBench _bench, _other;
    private readonly Fetcher _fetcher;
    private readonly Placing _placing;
    private readonly Withdrawals _withdrawals;
    private readonly HashSet<NodeId> _linked = [];

    public WithdrawalsTests()
    {
        var other = _cluster.Admit("other", "editor", _cluster.Founder);
        (_bench, _other) = (new SessionBench(_cluster), new SessionBench(_cluster, other));
        _fetcher = new Fetcher(_bench.Context);
        _placing = new Placing(_bench.Context, _fetcher, _ => { });
        _withdrawals = new Withdrawals(_bench.Context, _bench.Authoring, _placing, () => _linked);
    }

    [Fact]
    public void What_this_node_wrote_and_nobody_has_is_withdrawn_after_a_while_and_not_waited_for()
    {
        _fetcher.LinkUp(1);
        Miss(_bench, "a");
        Assert.Equal(1, _placing.Count);
        After(0);
        After(2900);
        Assert.False(Head("a").Withdrawn);
        After(1100);
        Assert.True(Head("a").Withdrawn);
        Assert.Equal((0, long.MaxValue), (_placing.Count, _placing.FirstBehind));
        Assert.Equal([P("a")], _bench.Context.Pending);
    }

    [Fact]
    public void It_is_a_problem_of_its_path_until_it_is_here()
    {
        _fetcher.LinkUp(1);
        Miss(_bench, "a");
        After(0);
        var effects = After(3100);
        Assert.Equal(ProblemKind.ContentMissing, SessionBench.The<ProblemEffect>(effects).Problem?.Kind);
        Assert.Contains(effects.OfType<HappenedEffect>(), h => h.What == Happening.Withdrawn);
        _placing.HeadsChanged([_bench.Author(SessionBench.Put("a", 5, Head("a").Vector)).Opened.Changes[0].Path], 9);
        Assert.Null(SessionBench.The<ProblemEffect>(_bench.Effects()).Problem);
    }

    [Fact]
    public void What_is_missed_for_a_path_that_is_to_be_gone_by_now_is_no_business_of_anyone()
    {
        _fetcher.LinkUp(1);
        Miss(_bench, "a");
        _bench.View.Rows[P("a")] = new IndexRow(P("a"), Content(7), default, default, default, P("a"));
        _bench.Author(new Change(0, P("a"), Entry.Absent, Head("a").Vector));
        After(0);
        After(3100);
        Assert.True(Head("a").Entry.IsAbsent);
        Assert.False(Head("a").Withdrawn);
    }

    [Fact]
    public void What_another_node_wrote_is_waited_for()
    {
        _fetcher.LinkUp(1);
        Miss(_other, "a");
        After(0);
        After(60_000);
        Assert.False(Head("a").Withdrawn);
        Assert.Equal(1, _placing.Count);
    }

    [Theory]
    [InlineData("reader", true, true)]
    [InlineData("reader", false, false)] // It may have the content when it comes back.
    [InlineData("editor", true, false)] // It will say so itself.
    public void For_an_author_that_may_not_write_any_more_and_has_it_not_another_says_it(string role, bool linked, bool said)
    {
        var author = new SessionBench(_cluster, _cluster.Admit("old", role, _cluster.Founder));
        Assert.True(_bench.Members.TryAdd(author.Self.Membership, [], out var reason), reason);
        _fetcher.LinkUp(1);
        Miss(author, "a");
        if (linked) _linked.Add(author.Self.Membership.Node);
        After(0);
        After(5900);
        Assert.False(Head("a").Withdrawn);
        After(60_000);
        Assert.Equal((said, said ? _bench.Self.Membership.Node : author.Self.Membership.Node), (Head("a").Withdrawn, Head("a").Dot.Author.Node));
        Assert.Equal(said ? 0 : 1, _placing.Count);
    }

    [Fact]
    public void Who_has_a_version_of_its_own_beside_it_does_not_say_it_for_another()
    {
        var author = new SessionBench(_cluster, _cluster.Admit("old", "reader", _cluster.Founder));
        Assert.True(_bench.Members.TryAdd(author.Self.Membership, [], out var reason), reason);
        _linked.Add(author.Self.Membership.Node);
        _fetcher.LinkUp(1);
        _bench.Author(Put("a", 2)); // what it wrote next would take the other's place, and somebody who is away may hold that
        var (_, record) = author.Author(Put("a", 1));
        _bench.View.Add(record);
        _placing.HeadsChanged([P("a")], record.Dot.Number);
        _placing.Advance();
        foreach (var stage in _bench.Effects().OfType<StageEffect>()) NobodyHas(stage);
        _bench.Effects();
        After(0);
        After(60_000);
        Assert.Contains(_bench.View.Heads(P("a")), h => h.Dot == record.Dot);
    }

    [Fact]
    public void Of_several_that_may_say_it_one_does()
    {
        var author = new SessionBench(_cluster, _cluster.Admit("old", "reader", _cluster.Founder));
        Assert.True(_bench.Members.TryAdd(author.Self.Membership, [], out var reason), reason);
        var (first, second) = _bench.Self.Membership.Node.CompareTo(_other.Self.Membership.Node) < 0 ? (_bench, _other) : (_other, _bench);
        Assert.True(_other.Members.TryAdd(author.Self.Membership, [], out reason), reason);
        Assert.Equal((1, 0), (SaidBy(first, second), SaidBy(second, first)));

        int SaidBy(SessionBench self, SessionBench peer)
        {
            var fetcher = new Fetcher(self.Context);
            var placing = new Placing(self.Context, fetcher, _ => { });
            var withdrawals = new Withdrawals(self.Context, self.Authoring, placing, () => [author.Self.Membership.Node, peer.Self.Membership.Node]);
            fetcher.LinkUp(1);
            var (_, record) = author.Author(Put("a", 1));
            self.View.Add(record);
            placing.HeadsChanged([P("a")], record.Dot.Number);
            placing.Advance();
            var stage = SessionBench.The<StageEffect>(self.Effects());
            placing.Staging.Staged(new StagedInput(stage.Stage, [.. stage.Entry.Content!.Chunks], Lists: false, null));
            fetcher.Gone(1, stage.Entry.Content!.Chunks.Select(c => c.Id));
            self.Effects();
            foreach (var ms in (int[])[0, 7000])
            {
                self.Context.NowMs += ms;
                withdrawals.Tick();
            }
            return self.Effects().OfType<CommitEffect>().Count(c => c.Batch.Records.Count > 0);
        }
    }

    [Fact]
    public void Alone_nothing_is_withdrawn()
    {
        Miss(_bench, "a");
        After(0);
        After(60_000);
        Assert.False(Head("a").Withdrawn);
    }

    [Fact]
    public void A_node_on_whose_disk_it_stands_says_it_anew_before_anything_takes_its_place()
    {
        var first = Received(Put("a", 1));
        Shows("a", first);
        Received(new Change(0, P("a"), Content(1), VersionVector.Of(first), Withdrawn: true));
        _bench.Author(Put("b", 9));
        _withdrawals.Look([P("a"), P("b")]);
        _withdrawals.Advance();
        _bench.Effects();
        var head = Head("a");
        Assert.Equal((false, _bench.Self.Membership.Node), (head.Withdrawn, head.Dot.Author.Node));
        Assert.Equal(head.Dot, _bench.View.Rows[P("a")].Shown);
    }

    [Fact]
    public void Who_may_not_write_leaves_it_at_that()
    {
        var bench = new SessionBench(_cluster, _cluster.Admit("reader", "reader", _cluster.Founder));
        var withdrawals = new Withdrawals(bench.Context, bench.Authoring, new Placing(bench.Context, new Fetcher(bench.Context), _ => { }), () => []);
        var (_, first) = _other.Author(Put("a", 1));
        var (_, gone) = _other.Author(new Change(0, P("a"), Content(1), VersionVector.Of(first.Dot), Withdrawn: true));
        bench.View.Add(first);
        bench.View.Add(gone);
        bench.View.Rows[P("a")] = new IndexRow(P("a"), Content(1), default, VersionVector.Of(first.Dot), first.Dot, P("a"));
        withdrawals.Look([P("a")]);
        for (var i = 0; i < 3; i++)
        {
            withdrawals.Advance();
            Assert.DoesNotContain(bench.Effects().OfType<CommitEffect>(), c => i > 0 || c.Batch.Records.Count > 0);
        }
        Assert.True(Assert.Single(bench.View.Heads(P("a"))).Withdrawn);
    }

    [Fact]
    public void What_a_full_disk_refuses_to_record_is_not_asked_for_again_at_once()
    {
        var first = Received(Put("a", 1));
        Shows("a", first);
        Received(new Change(0, P("a"), Content(1), VersionVector.Of(first), Withdrawn: true));
        _withdrawals.Look([P("a")]);
        _withdrawals.Advance();
        Assert.Equal(_bench.Context.NowMs + 1000, SessionBench.The<WakeEffect>(_bench.Effects(commitError: "disk full")).AtMs);
        _withdrawals.Advance();
        Assert.Empty(_bench.Effects());
        _bench.Context.NowMs += 1000;
        _withdrawals.Advance();
        _bench.Effects();
        Assert.False(Head("a").Withdrawn);
    }

    [Fact]
    public void A_copy_that_stands_becomes_a_file_of_its_own_when_its_version_is_withdrawn()
    {
        var theirs = Received(Put("a", 1));
        _bench.Context.NowMs += 1000;
        var mine = _bench.Author(Put("a", 2)).Opened.Dot;
        foreach (var shown in _bench.Context.Showing.At(P("a")))
            _bench.View.Rows[shown.Path] = new IndexRow(shown.Path, shown.Entry, default, shown.Vector, shown.Shown, shown.Origin);
        var copy = Assert.Single(_bench.View.Rows.Keys, p => p != P("a"));
        Assert.Equal(mine, _bench.View.Rows[P("a")].Shown);
        Received(new Change(0, P("a"), Content(1), VersionVector.Of(theirs), Withdrawn: true));
        _withdrawals.Look([P("a")]);
        _withdrawals.Advance();
        _bench.Effects();
        Assert.Equal(Content(1), Assert.Single(_bench.View.Heads(copy)).Entry);
        Assert.Equal(copy, _bench.View.Rows[copy].Origin);
        Assert.Equal(Content(2), Assert.Single(_bench.Context.Showing.At(P("a"))).Entry);
    }

    [Fact]
    public void Several_at_once_are_said_in_records_of_their_own()
    {
        foreach (var path in new[] { "a", "b", "c" })
        {
            var first = Received(Put(path, 1));
            Shows(path, first);
            Received(new Change(0, P(path), Content(1), VersionVector.Of(first), Withdrawn: true));
        }
        _withdrawals.Look([P("a"), P("b"), P("c")]);
        for (var i = 0; i < 3; i++)
        {
            _withdrawals.Advance();
            _bench.Effects();
        }
        Assert.Equal(3, _bench.View.Cursor[_bench.Authoring.Author]);
        Assert.All(["a", "b", "c"], path => Assert.False(Head(path).Withdrawn));
    }

    [Fact]
    public void What_nobody_has_can_be_given_up()
    {
        _fetcher.LinkUp(1);
        Miss(_bench, "a");
        After(0);
        After(3100);
        _withdrawals.GiveUp(P("a"));
        _bench.Effects();
        Assert.True(Head("a").Entry.IsAbsent);
        Assert.Empty(_bench.Context.Pending);
    }

    [Fact]
    public void What_nobody_has_goes_with_its_directory()
    {
        _bench.Author(new Change(0, P("d"), Entry.Directory(0x1ED), default));
        _bench.View.Rows[P("d")] = new IndexRow(P("d"), Entry.Directory(0x1ED), default, Head("d").Vector, Head("d").Dot, P("d"));
        _fetcher.LinkUp(1);
        Miss(_bench, "d/a");
        After(0);
        After(3100);
        var (batch, _) = LocalChanges.Of([new Observation(P("d"), Entry.Absent, default, [], [])], _bench.Context, _bench.Authoring);
        _bench.View.Commit(batch);
        Assert.True(Head("d/a").Entry.IsAbsent);
        Assert.True(Assert.Single(_bench.Context.Showing.At(P("d"))).Entry.IsAbsent);
    }

    [Fact]
    public void What_can_be_had_is_not_held_up_by_what_nobody_has()
    {
        _fetcher.LinkUp(1);
        for (var i = 0; i < 600; i++)
        {
            Received(Put($"f{i}", i));
            _placing.HeadsChanged([P($"f{i}")], _bench.View.LastSequence);
        }
        var asked = new HashSet<EntryPath>();
        for (var round = 0; round < 5 && asked.Count < 600; round++, _bench.Context.NowMs += 200)
        {
            _placing.Advance();
            foreach (var stage in _bench.Effects().OfType<StageEffect>())
            {
                asked.Add(stage.Path);
                NobodyHas(stage);
            }
        }
        Assert.Equal(600, asked.Count);
    }

    // A version whose content is on no disk: it is staged, asked for, and the one peer has nothing of it.
    private void Miss(SessionBench author, string path)
    {
        var (_, record) = author.Author(Put(path, 1));
        if (author != _bench) _bench.View.Add(record);
        var dot = record.Dot;
        _placing.HeadsChanged([P(path)], dot.Number);
        _placing.Advance();
        NobodyHas(SessionBench.The<StageEffect>(_bench.Effects()));
        _bench.Effects();
    }

    private void NobodyHas(StageEffect stage)
    {
        var chunks = stage.Entry.Content!.Chunks;
        _placing.Staging.Staged(new StagedInput(stage.Stage, [.. chunks], Lists: false, null));
        _fetcher.Gone(1, chunks.Select(c => c.Id));
    }

    private IReadOnlyList<SessionEffect> After(long ms)
    {
        _bench.Context.NowMs += ms;
        _withdrawals.Tick();
        return _bench.Effects();
    }

    private Dot Received(Change change)
    {
        var (_, record) = _other.Author(change);
        _bench.View.Add(record);
        return record.Dot;
    }

    private void Shows(string path, Dot dot) => _bench.View.Rows[P(path)] = new IndexRow(P(path), Content(1), default, VersionVector.Of(dot), dot, P(path));

    private Version Head(string path) => Assert.Single(_bench.View.Heads(P(path)));

    private static Change Put(string path, int content) => new(0, P(path), Content(content), default);

    private static Entry Content(int number) => Samples.SmallFile(number, Long);

    private static EntryPath P(string path) => EntryPath.Parse(path);
}
