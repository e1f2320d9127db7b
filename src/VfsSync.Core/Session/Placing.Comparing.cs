using VfsSync.Core.Reconcile;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Session;

/// <summary>What is behind: what Fold shows, compared with what the index says that this disk holds.</summary>
internal sealed partial class Placing
{
    /// <summary>Notes what a stop or a crash left undone: what no row shows, and what a row shows where it stood before a rename elsewhere carried it on.</summary>
    public void Begin()
    {
        LookAtPolicy();
        HeadsChanged(_context.View.HeadsNotShown().Concat(WhereSomethingFollows()), 0);
    }

    // Of all that was ever renamed, most has left nothing behind.
    private IEnumerable<EntryPath> WhereSomethingFollows() => _context.View.HeadsMovedBelow(EntryPath.Root).Select(h => h.Path).Distinct()
        .Where(p => _context.View.LiveBelow(p, 1).Count > 0 || _context.View.Heads(p).Any(h => !h.Entry.IsAbsent));

    /// <summary>The heads of these paths changed: notes every displayed path that now shows something else.</summary>
    public void HeadsChanged(IEnumerable<EntryPath> paths, long sequence)
    {
        var changed = paths.ToList();
        if (changed.Contains(PoliciesInForce.File) && LookAtPolicy())
        {
            changed.AddRange(_context.View.HeadsNotShown()); // conflicts are among them
            _context.Emit(new PolicyEffect());
        }
        var origins = CompareAll(changed, sequence);
        if (origins.Any(o => _context.View.Heads(o).Any(h => h.MovedTo is not null))) RecheckLater();
    }

    private List<EntryPath> CompareAll(IEnumerable<EntryPath> changed, long sequence)
    {
        var origins = _context.Showing.AffectedBy(changed).Where(p => !p.IsRoot).ToList();
        if (origins.Count > Many && origins.Count > _context.View.Totals().Files / 4) _context.Showing.Survey();
        foreach (var origin in origins) Compare(origin, sequence);
        return origins;
    }

    private bool LookAtPolicy()
    {
        var before = _context.Policy.Mistake;
        var isOther = _context.Policy.Look();
        if (isOther)
        {
            _context.Showing.Forget();
            PolicyChanged?.Invoke();
        }
        if (before != _context.Policy.Mistake) _context.Emit(new ProblemEffect(PoliciesInForce.File, _context.Policy.Mistake));
        return isOther;
    }

    // Renames that cross each other touch more paths than their own: once it is quiet, everything that the heads say is compared with the index.
    private void RecheckLater()
    {
        _recheckAtMs = _context.NowMs + RecheckMs;
        _context.Emit(new WakeEffect(_recheckAtMs));
    }

    private void Recheck()
    {
        if (_context.NowMs < _recheckAtMs) return;
        _recheckAtMs = long.MaxValue;
        CompareAll(_context.View.HeadsNotShown(), _context.View.LastSequence);
    }

    // A directory takes along what has no business at its new place: what its author had removed before the rename.
    private void CompareCarried(EntryPath directory, long sequence)
    {
        foreach (var row in _context.View.OnDiskBelow(directory))
            if (!row.Entry.IsAbsent) Note(row.Path, row.Origin, sequence);
    }

    private void Compare(EntryPath origin, long sequence)
    {
        var paths = _context.Showing.At(origin).Select(p => p.Path).ToHashSet();
        paths.UnionWith(_context.View.ShownFor(origin).Select(r => r.Path));
        paths.UnionWith(_behind.For(origin));
        foreach (var path in paths) Note(path, origin, sequence);
    }

    private void Note(EntryPath path, EntryPath origin, long sequence)
    {
        var wanted = Wanted(path, origin);
        if (!IsShown(wanted))
        {
            var wasPending = _behind.Of(path)?.Pending == true;
            if (_behind.Add(wanted, sequence)) _open.Add(path);
            if (wasPending != wanted.Withdrawn) _context.Emit(new ProblemEffect(path, wanted.Withdrawn ? PlacingProblems.Nowhere(wanted, _context.Members) : null));
        }
        else if (_behind.Remove(path) is { } was)
        {
            if (was.Failed || was.Pending) _context.Emit(new ProblemEffect(path, null));
            if (!UnderWay.Contains(path)) _staging.Release(path);
        }
    }

    // A copy that is to stand at the path itself is all there is of that version as long as it cannot be put there.
    private bool IsStillNeeded(Placement gone, Dictionary<EntryPath, Placement> wanted) =>
        _context.View.OnDisk(gone.Path) is { Entry.IsAbsent: false } copy && copy.Origin != copy.Path && !wanted.ContainsKey(copy.Origin)
        && _behind.Of(copy.Origin) is { } behind && Wanted(copy.Origin, behind.Origin).Shown == copy.Shown;

    // A copy whose name was cut to fit does not tell by its name what it stands beside; the index does.
    private Placement Wanted(EntryPath path, EntryPath origin) => _context.Showing.Wanted(path, origin != path ? origin : _context.View.OnDisk(path)?.Origin ?? path, Stands);

    private bool Stands(Placement copy) => _context.View.OnDisk(copy.Path) is { Entry.IsAbsent: false } row && (row.Shown == copy.Shown || row.Entry.SameContent(copy.Entry));

    private bool IsShown(Placement wanted)
    {
        var row = _context.View.OnDisk(wanted.Path);
        if (_context.LocalOnly.Blocks(wanted)) return true;
        if (row is null) return wanted.Entry.IsAbsent && wanted.Vector.IsEmpty;
        if (row.IsKeptFrom(wanted.Entry)) return true;
        // A copy that is to stand at the path itself stays until it does.
        if (wanted.Entry.IsAbsent && row.Origin != row.Path && _context.LocalOnly.Blocks(_context.Showing.At(row.Origin)[0])) return true;
        return row.Entry == wanted.Entry && row.Vector == wanted.Vector && row.Shown == wanted.Shown && row.Origin == wanted.Origin && row.Of == wanted.Of;
    }
}
