using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Tests.Session;

/// <summary>What a node notes as not shown yet.</summary>
public sealed class PlacingTests
{
    private const int Dir = 0x1ED;

    private readonly Cluster _cluster = new();
    private readonly SessionBench _bench, _other;

    public PlacingTests()
    {
        var other = _cluster.Admit("other", "editor", _cluster.Founder);
        (_bench, _other) = (new SessionBench(_cluster), new SessionBench(_cluster, other));
    }

    [Fact]
    public void What_a_crash_left_where_it_was_recorded_though_it_is_due_elsewhere_is_found_at_the_next_start()
    {
        var made = _bench.Author(new Change(0, P("d"), Entry.Directory(Dir), default)).Opened.Dot;
        Received(new Change(0, P("e"), Entry.Directory(Dir), default, P("d"), VersionVector.Of(made)));
        var own = _bench.Author(SessionBench.Put("d/x", 2)).Opened;
        foreach (var head in _bench.View.HeadsNotShown().SelectMany(_bench.View.Heads).ToList()) Shows(head.Path, head.Entry, head.Vector, head.Dot);
        Shows(P("d/x"), own.Changes[0].Entry, VersionVector.Of(own.Dot), own.Dot);
        Assert.DoesNotContain(P("d/x"), _bench.View.HeadsNotShown());

        var placing = new Placing(_bench.Context, new Fetcher(_bench.Context), _ => { });
        placing.Begin();
        Assert.True(placing.IsBehind(P("e/x")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_read_within_the_clocks_grain_is_read_once_more_before_it_is_replaced_or_removed(bool removed)
    {
        var made = _bench.Author(SessionBench.Put("a", 1)).Opened;
        var looks = new List<ScanTarget>();
        var placing = new Placing(_bench.Context, new Fetcher(_bench.Context), looks.Add);
        Shows(P("a"), made.Changes[0].Entry, VersionVector.Of(made.Dot), made.Dot);
        _bench.View.Rows[P("a")] = _bench.View.Rows[P("a")] with { Stamp = new FileStamp(1, 1, 1, 1, 0x81A4, Unsure: true) };
        Received(removed ? new Change(0, P("a"), Entry.Absent, VersionVector.Of(made.Dot)) : new Change(0, P("a"), Entry.Symlink("to", 0), VersionVector.Of(made.Dot)));
        placing.HeadsChanged([P("a")], 1);
        placing.Advance();
        Assert.DoesNotContain(_bench.Effects(), e => e is ApplyEffect);
        _bench.Context.NowMs += 50;
        placing.Tick(); // nothing came of the look that was to come
        Assert.Equal(P("a"), Assert.Single(looks).Path);
        placing.Advance();
        Assert.DoesNotContain(_bench.Effects(), e => e is ApplyEffect);
        _bench.View.Rows[P("a")] = _bench.View.Rows[P("a")] with { Stamp = new FileStamp(1, 1, 1, 1, 0x81A4) };
        placing.LookedAt(P("a"), changed: true);
        placing.Advance();
        Assert.Equal(P("a"), Assert.Single(SessionBench.The<ApplyEffect>(_bench.Effects()).Steps).Path);
    }

    [Fact]
    public void What_was_seen_and_cannot_be_recorded_is_not_replaced_however_long_that_takes()
    {
        var made = _bench.Author(SessionBench.Put("a", 1)).Opened;
        var placing = new Placing(_bench.Context, new Fetcher(_bench.Context), _ => { });
        Shows(P("a"), made.Changes[0].Entry, VersionVector.Of(made.Dot), made.Dot);
        _bench.View.Rows[P("a")] = _bench.View.Rows[P("a")] with { Stamp = new FileStamp(1, 1, 1, 1, 0x81A4, Unsure: true) };
        _bench.Context.Unrecorded.Add(P("a"));
        Received(new Change(0, P("a"), Entry.Directory(Dir), VersionVector.Of(made.Dot)));
        placing.HeadsChanged([P("a")], 1);
        for (var i = 0; i < 100; i++)
        {
            placing.LookedAt(P("a"), changed: true);
            placing.Advance();
            Assert.DoesNotContain(_bench.Effects(), e => e is ApplyEffect);
            _bench.Context.NowMs += 1000;
            placing.Tick();
        }
        _bench.Context.Unrecorded.Clear();
        _bench.View.Rows[P("a")] = _bench.View.Rows[P("a")] with { Stamp = new FileStamp(1, 1, 1, 1, 0x81A4) };
        placing.LookedAt(P("a"), changed: true);
        placing.Advance();
        Assert.Equal(P("a"), Assert.Single(SessionBench.The<ApplyEffect>(_bench.Effects()).Steps).Path);
    }

    [Fact]
    public void What_a_directory_refused_is_tried_again_when_the_directory_is_looked_at()
    {
        var made = _bench.Author(new Change(0, P("d"), Entry.Directory(Dir), default)).Opened.Dot;
        Shows(P("d"), Entry.Directory(Dir), VersionVector.Of(made), made);
        Received(new Change(0, P("d/l"), Entry.Symlink("to", 0), default));
        var placing = new Placing(_bench.Context, new Fetcher(_bench.Context), _ => { });
        placing.HeadsChanged([P("d/l")], 1);
        placing.Advance();
        var step = Assert.Single(SessionBench.The<ApplyEffect>(_bench.Effects()).Steps);
        placing.Applied(new AppliedInput([new StepOutcome(step, StepResult.Failed, Problem: new Problem(step.Path, ProblemKind.Unwritable, "may not"))]));
        Assert.Contains(_bench.Effects().OfType<ProblemEffect>(), p => p.Path == step.Path && p.Problem is not null);
        placing.LookedAt(P("e"), changed: false);
        Assert.False(placing.HasWork);
        placing.LookedAt(P("d"), changed: false);
        placing.Advance();
        Assert.Equal(step.Path, Assert.Single(SessionBench.The<ApplyEffect>(_bench.Effects()).Steps).Path);
    }

    [Fact]
    public void What_failed_and_then_meets_a_surprise_is_tried_again()
    {
        var placing = Applying(out var apply);
        Answer(placing, apply, StepResult.Failed, new Problem(P("d"), ProblemKind.Unwritable, "locked"));
        for (var i = 0; i < 3; i++)
        {
            _bench.Context.NowMs += 10 * 60_000;
            placing.Tick();
            placing.Advance();
            Answer(placing, SessionBench.The<ApplyEffect>(_bench.Effects()), StepResult.Surprise);
        }
    }

    [Fact]
    public void What_was_done_and_cannot_be_recorded_stays_under_way_until_it_is()
    {
        var placing = Applying(out var apply);
        placing.Applied(new AppliedInput([.. apply.Steps.Select(s => new StepOutcome(s, StepResult.Done))]));
        Assert.Equal(ProblemKind.Unwritable, SessionBench.The<ProblemEffect>(_bench.Effects("disk full")).Problem!.Kind);
        Assert.Contains(P("d"), placing.UnderWay);
        _bench.Context.NowMs += 1000;
        placing.Tick();
        _bench.Effects();
        Assert.Empty(placing.UnderWay);
        Assert.Equal(EntryKind.Directory, _bench.View.Rows[P("d")].Entry.Kind);
        Assert.Equal(0, placing.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_part_of_a_plan_that_is_recorded_after_the_last_ends_it(bool unflushed)
    {
        Received(new Change(0, P("e"), Entry.Directory(Dir), default));
        var placing = Applying(out var apply);
        var outcomes = apply.Steps.Select(s => new StepOutcome(s, StepResult.Done)).ToList();
        Assert.Equal(2, outcomes.Count);
        placing.Applied(new AppliedInput([outcomes[0]], Last: false, Unflushed: unflushed ? "I/O error." : null));
        _bench.Effects("disk full");
        placing.Applied(new AppliedInput([outcomes[1]]));
        _bench.Effects();
        // What the first part did is no user's doing as long as the index does not know it, and no other plan comes before that.
        Assert.Contains(outcomes[0].Step.Path, placing.UnderWay);
        Received(new Change(0, P("f"), Entry.Directory(Dir), default));
        placing.HeadsChanged([P("f")], 9);
        Assert.False(placing.HasWork);
        _bench.Context.NowMs += 1000;
        placing.Tick();
        if (unflushed) placing.Applied(new AppliedInput([]));
        _bench.Effects();
        Assert.Empty(placing.UnderWay);
        Assert.True(placing.HasWork);
        placing.Advance();
        Assert.Equal(P("f"), Assert.Single(SessionBench.The<ApplyEffect>(_bench.Effects()).Steps).Path);
    }

    [Fact]
    public void What_the_disk_has_not_for_good_is_not_recorded_before_it_has()
    {
        var placing = Applying(out var apply);
        var done = new AppliedInput([.. apply.Steps.Select(s => new StepOutcome(s, StepResult.Done))], Unflushed: "I/O error.");
        placing.Applied(done);
        Assert.DoesNotContain(_bench.Effects(), e => e is CommitEffect);
        Assert.Contains(P("d"), placing.UnderWay);
        for (var i = 0; i < 2; i++)
        {
            _bench.Context.NowMs += 1000;
            placing.Tick();
            Assert.Empty(SessionBench.The<ApplyEffect>(_bench.Effects()).Steps);
            placing.Applied(new AppliedInput([], Unflushed: i == 0 ? "I/O error." : null));
        }
        _bench.Effects();
        Assert.Equal(EntryKind.Directory, _bench.View.Rows[P("d")].Entry.Kind);
        Assert.Empty(placing.UnderWay);
    }

    [Fact]
    public void That_a_version_stands_elsewhere_than_at_its_path_is_flushed()
    {
        var made = _bench.Author(new Change(0, P("d"), Entry.Directory(Dir), default), new Change(0, P("d/x"), Entry.Directory(Dir), default)).Opened;
        foreach (var change in made.Changes) Shows(change.Path, change.Entry, VersionVector.Of(made.Dot), made.Dot);
        Received(new Change(0, P("e"), Entry.Directory(Dir), default, P("d"), VersionVector.Of(made.Dot)));
        var placing = new Placing(_bench.Context, new Fetcher(_bench.Context), _ => { });
        placing.Begin();
        placing.Advance();
        var apply = SessionBench.The<ApplyEffect>(_bench.Effects());
        Assert.Contains(apply.Steps, s => s.Path == P("e/x") && s.Wanted.Of == P("d/x"));
        placing.Applied(new AppliedInput([.. apply.Steps.Select(s => new StepOutcome(s, StepResult.Done))]));
        Assert.True(_bench.Effects().OfType<CommitEffect>().First().Flushed);
    }

    [Fact]
    public void A_copy_whose_name_was_cut_to_fit_stays_at_the_next_start()
    {
        var path = P(new string('k', 230) + " x");
        _bench.Author(SessionBench.Put(path.Text, 1));
        Received(SessionBench.Put(path.Text, 2));
        foreach (var shown in _bench.Context.Showing.At(path)) _bench.View.Rows[shown.Path] = new IndexRow(shown.Path, shown.Entry, default, shown.Vector, shown.Shown, shown.Origin);
        var copy = _bench.Context.Showing.At(path).Single(p => p.IsCopy).Path;
        Assert.NotEqual(path, CopyName.OriginOf(copy));
        var placing = new Placing(_bench.Context, new Fetcher(_bench.Context), _ => { });
        placing.HeadsChanged([copy], 0);
        placing.Begin();
        placing.Advance();
        Assert.DoesNotContain(_bench.Effects(), e => e is ApplyEffect);
        Assert.False(placing.IsBehind(copy));
    }

    [Fact]
    public void A_copy_that_is_to_stand_at_the_path_itself_stays_until_it_does()
    {
        var (copy, dot) = CopyComesBack();
        var placing = new Placing(_bench.Context, new Fetcher(_bench.Context), _ => { });
        placing.Begin();
        placing.Advance();
        Assert.DoesNotContain(_bench.Effects(), e => e is ApplyEffect); // its content is not at hand

        _bench.View.Stored.Add(Samples.Chunk(1));
        placing = new Placing(_bench.Context, new Fetcher(_bench.Context), _ => { });
        placing.Begin();
        placing.Advance();
        var steps = SessionBench.The<ApplyEffect>(_bench.Effects()).Steps;
        Assert.Equal([P("a"), copy], steps.Select(s => s.Path));
        Assert.Equal((dot, P("a")), (steps[0].Wanted.Shown, steps[1].After));

        placing.Applied(new AppliedInput([new StepOutcome(steps[0], StepResult.Failed, Problem: new Problem(P("a"), ProblemKind.Unwritable, "locked")), new StepOutcome(steps[1], StepResult.Surprise)]));
        _bench.Effects();
        placing.Advance();
        Assert.DoesNotContain(_bench.Effects(), e => e is ApplyEffect);
        placing.RetryFailed();
        placing.Advance();
        Assert.Equal([P("a"), copy], SessionBench.The<ApplyEffect>(_bench.Effects()).Steps.Select(s => s.Path));
    }

    [Fact]
    public void What_a_copy_showed_has_not_been_seen_any_more_once_it_is_gone()
    {
        var (copy, dot) = CopyComesBack();
        _bench.View.Stored.Add(Samples.Chunk(1));
        var placing = new Placing(_bench.Context, new Fetcher(_bench.Context), _ => { });
        placing.Begin();
        placing.Advance();
        var steps = SessionBench.The<ApplyEffect>(_bench.Effects()).Steps;
        Assert.True(_bench.View.Rows[P("a")].Vector.Contains(dot));
        placing.Applied(new AppliedInput([new StepOutcome(steps.Single(s => s.Path == copy), StepResult.Done)], Last: false));
        _bench.Effects();
        Assert.False(_bench.View.Rows[P("a")].Vector.Contains(dot));
    }

    [Fact]
    public void So_does_the_copy_of_a_symlink()
    {
        var (copy, _) = CopyComesBack(Entry.Symlink("to", 0));
        var placing = new Placing(_bench.Context, new Fetcher(_bench.Context), _ => { });
        placing.Begin();
        placing.Advance();
        var steps = SessionBench.The<ApplyEffect>(_bench.Effects()).Steps;
        Assert.Equal([P("a"), copy], steps.Select(s => s.Path));
        Assert.Equal(P("a"), steps[1].After);
    }

    // Two versions of a, both shown; the winner is removed by its author, so the other is due at the path itself.
    private (EntryPath Copy, Dot Dot) CopyComesBack(Entry? entry = null)
    {
        var dot = _bench.Author(new Change(0, P("a"), entry ?? Samples.SmallFile(1), default)).Opened.Dot;
        Received(SessionBench.Put("a", 2));
        var winner = _bench.View.Records[^1].Dot;
        foreach (var p in _bench.Context.Showing.At(P("a"))) _bench.View.Rows[p.Path] = new IndexRow(p.Path, p.Entry, default, p.Vector, p.Shown, p.Origin);
        Received(new Change(0, P("a"), Entry.Absent, VersionVector.Of(winner)));
        return (_bench.View.Rows.Keys.Single(r => r != P("a")), dot);
    }

    private Placing Applying(out ApplyEffect apply)
    {
        Received(new Change(0, P("d"), Entry.Directory(Dir), default));
        var placing = new Placing(_bench.Context, new Fetcher(_bench.Context), _ => { });
        placing.Begin();
        placing.Advance();
        apply = SessionBench.The<ApplyEffect>(_bench.Effects());
        return placing;
    }

    private void Answer(Placing placing, ApplyEffect apply, StepResult result, Problem? problem = null)
    {
        placing.Applied(new AppliedInput([.. apply.Steps.Select(s => new StepOutcome(s, result, Problem: problem))]));
        _bench.Effects();
    }

    private void Shows(EntryPath path, Entry entry, VersionVector vector, Dot shown) => _bench.View.Rows[path] = new IndexRow(path, entry, default, vector, shown, path);

    private void Received(Change change)
    {
        _other.Context.NowMs = _bench.Context.NowMs + 5;
        _bench.View.Add(_other.Author(change).Opened);
    }

    private static EntryPath P(string path) => EntryPath.Parse(path);
}
