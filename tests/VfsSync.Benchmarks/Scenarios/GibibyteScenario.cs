using VfsSync.Benchmarks.Harness;

namespace VfsSync.Benchmarks.Scenarios;

internal sealed class GibibyteScenario : Scenario
{
    public const long Size = 1L << 30;
    public const string FileName = "gibibyte";

    public override string Name => "1gib";

    public override string Text => "a random file of 1 GiB, renamed into A";

    protected override void WarmUp(Round round) => LargeFile(round, "warm-larger", Size / 4);

    protected override void SetUp(Round round) => Payload.Write(Path.Combine(round.Stage, FileName), Size);

    public override void Act(Round round) => MoveIn(round, FileName);
}
