using VfsSync.Core.Reconcile;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Engine.Store;

/// <summary>
/// A store for simulations: it remembers which image is flushed and which came after, and can lose power. Deterministic: all its answers are sorted.
/// </summary>
internal sealed class MemoryFolderStore : IFolderStore
{
    private readonly Lock _writing = new();
    private readonly List<MemoryImage> _sinceFlush;
    private readonly List<SealedChunk> _loose = [];
    private volatile MemoryImage _now;
    private Exception? _nextFailure;

    public MemoryFolderStore() : this(MemoryImage.Empty) { }

    private MemoryFolderStore(MemoryImage durable)
    {
        _now = durable;
        _sinceFlush = [durable];
    }

    public VersionVector Cursor => _now.LogState.Cursor;

    public long LastSequence => _now.LogState.LastSequence;

    /// <summary>How many commits a crash may still take back.</summary>
    public int Unflushed => _sinceFlush.Count - 1;

    /// <summary>
    /// The store as it is found after power loss: what was flushed and, in order and each whole, the first of the commits after it;
    /// <paramref name="chooseKept"/> is given their number and says how many the disk had taken. A second choice tells the same of the chunks that were
    /// added without a commit: they lie in other files, in an order of their own. This store stays as it is.
    /// </summary>
    public MemoryFolderStore Crash(Func<int, int> chooseKept)
    {
        lock (_writing)
        {
            var image = _sinceFlush[chooseKept(Unflushed)].Without(_loose.Select(chunk => chunk.Id));
            return new MemoryFolderStore(image.With(_loose.Take(chooseKept(_loose.Count))));
        }
    }

    /// <summary>The next commit (also of chunks or a setting) keeps nothing and throws an IOException.</summary>
    public void FailNextCommit(string message = "No space left on device") => _nextFailure = new IOException(message);

    public void Commit(CommitBatch batch, Durability durability)
    {
        _now.LogState.Check(batch);
        Take(image => image.With(batch), durability == Durability.Flushed);
        lock (_writing) _loose.RemoveAll(loose => batch.Chunks.Exists(chunk => chunk.Id == loose.Id));
    }

    public void AddChunks(IReadOnlyList<SealedChunk> chunks)
    {
        lock (_writing)
        {
            FailIfAsked();
            _loose.AddRange(chunks.Where(chunk => !HasChunk(chunk.Id)).DistinctBy(chunk => chunk.Id));
            _now = _now.With(chunks);
        }
    }

    public void Capture(IReadOnlyList<SealedChunk> chunks, IReadOnlyList<long> done, bool replace = false)
    {
        lock (_writing)
        {
            FailIfAsked();
            _now = _now.WithCaptured(chunks, done, replace);
            for (var i = 0; i < _sinceFlush.Count; i++) _sinceFlush[i] = _sinceFlush[i].WithCaptured(chunks, [], replace);
            _sinceFlush.Add(_now);
        }
    }

    public bool IsCaptured(ChunkId id) => _now.Captured.Contains(id);

    public IReadOnlyList<(long Turn, EntryPath Path)> DueForCapture(long afterTurn, int limit) =>
        [.. _now.Due.Where(d => d.Key > afterTurn).Take(limit).Select(d => (d.Key, d.Value))];

    public void MakeAllDue() => Take(image => image.WithAllDue(), flushed: false);

    public RecordId RecordIdOf(Dot dot)
    {
        var image = _now;
        if (!image.LogState.Cursor.Contains(dot)) return default;
        if (image.LogState.Cursor[dot.Author] == dot.Number) return image.LogState.LastIds[dot.Author];
        return image.Log.Find(record => !record.Aside && record.Dot == dot).Id;
    }

    public IReadOnlyList<(long Sequence, Dot Dot, SignedRecord Record)> RecordsAfter(long afterSequence, VersionVector peerCursor, int maxRecords, int maxBytes)
    {
        var log = _now.Log;
        var found = new List<(long, Dot, SignedRecord)>();
        long bytes = 0;
        for (var i = (int)afterSequence; i < log.Count && found.Count < maxRecords && bytes < maxBytes; i++)
        {
            if (log[i].Aside || peerCursor.Contains(log[i].Dot)) continue;
            found.Add((i + 1, log[i].Dot, log[i].Record));
            bytes += log[i].Record.Length;
        }
        return found;
    }

    public IEnumerable<SignedRecord> AllRecords() => _now.Log.Where(r => !r.Aside).Select(r => r.Record);

    public IReadOnlyList<SignedRecord> SetAsideRecords() => [.. _now.Log.Where(r => r.Aside).Select(r => r.Record)];

    public IReadOnlyList<SignedRecord> ClearRecords() => [.. _now.Log.Where(r => r.Clear && !r.Aside).Select(r => r.Record)];

    public IReadOnlyList<RecordHeader> FirstHeaders() =>
        [.. _now.Log.Where(r => !r.Aside && r.Dot.Number == 1).Select(r => RecordCodec.DecodeHeader(r.Record.Header))];

    public IReadOnlyList<Version> VersionsFrom(Dot first) =>
        [.. _now.Versions.Values.SelectMany(versions => versions.Values).Where(v => v.Dot.Author == first.Author && v.Dot.Number >= first.Number)];

    public IReadOnlyList<Version> DeniedFrom(Dot first) => [.. _now.Denied.Values.Where(v => v.Dot.Author == first.Author && v.Dot.Number >= first.Number)];

    public IReadOnlyList<Version> Denied(EntryPath path) => [.. _now.Denied.Values.Where(v => v.Path == path)];

    public RecordHeader? HeaderOf(Dot dot) => _now.Log.Find(r => !r.Aside && r.Dot == dot).Record is { } record ? RecordCodec.DecodeHeader(record.Header) : null;

    public IReadOnlyList<(long Sequence, SignedRecord Record)> Closed(long afterSequence, int limit) => [.. _now.Closed.Where(s => s > afterSequence).Take(limit).Select(s => (s, _now.Log[(int)s - 1].Record))];

    public IReadOnlyList<Version> Heads(EntryPath path) => _now.Heads.GetValueOrDefault(path, []);

    public IReadOnlyList<Version> HeadsMovedTo(EntryPath target) => [.. _now.Moved.Of(target).SelectMany(Heads).Where(head => head.MovedTo == target)];

    public IReadOnlyList<Version> HeadsMovedBelow(EntryPath directory, int limit = int.MaxValue) =>
        [.. _now.Moved.Below(directory).SelectMany(moved => Heads(moved.Path).Where(head => head.MovedTo == moved.Target)).Take(limit)];

    public IReadOnlyList<EntryPath> LiveBelow(EntryPath directory, int limit = int.MaxValue) => [.. _now.Live.Below(directory).Take(limit)];

    public IReadOnlyList<Version> Versions(EntryPath path) => [.. _now.Versions.TryGetValue(path, out var versions) ? versions.Values : []];

    public IndexRow? OnDisk(EntryPath path) => _now.Index.Rows.GetValueOrDefault(path);

    public IReadOnlyList<IndexRow> OnDiskBelow(EntryPath directory) => RowsAt(index => index.Paths.Below(directory));

    public IReadOnlyList<IndexRow> ShownFor(EntryPath origin) => RowsAt(index => index.Origins.Of(origin));

    public IReadOnlyList<IndexRow> LocalOnly() => [.. Rows().Where(row => row.LocalOnly)];

    public IReadOnlyList<IndexRow> WithInode(ulong inode) => inode == 0 ? [] : RowsAt(index => index.Inodes.Of(inode));

    public IEnumerable<IndexRow> Rows() => _now.Index.Rows.Values;

    public bool HasChunk(ChunkId id) => _now.Chunks.ContainsKey(id);

    public bool KnowsChunk(ChunkId id) => HasChunk(id) || _now.Index.Holders.Of(id).Any();

    public IReadOnlyList<EntryPath> HeadsNotShown() =>
        [.. _now.Heads.Where(h => h.Value.Any(v => OnDisk(h.Key) is not { Of: null } row || row.Origin != h.Key || v.Dot != row.Shown || v.Entry.Kind != row.Entry.Kind)).Select(h => h.Key)
            .Concat(Rows().Where(r => !r.Entry.IsAbsent && !_now.Heads.ContainsKey(r.Path)).Select(r => r.Path)).Order()];

    public void Distrust(ChunkId id)
    {
        lock (_writing) _now = _now with { Chunks = _now.Chunks.Remove(id) };
    }

    public bool TryReadChunk(ChunkId id, out ReadOnlyMemory<byte> sealedBytes) => _now.Chunks.TryGetValue(id, out sealedBytes);

    public IReadOnlyList<(EntryPath Path, long Offset, int Length)> PlacesOf(ChunkId id)
    {
        var index = _now.Index;
        var found = new List<(EntryPath, long, int)>();
        foreach (var path in index.Holders.Of(id))
        {
            var offset = 0L;
            foreach (var chunk in index.Places[path])
            {
                if (chunk.Id == id) found.Add((path, offset, chunk.Length));
                offset += chunk.Length;
            }
        }
        return found;
    }

    public (long Files, long Bytes) Totals() => (_now.Index.Totals.Files, _now.Index.Totals.Bytes);

    public string? GetSetting(string name) => _now.Settings.GetValueOrDefault(name);

    public void SetSetting(string name, string? value) =>
        Take(image => image with { Settings = value is null ? image.Settings.Remove(name) : image.Settings.SetItem(name, value) }, flushed: true);

    public void Dispose() { }

    private List<IndexRow> RowsAt(Func<MemoryIndex, IEnumerable<EntryPath>> paths)
    {
        var index = _now.Index;
        return [.. paths(index).Select(path => index.Rows[path])];
    }

    private void Take(Func<MemoryImage, MemoryImage> change, bool flushed)
    {
        lock (_writing)
        {
            FailIfAsked();
            _now = change(_now);
            if (flushed)
            {
                _sinceFlush.Clear();
                _loose.Clear();
            }
            _sinceFlush.Add(_now);
        }
    }

    private void FailIfAsked()
    {
        if (Interlocked.Exchange(ref _nextFailure, null) is { } failure) throw failure;
    }
}
