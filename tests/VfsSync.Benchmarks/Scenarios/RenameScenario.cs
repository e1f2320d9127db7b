using VfsSync.Benchmarks.Harness;

namespace VfsSync.Benchmarks.Scenarios;

internal sealed class RenameScenario : Scenario
{
    private const int Files = 1000, Size = 100 * 1024;

    public override string Name => "rename";

    public override string Text => "a directory of 1,000 files of 100 KiB renamed";

    public override bool ManyFiles => true;

    protected override void WarmUp(Round round)
    {
        Bring(round, "warm", Files / 5);
        Rename(round, "warm", "warmer", Files / 5);
    }

    protected override void SetUp(Round round) => Bring(round, "old", Files);

    public override void Act(Round round) => Rename(round, "old", "new", Files);

    private static void Bring(Round round, string name, int files)
    {
        Payload.Tree(Path.Combine(round.Stage, name), 1, files, Size);
        round.Do(() => Directory.Move(Path.Combine(round.Stage, name), Path.Combine(round.A, name)), AllThere(round.B, Paths(name, files), Size), () => true, Pause.Large);
    }

    private static void Rename(Round round, string from, string to, int files)
    {
        var there = AllThere(round.B, Paths(to, files), Size);
        round.Do(() => Directory.Move(Path.Combine(round.A, from), Path.Combine(round.A, to)), () => there() && !File.Exists(Path.Combine(round.B, Paths(from, files)[0])), () => true, Pause.Small);
    }

    private static List<string> Paths(string directory, int files) => [.. Enumerable.Range(0, files).Select(f => $"{directory}/d000/f{f:000}")];
}
