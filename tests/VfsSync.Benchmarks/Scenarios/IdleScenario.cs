using System.Diagnostics;
using VfsSync.Benchmarks.Harness;

namespace VfsSync.Benchmarks.Scenarios;

/// <summary>Here `seconds` is how long it was watched, `cpuSeconds` what was used meanwhile, `peakBytes` the most memory meanwhile.</summary>
internal sealed class IdleScenario : Scenario
{
    private static readonly TimeSpan s_watched = TimeSpan.FromSeconds(20);

    public override string Name => "idle";

    public override string Text => "nothing happens for 20 s, with 10,000 files";

    public override bool ManyFiles => true;

    public override bool NeedsWatching => true;

    public override bool MeasuresItself => true;

    protected override void SetUp(Round round)
    {
        TreeScenario.Copy(round, "tree", TreeScenario.Directories);
        round.Contestant.WaitIdle();
        Pause.For(TimeSpan.FromSeconds(5));
    }

    public override void Act(Round round)
    {
        round.Contestant.ForgetPeaks();
        var (start, before) = (Stopwatch.GetTimestamp(), round.Contestant.Usage());
        Pause.For(s_watched);
        round.Note(Stopwatch.GetElapsedTime(start));
        round.NoteUsed(round.Contestant.Usage().Since(before));
    }
}
