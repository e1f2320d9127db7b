using VfsSync.Benchmarks.Harness;

namespace VfsSync.Benchmarks.Scenarios;

internal sealed class InsertScenario : Scenario
{
    public override string Name => "insert";

    public override string Text => "1 byte inserted at the front of a file of 1 GiB, saved by rename";

    protected override void SetUp(Round round)
    {
        LargeFile(round, GibibyteScenario.FileName, GibibyteScenario.Size);
        using var from = File.OpenRead(Path.Combine(round.A, GibibyteScenario.FileName));
        using var to = File.Create(Path.Combine(round.Stage, GibibyteScenario.FileName));
        to.WriteByte(Payload.Bytes(1)[0]);
        from.CopyTo(to, 1 << 20);
        to.Flush(flushToDisk: true);
    }

    public override void Act(Round round) => MoveIn(round, GibibyteScenario.FileName);
}
