using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Session;

/// <summary>
/// From what a scan saw to what the node's next record says: what merely has another stamp, what a crash left unindexed, renames, and the settling of
/// conflicts that the user touched. Parents are what this disk held (the index), never what was merely received.
/// </summary>
internal sealed partial class LocalChanges
{
    private const int MostNames = 9; // a name that was cut to fit does not become another one for ever

    private readonly SessionContext _context;
    private readonly bool _atStart;
    private readonly Func<EntryPath, bool> _isFirst;
    private readonly Dictionary<EntryPath, Observation> _seen = [];
    private readonly Dictionary<EntryPath, Change> _changes = [];
    private readonly Dictionary<EntryPath, EntryPath> _movedTo = [];
    private readonly HashSet<(EntryPath At, Version Head)> _settled = [];
    private readonly Dictionary<EntryPath, IndexRow> _adopted = [];
    private readonly CommitBatch _batch = new();

    private LocalChanges(SessionContext context, bool atStart = false, Func<EntryPath, bool>? isFirst = null) => (_context, _atStart, _isFirst) = (context, atStart, isFirst ?? (_ => atStart));

    private IFolderView View => _context.View;

    // What was just taken over is what the disk holds, and what a settling change has seen.
    private IndexRow? OnDisk(EntryPath path) => _adopted.GetValueOrDefault(path) ?? View.OnDisk(path);

    /// <summary>Index rows and records for what was seen.</summary>
    /// <param name="seen">What was seen.</param>
    /// <param name="context">The session.</param>
    /// <param name="authoring">Writes the records.</param>
    /// <param name="atStart">It is the first look after a start: a plan may have been cut before the index knew of what it had done.</param>
    /// <param name="doubt">Tells which removals are not to be believed yet.</param>
    /// <param name="isFirst">Which paths have their first look after a start; all, or none, without.</param>
    public static (CommitBatch Batch, IReadOnlyList<Change> Changes) Of(
        IReadOnlyList<Observation> seen, SessionContext context, Authoring authoring, bool atStart = false,
        Func<IReadOnlyList<Observation>, IReadOnlyCollection<EntryPath>>? doubt = null, Func<EntryPath, bool>? isFirst = null)
    {
        var local = new LocalChanges(context, atStart, isFirst);
        foreach (var observation in seen) local._seen[observation.Path] = observation;
        local.Sort(authoring.Author);
        local.FindRenames();
        if (doubt is not null) foreach (var path in doubt([.. local._changes.Values.Where(c => c.Entry.IsAbsent).Select(c => local._seen[c.Path])])) local._changes.Remove(path);
        local.GiveUpPending();
        local.KeepToSelf();
        local.SettleConflicts(authoring.Author);
        local.Author(authoring);
        return (local._batch, [.. local._changes.Values.OrderBy(c => c.Path)]);
    }

    /// <summary>A record that says anew what stands on this disk, since its own author has withdrawn it; it settles what a change of the user there would.</summary>
    public static (CommitBatch Batch, IReadOnlyList<Change> Changes) SaidAnew(IndexRow row, Version withdrawn, SessionContext context, Authoring authoring)
    {
        var local = new LocalChanges(context);
        if (!local.MaySettle(row.Path)) return (local._batch, []);
        local._changes[row.Path] = new Change(0, row.Path, row.Entry, row.Path == withdrawn.Path ? row.Vector.Join(withdrawn.Vector) : row.Vector);
        local.SettleConflicts(authoring.Author);
        local.Author(authoring);
        return (local._batch, [.. local._changes.Values]);
    }

    /// <summary>A record that settles a conflict with what stands: the path says what it shows, and each copy becomes a file of its own.</summary>
    public static (CommitBatch Batch, IReadOnlyList<Change> Changes) Settling(IndexRow row, SessionContext context, Authoring authoring)
    {
        var local = new LocalChanges(context);
        if (!local.MaySettle(row.Path)) return (local._batch, []);
        local.Settle(row.Path, authoring.Author, []);
        local.Author(authoring);
        return (local._batch, [.. local._changes.Values.OrderBy(c => c.Path)]);
    }

    // Tells the user's changes from new stamps and from what a crash left unindexed.
    private void Sort(Author self)
    {
        var cut = _atStart ? CutPlans() : [];
        foreach (var seen in _seen.Values.Where(s => !cut.ContainsKey(s.Path))) Adopt(seen);
        foreach (var seen in _seen.Values)
        {
            var row = OnDisk(seen.Path);
            if (row is { LocalOnly: true })
            {
                SortLocalOnly(seen, row);
                continue;
            }
            if (seen.Entry.IsAbsent && (!IsLive(row) || !row!.Placed)) continue; // It was never here, so it cannot be gone.
            if (cut.TryGetValue(seen.Path, out var placed)) Index(placed, seen);
            else if (row is not null && row.Entry == seen.Entry) Index(row with { Stamp = seen.Stamp }, seen);
            else _changes[seen.Path] = new Change(0, seen.Path, seen.Entry, SeenAt(seen.Path, seen.Entry, row, self));
        }
    }

    // A number of this node's own covers its own earlier versions there. Where a rename has taken those away, what is made anew must have seen that, or it would pass for an edit of them.
    // What is shown there as a copy of another path's, or because it followed a rename, is no version of that path either.
    private VersionVector SeenAt(EntryPath path, Entry made, IndexRow? row, Author self) => made.IsAbsent || IsLive(row) && row!.Origin == path && row.Of is null ? row?.Vector ?? default : View.Heads(path)
        .Where(h => h.MovedTo is not null && h.FromParents.Dots.Any(d => d.Author == self)).Aggregate(row?.Vector ?? default, (v, h) => v.Join(h.Vector));

    private void Adopt(Observation seen)
    {
        var row = View.OnDisk(seen.Path);
        if (row?.Entry == seen.Entry) return;
        if (Adopted(seen, row) is not { } version)
        {
            if (_isFirst(seen.Path) && !seen.Entry.IsAbsent && IsLive(row) && PlacedByCutPlan(seen, row!) is { } placed) Index(_adopted[seen.Path] = placed, seen);
            return;
        }
        Index(_adopted[seen.Path] = new IndexRow(seen.Path, seen.Entry, seen.Stamp, (row?.Vector ?? default).Join(version.Vector), version.Dot, seen.Path), seen);
        if (version.MovedFrom is { } from) TakeAway(from, version);
    }

    // What stood there was in conflict with what a plan put in its place. Nobody who saw the one settled it with the other, and no record says so: the plan is made anew.
    private IndexRow? PlacedByCutPlan(Observation seen, IndexRow row)
    {
        if (View.Versions(seen.Path).FirstOrDefault(v => v.Entry == seen.Entry && !row.Vector.Contains(v.Dot)) is { } version)
        {
            if (version.MovedFrom is { } from) TakeAway(from, version);
            return new IndexRow(seen.Path, seen.Entry, seen.Stamp, version.Vector, version.Dot, seen.Path);
        }
        return _context.Showing.At(seen.Path)[0] is { IsCopy: false } due && due.Entry == seen.Entry && due.Shown != row.Shown
            ? new IndexRow(seen.Path, seen.Entry, seen.Stamp, default, due.Shown, seen.Path, Of: due.Of)
            : null;
    }

    // With what a plan brought here, that it is gone where it was is taken over as well: what stands there by now is no edit of it that would follow it.
    private void TakeAway(EntryPath from, Version moved)
    {
        if (View.OnDisk(from) is not { Entry.IsAbsent: false, Of: null } row || row.Origin != from || !row.Entry.SameContent(moved.Entry)) return;
        if (!_seen.TryGetValue(from, out var now) || now.Entry.SameContent(row.Entry) || View.Versions(from).FirstOrDefault(v => v.Dot == moved.Dot) is not { } gone) return;
        Index(_adopted[from] = row with { Entry = Entry.Absent, Stamp = default, Vector = row.Vector.Join(gone.Vector), Shown = gone.Dot }, null);
    }

    // What nobody has goes with the directory in which it would lie.
    private void GiveUpPending()
    {
        foreach (var path in _context.Pending.Where(p => p.Ancestors().Any(a => _changes.TryGetValue(a, out var gone) && gone.Entry.IsAbsent)))
        {
            var parents = View.Heads(path).Where(h => h.Withdrawn).Aggregate(VersionVector.Empty, (v, h) => v.Join(h.Vector));
            if (!parents.IsEmpty) _changes.TryAdd(path, new Change(0, path, Entry.Absent, parents));
        }
    }

    // A plan that was to show something elsewhere had taken it away when the node was cut off: that is no removal by the user. If it turns up at
    // a third place, though, the user took it there; and what no plan has put by was removed.
    private Dictionary<EntryPath, IndexRow> CutPlans()
    {
        var came = _seen.Values.Where(s => !s.Entry.IsAbsent && !IsLive(View.OnDisk(s.Path))).ToList();
        var (inodes, contents) = (came.Select(s => s.Stamp.Inode).ToHashSet(), came.Where(s => s.Entry.Size > 0).Select(s => s.Entry.Content).ToHashSet());
        var rows = new Dictionary<EntryPath, IndexRow>();
        foreach (var gone in _seen.Values.Where(s => s.Entry.IsAbsent))
        {
            if (View.OnDisk(gone.Path) is not { Placed: true, Entry.IsAbsent: false } row || DueElsewhere(row) is not { } due) continue;
            var there = _seen.TryGetValue(due, out var seen) && seen.Entry == row.Entry ? seen : null;
            if (there is not null) rows[due] = row with { Path = due, Stamp = there.Stamp, Vector = default, Origin = due, Of = row.Of ?? row.Path };
            else if (inodes.Contains(row.Stamp.Inode) || row.Entry.Content is { Size: > 0 } content && contents.Contains(content)) continue;
            else if (row.Entry.Size > Staging.SmallContent && !_context.Contents.IsKept(row.Entry.Content!)) continue;
            rows[row.Path] = row with { Entry = Entry.Absent, Stamp = default, Vector = default, Shown = default, Origin = row.Path, Of = null };
        }
        return rows;
    }

    private EntryPath? DueElsewhere(IndexRow row) =>
        row.Origin == row.Path && View.Heads(row.Of ?? row.Path).FirstOrDefault(h => h.Dot == row.Shown && !h.Entry.IsAbsent) is { } head
        && _context.Showing.LandsAt(head) is var due && due != row.Path ? due : null;

    // Only what dominates: a return to an older content, or an absence, is a change of the user.
    private Version? Adopted(Observation seen, IndexRow? row)
    {
        if (seen.Entry.IsAbsent) return null;
        var known = row?.Vector ?? default;
        return View.Versions(seen.Path).FirstOrDefault(v => v.Entry == seen.Entry && v.Vector.Includes(known) && v.Vector != known);
    }

    // What only followed a rename to where it was is no version of that path: its rename is told as a new file, and settled where it came from.
    private void FindRenames()
    {
        var gone = _changes.Values.Where(c => c.Entry.IsAbsent).Select(c => View.OnDisk(c.Path)).OfType<IndexRow>().Where(r => r.Origin == r.Path && r.Of is null).ToList();
        if (gone.Count == 0) return;
        var byInode = gone.GroupBy(r => r.Stamp.Inode).ToDictionary(g => g.Key, g => g.ToList());
        var byContent = gone.Where(r => r.Entry.Size > 0).GroupBy(r => r.Entry.Content!).ToDictionary(g => g.Key, g => g.ToList());
        var left = gone.Select(r => r.Path).ToHashSet();
        foreach (var change in _changes.Values.Where(c => !c.Entry.IsAbsent && !IsLive(OnDisk(c.Path))).OrderBy(c => c.Path).ToList())
        {
            var stamp = _seen[change.Path].Stamp;
            var source = Same(byInode.GetValueOrDefault(stamp.Inode), change, left, stamp)
                ?? (change.Entry.Content is { Size: > 0 } content ? Same(byContent.GetValueOrDefault(content), change, left, null) : null);
            if (source is null || !_context.Judgement.Permits(change with { MovedFrom = source.Path, FromParents = source.Vector })) continue;
            left.Remove(source.Path);
            _changes.Remove(source.Path);
            _movedTo[source.Path] = change.Path;
            _changes[change.Path] = change with { MovedFrom = source.Path, FromParents = source.Vector };
        }
    }

    private static IndexRow? Same(List<IndexRow>? rows, Change change, HashSet<EntryPath> left, FileStamp? stamp) =>
        rows?.Where(r => left.Contains(r.Path) && r.Entry.Kind == change.Entry.Kind && (r.Entry.Kind == EntryKind.Directory ? stamp is { } s && r.Stamp.SameDirectoryAs(s) : r.Entry.SameContent(change.Entry)))
            .MaxBy(r => r.Path.Name == change.Path.Name);

    private void Author(Authoring authoring)
    {
        foreach (var path in _changes.Values.Where(c => !_context.Judgement.Permits(c)).Select(c => c.Path).ToList())
        {
            _changes.Remove(path);
            if (_seen.TryGetValue(path, out var seen)) Keep(path, seen);
        }
        if (_changes.Count == 0) return;
        // A new policy comes last: what is written after it would be subject to it.
        var fresh = new HashSet<ChunkId>();
        var policy = _seen.TryGetValue(PoliciesInForce.File, out var text) ? text.Chunks : [];
        authoring.Write(_batch, [.. _changes.Values.OrderBy(Judgement.Administers).ThenBy(c => c.Path).Select(c => (c, NeededBy(c, fresh)))], policy);
        foreach (var (_, record) in _batch.Records)
        {
            BatchFold.Add(_batch, record, View);
            foreach (var version in Version.Of(record)) IndexVersion(version);
        }
        if (_batch.Records.Exists(r => r.Opened.Header.Policy is not null)) _context.Judgement.Reconsider(_batch);
    }

    private IReadOnlyList<ChunkId> NeededBy(Change change, HashSet<ChunkId> fresh)
    {
        if (change.MovedFrom is not null || change.Entry.Content is not { } content || !_seen.TryGetValue(change.Path, out var seen)) return [];
        var isNeeded = IsNeeded(OnDisk(change.Path));
        return [.. seen.Leaves.Select(l => l.Id).Concat(content.Depth > 0 ? seen.Chunks.Select(c => c.Id) : []).Where(id => isNeeded(id) && fresh.Add(id))];
    }

    // What this node kept to itself until now it knows, but nobody else does. A vault gets only what records name, and that something is known here does not tell
    // that one names it (a content kept to this disk, a log that was lost): for a vault all is named that the version before did not have.
    private Func<ChunkId, bool> IsNeeded(IndexRow? row)
    {
        if (row is { LocalOnly: true }) return static _ => true;
        if (!_context.Members.All.Any(m => m.IsVault)) return id => !View.KnowsChunk(id);
        var before = row?.Entry.Content is { } content && row.Shown != default ? _context.Contents.Expand(content) : null;
        var had = before?.Select(c => c.Id).ToHashSet() ?? [];
        return id => !had.Contains(id);
    }

    private void IndexVersion(Version version)
    {
        var row = OnDisk(version.Path);
        var seen = _seen.GetValueOrDefault(version.Path);
        // A copy that stands only in the log yet (its content is still on its way) is put on the disk by showing it.
        if (seen is null && !IsLive(row) && !version.Entry.IsAbsent) return;
        // What settling retires elsewhere may still stand there, and is removed by showing that it is gone.
        if (seen is null && IsLive(row) && version.Entry.IsAbsent) return;
        var stamp = seen?.Stamp ?? row?.Stamp ?? default;
        Index(new IndexRow(version.Path, version.Entry, stamp, version.Vector, version.Dot, version.Path, row?.LocalName, row?.Placed ?? true), seen);
    }

    private void Index(IndexRow row, Observation? seen)
    {
        _batch.Index[row.Path] = row;
        if (seen is null) return;
        if (seen.Leaves.Count > 0) _batch.Places[row.Path] = seen.Leaves;
        _batch.Chunks.AddRange(seen.Chunks);
    }

    private static bool IsLive(IndexRow? row) => row is not null && !row.Entry.IsAbsent;
}
