using VfsSync.Core.Reconcile;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Session;

/// <summary>
/// Which steps of a plan must wait for contents that are still on their way: a name does not vanish before what comes in its place is here, and with it waits
/// whatever relies on it. Only contents are waited for, so no two steps ever wait for each other.
/// </summary>
internal static class HeldSteps
{
    /// <param name="plan">The plan, in order.</param>
    /// <param name="unready">Steps whose content is not here yet.</param>
    public static HashSet<PlanStep> Of(IReadOnlyList<PlanStep> plan, IReadOnlyCollection<PlanStep> unready)
    {
        var held = new HashSet<PlanStep>(unready);
        if (held.Count == 0) return held;
        var waits = held.Select(f => f.Path).ToHashSet();
        var missing = new HashSet<EntryPath>();
        for (var before = -1; before != held.Count;)
        {
            before = held.Count;
            foreach (var step in plan)
            {
                if (held.Contains(step) || !Waits(step, waits, missing)) continue;
                held.Add(step);
                waits.Add(step.Path);
                if (step is RenameStep rename) waits.Add(rename.From);
                if (step.Wanted.Entry.Kind == EntryKind.Directory) missing.Add(step.Path);
            }
        }
        return held;
    }

    private static bool Waits(PlanStep step, HashSet<EntryPath> waits, HashSet<EntryPath> missing) =>
        waits.Contains(step.Path)
        || step.After is { } after && waits.Contains(after)
        || step is RenameStep rename && waits.Contains(rename.From)
        || step is RemoveStep { Expected.Entry.Kind: EntryKind.Directory } && waits.Any(w => w.IsBelow(step.Path))
        || missing.Count > 0 && step.Path.Ancestors().Any(missing.Contains);
}
