using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Session;

/// <summary>The settling of conflicts that the user touched.</summary>
internal sealed partial class LocalChanges
{
    private void SettleConflicts(Author self)
    {
        var touched = new HashSet<EntryPath>();
        var also = new List<(EntryPath At, Version Head)>();
        foreach (var path in _changes.Keys.Concat(_movedTo.Keys))
        {
            var row = OnDisk(path);
            if (row is not null && row.Origin != path) touched.Add(row.Origin);
            else if (IsLive(row) || row is not null && CoversUnshown(row)) touched.Add(path);
            // What the user saw here may be due elsewhere by now: it is changed all the same.
            if (IsLive(row) && row!.Of is { } of && View.Heads(of).FirstOrDefault(h => h.Dot == row.Shown && !h.Entry.IsAbsent) is { } seen) also.Add((row.Origin, seen));
        }
        // Settling changes more paths, and each change may overrun something.
        var looked = new HashSet<EntryPath>();
        while (_changes.Keys.Concat(_movedTo.Keys).Where(looked.Add).ToList() is { Count: > 0 } changed)
        {
            foreach (var head in changed.SelectMany(path => View.Heads(path).Where(h => IsOverrun(h, OnDisk(path), self)).Concat(Called(path)))) also.Add((_context.Showing.LandsAt(head), head));
            foreach (var path in touched.Concat(also.Select(s => s.At)).Distinct().ToList()) Settle(path, self, [.. also.Where(s => s.At == path).Select(s => s.Head)]);
            touched.Clear();
            also.Clear();
        }
    }

    // A plan had cleared the place for it, and was kept from putting it there.
    private bool CoversUnshown(IndexRow gone) => View.Heads(gone.Path).Any(h => !h.Entry.IsAbsent && gone.Vector.Contains(h.Dot) && _context.Showing.LandsAt(h) == gone.Path);

    // Where something is made anew, the rename that took away what stood there is no head any more, and what followed it would come back: it is said to be where it is shown.
    private IEnumerable<Version> Called(EntryPath path)
    {
        if (!_changes.TryGetValue(path, out var change) || change.Entry.IsAbsent || IsLive(OnDisk(path)) || !View.Heads(path).Any(h => h.MovedTo is not null)) return [];
        return View.LiveBelow(path).Prepend(path).SelectMany(View.Heads).Where(h => !h.Entry.IsAbsent && _context.Showing.LandsAt(h) is var at && at != h.Path && WasShown(at, h));
    }

    // One record settles a conflict: the path with the join of all heads that it showed, and each copy that still stands as a file of its own. A file whose
    // name a directory took (because something lies in it) is such a copy, too, though no other version stands against it.
    private void Settle(EntryPath path, Author self, IReadOnlyList<Version> also)
    {
        var row = OnDisk(path) ?? new IndexRow(path, Entry.Absent, default, default, default, path);
        var losers = View.Heads(path).Where(h => row.Vector.Contains(h.Dot) || IsOverrun(h, row, self) && _context.Showing.LandsAt(h) == path).Concat(_context.Showing.Arrivals(path).Where(h => WasShown(path, h))).Concat(also).Distinct()
            .Where(h => h is { Entry.IsAbsent: false, Withdrawn: false } && !(h.Dot == row.Shown && h.Path == path && h.Entry.SameContent(row.Entry))).ToList();
        Showing.DropMovesThatAnEditFollowed(losers); // they were never shown
        losers.RemoveAll(h => _settled.Contains((path, h)));
        var hidden = _context.Showing.At(path)[0].Shown == row.Shown ? _context.Showing.HiddenAt(path) : [];
        losers.AddRange(hidden.Where(h => h.Dot != row.Shown && !losers.Contains(h) && !_settled.Contains((path, h))));
        if (losers.Count == 0) return;
        if (!_changes.ContainsKey(path) && !_movedTo.ContainsKey(path)) _changes[path] = new Change(0, path, row.Entry, row.Vector);
        foreach (var head in losers)
        {
            _settled.Add((path, head));
            if (!head.Entry.SameContent(row.Entry) && !IsTwin(head) && !(hidden.Contains(head) && !IsLive(OnDisk(NameOfCopy(path, head))))) KeepCopy(path, head, self);
            if (head.Path != path) Retire(path, head);
            else Join(path, head.Vector);
        }

        // One copy stands for all that are equal; what becomes of it becomes of them.
        bool IsTwin(Version head) => _context.Showing.At(path).Any(p => p.IsCopy && p.Shown != head.Dot && p.Entry.SameContent(head.Entry) && losers.Exists(l => l.Dot == p.Shown));
    }

    // The change of a path has seen a head that the index does not count among what it shows.
    private void Join(EntryPath path, VersionVector vector)
    {
        if (_changes.TryGetValue(path, out var change)) _changes[path] = change with { Parents = change.Parents.Join(vector) };
        else if (_movedTo.TryGetValue(path, out var to) && _changes.TryGetValue(to, out var move)) _changes[to] = move with { FromParents = move.FromParents.Join(vector) };
    }

    // A number of one's own covers all below it: an earlier change of one's own that this path does not show (any more, or not yet) must be said anew, or it would be gone.
    // A directory that only others need stands under the same dot, and shows nothing of it.
    private static bool IsOverrun(Version head, IndexRow? row, Author self) => head is { Entry.IsAbsent: false, Withdrawn: false } && head.Dot.Author == self && !(IsLive(row) && head.Dot == row!.Shown && head.Entry.SameContent(row.Entry));

    private bool WasShown(EntryPath path, Version arrival) =>
        OnDisk(path)?.Shown == arrival.Dot || OnDisk(NameOfCopy(path, arrival))?.Shown == arrival.Dot;

    private EntryPath NameOfCopy(EntryPath path, Version head) => CopyName.Of(path, head, _context.Members.NameOf);

    private void KeepCopy(EntryPath path, Version head, Author self)
    {
        var copy = NameOfCopy(path, head);
        for (var tries = 0; tries < MostNames && IsTaken(copy, head); tries++) copy = NameOfCopy(copy, head);
        if (_changes.TryGetValue(copy, out var change))
        {
            if (change.Entry.IsAbsent) _changes.Remove(copy);
            if (change.Entry.IsAbsent && OnDisk(copy) is { } removed) _batch.Index[copy] = removed with { Entry = Entry.Absent, Origin = copy, Of = null };
            return;
        }
        if (_movedTo.ContainsKey(copy)) return;
        var row = OnDisk(copy);
        var stands = IsLive(row) ? row!.Entry : head.Entry;
        _changes[copy] = new Change(0, copy, stands, SeenAt(copy, stands, row, self));
    }

    // A user made something else at the very name of the copy, so that the copy has never stood there, or does no more.
    private bool IsTaken(EntryPath copy, Version head)
    {
        var row = OnDisk(copy);
        if (IsLive(row)) return row!.Shown != head.Dot && !row.Entry.SameContent(head.Entry);
        return _movedTo.ContainsKey(copy) || _changes.TryGetValue(copy, out var made) && !made.Entry.IsAbsent && !made.Entry.SameContent(head.Entry);
    }

    // A rename carries no content of its own, so what says something new is not told as one.
    // An edit that followed a rename is settled at the path it was made at, too; else it would come again.
    private void Retire(EntryPath path, Version head)
    {
        var from = head.Path;
        if (_changes.TryGetValue(from, out var own))
        {
            _changes[from] = own with { Parents = own.Parents.Join(head.Vector) };
            return;
        }
        // What stands there (the user brought it back, say) stays, with what it has seen.
        var stands = _seen.TryGetValue(from, out var seen) ? seen.Entry : OnDisk(from)?.Entry ?? Entry.Absent;
        var parents = View.Heads(from).Where(h => h.Entry.IsAbsent || h.Dot == head.Dot).Aggregate(head.Vector, (v, h) => v.Join(h.Vector));
        if (!stands.IsAbsent) _changes.Add(from, new Change(0, from, stands, parents));
        else if (_changes.TryGetValue(path, out var change) && change.MovedFrom is null && change.Entry.SameContent(head.Entry))
            _changes[path] = change with { MovedFrom = from, FromParents = parents };
        else _changes.TryAdd(from, new Change(0, from, Entry.Absent, parents));
    }
}
