using VfsSync.Benchmarks.Harness;

namespace VfsSync.Benchmarks.Scenarios;

internal sealed class TreeScenario : Scenario
{
    public const int Directories = 100, FilesEach = 100, Size = 4096;

    public override string Name => "tree";

    public override string Text => "10,000 files of 4 KiB in 100 folders, from the start of cp";

    public override bool ManyFiles => true;

    protected override void WarmUp(Round round) => Copy(round, "warm-tree", Directories / 5);

    public override void Act(Round round) => Copy(round, "tree", Directories);

    public static void Copy(Round round, string name, int directories)
    {
        var paths = Payload.Tree(Path.Combine(round.Stage, name), directories, FilesEach, Size);
        Func<bool> allThere = AllThere(round.B, [.. paths.Select(p => $"{name}/{p}")], Size), again = AllThere(round.B, [.. paths.Select(p => $"{name}/{p}")], Size);
        round.Do(() => Tool.Run("cp", "-r", Path.Combine(round.Stage, name), round.A), allThere, again, Pause.Large, fromStart: true);
    }
}
