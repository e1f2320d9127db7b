using VfsSync.Core.Tree;

namespace VfsSync.Core.Session;

/// <summary>
/// What a plan has done and the store would not take down. Until the index says so the plan stays under way: a look at what it took away would take that for the
/// user's doing.
/// </summary>
internal sealed class UnrecordedSteps(SessionContext context, Action<IReadOnlyList<StepOutcome>, bool> record)
{
    private const long AgainMs = 1000;

    private readonly List<(IReadOnlyList<StepOutcome> Outcomes, bool Last)> _parts = [];
    private long _dueMs = long.MaxValue;

    public void Add(IReadOnlyList<StepOutcome> outcomes, bool last, string error)
    {
        _parts.Add((outcomes, last));
        _dueMs = context.NowMs + AgainMs;
        context.Emit(new WakeEffect(_dueMs));
        context.Problem(EntryPath.Root, ProblemKind.Unwritable, $"What came from others cannot be recorded: {error} That is tried again.");
    }

    public void Tick()
    {
        if (context.NowMs < _dueMs) return;
        _dueMs = long.MaxValue;
        var again = _parts.ToList();
        _parts.Clear();
        foreach (var (outcomes, last) in again) record(outcomes, last);
    }
}
