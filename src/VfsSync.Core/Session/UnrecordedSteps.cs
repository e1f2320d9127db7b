using VfsSync.Core.Tree;

namespace VfsSync.Core.Session;

/// <summary>
/// What a plan has done and the store would not take down, or the disk would not make durable. Until the index says so the plan stays under way: a look at what it
/// took away would take that for the user's doing. And until the disk has it for good the index must not say so: what a power cut takes back would be missed.
/// </summary>
internal sealed class UnrecordedSteps(SessionContext context, Action<IReadOnlyList<StepOutcome>> record)
{
    private const long AgainMs = 1000;

    private readonly List<IReadOnlyList<StepOutcome>> _parts = [], _unflushed = [];
    private long _dueMs = long.MaxValue;

    public void Add(IReadOnlyList<StepOutcome> outcomes, string error)
    {
        _parts.Add(outcomes);
        Again($"What came from others cannot be recorded: {error} That is tried again.");
    }

    public void AddUnflushed(IReadOnlyList<StepOutcome> outcomes, string error)
    {
        _unflushed.Add(outcomes);
        Again($"What came from others may not outlast a power cut: {error} That is tried again.");
    }

    /// <summary>The disk was asked once more; null if all is durable now.</summary>
    public void Flushed(string? error)
    {
        if (error is not null) Again($"What came from others may not outlast a power cut: {error} That is tried again.");
        else RecordAll(_unflushed);
    }

    public void Tick()
    {
        if (context.NowMs < _dueMs) return;
        _dueMs = long.MaxValue;
        RecordAll(_parts);
        if (_unflushed.Count > 0) context.Emit(new ApplyEffect([], new Dictionary<EntryPath, long>()));
    }

    private void RecordAll(List<IReadOnlyList<StepOutcome>> parts)
    {
        var again = parts.ToList();
        parts.Clear();
        foreach (var outcomes in again) record(outcomes);
    }

    private void Again(string problem)
    {
        _dueMs = context.NowMs + AgainMs;
        context.Emit(new WakeEffect(_dueMs));
        context.Problem(EntryPath.Root, ProblemKind.Unwritable, problem);
    }
}
