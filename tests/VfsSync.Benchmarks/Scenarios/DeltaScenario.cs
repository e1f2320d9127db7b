using VfsSync.Benchmarks.Harness;

namespace VfsSync.Benchmarks.Scenarios;

internal sealed class DeltaScenario : Scenario
{
    public override string Name => "delta";

    public override string Text => "4 KiB changed in the middle of a file of 1 GiB, in place";

    protected override void SetUp(Round round) => LargeFile(round, GibibyteScenario.FileName, GibibyteScenario.Size);

    public override void Act(Round round)
    {
        string here = Path.Combine(round.A, GibibyteScenario.FileName), there = Path.Combine(round.B, GibibyteScenario.FileName);
        var (bytes, offset) = (Payload.Bytes(4096), Random.Shared.NextInt64(GibibyteScenario.Size - 4096));
        round.Do(() => Write(here, bytes, offset), () => Holds(there, bytes, offset), () => Trees.SameFile(here, there), Pause.Large);
    }

    private static void Write(string path, byte[] bytes, long offset)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
        RandomAccess.Write(file, bytes, offset);
    }

    private static bool Holds(string path, byte[] bytes, long offset)
    {
        var there = new byte[bytes.Length];
        using var file = File.OpenHandle(path);
        return RandomAccess.Read(file, there, offset) == there.Length && there.AsSpan().SequenceEqual(bytes);
    }
}
