using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using static VfsSync.Core.Tests.Session.SessionBench;

namespace VfsSync.Core.Tests.Session;

/// <summary>Whoever asks for a look while a plan changes the same path: the answer comes when what is there is recorded, not before.</summary>
public sealed class AskedLooksTests
{
    private const long Request = 7;

    private static readonly EntryPath Path = EntryPath.Parse("p");

    private readonly SessionBench _bench = new();
    private readonly Placing _placing;
    private readonly LocalSide _local;
    private readonly PlanStep _step;

    public AskedLooksTests()
    {
        _placing = new Placing(_bench.Context, new Fetcher(_bench.Context), target => _local!.LookAt(target));
        _local = new LocalSide(_bench.Context, _bench.Authoring, _placing);
        LookAt(EntryPath.Root);
        _bench.Effects();
        _local.Scanned(new ScannedInput([], [], [], [], [EntryPath.Root], Emptied: false));
        var other = new SessionBench(_bench.Cluster, _bench.Cluster.Admit("other", "editor", _bench.Cluster.Founder));
        _bench.View.Add(other.Author(new Change(0, Path, Entry.Symlink("elsewhere", 0), default)).Opened);
        _placing.HeadsChanged([Path], 1);
        _placing.Advance();
        _local.NotePlacing();
        _step = Assert.Single(The<ApplyEffect>(_bench.Effects()).Steps);
        Assert.False(_local.FirstLookPending);
    }

    [Theory]
    [InlineData("p")]
    [InlineData("")]
    public void The_answer_waits_for_the_look_after_the_plan(string asked)
    {
        var mine = Seen(1);
        Ask(asked);
        _local.Scanned(new ScannedInput([mine], [], [], [], [], Emptied: false));
        Assert.Empty(_bench.Effects().OfType<AnswerEffect>());
        PlanEnds();
        Assert.Contains(The<ScanEffect>(_bench.Effects()).Targets, t => t.Path == Path);
        _local.Scanned(new ScannedInput([mine], [], [], [], [], Emptied: false));
        var answer = The<AnswerEffect>(_bench.Effects());
        Assert.Equal((Request, mine.Entry), (answer.Request, Assert.Single(answer.Changes).Entry));
        Assert.Equal(mine.Entry, _bench.View.Rows[Path].Entry);
    }

    [Fact]
    public void A_long_file_is_read_when_the_plan_is_over()
    {
        var mine = Seen(1, 100_000);
        Ask("p");
        _local.Scanned(new ScannedInput([], [(Path, mine.Stamp)], [], [], [], Emptied: false));
        Assert.Empty(_bench.Effects().OfType<HashEffect>()); // It may be what the plan has brought.
        PlanEnds();
        The<ScanEffect>(_bench.Effects());
        _local.Scanned(new ScannedInput([], [(Path, mine.Stamp)], [], [], [], Emptied: false));
        The<HashEffect>(_bench.Effects());
        _local.Hashed(new HashedInput(Path, mine, null));
        Assert.Equal(mine.Entry, Assert.Single(The<AnswerEffect>(_bench.Effects()).Changes).Entry);
    }

    [Theory]
    [InlineData("p", true)]
    [InlineData("", false)]
    public void What_plans_change_again_and_again_is_not_waited_for_without_end(string asked, bool isAbout)
    {
        Ask(asked);
        for (var i = 0; i < 10; i++, _bench.Context.NowMs += 1000)
        {
            _local.Scanned(new ScannedInput([Seen(1)], [], [], [], [], Emptied: false));
            Assert.Empty(_bench.Effects().OfType<AnswerEffect>());
            _local.Tick();
            _local.LookAt(new ScanTarget(EntryPath.Root, true));
            _local.Advance();
        }
        _local.Tick();
        Assert.Equal(isAbout, The<AnswerEffect>(_bench.Effects()).Error is { } error && error.Contains("again and again", StringComparison.Ordinal));
    }

    [Fact]
    public void What_the_store_refuses_is_answered_with_the_reason_and_once()
    {
        PlanEnds();
        _bench.Effects();
        _local.Scanned(new ScannedInput([], [], [], [], [], Emptied: false));
        Ask("");
        var (a, b) = (EntryPath.Parse("a"), EntryPath.Parse("b"));
        _local.Scanned(new ScannedInput([], [(a, Seen(1, 100_000).Stamp), (b, Seen(2, 100_000).Stamp)], [], [], [], Emptied: false));
        _bench.Effects();
        _local.Hashed(new HashedInput(a, Seen(1, 100_000) with { Path = a }, null));
        var answer = The<AnswerEffect>(_bench.Effects("no space left"));
        Assert.Equal(Request, answer.Request);
        Assert.Contains("no space left", answer.Error, StringComparison.Ordinal);
        _local.Hashed(new HashedInput(b, Seen(2, 100_000) with { Path = b }, null));
        _local.Tick();
        _local.Advance();
        Assert.Empty(_bench.Effects().OfType<AnswerEffect>());
        Assert.Equal(b, Assert.Single(_bench.View.Records[^1].Changes).Path);
    }

    [Fact]
    public void What_a_plan_changes_elsewhere_is_not_waited_for()
    {
        Ask("q");
        _local.Scanned(new ScannedInput([], [], [], [], [], Emptied: false));
        Assert.Empty(The<AnswerEffect>(_bench.Effects()).Changes);
    }

    [Fact]
    public void What_the_user_removes_through_the_node_waits_for_no_file_that_is_being_read()
    {
        PlanEnds();
        _bench.Effects();
        _local.Scanned(new ScannedInput([], [], [], [], [], Emptied: false));
        var (gone, big) = (EntryPath.Parse("gone"), EntryPath.Parse("big"));
        var own = _bench.Author(new Change(0, gone, Samples.SmallFile(1, 100_000), default)).Opened;
        _bench.View.Rows[gone] = new IndexRow(gone, own.Changes[0].Entry, default, own.Changes[0].Parents.With(own.Dot), own.Dot, gone);
        LookAt(big);
        _bench.Effects();
        _local.Scanned(new ScannedInput([], [(big, Seen(2, 100_000).Stamp)], [], [], [], Emptied: false));
        _local.Leaving(new LeavingInput(gone, Ended: false));
        Ask("gone");
        _local.Scanned(new ScannedInput([new Observation(gone, Entry.Absent, default, [], [])], [], [], [], [], Emptied: false));
        Assert.True(Assert.Single(The<AnswerEffect>(_bench.Effects()).Changes).Entry.IsAbsent);
    }

    private void LookAt(EntryPath path)
    {
        _local.LookAt(new ScanTarget(path, true));
        _local.Advance();
    }

    private void Ask(string path)
    {
        _local.Asked(new SyncInput(Request, [new ScanTarget(path.Length == 0 ? EntryPath.Root : EntryPath.Parse(path), true)]));
        _local.Advance();
        The<ScanEffect>(_bench.Effects());
    }

    // It found the user's file there.
    private void PlanEnds()
    {
        _placing.Applied(new AppliedInput([new StepOutcome(_step, StepResult.Surprise)]));
        _bench.Effects();
        _local.Advance();
    }

    private static Observation Seen(int content, int size = 100)
    {
        var entry = Samples.SmallFile(content, size);
        return new Observation(Path, entry, new FileStamp(size, entry.ModifiedNs, 9, 1, 0x81A4), [.. entry.Content!.Chunks], []);
    }
}
