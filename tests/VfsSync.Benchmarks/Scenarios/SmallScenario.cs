using VfsSync.Benchmarks.Harness;

namespace VfsSync.Benchmarks.Scenarios;

internal sealed class SmallScenario : Scenario
{
    private const int Files = 40;

    public override string Name => "small";

    public override string Text => "a file of 100 bytes, from close at A to whole at B";

    protected override void WarmUp(Round round)
    {
        for (var i = 0; i < 5 * Files; i++) SmallFile(round, $"warmer-{i}", 100);
    }

    public override void Act(Round round)
    {
        for (var i = 0; i < Files; i++)
        {
            Pause.Random();
            SmallFile(round, $"small-{i}", 100);
        }
    }
}
