using VfsSync.Simulation;
using VfsSync.Simulation.Mutants;

namespace VfsSync.Engine.Tests.Simulation;

/// <summary>As many runs as fit into well under a minute; more by the console program.</summary>
public sealed class SimulationTests
{
    private static readonly SimOptions _asked = new();

    [Fact]
    public void Whatever_users_do_and_whatever_breaks_nothing_is_lost_and_all_nodes_end_alike() => AllPass(1, 300, seed => Seeds.Options(seed, _asked));

    [Fact]
    public void Of_what_was_not_flushed_a_power_cut_may_keep_any_part() =>
        AllPass(1, 40, seed => Seeds.Options(seed, _asked, faults: SimFaults.Crashes | SimFaults.Between));

    /// <summary>What was found once and is seldom: an expelled member's records that came before what the policy had seen; a course that nobody has any more.</summary>
    [Theory]
    [InlineData(702611UL)]
    [InlineData(5074UL)]
    public void What_was_mended_stays_mended(ulong seed) => AllPass(seed, 1, s => Seeds.Options(s, _asked, faults: SimFaults.Roles | SimFaults.All));

    [Theory]
    [InlineData(7UL)]
    [InlineData(12UL)]
    [InlineData(13UL)]
    public void A_run_replays_exactly_from_its_seed(ulong seed)
    {
        var options = Seeds.Options(seed, new SimOptions { Traced = true }, faults: SimFaults.All);
        var script = Script.Of(seed, options);
        Assert.Equal(Shrinker.Run(seed, options, script).Trace, Shrinker.Run(seed, options, script).Trace);
    }

    /// <summary>One seed each; how many find it tells `--mutants` of the console program.</summary>
    [Theory]
    [InlineData("no-verify", 5UL)]
    [InlineData("stamp-after-read", 900300UL)]
    [InlineData("never-unsure", 42UL)]
    [InlineData("error-is-absence", 1UL)]
    [InlineData("no-file-flush", 4UL)]
    [InlineData("no-directory-flush", 34UL)]
    [InlineData("remove-first", 131UL)]
    [InlineData("no-record-flush", 5UL)]
    [InlineData("counted-epochs", 15UL)]
    [InlineData("one-epoch", 2UL)]
    [InlineData("last-writer-wins", 3UL)]
    [InlineData("received-as-parent", 4UL)]
    [InlineData("adopts-any-version", 754UL)]
    [InlineData("settling-drops-heads", 22UL)]
    [InlineData("deaf-to-overflow", 11UL)]
    public void What_is_broken_on_purpose_is_found_out(string mutant, ulong seed) => Assert.True(Mutation.IsCaught(Mutant.Named(mutant), seed, _asked));

    private static void AllPass(ulong first, int count, Func<ulong, SimOptions> options)
    {
        var failed = new List<ulong>();
        Parallel.For(0, count, i =>
        {
            var seed = first + (ulong)i;
            if (Seeds.Failure(seed, options(seed)) is null) return;
            lock (failed) failed.Add(seed);
        });
        Assert.True(failed.Count == 0, failed.Count == 0 ? "" : Seeds.Explain(failed.Min(), options(failed.Min())));
    }
}
