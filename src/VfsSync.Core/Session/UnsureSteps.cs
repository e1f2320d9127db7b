using VfsSync.Core.Reconcile;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Session;

/// <summary>
/// Steps that wait for one more look: a file that was read within the clock's grain of its last change may have changed since without a sign, so it is read
/// again before it is replaced or removed.
/// </summary>
internal sealed class UnsureSteps(SessionContext context, Action<ScanTarget> lookAt)
{
    private const long WaitMs = 50, LongestMs = 1000;

    private readonly HashSet<EntryPath> _waiting = [];
    private readonly Dictionary<EntryPath, long> _since = [];
    private long _lookAtMs = long.MaxValue;

    /// <summary>Whether a step waits. Not for ever: what a program holds open is not read, and what comes out of its place is watched.</summary>
    public bool Holds(PlanStep step)
    {
        if (!IsUnsure(step))
        {
            _since.Remove(step.Path);
            return false;
        }
        if (context.Unrecorded.Contains(step.Path))
        {
            _waiting.Add(step.Path); // It is looked at again and again until it is recorded.
            return true;
        }
        if (!_since.TryAdd(step.Path, context.NowMs) && context.NowMs - _since[step.Path] >= LongestMs) return false;
        Wait(step.Path);
        return true;
    }

    /// <summary>The path was looked at. True: a step waited for that.</summary>
    public bool LookedAt(EntryPath path) => _waiting.Remove(path);

    /// <summary>The step is taken.</summary>
    public void Done(EntryPath path) => _since.Remove(path);

    /// <summary>What waits no longer. Whoever found it unsure looks again soon; this is for looks that came to nothing.</summary>
    public IReadOnlyCollection<EntryPath> Tick()
    {
        if (context.NowMs < _lookAtMs) return [];
        _lookAtMs = long.MaxValue;
        foreach (var path in _waiting) lookAt(new ScanTarget(path, false));
        EntryPath[] waited = [.. _waiting];
        _waiting.Clear();
        return waited;
    }

    private static bool IsUnsure(PlanStep step) => step is not (AdoptStep or RenameStep or AttributesStep) && step.Expected is { Entry.Kind: EntryKind.File, Stamp.Unsure: true };

    private void Wait(EntryPath path)
    {
        if (!_waiting.Add(path) || _lookAtMs != long.MaxValue) return;
        _lookAtMs = context.NowMs + WaitMs;
        context.Emit(new WakeEffect(_lookAtMs));
    }
}
