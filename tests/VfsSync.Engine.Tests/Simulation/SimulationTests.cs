using VfsSync.Simulation;

namespace VfsSync.Engine.Tests.Simulation;

public sealed class SimulationTests
{
    /// <summary>As many as fit into a few seconds; more by the console program.</summary>
    private const int Count = 150;

    [Fact]
    public void Whatever_users_do_on_several_nodes_nothing_is_lost_and_all_nodes_end_alike()
    {
        var failed = new List<ulong>();
        Parallel.For(1, Count + 1, i =>
        {
            var seed = (ulong)i;
            if (Seeds.Failure(seed, Seeds.Options(seed, new SimOptions())) is null) return;
            lock (failed) failed.Add(seed);
        });
        Assert.True(failed.Count == 0, failed.Count == 0 ? "" : Seeds.Explain(failed.Min(), Seeds.Options(failed.Min(), new SimOptions())));
    }

    [Theory]
    [InlineData(7UL)]
    [InlineData(12UL)]
    public void A_run_replays_exactly_from_its_seed(ulong seed)
    {
        var options = Seeds.Options(seed, new SimOptions { Traced = true });
        var script = Script.Of(seed, options);
        Assert.Equal(Shrinker.Run(seed, options, script).Trace, Shrinker.Run(seed, options, script).Trace);
    }
}
