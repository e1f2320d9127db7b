using VfsSync.Benchmarks.Harness;

namespace VfsSync.Benchmarks.Scenarios;

internal sealed class SmallScenario : Scenario
{
    private const int Files = 40;

    public override string Name => "small";

    public override string Text => "a file of 100 bytes, from close at A to whole at B";

    public override void Act(Round round)
    {
        for (var i = 0; i < Files; i++)
        {
            Pause.Random();
            SmallFile(round, $"small-{i}", 100);
        }
    }
}
