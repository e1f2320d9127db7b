using VfsSync.Core.Content;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Session;

/// <summary>
/// Which steps of a plan must wait for others. A content that has yet to be put somewhere may be on this disk alone, in the very file that a step would remove
/// or replace: that step waits until the content has its place, and with it whatever relies on it.
/// </summary>
internal static class HeldSteps
{
    /// <param name="plan">The plan, in order.</param>
    /// <param name="unready">Steps whose content is not here yet.</param>
    /// <param name="onTheirWay">Contents that are being staged, or wait to be put in place.</param>
    public static HashSet<PlanStep> Of(IReadOnlyList<PlanStep> plan, HashSet<PlanStep> unready, IEnumerable<Manifest> onTheirWay)
    {
        var held = new HashSet<PlanStep>(unready);
        var toPlace = onTheirWay.Concat(unready.Select(f => f.Wanted.Entry.Content!)).ToHashSet();
        if (toPlace.Count == 0) return held;
        var waits = held.Select(f => f.Path).ToHashSet();
        var missing = new HashSet<EntryPath>();
        for (var before = -1; before != held.Count;)
        {
            before = held.Count;
            foreach (var step in plan)
            {
                if (held.Contains(step) || !(Displaces(step, toPlace) || Waits(step, waits, missing))) continue;
                held.Add(step);
                waits.Add(step.Path);
                if (step.Wanted.Entry.Kind == EntryKind.Directory) missing.Add(step.Path);
            }
        }
        return held;
    }

    private static bool Displaces(PlanStep step, HashSet<Manifest> toPlace) =>
        step is FileStep or SymlinkStep or DirectoryStep or RemoveStep && step.Expected?.Entry.Content is { } content && toPlace.Contains(content);

    private static bool Waits(PlanStep step, HashSet<EntryPath> waits, HashSet<EntryPath> missing) =>
        step.After is { } after && waits.Contains(after) || step is RenameStep rename && waits.Contains(rename.From)
        || step is RemoveStep { Expected.Entry.Kind: EntryKind.Directory } && waits.Any(w => w.IsBelow(step.Path)) || missing.Count > 0 && step.Path.Ancestors().Any(missing.Contains);
}
