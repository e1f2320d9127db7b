using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Tests.Session;

/// <summary>What vanished while long files are being read: it may be where they came from, so it waits for a moment.</summary>
public sealed class LocalSideTests
{
    private const int Long = 70_000;

    private readonly SessionBench _bench = new();
    private readonly Fetcher _fetcher;
    private readonly Placing _placing;
    private readonly LocalSide _local;

    public LocalSideTests()
    {
        _fetcher = new Fetcher(_bench.Context);
        _placing = new Placing(_bench.Context, _fetcher, target => _local!.LookAt(target));
        _local = new LocalSide(_bench.Context, _bench.Authoring, _placing);
        Look("");
        Found([Seen("a", 1, inode: 1)]);
        Look("a", "big");
        Found([new Observation(P("a"), Entry.Absent, default, [], [])], large: "big");
    }

    [Fact]
    public void It_is_renamed_when_its_content_turns_up()
    {
        Assert.Equal(1, Recorded);
        Read("big", 1);
        Assert.Equal(P("a"), Assert.Single(_bench.View.Records[^1].Changes).MovedFrom);
    }

    [Fact]
    public void It_is_removed_when_another_content_turns_up()
    {
        Read("big", 2);
        Assert.Equal(2, Recorded);
        Assert.True(_bench.View.Heads(P("a"))[0].Entry.IsAbsent);
    }

    [Fact]
    public void It_is_no_removal_if_it_came_back_meanwhile()
    {
        Look("a");
        Found([]);
        Read("big", 2);
        Assert.False(Assert.Single(_bench.View.Heads(P("a"))).Entry.IsAbsent);
        Assert.False(_bench.View.Rows[P("a")].Entry.IsAbsent);
    }

    [Fact]
    public void It_waits_no_longer_than_two_seconds()
    {
        Assert.Contains(_bench.Effects().OfType<WakeEffect>(), w => w.AtMs == SessionBench.Noon + 2000);
        _bench.Context.NowMs += 2000;
        _local.Tick();
        _bench.Effects();
        Assert.True(_bench.View.Heads(P("a"))[0].Entry.IsAbsent);
    }

    [Fact]
    public void What_is_only_doubted_is_not_recorded_with_it()
    {
        var small = Samples.SmallFile(5);
        _bench.View.Rows[P("s")] = new IndexRow(P("s"), small, default, default, default, P("s"));
        for (var i = 0; i < 30; i++) _bench.View.Rows[P($"n{i}")] = new IndexRow(P($"n{i}"), small, default, default, default, P($"n{i}"));
        _bench.Context.NowMs += 1990;
        Look("s");
        Found([new Observation(P("s"), Entry.Absent, default, [], [])]);
        _bench.Context.NowMs += 10;
        _local.Tick();
        _bench.Effects();
        Assert.True(_bench.View.Heads(P("a"))[0].Entry.IsAbsent);
        Assert.Empty(_bench.View.Heads(P("s")));
    }

    [Fact]
    public void It_is_recorded_before_a_plan_changes_the_disk()
    {
        _local.ReleaseHeld(paths => paths.Contains(P("a")));
        _bench.Effects();
        Assert.True(_bench.View.Heads(P("a"))[0].Entry.IsAbsent);
        Read("big", 1);
        Assert.Null(_bench.View.Records[^1].Changes[0].MovedFrom);
    }

    [Fact]
    public void A_plan_about_other_paths_leaves_it_waiting()
    {
        _local.ReleaseHeld(paths => paths.Contains(P("elsewhere")));
        _bench.Effects();
        Assert.Equal(1, Recorded);
        Read("big", 1);
        Assert.Equal(P("a"), _bench.View.Records[^1].Changes[0].MovedFrom);
    }

    [Fact]
    public void What_could_not_be_listed_is_looked_at_with_all_below_it_later()
    {
        _local.RescanLater();
        Look("d");
        _local.Scanned(new ScannedInput([], [], [], [new Problem(P("d"), ProblemKind.Unreadable, "locked")], [], Emptied: false));
        _bench.Context.NowMs += 5000;
        _local.Tick();
        _local.Advance();
        Assert.Contains(new ScanTarget(P("d"), true), SessionBench.The<ScanEffect>(_bench.Effects()).Targets);
    }

    [Fact]
    public void A_folder_that_could_not_be_listed_at_the_start_has_its_first_look_when_it_can()
    {
        var local = new LocalSide(_bench.Context, _bench.Authoring, _placing);
        local.LookAt(new ScanTarget(EntryPath.Root, true));
        local.Advance();
        local.Scanned(new ScannedInput([], [], [], [new Problem(EntryPath.Root, ProblemKind.Unreadable, "locked")], [], Emptied: false));
        Assert.True(local.FirstLookPending);
        _bench.Context.NowMs += 5000;
        local.Tick();
        local.Advance();
        local.Scanned(new ScannedInput([], [], [], [], [EntryPath.Root], Emptied: false));
        Assert.False(local.FirstLookPending);
    }

    [Fact]
    public void Much_that_is_missing_and_turns_up_elsewhere_holds_up_nothing()
    {
        Read("big", 2);
        string[] names = ["b", "c", "d"];
        Look(names);
        Found([.. names.Select((n, i) => Seen(n, 10 + i, inode: 20 + (ulong)i))]);
        Look(names);
        Found([.. names.Select(n => new Observation(P(n), Entry.Absent, default, [], []))]);
        Assert.True(_local.IsVanishing);
        Look(names);
        Found([.. names.Select(n => new Observation(P(n), Entry.Absent, default, [], [])), .. names.Select((n, i) => Seen("e/" + n, 10 + i, inode: 20 + (ulong)i))]);
        Assert.Equal(3, _bench.View.Records[^1].Changes.Count(c => c.MovedFrom is not null));
        Assert.False(_local.IsVanishing);
    }

    [Fact]
    public void What_was_in_a_directory_that_came_back_without_it_is_looked_at_once_more()
    {
        Read("big", 2);
        string[] names = ["d/x", "d/y", "d/z"];
        var directory = new Observation(P("d"), Entry.Directory(0x1ED), new FileStamp(0, 0, 60, 60, 0x41ED), [], []);
        Look(["d", .. names]);
        Found([directory, .. names.Select((n, i) => Seen(n, 50 + i, inode: 50 + (ulong)i))]);
        Look("d");
        Found([.. names.Prepend("d").Select(n => new Observation(P(n), Entry.Absent, default, [], []))]);
        Assert.True(_local.IsVanishing);
        _local.LookAt(new ScanTarget(P("d"), false));
        _local.Advance();
        _bench.Effects();
        Found([directory with { Stamp = directory.Stamp with { Inode = 61, ChangedNs = 61 } }]);
        for (var i = 0; i < 4; i++)
        {
            _bench.Context.NowMs += 1000;
            _local.Tick();
            _local.Advance();
            if (_bench.Effects().OfType<ScanEffect>().SingleOrDefault() is not { } scan) continue;
            Found([.. names.Where(n => scan.Targets.Any(t => t.Path == P(n) || t.Deep && P(n).IsBelow(t.Path))).Select(n => new Observation(P(n), Entry.Absent, default, [], []))]);
        }
        Assert.False(_local.IsVanishing);
        Assert.All(names, n => Assert.True(_bench.View.Heads(P(n))[0].Entry.IsAbsent));
    }

    [Fact]
    public void Time_that_passes_does_not_stand_for_the_second_look()
    {
        Read("big", 2);
        _bench.Context.NowMs += 3000;
        Look("b");
        Found([Seen("b", 3, inode: 30), .. Enumerable.Range(0, 20).Select(i => Seen($"n{i}", 40 + i, inode: 40 + (ulong)i))]);
        var recorded = Recorded;
        Look("b");
        Found([new Observation(P("b"), Entry.Absent, default, [], [])]);
        _bench.Context.NowMs += 60;
        _local.Tick();
        _bench.Effects();
        Assert.Equal(recorded, Recorded);
        _bench.Context.NowMs += 60;
        _local.Tick();
        _bench.Effects();
        _local.Scanned(new ScannedInput([new Observation(P("b"), Entry.Absent, default, [], [])], [], [], [], [], false));
        _bench.Effects();
        Assert.Equal(recorded + 1, Recorded);
    }

    [Fact]
    public void What_the_store_refused_is_no_problem_any_more_once_its_user_took_it_back()
    {
        Read("big", 2);
        Look("c");
        _local.Scanned(new ScannedInput([Seen("c", 3, inode: 30)], [], [], [], [], false));
        Assert.Equal(ProblemKind.Unwritable, SessionBench.The<ProblemEffect>(_bench.Effects("no space")).Problem!.Kind);
        _bench.Context.NowMs += 1000;
        _local.Tick();
        _local.Advance();
        SessionBench.The<ScanEffect>(_bench.Effects());
        _local.Scanned(new ScannedInput([], [], [], [], [P("c")], false));
        Assert.Equal(new ProblemEffect(EntryPath.Root, null), SessionBench.The<ProblemEffect>(_bench.Effects()));
    }

    [Fact]
    public void What_vanished_waits_until_what_the_store_refused_is_recorded()
    {
        Read("big", 2);
        Look("b");
        Found([Seen("b", 3, inode: 30)]);
        var recorded = Recorded;
        // A rename of b to c, on a full disk: what vanished is to be looked at twice, and what came is refused meanwhile.
        Look("b", "c");
        _local.Scanned(new ScannedInput([Gone("b"), Seen("c", 4, inode: 31)], [], [], [], [], false));
        _bench.Effects("no space");
        _bench.Context.NowMs += 500;
        Look("b");
        Found([Gone("b")]);
        Assert.Equal(recorded, Recorded);
        // Now there is room again.
        for (var looks = 0; looks < 3; looks++)
        {
            _bench.Context.NowMs += 1000;
            _local.Tick();
            _local.Advance();
            if (_bench.Effects().OfType<ScanEffect>().SingleOrDefault() is not { } scan) continue;
            Found([.. new[] { Gone("b"), Seen("c", 4, inode: 31) }.Where(s => scan.Targets.Any(t => t.Path == s.Path || t.Deep))]);
        }
        Assert.Equal([false, true], new[] { "c", "b" }.Select(p => _bench.View.Heads(P(p))[0].Entry.IsAbsent));
    }

    [Fact]
    public void A_first_look_that_the_store_refused_has_not_been()
    {
        var (bench, local) = (new SessionBench(), (LocalSide?)null);
        local = new LocalSide(bench.Context, bench.Authoring, new Placing(bench.Context, new Fetcher(bench.Context), target => local!.LookAt(target)));
        local.LookAt(new ScanTarget(EntryPath.Root, true));
        local.Advance();
        bench.Effects();
        local.Scanned(new ScannedInput([Seen("c", 3, inode: 30)], [], [], [], [], false));
        bench.Effects("no space");
        Assert.True(local.FirstLookPending);
        // A hint comes in between: that is no look at the whole folder.
        local.LookAt(new ScanTarget(P("d"), false));
        local.Advance();
        Assert.Equal([new ScanTarget(P("d"), false)], SessionBench.The<ScanEffect>(bench.Effects()).Targets);
        local.Scanned(new ScannedInput([], [], [], [], [P("d")], false));
        Assert.True(local.FirstLookPending);
        bench.Context.NowMs += 1000;
        local.Tick();
        local.Advance();
        Assert.Equal([new ScanTarget(EntryPath.Root, true)], SessionBench.The<ScanEffect>(bench.Effects()).Targets);
        local.Scanned(new ScannedInput([Seen("c", 3, inode: 30)], [], [], [], [EntryPath.Root], false));
        bench.Effects();
        Assert.False(local.FirstLookPending);
        Assert.Single(bench.View.Records);
    }

    [Fact]
    public void A_very_long_file_that_a_cut_plan_had_placed_has_its_first_look_when_it_is_read()
    {
        var cluster = new Cluster();
        var (bench, other) = (new SessionBench(cluster), new SessionBench(cluster, cluster.Admit("other", "editor", cluster.Founder)));
        var own = bench.Author(SessionBench.Put("k", 1)).Opened;
        bench.View.Rows[P("k")] = new IndexRow(P("k"), own.Changes[0].Entry, default, own.Changes[0].Parents.With(own.Dot), own.Dot, P("k"));
        var theirs = Seen("k", 2, inode: 9);
        bench.View.Add(other.Author(new Change(0, P("k"), theirs.Entry, default)).Opened);
        LocalSide? local = null;
        local = new LocalSide(bench.Context, bench.Authoring, new Placing(bench.Context, new Fetcher(bench.Context), target => local!.LookAt(target)));
        local.LookAt(new ScanTarget(EntryPath.Root, true));
        local.Advance();
        bench.Effects();
        var records = bench.View.Records.Count;
        local.Scanned(new ScannedInput([], [(P("k"), theirs.Stamp)], [], [], [EntryPath.Root], false));
        bench.Effects();
        local.Hashed(new HashedInput(P("k"), theirs, null));
        bench.Effects();
        Assert.Equal(records, bench.View.Records.Count);
        Assert.Equal(theirs.Entry, bench.View.Rows[P("k")].Entry);
        Assert.Equal(2, bench.View.Heads(P("k")).Count);
    }

    [Fact]
    public void At_a_start_what_vanished_waits_for_long_files_however_long_they_take()
    {
        var bench = new SessionBench();
        LocalSide? local = null;
        local = new LocalSide(bench.Context, bench.Authoring, new Placing(bench.Context, new Fetcher(bench.Context), target => local!.LookAt(target)));
        var own = bench.Author(new Change(0, P("k"), Seen("k", 1, inode: 9).Entry, default)).Opened;
        bench.View.Rows[P("k")] = new IndexRow(P("k"), Seen("k", 1, inode: 9).Entry, default, own.Changes[0].Parents.With(own.Dot), own.Dot, P("k"));
        local.LookAt(new ScanTarget(EntryPath.Root, true));
        local.Advance();
        bench.Effects();
        var records = bench.View.Records.Count;
        local.Scanned(new ScannedInput([Gone("k")], [(P("m"), new FileStamp(Long, 1, 9, 1, 0x81A4))], [], [], [EntryPath.Root], false));
        bench.Context.NowMs += 10_000;
        local.ReleaseHeld(_ => true);
        local.Tick();
        bench.Effects();
        Assert.True(local.IsVanishing);
        Assert.Equal(records, bench.View.Records.Count);
        local.Hashed(new HashedInput(P("m"), Seen("m", 1, inode: 9), null));
        bench.Effects();
        Assert.False(local.IsVanishing);
        Assert.Equal(P("k"), Assert.Single(bench.View.Records[^1].Changes).MovedFrom);
    }

    [Fact]
    public void A_settlement_that_the_store_refused_is_made_again()
    {
        var cluster = new Cluster();
        var (bench, other) = (new SessionBench(cluster), new SessionBench(cluster, cluster.Admit("other", "editor", cluster.Founder)));
        bench.Author(SessionBench.Put("k", 1));
        bench.View.Add(other.Author(SessionBench.Put("k", 2)).Opened);
        foreach (var shown in bench.Context.Showing.At(P("k"))) bench.View.Rows[shown.Path] = new IndexRow(shown.Path, shown.Entry, default, shown.Vector, shown.Shown, shown.Origin);
        var local = new LocalSide(bench.Context, bench.Authoring, _placing);

        local.AskedToSettle(P("k"));
        local.Advance();
        Assert.Equal(ProblemKind.Unwritable, SessionBench.The<ProblemEffect>(bench.Effects("no space")).Problem!.Kind);
        Assert.Equal(2, bench.View.Heads(P("k")).Count);
        bench.Context.NowMs += 1000;
        local.Tick();
        local.Advance();
        Assert.Equal(new ProblemEffect(EntryPath.Root, null), SessionBench.The<ProblemEffect>(bench.Effects()));
        Assert.Single(bench.View.Heads(P("k")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_read_while_a_program_had_it_open_is_not_read_again_and_again(bool whileOpen)
    {
        var seen = Seen("mapped", 7, inode: 30);
        _local.Tick();
        Look("mapped");
        Found([seen with { Stamp = seen.Stamp with { Unsure = true }, WhileOpen = whileOpen }]);
        Assert.True(_bench.View.Rows[P("mapped")].Stamp.Unsure);
        _bench.Context.NowMs += 100;
        _local.Tick();
        _local.Advance();
        Assert.Equal(!whileOpen, _bench.Effects().OfType<ScanEffect>().Any(s => s.Targets.Any(t => t.Path == P("mapped"))));
    }

    private int Recorded => _bench.View.Records.Count;

    private static EntryPath P(string path) => path.Length == 0 ? EntryPath.Root : EntryPath.Parse(path);

    private static Observation Gone(string path) => new(P(path), Entry.Absent, default, [], []);

    private void Look(params string[] paths)
    {
        foreach (var path in paths) _local.LookAt(new ScanTarget(P(path), path.Length == 0));
        _local.Advance();
        SessionBench.The<ScanEffect>(_bench.Effects());
    }

    private void Found(Observation[] seen, string? large = null)
    {
        (EntryPath, FileStamp)[] read = large is null ? [] : [(P(large), new FileStamp(Long, 1, 9, 1, 0x81A4))];
        _local.Scanned(new ScannedInput(seen, read, [], [], [], false));
        if (large is null) _bench.Effects();
    }

    private void Read(string path, int content)
    {
        _bench.Context.NowMs += 100;
        _local.Hashed(new HashedInput(P(path), Seen(path, content, inode: 9), null));
        _bench.Effects();
    }

    private static Observation Seen(string path, int content, ulong inode)
    {
        var entry = Samples.SmallFile(content, Long);
        return new Observation(P(path), entry, new FileStamp(Long, entry.ModifiedNs, inode, 1, 0x81A4), [.. entry.Content!.Chunks], []);
    }
}
