using VfsSync.Core.Reconcile;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Session;

/// <summary>
/// What was looked up since the last commit, remembered: a decision asks for the same heads and rows many times (a directory's for each file in it).
/// Only the session commits, so nothing it remembers is stale until it says so with <see cref="Forget"/>.
/// </summary>
internal sealed class MemoView(IFolderView view) : IFolderView
{
    private const int Most = 20_000, MostBelow = 200_000;

    private readonly Dictionary<EntryPath, IReadOnlyList<Version>> _heads = [], _moved = [], _movedBelow = [], _firstMovedBelow = [], _versions = [];
    private readonly Dictionary<EntryPath, IndexRow?> _rows = [];
    private readonly Dictionary<EntryPath, IReadOnlyList<EntryPath>> _below = [], _firstBelow = [];
    private int _heldBelow;

    /// <summary>A commit is done.</summary>
    public void Forget()
    {
        _heads.Clear();
        _moved.Clear();
        _movedBelow.Clear();
        _firstMovedBelow.Clear();
        _versions.Clear();
        _rows.Clear();
        _below.Clear();
        _firstBelow.Clear();
        _heldBelow = 0;
    }

    public IReadOnlyList<Version> Heads(EntryPath path) => Known(_heads, path, view.Heads);

    public IReadOnlyList<Version> HeadsMovedTo(EntryPath target) => Known(_moved, target, view.HeadsMovedTo);

    public IReadOnlyList<Version> HeadsMovedBelow(EntryPath directory, int limit = int.MaxValue) => limit switch
    {
        1 => Known(_firstMovedBelow, directory, d => view.HeadsMovedBelow(d, 1)),
        int.MaxValue => Known(_movedBelow, directory, d => view.HeadsMovedBelow(d)),
        _ => view.HeadsMovedBelow(directory, limit),
    };

    public IndexRow? OnDisk(EntryPath path) => Known(_rows, path, view.OnDisk);

    public IReadOnlyList<EntryPath> LiveBelow(EntryPath directory, int limit = int.MaxValue)
    {
        if (_below.TryGetValue(directory, out var known)) return known.Count <= limit ? known : [.. known.Take(limit)];
        if (limit == 1) return Known(_firstBelow, directory, d => view.LiveBelow(d, 1));
        var below = view.LiveBelow(directory, limit);
        if (below.Count >= limit) return below;
        if (_below.Count >= Most || (_heldBelow += below.Count) > MostBelow)
        {
            _below.Clear();
            _heldBelow = below.Count;
        }
        return _below[directory] = below;
    }

    public VersionVector Cursor => view.Cursor;

    public long LastSequence => view.LastSequence;

    public RecordId RecordIdOf(Dot dot) => view.RecordIdOf(dot);

    public IReadOnlyList<RecordHeader> FirstHeaders() => view.FirstHeaders();

    public IReadOnlyList<Version> VersionsFrom(Dot first) => view.VersionsFrom(first);

    public IReadOnlyList<Version> DeniedFrom(Dot first) => view.DeniedFrom(first);

    public IReadOnlyList<Version> Denied(EntryPath path) => view.Denied(path);

    public RecordHeader? HeaderOf(Dot dot) => view.HeaderOf(dot);

    public IReadOnlyList<(long Sequence, SignedRecord Record)> Closed(long afterSequence, int limit) => view.Closed(afterSequence, limit);

    public IReadOnlyList<Version> Versions(EntryPath path) => Known(_versions, path, view.Versions);

    public IReadOnlyList<IndexRow> OnDiskBelow(EntryPath directory) => view.OnDiskBelow(directory);

    public IReadOnlyList<IndexRow> ShownFor(EntryPath origin) => view.ShownFor(origin);

    public IReadOnlyList<IndexRow> LocalOnly() => view.LocalOnly();

    public IReadOnlyList<IndexRow> WithInode(ulong inode) => view.WithInode(inode);

    public IReadOnlyList<EntryPath> HeadsNotShown() => view.HeadsNotShown();

    public (long Files, long Bytes) Totals() => view.Totals();

    public bool HasChunk(ChunkId id) => view.HasChunk(id);

    public bool KnowsChunk(ChunkId id) => view.KnowsChunk(id);

    private static T Known<T>(Dictionary<EntryPath, T> known, EntryPath path, Func<EntryPath, T> look)
    {
        if (known.TryGetValue(path, out var value)) return value;
        if (known.Count >= Most) known.Clear();
        return known[path] = look(path);
    }
}
