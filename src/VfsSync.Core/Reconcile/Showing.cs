using VfsSync.Core.History;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Reconcile;

/// <summary>
/// From heads to what a folder shows. A pure function of the heads, so all nodes that have the same records show the same tree:
/// a live head beats an absence; a directory keeps its name; else the later time wins, then the higher node; every other content stands beside it as a copy.
/// A head of a renamed path that did not know of the rename is shown at the rename's target.
/// </summary>
internal sealed class Showing(IHeadView heads, Func<NodeId, string> nameOf)
{
    private const int MaxHops = 16;
    private const int DefaultDirectoryMode = 0x1ED; // 0755

    /// <summary>All that is shown on behalf of one path: first what is at the path itself (an absence, too), then the copies beside it.</summary>
    public IReadOnlyList<Placement> At(EntryPath path)
    {
        var own = heads.Heads(path);
        var candidates = own.Where(h => !h.Entry.IsAbsent && LandsAt(h) == path).Concat(Arrivals(path)).ToList();
        DropMovesThatAnEditFollowed(candidates);
        var vector = own.Where(h => h.Entry.IsAbsent || LandsAt(h) == path).Aggregate(VersionVector.Empty, (v, h) => v.Join(h.Vector));
        candidates.Sort(WinnerFirst);
        var placed = new List<Placement>(1);
        if (candidates.Count == 0 || candidates[0].Entry.Kind != EntryKind.Directory)
            if (ImpliedDirectory(path, own) is { } implied) placed.Add(new(path, implied, vector, Newest(own), path));
        foreach (var head in candidates) Place(path, head, vector, placed);
        if (placed.Count == 0) placed.Add(new(path, Entry.Absent, vector, Newest(own), path));
        return placed;
    }

    /// <summary>The paths whose showing may change when the heads of <paramref name="path"/> do, itself included.</summary>
    public IEnumerable<EntryPath> AffectedBy(EntryPath path)
    {
        yield return path;
        foreach (var ancestor in path.Ancestors()) yield return ancestor;
        foreach (var head in heads.Heads(path))
        {
            if (head.MovedFrom is { } from) yield return from;
            if (head.MovedTo is not { } to) { if (LandsAt(head) is var at && at != path) yield return at; continue; }
            yield return to;
            if (Landing(path) is var end && end != to) yield return end;
            foreach (var below in heads.LiveBelow(path))
            {
                yield return below;
                yield return below.Rebase(path, to);
            }
        }
    }

    /// <summary>Where a live head is shown: its own path, or where a rename that it did not know of has led.</summary>
    public EntryPath LandsAt(Version head)
    {
        var at = head.Path;
        var seen = new HashSet<EntryPath> { at };
        for (var hop = 0; hop < MaxHops; hop++)
        {
            if (NextHop(at, hop == 0 ? head : null) is not { } next) return at;
            if (!seen.Add(next)) return head.Path; // Renames in a circle: everything stays where it is.
            at = next;
        }
        return at;
    }

    private EntryPath Landing(EntryPath path)
    {
        var seen = new HashSet<EntryPath> { path };
        while (seen.Count <= MaxHops && NextHop(path, null) is { } next && seen.Add(next)) path = next;
        return path;
    }

    // A file that was edited follows its own rename; what is new in a directory follows the directory's.
    private EntryPath? NextHop(EntryPath path, Version? head)
    {
        var moved = Winner(heads.Heads(path).Where(h => h.MovedTo is not null));
        if (moved is not null && (head is null ? !heads.Heads(path).Any(h => !h.Entry.IsAbsent) : SharesHistory(head, moved))) return moved.MovedTo;
        foreach (var ancestor in path.Ancestors())
        {
            var above = heads.Heads(ancestor);
            if (above.Count == 0 || above.Any(h => !h.Entry.IsAbsent)) continue;
            if (Winner(above.Where(h => h.MovedTo is not null)) is { MovedTo: { } to } && !to.IsBelow(ancestor)) return path.Rebase(ancestor, to);
        }
        return null;
    }

    /// <summary>Live heads of other paths that are shown at (or beside) this one.</summary>
    public IEnumerable<Version> Arrivals(EntryPath path)
    {
        var sources = new HashSet<EntryPath>();
        var open = new Queue<EntryPath>([path]);
        while (open.TryDequeue(out var target) && sources.Count < MaxHops * 4)
        {
            foreach (var source in SourcesOf(target))
                if (source != path && sources.Add(source)) open.Enqueue(source);
        }
        return sources.SelectMany(heads.Heads).Where(h => !h.Entry.IsAbsent && LandsAt(h) == path);
    }

    private IEnumerable<EntryPath> SourcesOf(EntryPath target)
    {
        foreach (var tombstone in heads.HeadsMovedTo(target)) yield return tombstone.Path;
        foreach (var ancestor in target.Ancestors())
            foreach (var tombstone in heads.HeadsMovedTo(ancestor)) yield return target.Rebase(ancestor, tombstone.Path);
    }

    // A rename carries no content of its own: an edit of the source that has seen what the rename moved is the newer content.
    public static void DropMovesThatAnEditFollowed(List<Version> candidates) =>
        candidates.RemoveAll(move => move.MovedFrom is { } from && candidates.Exists(edit => edit.Path == from && edit != move && edit.Vector.Includes(move.FromParents)));

    private static bool SharesHistory(Version head, Version moved) =>
        moved.FromParents.Dots.Any(dot => head.Vector[dot.Author] > 0);

    private Entry? ImpliedDirectory(EntryPath path, IReadOnlyList<Version> own)
    {
        if (own.Any(h => h.MovedTo is not null) && own.All(h => h.Entry.IsAbsent)) return null;
        if (!heads.LiveBelow(path).Any(below => heads.Heads(below).Any(h => !h.Entry.IsAbsent && LandsAt(h) == below))) return null;
        return Winner(heads.Versions(path).Where(v => v.Entry.Kind == EntryKind.Directory))?.Entry ?? Entry.Directory(DefaultDirectoryMode);
    }

    private void Place(EntryPath path, Version head, VersionVector vector, List<Placement> placed)
    {
        if (placed.Exists(p => p.Entry.SameContent(head.Entry))) return;
        var isCopy = placed.Count > 0;
        var at = isCopy ? CopyName.Of(path, head, nameOf) : path;
        placed.Add(new(at, head.Entry, isCopy ? default : vector, head.Dot, path, isCopy ? null : head.MovedFrom));
    }

    private static Dot Newest(IReadOnlyList<Version> own) => Winner(own)?.Dot ?? default;

    private static Version? Winner(IEnumerable<Version> versions) => versions.Order(Comparer<Version>.Create(WinnerFirst)).FirstOrDefault();

    private static int WinnerFirst(Version a, Version b)
    {
        var directory = (b.Entry.Kind == EntryKind.Directory).CompareTo(a.Entry.Kind == EntryKind.Directory);
        if (directory != 0) return directory;
        var time = b.Time.CompareTo(a.Time);
        return time != 0 ? time : b.Dot.CompareTo(a.Dot);
    }
}
