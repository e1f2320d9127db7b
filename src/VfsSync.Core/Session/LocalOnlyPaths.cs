using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Session;

/// <summary>Paths where this disk holds a change that this node may not make: which, why, and what becomes of them once it may, or the user takes them back.</summary>
internal sealed class LocalOnlyPaths(SessionContext context)
{
    private readonly HashSet<EntryPath> _paths = [];
    private readonly Dictionary<EntryPath, int> _above = []; // how many lie below a directory

    /// <summary>Such paths are to be looked at, or to be shown anew.</summary>
    public event Action<IReadOnlyCollection<EntryPath>, IReadOnlyCollection<EntryPath>>? Released;

    /// <summary>These paths may have to show something else, or nothing.</summary>
    public event Action<IReadOnlyCollection<EntryPath>>? Changed;

    /// <summary>Those that an earlier run left.</summary>
    public void Begin()
    {
        foreach (var row in context.View.LocalOnly()) Add(row);
        Reconsider();
    }

    /// <summary>Rows are as a batch says.</summary>
    public void Note(CommitBatch batch)
    {
        foreach (var (path, row) in batch.Index)
        {
            if (row is { LocalOnly: true }) Add(row);
            else if (!Remove(path)) continue;
            ShowAnew(path);
        }
    }

    /// <summary>The policy may be another: what this node may do now becomes its change; what it had only removed comes back.</summary>
    public void Reconsider()
    {
        if (_paths.Count == 0) return;
        var free = _paths.Order().Select(context.View.OnDisk).OfType<IndexRow>().Where(row => context.Judgement.Permits(ChangeOf(row))).ToList();
        Release(free.FindAll(row => !row.Entry.IsAbsent).ConvertAll(row => row with { Stamp = default }), free.FindAll(row => row.Entry.IsAbsent).ConvertAll(TakenBack));
    }

    /// <summary>The user takes back what was changed at a path and below it.</summary>
    public void TakeBack(EntryPath path) =>
        Release([], [.. _paths.Where(p => p == path || p.IsBelow(path)).Order().Select(context.View.OnDisk).OfType<IndexRow>().Select(TakenBack)]);

    /// <summary>Whether what the folder is to show has to wait: what stays on this disk is no directory where one would have to be for it, or lies in what would have to be none.</summary>
    public bool Blocks(Placement wanted) => _paths.Count > 0
        && (wanted.Path.Ancestors().Any(a => _paths.Contains(a) && context.View.OnDisk(a) is { LocalOnly: true, Entry.Kind: EntryKind.File or EntryKind.Symlink })
            || wanted.Entry.Kind != EntryKind.Directory && _above.ContainsKey(wanted.Path) && _paths.Any(p => p.IsBelow(wanted.Path) && context.View.OnDisk(p) is { Entry.IsAbsent: false }));

    private void Release(List<IndexRow> toLookAt, List<IndexRow> toShow)
    {
        if (toLookAt.Count + toShow.Count == 0) return;
        var batch = new CommitBatch();
        foreach (var row in toLookAt.Concat(toShow)) batch.Index[row.Path] = row;
        context.Commit(batch, flushed: false, () => Released?.Invoke(toLookAt.ConvertAll(r => r.Path), toShow.ConvertAll(r => r.Path)), _ => { });
    }

    private bool Remove(EntryPath path)
    {
        if (!_paths.Remove(path)) return false;
        foreach (var above in path.Ancestors())
            if (--_above[above] == 0) _above.Remove(above);
        context.Emit(new ProblemEffect(path, null));
        return true;
    }

    // What the folder shows there, below and beside it, waits from now on, or no more.
    private void ShowAnew(EntryPath path)
    {
        Changed?.Invoke([path, .. context.View.LiveBelow(path), .. CopyName.OriginOf(path) is { } origin ? [origin] : Array.Empty<EntryPath>(), .. path.Ancestors().Where(a => !a.IsRoot)]);
    }

    // It stands on nothing any more, so whatever the folder shows there is put in its place.
    private static IndexRow TakenBack(IndexRow row) => row with { LocalOnly = false, Shown = default };

    private void Add(IndexRow row)
    {
        if (_paths.Add(row.Path)) foreach (var above in row.Path.Ancestors()) _above[above] = _above.GetValueOrDefault(above) + 1;
        var (what, change) = (row.Entry.IsAbsent ? "removed" : "changed", ChangeOf(row));
        context.Problem(row.Path, ProblemKind.Denied, $"What was {what} here stays on this disk and is not spread: {context.Judgement.ReasonAgainst(change)}. Restore-VfsFile takes it back.");
    }

    private static Change ChangeOf(IndexRow row) => new(0, row.Path, row.Entry, row.Vector);
}
