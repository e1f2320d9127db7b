using VfsSync.Benchmarks.Harness;

namespace VfsSync.Benchmarks.Scenarios;

internal sealed class TenMegabyteScenario : Scenario
{
    private const int Files = 6;

    public override string Name => "10mb";

    public override string Text => "a random file of 10 MB, renamed into A";

    protected override void WarmUp(Round round)
    {
        for (var i = 0; i < Files; i++) LargeFile(round, $"warmer-{i}", 10_000_000);
    }

    public override void Act(Round round)
    {
        for (var i = 0; i < Files; i++)
        {
            LargeFile(round, $"large-{i}", 10_000_000);
            Pause.For(TimeSpan.FromSeconds(1));
            Pause.Random();
        }
    }
}
