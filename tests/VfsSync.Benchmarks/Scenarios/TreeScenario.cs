using VfsSync.Benchmarks.Harness;

namespace VfsSync.Benchmarks.Scenarios;

internal sealed class TreeScenario : Scenario
{
    public const int Directories = 100, FilesEach = 100, Size = 4096;

    public override string Name => "tree";

    public override string Text => "10,000 files of 4 KiB in 100 folders, from the start of cp";

    public override bool ManyFiles => true;

    public override void Act(Round round) => Copy(round);

    public static void Copy(Round round)
    {
        var paths = Payload.Tree(Path.Combine(round.Stage, "tree"), Directories, FilesEach, Size);
        Func<bool> allThere = AllThere(round.B, [.. paths.Select(p => $"tree/{p}")], Size), again = AllThere(round.B, [.. paths.Select(p => $"tree/{p}")], Size);
        round.Do(() => Tool.Run("cp", "-r", Path.Combine(round.Stage, "tree"), round.A), allThere, again, Pause.Large, fromStart: true);
    }
}
