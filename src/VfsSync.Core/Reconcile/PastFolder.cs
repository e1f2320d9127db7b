using VfsSync.Core.History;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Reconcile;

/// <summary>
/// What the folder showed at a moment: what is shown of all that had been written by then, by the clocks of its authors. That is more than the last version of each path: an edit
/// may have stood against a removal, or have followed a rename to another path.
/// </summary>
internal sealed class PastFolder
{
    private readonly SortedDictionary<EntryPath, Placement> _shown = [];

    /// <param name="versions">All that had been written by then, in any order.</param>
    /// <param name="nameOf">What nodes are called.</param>
    /// <param name="policyOf">What becomes of conflicts at a path.</param>
    public PastFolder(IEnumerable<Version> versions, Func<NodeId, string> nameOf, Func<EntryPath, ConflictPolicy> policyOf)
    {
        var fold = new Fold();
        foreach (var version in versions) fold.Add(version);
        var showing = new Showing(fold, nameOf, remembers: true, policyOf);
        showing.Survey();
        var origins = fold.LiveBelow(EntryPath.Root).SelectMany(fold.Heads).Where(h => !h.Entry.IsAbsent).Select(showing.LandsAt).ToHashSet();
        // Directories that stood only because something lay in them are shown by nobody's version.
        origins.UnionWith(origins.SelectMany(o => o.Ancestors()).Where(a => !a.IsRoot).ToList());
        var shown = origins.SelectMany(showing.At).Where(p => p is { Entry.IsAbsent: false, Withdrawn: false }).ToList();
        foreach (var placement in shown.OrderBy(p => p.IsCopy)) _shown.TryAdd(placement.Path, placement);
    }

    /// <summary>What stood at a path; null if nothing did.</summary>
    public Placement? At(EntryPath path) => _shown.GetValueOrDefault(path);

    /// <summary>What stood at a path and below it, in path order.</summary>
    public IEnumerable<Placement> Below(EntryPath path) => _shown.Values.Where(p => path.IsRoot || p.Path == path || p.Path.IsBelow(path));
}
