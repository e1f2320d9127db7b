using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Session;

/// <summary>One course of an author's log in the place of another, in one commit.</summary>
/// <param name="First">From this record on, what is here is set aside.</param>
/// <param name="Batch">Does so; the other course's records are added to it.</param>
/// <param name="Touched">Paths of which a version is set aside.</param>
/// <param name="Affected">Paths that may show something else without what was set aside, also by renames that nobody knows of any more.</param>
/// <param name="Unknown">
/// Paths to look at: what they hold this node itself had written, in an epoch before the one before. No other disk says it anew, so it is a change of this one's.
/// </param>
internal sealed record Replacement(Dot First, CommitBatch Batch, HashSet<EntryPath> Touched, IReadOnlyCollection<EntryPath> Affected, IReadOnlyCollection<EntryPath> Unknown)
{
    public static Replacement Of(Dot first, SessionContext context)
    {
        var view = context.View;
        var batch = new CommitBatch { SetAside = { [first.Author] = first.Number } };
        var touched = view.VersionsFrom(first).Select(v => v.Path).ToHashSet();
        foreach (var path in touched) batch.Heads[path] = Left(view.Versions(path), first).Aggregate((IReadOnlyList<Version>)[], Fold.With);
        var affected = context.Showing.AffectedBy(touched).Concat(touched).Where(p => !p.IsRoot).ToHashSet();
        var place = new Replacement(first, batch, touched, affected, []);
        return place with { Unknown = place.Forget(affected.SelectMany(p => Rows(p, view)).DistinctBy(r => r.Path), batch, context) };
    }

    /// <summary>What the index is to say of these rows without what is set aside, and the paths to look at: see <see cref="Unknown"/>.</summary>
    public IReadOnlyCollection<EntryPath> Forget(IEnumerable<IndexRow> rows, CommitBatch batch, SessionContext context)
    {
        var unknown = new List<EntryPath>();
        foreach (var row in rows)
        {
            if (!IsIn(row.Shown, First) && !(Touched.Contains(row.Path) && row.Vector[First.Author] >= First.Number)) continue;
            var isOwn = context.Identity.HasBeen(First.Author.Node) && IsIn(row.Shown, First) && !row.Entry.IsAbsent;
            batch.Index[row.Path] = isOwn ? null : Forget(row, First, context.View);
            if (isOwn) unknown.Add(row.Path);
        }
        return unknown;
    }

    private static IEnumerable<IndexRow> Rows(EntryPath path, IFolderView view) =>
        view.OnDisk(path) is { } row ? view.ShownFor(path).Prepend(row) : view.ShownFor(path);

    // The next change on this disk has not seen the records that take those numbers now. What it has seen is told by versions alone: a vector holds those of all its ancestors.
    private static IndexRow Forget(IndexRow row, Dot first, IFolderView view) => row with
    {
        Shown = IsIn(row.Shown, first) ? default : row.Shown,
        Vector = row.Vector[first.Author] < first.Number ? row.Vector
            : Left(view.Versions(row.Path), first).Where(v => row.Vector.Contains(v.Dot)).Aggregate(VersionVector.Empty, (seen, v) => seen.Join(v.Vector)),
    };

    private static IEnumerable<Version> Left(IEnumerable<Version> versions, Dot first) => versions.Where(v => !IsIn(v.Dot, first));

    private static bool IsIn(Dot dot, Dot first) => dot.Author == first.Author && dot.Number >= first.Number;
}
