using VfsSync.Core.Reconcile;
using VfsSync.Core.Content;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk;

/// <summary>Looks at paths and tells what differs from the index. It reads only what has another stamp, and leaves long files to be read apart.</summary>
/// <param name="folder">The disk.</param>
/// <param name="view">What the disk was last known to hold.</param>
/// <param name="reader">Reads contents.</param>
/// <param name="expand">The chunks of a known content.</param>
internal sealed class Scanner(IWorkingFolder folder, IFolderView view, ContentReader reader, Func<Manifest, IReadOnlyList<ChunkRef>?> expand)
{
    /// <summary>Files longer than this are read apart, so that small ones do not wait for them.</summary>
    public const long LargeFile = 4 * 1024 * 1024;

    public ScannedInput Scan(IReadOnlyList<ScanTarget> targets, CancellationToken cancellation)
    {
        var look = new ScanRun(folder, view, reader, expand, cancellation);
        foreach (var target in targets) look.At(target);
        look.WhereItCameFrom();
        return look.Result(emptied: targets.Any(t => t is { Path.IsRoot: true, Deep: true }));
    }
}

/// <summary>One scan under way.</summary>
internal sealed class ScanRun(IWorkingFolder folder, IFolderView view, ContentReader reader, Func<Manifest, IReadOnlyList<ChunkRef>?> expand, CancellationToken cancellation)
{
    private readonly List<Observation> _seen = [];
    private readonly List<(EntryPath, FileStamp)> _large = [];
    private readonly List<EntryPath> _open = [];
    private readonly List<Problem> _problems = [];
    private readonly List<EntryPath> _clear = [];
    private readonly Dictionary<EntryPath, bool> _origins = [];
    private long _found;

    public ScannedInput Result(bool emptied) => new(_seen, _large, _open, _problems, _clear, emptied && _found == 0);

    public void At(ScanTarget target)
    {
        var row = target.Path.IsRoot ? null : view.OnDisk(target.Path);
        if (!TryLook(target.Path, out var sighting)) return;
        if (target.Deep && sighting.Kind != EntryKind.Directory) AllGone(target.Path, null); // Also where the index no longer knows of the directory itself.
        Visit(target.Path, sighting, row, target.Deep, target.Open, below: null);
    }

    /// <summary>What came to a new name by a rename is missing at another: both are seen in one look, or a rename would be told as a file that came and one that went.</summary>
    public void WhereItCameFrom()
    {
        if (_origins.Count == 0) return;
        var looked = _clear.Concat(_seen.Select(s => s.Path)).ToHashSet();
        // What stands there now may have come from elsewhere in its turn.
        while (_origins.Where(o => looked.Add(o.Key)).ToList() is { Count: > 0 } more)
            foreach (var (path, deep) in more) At(new ScanTarget(path, deep));
    }

    private void NoteOrigin(IndexRow other) => _origins[other.Path] = other.Entry.Kind == EntryKind.Directory;

    private bool TryLook(EntryPath path, out Sighting sighting)
    {
        sighting = default;
        try
        {
            sighting = folder.Look(path);
            return true;
        }
        catch (DiskProblemException e)
        {
            _problems.Add(e.Problem);
            return false;
        }
    }

    private void Visit(EntryPath path, Sighting sighting, IndexRow? row, bool deep, bool open, RowsBelow? below)
    {
        cancellation.ThrowIfCancellationRequested();
        _clear.Add(path);
        var live = row is { Entry.IsAbsent: false };
        // Also where the index knows of the file, and still of what lay in the directory before it.
        if (sighting.Kind != EntryKind.Directory && (below?.HasBelow(path) ?? row is { Entry.Kind: EntryKind.Directory })) AllGone(path, below);
        try
        {
            switch (sighting.Kind)
            {
                case EntryKind.Absent: if (live && row!.Placed) Gone(path); break;
                case EntryKind.Directory: Directory(path, sighting, row, deep || !live || row!.Entry.Kind != EntryKind.Directory, below); break;
                case EntryKind.Symlink: Symlink(path, sighting, row); break;
                default: File(path, sighting, row, open); break;
            }
        }
        catch (DiskProblemException e)
        {
            _clear.Remove(path);
            _problems.Add(e.Problem);
        }
    }

    private void Gone(EntryPath path) => _seen.Add(new Observation(path, Entry.Absent, default, [], []));

    private void AllGone(EntryPath directory, RowsBelow? below)
    {
        foreach (var row in below?.All.Where(r => r.Path.IsBelow(directory)) ?? view.OnDiskBelow(directory))
            if (row is { Entry.IsAbsent: false, Placed: true }) Gone(row.Path);
    }

    private void Directory(EntryPath path, Sighting sighting, IndexRow? row, bool deep, RowsBelow? below)
    {
        if (row is not { Entry.Kind: EntryKind.Directory })
            foreach (var other in view.WithInode(sighting.Stamp.Inode).Where(r => r is { Entry.Kind: EntryKind.Directory, Placed: true } && r.Path != path)) NoteOrigin(other);
        var entry = Modes.Held(folder, Entry.Directory(sighting.Stamp.Mode & 0x1FF), row);
        if (!path.IsRoot && (row is null || row.Entry != entry || !row.Stamp.SameDirectoryAs(sighting.Stamp)))
            _seen.Add(new Observation(path, entry, sighting.Stamp with { Unsure = false }, [], []));
        if (!deep) return;
        var listing = folder.List(path);
        _problems.AddRange(listing.Problems);
        _found += listing.Entries.Count + listing.Problems.Count;
        below ??= new RowsBelow(view.OnDiskBelow(path));
        var here = listing.Entries.Select(e => e.Path).Concat(listing.Problems.Select(p => p.Path)).ToHashSet();
        foreach (var (child, seen) in listing.Entries) Visit(child, seen, below.At(child), deep: true, open: false, below);
        MissingIn(path, here, below);
    }

    private void MissingIn(EntryPath directory, HashSet<EntryPath> here, RowsBelow below)
    {
        foreach (var child in below.In(directory))
        {
            if (here.Contains(child)) continue;
            if (below.At(child) is { Entry.IsAbsent: false, Placed: true }) Gone(child);
            if (below.HasBelow(child)) AllGone(child, below); // also where the index holds the directory itself for gone
        }
    }

    private void Symlink(EntryPath path, Sighting sighting, IndexRow? row)
    {
        if (row is { Entry.Kind: EntryKind.Symlink } && row.Stamp.SameAs(sighting.Stamp)) return;
        var target = folder.ReadSymlink(path);
        _seen.Add(new Observation(path, Entry.Symlink(target, sighting.Stamp.ModifiedNs), sighting.Stamp with { Unsure = false }, [], []));
    }

    private void File(EntryPath path, Sighting sighting, IndexRow? row, bool open)
    {
        if (row is { Entry.Kind: EntryKind.File, Stamp.Unsure: false } && row.Stamp.SameAs(sighting.Stamp)) return;
        if (Renamed(path, sighting.Stamp, row) is { } renamed) _seen.Add(renamed);
        else if (!open && folder.HasWriter(path)) _open.Add(path);
        else if (sighting.Stamp.Size > Scanner.LargeFile) _large.Add((path, sighting.Stamp));
        else if (reader.Read(path, isOpen: open ? folder.HasWriter : null) is { } seen) _seen.Add(seen with { Entry = Modes.Held(folder, seen.Entry, row) });
        else _open.Add(path);
    }

    // Inside a renamed directory nothing but the path changes, ctime included: such a file need not be read.
    private Observation? Renamed(EntryPath path, FileStamp stamp, IndexRow? row)
    {
        var others = view.WithInode(stamp.Inode).Where(r => r.Path != path && !r.Entry.IsAbsent).ToList();
        if (row is null or { Entry.IsAbsent: true })
            foreach (var other in others.Where(r => r.Placed)) NoteOrigin(other);
        if (stamp.Unsure) return null;
        foreach (var other in others)
        {
            if (other.Stamp.Unsure || !other.Stamp.SameAs(stamp) || other.Entry.Content is not { } content) continue;
            if (expand(content) is { } leaves) return new Observation(path, other.Entry, stamp, leaves, []);
        }
        return null;
    }
}

/// <summary>What the index has below a directory, by path and by the directory it lies in.</summary>
internal sealed class RowsBelow(IReadOnlyList<IndexRow> rows)
{
    private readonly Dictionary<EntryPath, IndexRow> _byPath = rows.ToDictionary(r => r.Path);
    private readonly Dictionary<EntryPath, HashSet<EntryPath>> _children = ByParent(rows);

    public IReadOnlyList<IndexRow> All => rows;

    public IndexRow? At(EntryPath path) => _byPath.GetValueOrDefault(path);

    /// <summary>What lies in a directory, by its own row or by one further below.</summary>
    public IReadOnlyCollection<EntryPath> In(EntryPath directory) => _children.GetValueOrDefault(directory) ?? [];

    public bool HasBelow(EntryPath path) => _children.ContainsKey(path);

    private static Dictionary<EntryPath, HashSet<EntryPath>> ByParent(IReadOnlyList<IndexRow> rows)
    {
        var children = new Dictionary<EntryPath, HashSet<EntryPath>>();
        foreach (var row in rows)
        {
            for (var path = row.Path; !path.IsRoot; path = path.Parent)
            {
                var isKnown = children.TryGetValue(path.Parent, out var known);
                if (!isKnown) children[path.Parent] = known = [];
                if (!known!.Add(path) || isKnown) break;
            }
        }
        return children;
    }
}
