using System.Collections.Concurrent;
using VfsSync.Core.Content;
using VfsSync.Core.Session;

namespace VfsSync.Engine.Store;

/// <summary>
/// Sealed chunks: those of a small commit lie in a table of vfs.db, so that the commit needs one flush; more go into packs, flushed before the commit that
/// indexes them (figures in docs/decisions/010). Chunks kept without a commit wait in memory for the next flushed one to be indexed; their bytes are in a pack.
/// </summary>
internal sealed class ChunkStore : IDisposable
{
    /// <summary>Chunks of one commit up to this size go into the table.</summary>
    public const int SmallBytes = 64 * 1024;

    private readonly ReaderPool _readers;
    private readonly PackFiles _packs;
    private readonly ConcurrentDictionary<ChunkId, ChunkSpot> _waiting = new();
    private readonly ConcurrentDictionary<ChunkId, ChunkSpot> _damaged = new();

    public ChunkStore(Database writer, ReaderPool readers, PackFiles packs)
    {
        (_readers, _packs) = (readers, packs);
        var indexed = new Dictionary<int, long>();
        using (var row = writer["select number, indexed from pack"])
        {
            while (row.Step()) indexed[(int)row.Int(0)] = row.Int(1);
        }
        foreach (var (id, spot) in packs.Adopt(indexed)) _waiting[id] = spot;
    }

    public bool HasWaiting => !_waiting.IsEmpty;

    public bool Has(ChunkId id) => Find(id) is not null;

    public bool TryRead(ChunkId id, out ReadOnlyMemory<byte> sealedBytes)
    {
        sealedBytes = default;
        if (Find(id) is not { } spot) return false;
        var bytes = spot.Pack == 0 ? ReadSmall(spot) : _packs.Read(id, spot);
        // "Gone" is an answer: it is fetched again, and the new copy takes the damaged one's place.
        if (bytes is null) _damaged[id] = spot;
        sealedBytes = bytes;
        return bytes is not null;
    }

    /// <summary>Appends to the packs; indexed by the next flushed commit.</summary>
    public void Add(IReadOnlyList<SealedChunk> chunks)
    {
        foreach (var (id, spot) in _packs.Append(Missing(chunks)))
        {
            _waiting[id] = spot;
            _damaged.TryRemove(id, out _);
        }
    }

    /// <summary>Writes the chunks of a batch and, in a flushed commit, indexes those that wait. Returns what to <see cref="Publish"/> once committed.</summary>
    public IReadOnlyCollection<ChunkId> Write(Database writer, IReadOnlyList<SealedChunk> chunks, bool flushed)
    {
        var missing = Missing(chunks);
        var inTable = missing.Sum(c => (long)c.Bytes.Length) <= SmallBytes;
        if (!inTable) Add(missing);
        // A chunk of this batch that already waits must be as safe as the rest of the batch.
        var index = flushed || chunks.Any(c => _waiting.ContainsKey(c.Id));
        if (inTable) foreach (var chunk in missing) AddSmall(writer, chunk);
        return index ? IndexWaiting(writer) : [];
    }

    public void Publish(IReadOnlyCollection<ChunkId> indexed)
    {
        foreach (var id in indexed) _waiting.TryRemove(id, out _);
    }

    public void Dispose() => _packs.Dispose();

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

    private List<SealedChunk> Missing(IReadOnlyList<SealedChunk> chunks)
    {
        var missing = new List<SealedChunk>(chunks.Count);
        var seen = new HashSet<ChunkId>();
        foreach (var chunk in chunks)
            if (seen.Add(chunk.Id) && !Has(chunk.Id)) missing.Add(chunk);
        return missing;
    }

    private static void AddSmall(Database writer, SealedChunk chunk)
    {
        writer["insert into small(bytes) values(?)"].Bind(chunk.Bytes.Span).Run();
        Index(writer, chunk.Id, new ChunkSpot(0, writer.LastRowId, chunk.Bytes.Length));
    }

    private List<ChunkId> IndexWaiting(Database writer)
    {
        if (_waiting.IsEmpty) return [];
        _packs.Flush();
        var ends = new SortedDictionary<int, long>();
        var indexed = new List<ChunkId>();
        foreach (var (id, spot) in _waiting)
        {
            Index(writer, id, spot);
            ends[spot.Pack] = Math.Max(ends.GetValueOrDefault(spot.Pack), spot.Offset + new PackFrame(id, spot.Length).TotalLength);
            indexed.Add(id);
        }
        foreach (var (pack, end) in ends)
            writer["insert into pack(number, indexed) values(?1, ?2) on conflict(number) do update set indexed = max(indexed, ?2)"].Bind(pack).Bind(end).Run();
        return indexed;
    }

    private static void Index(Database writer, ChunkId id, ChunkSpot spot)
    {
        Span<byte> key = stackalloc byte[Hash256.Length];
        id.Hash.CopyTo(key);
        writer["insert or replace into chunk(id, pack, offset, length) values(?, ?, ?, ?)"].Bind(key).Bind(spot.Pack).Bind(spot.Offset).Bind(spot.Length).Run();
    }
}
