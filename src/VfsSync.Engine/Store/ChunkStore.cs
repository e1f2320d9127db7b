using System.Collections.Concurrent;
using VfsSync.Core.Content;
using VfsSync.Core.Session;

namespace VfsSync.Engine.Store;

/// <summary>
/// Sealed chunks: those of a small commit lie in a table of vfs.db, so that the commit needs one flush; more go into packs, flushed before the commit that
/// indexes them (figures in docs/decisions/010). Chunks kept without a commit wait in memory for the next flushed one to be indexed; their bytes are in a pack.
/// What is captured for history has packs of its own, so that appending to them and flushing them holds up no commit.
/// </summary>
internal sealed class ChunkStore : IDisposable
{
    /// <summary>Chunks of one commit up to this size go into the table.</summary>
    public const int SmallBytes = 64 * 1024;

    private readonly ReaderPool _readers;
    private readonly PackFiles _packs, _history;
    private readonly ConcurrentDictionary<ChunkId, ChunkSpot> _waiting = new();
    private readonly ConcurrentDictionary<ChunkId, ChunkSpot> _damaged = new();

    public ChunkStore(Database writer, ReaderPool readers, PackFiles packs, PackFiles history)
    {
        (_readers, _packs, _history) = (readers, packs, history);
        packs.Lost += Forget;
        history.Lost += (pack, from) => Forget(-pack, from);
        var indexed = IndexedEnds(writer);
        foreach (var (number, end) in indexed)
            if ((number < 0 ? history.LengthOf(-number) : packs.LengthOf(number)) is var length && length < end) ForgetLost(writer, number, length);
        if (HasLost) indexed = IndexedEnds(writer);
        foreach (var (id, spot) in packs.Adopt(indexed)) _waiting[id] = spot;
        var captured = indexed.Where(i => i.Key < 0).ToDictionary(i => -i.Key, i => i.Value);
        foreach (var (id, spot) in history.Adopt(captured)) _waiting[id] = spot.InHistory;
    }

    /// <summary>Packs, or ends of them, are gone since they were indexed: somebody made room, or restored a part of `.vfs`.</summary>
    public bool HasLost { get; private set; }

    public bool HasWaiting => !_waiting.IsEmpty;

    public bool Has(ChunkId id) => Find(id) is not null;

    /// <summary>Whether a chunk lies in the packs of history alone.</summary>
    public bool IsCaptured(ChunkId id) => Find(id) is { IsHistory: true };

    public bool TryRead(ChunkId id, out ReadOnlyMemory<byte> sealedBytes)
    {
        sealedBytes = default;
        if (Find(id) is not { } spot) return false;
        var bytes = spot.Pack == 0 ? ReadSmall(spot) : spot.IsHistory ? _history.Read(id, spot.InHistory) : _packs.Read(id, spot);
        // "Gone" is an answer: it is fetched again, and the new copy takes the damaged one's place.
        if (bytes is null) _damaged[id] = spot;
        sealedBytes = bytes;
        return bytes is not null;
    }

    /// <summary>Its bytes are not what its name says: the next ones that come take their place.</summary>
    public void Distrust(ChunkId id)
    {
        if (Find(id) is { } spot) _damaged[id] = spot;
    }

    /// <summary>Appends to the packs; indexed by the next flushed commit.</summary>
    public void Add(IReadOnlyList<SealedChunk> chunks)
    {
        foreach (var (id, spot) in _packs.Append(Missing(chunks))) Await(id, spot);
    }

    /// <summary>Appends to the packs of history and flushes them; <see cref="IndexCaptured"/> follows. One thread at a time, beside the one that commits.</summary>
    public void Capture(IReadOnlyList<SealedChunk> chunks, bool replace)
    {
        var spots = _history.Append([.. chunks.DistinctBy(c => c.Id).Where(c => replace || !Has(c.Id))]);
        _history.Flush();
        foreach (var (id, spot) in spots) Await(id, spot.InHistory);
    }

    /// <summary>Indexes what was captured. Returns what to <see cref="Publish"/> once committed.</summary>
    public IReadOnlyCollection<KeyValuePair<ChunkId, ChunkSpot>> IndexCaptured(Database writer) => Index(writer, [.. _waiting.Where(w => w.Value.IsHistory)]);

    /// <summary>Writes the chunks of a batch and, in a flushed commit, indexes those that wait. Returns what to <see cref="Publish"/> once committed.</summary>
    public IReadOnlyCollection<KeyValuePair<ChunkId, ChunkSpot>> Write(Database writer, IReadOnlyList<SealedChunk> chunks, bool flushed)
    {
        var missing = Missing(chunks);
        var inTable = missing.Sum(c => (long)c.Bytes.Length) <= SmallBytes;
        if (!inTable) Add(missing);
        // A chunk of this batch that already waits must be as safe as the rest of the batch.
        var index = flushed || chunks.Any(c => _waiting.ContainsKey(c.Id));
        if (inTable) foreach (var chunk in missing) AddSmall(writer, chunk);
        return index ? IndexWaiting(writer) : [];
    }

    public void Publish(IReadOnlyCollection<KeyValuePair<ChunkId, ChunkSpot>> indexed)
    {
        // One that was captured anew since then still waits.
        foreach (var spot in indexed) _waiting.TryRemove(spot);
    }

    public void Dispose()
    {
        _packs.Dispose();
        _history.Dispose();
    }

    private static Dictionary<int, long> IndexedEnds(Database writer)
    {
        var indexed = new Dictionary<int, long>();
        using var row = writer["select number, indexed from pack"];
        while (row.Step()) indexed[(int)row.Int(0)] = row.Int(1);
        return indexed;
    }

    private void ForgetLost(Database writer, int pack, long length)
    {
        HasLost = true;
        writer.Begin(full: false);
        writer["delete from chunk where pack = ? and offset + length + ? > ?"].Bind(pack).Bind(PackFrame.HeaderLength).Bind(length).Run();
        writer["update pack set indexed = ? where number = ?"].Bind(length).Bind(pack).Run();
        writer.Commit();
    }

    private void Forget(int pack, long from)
    {
        foreach (var (id, spot) in _waiting)
            if (spot.Pack == pack && spot.Offset >= from) _waiting.TryRemove(new(id, spot));
    }

    private void Await(ChunkId id, ChunkSpot spot)
    {
        _waiting[id] = spot;
        _damaged.TryRemove(id, out _);
    }

    // First what waits, then the table: a chunk leaves the first only after it is in the second.
    private ChunkSpot? Find(ChunkId id)
    {
        var spot = _waiting.TryGetValue(id, out var waiting) ? waiting : _readers.Read(id, Look);
        return spot is { } s && _damaged.TryGetValue(id, out var damaged) && damaged == s ? null : spot;
    }

    private static ChunkSpot? Look(Database database, ChunkId id)
    {
        Span<byte> key = stackalloc byte[Hash256.Length];
        id.Hash.CopyTo(key);
        using var row = database["select pack, offset, length from chunk where id = ?"].Bind(key);
        return row.Step() ? new ChunkSpot((int)row.Int(0), row.Int(1), (int)row.Int(2)) : null;
    }

    private byte[]? ReadSmall(ChunkSpot spot) => _readers.Read(spot.Offset, static (database, id) =>
    {
        using var row = database["select bytes from small where id = ?"].Bind(id);
        return row.Step() ? row.Blob(0).ToArray() : null;
    });

    // What lies in history alone is stored once more: a small content goes with its record to peers, and history may be shortened.
    private List<SealedChunk> Missing(IReadOnlyList<SealedChunk> chunks)
    {
        var missing = new List<SealedChunk>(chunks.Count);
        var seen = new HashSet<ChunkId>();
        foreach (var chunk in chunks)
            if (seen.Add(chunk.Id) && Find(chunk.Id) is null or { IsHistory: true }) missing.Add(chunk);
        return missing;
    }

    private static void AddSmall(Database writer, SealedChunk chunk)
    {
        writer["insert into small(bytes) values(?)"].Bind(chunk.Bytes.Span).Run();
        Index(writer, chunk.Id, new ChunkSpot(0, writer.LastRowId, chunk.Bytes.Length));
    }

    private KeyValuePair<ChunkId, ChunkSpot>[] IndexWaiting(Database writer)
    {
        if (_waiting.IsEmpty) return [];
        _packs.Flush();
        return Index(writer, [.. _waiting]);
    }

    private static KeyValuePair<ChunkId, ChunkSpot>[] Index(Database writer, KeyValuePair<ChunkId, ChunkSpot>[] flushed)
    {
        var ends = new SortedDictionary<int, long>();
        foreach (var (id, spot) in flushed)
        {
            Index(writer, id, spot);
            ends[spot.Pack] = Math.Max(ends.GetValueOrDefault(spot.Pack), spot.Offset + new PackFrame(id, spot.Length).TotalLength);
        }
        foreach (var (pack, end) in ends)
            writer["insert into pack(number, indexed) values(?1, ?2) on conflict(number) do update set indexed = max(indexed, ?2)"].Bind(pack).Bind(end).Run();
        return flushed;
    }

    private static void Index(Database writer, ChunkId id, ChunkSpot spot)
    {
        Span<byte> key = stackalloc byte[Hash256.Length];
        id.Hash.CopyTo(key);
        writer["insert or replace into chunk(id, pack, offset, length) values(?, ?, ?, ?)"].Bind(key).Bind(spot.Pack).Bind(spot.Offset).Bind(spot.Length).Run();
    }
}
