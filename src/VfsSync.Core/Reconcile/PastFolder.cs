using VfsSync.Core.History;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Reconcile;

/// <summary>
/// What the folder showed at a moment: what is shown of all that had been written by then, by the clocks of its authors, under the policy of then. That is more than the last version
/// of each path: an edit may have stood against a removal, or have followed a rename to another path.
/// </summary>
internal sealed class PastFolder
{
    private readonly List<Placement> _shown; // in path order
    private readonly List<EntryPath> _paths;
    private readonly HashSet<EntryPath> _pending;

    /// <param name="versions">All that had been written by then, in any order.</param>
    /// <param name="nameOf">What nodes are called.</param>
    /// <param name="policyOf">Which policy holds by what has been written.</param>
    public PastFolder(IEnumerable<Version> versions, Func<NodeId, string> nameOf, Func<IHeadView, PoliciesInForce> policyOf)
    {
        var fold = new Fold();
        foreach (var version in versions) fold.Add(version);
        var showing = new Showing(fold, nameOf, remembers: true, policyOf(fold).ConflictsAt);
        showing.Survey();
        var origins = fold.LiveBelow(EntryPath.Root).SelectMany(fold.Heads).Where(h => !h.Entry.IsAbsent).Select(showing.LandsAt).ToHashSet();
        // Directories that stood only because something lay in them are shown by nobody's version.
        origins.UnionWith(origins.SelectMany(o => o.Ancestors()).Where(a => !a.IsRoot).ToList());
        // What has versions of its own stands before what is only a copy.
        var placed = origins.SelectMany(showing.At).Where(p => !p.Entry.IsAbsent).OrderBy(p => p.IsCopy).DistinctBy(p => p.Path).OrderBy(p => p.Path).ToList();
        (_shown, _pending) = (placed.FindAll(p => !p.Withdrawn), [.. placed.FindAll(p => p.Withdrawn).Select(p => p.Path)]);
        _paths = _shown.ConvertAll(p => p.Path);
    }

    /// <summary>What stood at a path; null if nothing did.</summary>
    public Placement? At(EntryPath path) => _paths.BinarySearch(path) is >= 0 and var index ? _shown[index] : null;

    /// <summary>Whether something was to stand at a path whose content nobody had any more: disks kept what they had.</summary>
    public bool IsPending(EntryPath path) => _pending.Contains(path);

    /// <summary>What stood at a path and below it, in path order.</summary>
    public IEnumerable<Placement> Below(EntryPath path)
    {
        var index = path.IsRoot ? 0 : _paths.BinarySearch(path);
        if (index < 0) index = ~index;
        for (; index < _paths.Count && (path.IsRoot || _paths[index] == path || _paths[index].IsBelow(path)); index++) yield return _shown[index];
    }
}
