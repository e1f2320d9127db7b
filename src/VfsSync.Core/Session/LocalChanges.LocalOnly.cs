using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Session;

/// <summary>
/// Changes that this node may not make: they stay on this disk and are spread to nobody. Their row says what the disk holds, and goes on saying which version that stands on; nothing is
/// placed there until the user takes it back.
/// </summary>
internal sealed partial class LocalChanges
{
    // The user may have brought back what the folder shows, or gone on; what he may do by now is his change.
    private void SortLocalOnly(Observation seen, IndexRow row)
    {
        if (IsTakenBack(seen, row)) Index(row with { Entry = seen.Entry, Stamp = seen.Stamp, LocalOnly = false }, seen);
        else if (seen.Entry.IsAbsent && row.Vector.IsEmpty && row.Shown == default) _batch.Index[seen.Path] = null;
        else _changes[seen.Path] = new Change(0, seen.Path, seen.Entry, row.Vector);
    }

    private bool IsTakenBack(Observation seen, IndexRow row) =>
        row.Shown != default && View.Versions(row.Of ?? row.Path).FirstOrDefault(v => v.Dot == row.Shown) is { } stoodOn && stoodOn.Entry == seen.Entry;

    // What settling adds to what it has seen may say that this node is no admin.
    private Change WithAllHeads(Change change) => change with
    {
        Parents = View.Heads(change.Path).Aggregate(change.Parents, (v, h) => v.Join(h.Vector)),
        FromParents = change.MovedFrom is { } from ? View.Heads(from).Aggregate(change.FromParents, (v, h) => v.Join(h.Vector)) : default,
    };

    // A change where a conflict shows is recorded with all that settles it: the path itself, and each copy as a file of its own.
    private bool MaySettle(EntryPath path)
    {
        var origin = OnDisk(path)?.Origin ?? path;
        if (origin != path && !_context.Judgement.Permits(new Change(0, origin, OnDisk(origin)?.Entry ?? Entry.Absent, OnDisk(origin)?.Vector ?? default))) return false;
        return _context.Showing.At(origin).Where(p => p.IsCopy && p.Path != path).All(p => _context.Judgement.Permits(new Change(0, p.Path, p.Entry, default)));
    }

    private void KeepToSelf()
    {
        foreach (var change in _changes.Values.Where(c => !_context.Judgement.Permits(c) || Judgement.Administers(c) && !_context.Judgement.Permits(WithAllHeads(c)) || !MaySettle(c.Path) || c.MovedFrom is { } from && !MaySettle(from)).ToList())
        {
            _changes.Remove(change.Path);
            if (change.MovedFrom is { } source && _seen.TryGetValue(source, out var left)) Keep(source, left);
            if (!_seen.TryGetValue(change.Path, out var seen)) continue;
            Keep(change.Path, seen);
        }
    }

    private void Keep(EntryPath path, Observation seen)
    {
        _movedTo.Remove(path);
        var row = OnDisk(path) ?? new IndexRow(path, Entry.Absent, default, default, default, path);
        Index(row with { Entry = seen.Entry, Stamp = seen.Stamp, LocalOnly = true }, seen);
    }
}
