using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Tests.Session;

/// <summary>What a disk lacks is believed at the second look; where it is much, when nothing more has gone for a second.</summary>
public sealed class DoubtedRemovalsTests
{
    private readonly SessionBench _bench = new();
    private readonly DoubtedRemovals _doubted;

    public DoubtedRemovalsTests()
    {
        _doubted = new DoubtedRemovals(_bench.Context);
        for (var i = 0; i < 50; i++) _bench.View.Rows[P(i)] = new IndexRow(P(i), Samples.SmallFile(i), default, VersionVector.Empty, default, P(i));
    }

    [Fact]
    public void One_file_is_believed_to_be_gone_after_a_moment()
    {
        Assert.Equal([P(1)], Look(1));
        After(99);
        Assert.Equal([P(1)], Look(1));
        After(1);
        Assert.Empty(Look(1));
        Assert.False(_doubted.IsMass);
    }

    [Fact]
    public void A_few_files_are_waited_for_a_little_longer_for_each()
    {
        Assert.Equal(4, Look(1, 2, 3, 4).Count);
        After(105);
        Assert.Equal(4, Look(1, 2, 3, 4).Count);
        After(1);
        Assert.Empty(Look(1, 2, 3, 4));
    }

    [Fact]
    public void Many_files_are_believed_to_be_gone_when_nothing_more_has_gone_for_a_second()
    {
        Look(1, 2, 3, 4);
        After(5);
        Look(5, 6, 7);
        Assert.True(_doubted.IsMass);
        After(996);
        Assert.Equal(7, Look(1, 2, 3, 4, 5, 6, 7).Count);
        After(4);
        Assert.Empty(Look(1, 2, 3, 4, 5, 6, 7));
        Assert.False(_doubted.IsMass);
    }

    [Fact]
    public void What_a_plan_has_taken_away_since_is_missed_no_more()
    {
        Look(1, 2, 3, 4, 5, 6);
        foreach (var i in (int[])[1, 2, 3]) _bench.View.Rows[P(i)] = _bench.View.Rows[P(i)] with { Entry = Entry.Absent };
        Assert.False(_doubted.IsMass);
    }

    [Fact]
    public void As_long_as_more_goes_nothing_is_believed()
    {
        for (var i = 5; i < 45; i++, After(500)) Assert.Contains(P(0), Look([.. Enumerable.Range(0, i + 1)]));
    }

    [Fact]
    public void After_a_minute_it_is_believed_whatever_goes_on()
    {
        Look(0, 1, 2, 3, 4, 5);
        Assert.True(_doubted.IsMass);
        After(60_000);
        Assert.Equal([P(7)], Look(0, 1, 2, 3, 4, 5, 7));
        Assert.False(_doubted.IsMass);
    }

    [Fact]
    public void Where_files_come_and_go_all_the_time_others_are_placed_again_after_a_minute()
    {
        Look([.. Enumerable.Range(0, 40)]);
        var longest = 0L;
        for (var i = 1000; i < 1400; i++)
        {
            After(500); // A job, made and taken.
            _bench.View.Rows[P(i)] = new IndexRow(P(i), Samples.SmallFile(i), default, VersionVector.Empty, default, P(i));
            var missing = _doubted.Paths.Append(P(i)).ToList();
            foreach (var believed in missing.Except(_doubted.Doubt([.. missing.Select(p => new Observation(p, Entry.Absent, default, [], []))]))) _bench.View.Rows.Remove(believed);
            if (_doubted.IsMass) longest = _bench.Context.NowMs - SessionBench.Noon;
        }
        Assert.InRange(longest, 10_000, 60_000);
    }

    [Fact]
    public void What_is_back_is_doubted_no_more_and_what_waits_may_be_recorded_before_its_time()
    {
        Look(1, 2);
        _doubted.Forget(path => path == P(1));
        Assert.Equal([P(2)], _doubted.Release().Select(o => o.Path));
        Assert.Empty(_doubted.Release());
        Look(1, 2, 3, 4, 5, 6);
        Assert.Empty(_doubted.Release());
    }

    private IReadOnlyCollection<EntryPath> Look(params int[] missing) => _doubted.Doubt([.. missing.Select(i => new Observation(P(i), Entry.Absent, default, [], []))]);

    private void After(long ms) => _bench.Context.NowMs += ms;

    private static EntryPath P(int number) => EntryPath.Parse($"f{number}");
}
