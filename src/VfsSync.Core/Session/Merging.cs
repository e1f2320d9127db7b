using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Session;

/// <summary>
/// Conflicts that the policy merges. Whoever wrote what stands at the path does it as soon as all of the conflict is on its disk; any other that may write, if the
/// conflict still stands after a while. So mostly one does, and where two do, they come to the same content. Each conflict is tried once: what cannot be merged stays.
/// </summary>
internal sealed class Merging(SessionContext context, Placing placing)
{
    private const long OthersMs = 5000, AgainMs = 500, LongestMs = 10 * 60_000;

    private readonly Dictionary<EntryPath, (long DueMs, long SinceMs)> _waiting = [];
    private readonly Dictionary<EntryPath, HashSet<Dot>> _tried = [];

    /// <summary>Something is shown anew on behalf of this path.</summary>
    public void Look(EntryPath origin)
    {
        if (_waiting.ContainsKey(origin) || !MayWrite(origin) || context.Policy.Now.ConflictsAt(origin) != ConflictPolicy.Merge) return;
        var shown = context.Showing.At(origin);
        if (shown.Count < 2) _tried.Remove(origin);
        else if (!IsTried(origin, shown) && MayMerge(origin, shown)) Wait(origin, context.Judgement.Now.AreOne(shown[0].Shown.Author.Node, context.Identity.Node) ? 0 : OthersMs, context.NowMs);
    }

    public void Tick()
    {
        foreach (var (origin, (_, since)) in _waiting.Where(w => w.Value.DueMs <= context.NowMs).ToList())
        {
            _waiting.Remove(origin);
            var shown = context.Showing.At(origin);
            if (shown.Count < 2 || IsTried(origin, shown) || context.Policy.Now.ConflictsAt(origin) != ConflictPolicy.Merge) continue;
            if (shown.Any(s => placing.IsBehind(s.Path)))
            {
                if (context.NowMs - since < LongestMs) Wait(origin, AgainMs, since);
                continue;
            }
            _tried[origin] = [.. shown.Select(s => s.Shown)];
            if (shown.All(s => s.Entry.Kind == EntryKind.File)) context.Emit(new MergeEffect(origin));
        }
    }

    // The copies go with it. Who may not remove them leaves it to others.
    private bool MayMerge(EntryPath origin, IReadOnlyList<Placement> shown) =>
        MayWrite(origin) && shown.Where(s => s.IsCopy).All(s => context.Judgement.Permits(new Change(0, s.Path, Entry.Absent, default)));

    private bool MayWrite(EntryPath origin) => context.Judgement.Permits(new Change(0, origin, context.View.OnDisk(origin)?.Entry ?? Entry.Absent, default));

    private bool IsTried(EntryPath origin, IReadOnlyList<Placement> shown) => _tried.TryGetValue(origin, out var dots) && dots.SetEquals(shown.Select(s => s.Shown));

    private void Wait(EntryPath origin, long delayMs, long sinceMs)
    {
        _waiting[origin] = (context.NowMs + delayMs, sinceMs);
        context.Emit(new WakeEffect(context.NowMs + Math.Max(1, delayMs)));
    }
}
