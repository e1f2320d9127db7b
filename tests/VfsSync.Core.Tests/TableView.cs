using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Tests;

/// <summary>A folder's state as a test says it is: rows of the index, records of the log, chunks of the store. A batch may be committed to it.</summary>
internal sealed class TableView : IFolderView
{
    private Fold _fold = new();
    private readonly Dictionary<Dot, RecordId> _ids = [];
    private readonly HashSet<(EntryPath Path, Dot Dot)> _denied = [];

    public Dictionary<EntryPath, IndexRow> Rows { get; } = [];

    public HashSet<ChunkId> Stored { get; } = [];

    public List<ChangeRecord> Records { get; } = [];

    /// <summary>Records that no commit has opened.</summary>
    private readonly SortedDictionary<long, (Dot Dot, SignedRecord Signed)> _closed = [];

    public IReadOnlyList<(long Sequence, SignedRecord Record)> Closed(long afterSequence, int limit) => [.. _closed.Where(c => c.Key > afterSequence).Take(limit).Select(c => (c.Key, c.Value.Signed))];

    public VersionVector Cursor { get; private set; }

    public long LastSequence { get; private set; }

    public void Add(ChangeRecord record)
    {
        Records.Add(record);
        LastSequence++;
        Cursor = Cursor.With(record.Dot);
        _ids[record.Dot] = record.Id;
        foreach (var version in Version.Of(record).Where(Holds)) _fold.Add(version);
    }

    private bool Holds(Version version) => !_denied.Contains((version.Path, version.Dot));

    private void Judge(CommitBatch batch)
    {
        if (batch.Denied.Count + batch.Granted.Count == 0) return;
        _denied.UnionWith(batch.Denied.Select(v => (v.Path, v.Dot)));
        _denied.ExceptWith(batch.Granted.Select(v => (v.Path, v.Dot)));
        _fold = new Fold();
        foreach (var version in Records.SelectMany(Version.Of).Where(Holds)) _fold.Add(version);
    }

    public void Commit(CommitBatch batch)
    {
        foreach (var (author, first) in batch.SetAside) SetAside(new Dot(author, first));
        Judge(batch);
        foreach (var opened in batch.Opened)
        {
            _closed.Remove(_closed.First(c => c.Value.Dot == opened.Dot).Key);
            Records[Records.FindIndex(r => r.Dot == opened.Dot)] = opened;
            foreach (var version in Version.Of(opened).Where(Holds)) _fold.Add(version);
        }
        foreach (var (signed, record) in batch.Records)
        {
            Add(record);
            if (record.IsClosed) _closed[LastSequence] = (record.Dot, signed);
        }
        foreach (var (path, row) in batch.Index)
        {
            if (row is null) Rows.Remove(path);
            else Rows[path] = row;
        }
        foreach (var chunk in batch.Chunks) Stored.Add(chunk.Id);
    }

    private void SetAside(Dot first)
    {
        foreach (var gone in Records.Where(r => r.Dot.Author == first.Author && r.Dot.Number >= first.Number)) _ids.Remove(gone.Dot);
        foreach (var gone in _closed.Where(c => c.Value.Dot.Author == first.Author && c.Value.Dot.Number >= first.Number).ToList()) _closed.Remove(gone.Key);
        Records.RemoveAll(r => r.Dot.Author == first.Author && r.Dot.Number >= first.Number);
        Cursor = Cursor.UpTo(first with { Number = first.Number - 1 });
        _fold = Fold.Of(Records);
    }

    public IReadOnlyList<RecordHeader> FirstHeaders() => [.. Records.Where(r => r.Dot.Number == 1).Select(r => r.Header)];

    public IReadOnlyList<Version> VersionsFrom(Dot first) =>
        [.. _fold.Paths.SelectMany(_fold.Versions).Where(v => v.Dot.Author == first.Author && v.Dot.Number >= first.Number)];

    public IReadOnlyList<Version> DeniedFrom(Dot first) => [.. Denied(v => v.Dot.Author == first.Author && v.Dot.Number >= first.Number)];

    public IReadOnlyList<Version> Denied(EntryPath path) => [.. Denied(v => v.Path == path)];

    private IEnumerable<Version> Denied(Func<Version, bool> wanted) => Records.SelectMany(Version.Of).Where(v => !Holds(v) && wanted(v));

    public RecordHeader? HeaderOf(Dot dot) => Records.Find(r => r.Dot == dot)?.Header;

    public IReadOnlyList<IndexRow> LocalOnly() => [.. Rows.Values.Where(r => r.LocalOnly).OrderBy(r => r.Path)];

    public RecordId RecordIdOf(Dot dot) => _ids.GetValueOrDefault(dot);

    public IndexRow? OnDisk(EntryPath path) => Rows.GetValueOrDefault(path);

    public IReadOnlyList<IndexRow> OnDiskBelow(EntryPath directory) => [.. Rows.Values.Where(r => r.Path.IsBelow(directory)).OrderBy(r => r.Path)];

    public IReadOnlyList<IndexRow> ShownFor(EntryPath origin) => [.. Rows.Values.Where(r => r.Origin == origin).OrderBy(r => r.Path)];

    public IReadOnlyList<IndexRow> WithInode(ulong inode) => [.. Rows.Values.Where(r => r.Stamp.Inode == inode)];

    public IReadOnlyList<EntryPath> HeadsNotShown() => [.. _fold.Paths.Where(p => _fold.Heads(p).Any(h => OnDisk(p)?.Vector.Contains(h.Dot) != true)).Order()];

    public (long Files, long Bytes) Totals() => (Rows.Values.Count(r => r.Entry.Kind == EntryKind.File), Rows.Values.Sum(r => r.Entry.Size));

    public bool HasChunk(ChunkId id) => Stored.Contains(id);

    public bool KnowsChunk(ChunkId id) => Stored.Contains(id) || Rows.Values.Any(r => r.Entry.Content?.Chunks.Any(c => c.Id == id) == true);

    public IReadOnlyList<Version> Heads(EntryPath path) => _fold.Heads(path);

    public IReadOnlyList<Version> HeadsMovedTo(EntryPath target) => _fold.HeadsMovedTo(target);

    public IReadOnlyList<Version> HeadsMovedBelow(EntryPath directory, int limit = int.MaxValue) => _fold.HeadsMovedBelow(directory, limit);

    public IReadOnlyList<EntryPath> LiveBelow(EntryPath directory, int limit = int.MaxValue) => _fold.LiveBelow(directory, limit);

    public IReadOnlyList<Version> Versions(EntryPath path) => _fold.Versions(path);
}
