using VfsSync.Benchmarks.Harness;

namespace VfsSync.Benchmarks.Scenarios;

internal sealed class RenameScenario : Scenario
{
    private const int Files = 1000, Size = 100 * 1024;

    public override string Name => "rename";

    public override string Text => "a directory of 1,000 files of 100 KiB renamed";

    public override bool ManyFiles => true;

    public override void Prepare(Round round)
    {
        WarmUp(round);
        Payload.Tree(Path.Combine(round.Stage, "old"), 1, Files, Size);
        var paths = Paths("old");
        round.Do(() => Directory.Move(Path.Combine(round.Stage, "old"), Path.Combine(round.A, "old")), AllThere(round.B, paths, Size), () => true, Pause.Large);
    }

    public override void Act(Round round)
    {
        var there = AllThere(round.B, Paths("new"), Size);
        round.Do(() => Directory.Move(Path.Combine(round.A, "old"), Path.Combine(round.A, "new")),
            () => there() && !File.Exists(Path.Combine(round.B, Paths("old")[0])), () => true, Pause.Small);
    }

    private static List<string> Paths(string directory) => [.. Enumerable.Range(0, Files).Select(f => $"{directory}/d000/f{f:000}")];
}
