using System.Collections.Concurrent;
using System.Security.Cryptography;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Running;

/// <summary>
/// Chunks of files that are being read, sealed while they are at hand, so that whoever asks for them soon gets them without a second reading. Bounded: what
/// nobody takes in time is dropped, and read from its file when it is asked for.
/// </summary>
internal sealed class OfferedChunks(KeyRing keys)
{
    private const long MostBytes = 32 << 20;
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(250);

    private readonly object _lock = new();
    private readonly Dictionary<ChunkId, Sealed> _sealed = [];
    private readonly Queue<ChunkId> _order = new();
    private readonly ConcurrentDictionary<ChunkId, (EntryPath Path, long Offset, int Length)> _places = new();
    private long _bytes, _taken;

    /// <summary>Bytes of this file that were taken from here.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Whether chunks are kept: those who might take them have been quick so far.</summary>
    public bool Keeps { get; private set; } = true;

    /// <summary>Another file is being read: of those before only the log and the index know by now.</summary>
    public void Begin()
    {
        _places.Clear();
        lock (_lock)
        {
            while (_order.Count > 0) DropOldest();
            (Keeps, _taken) = (true, 0);
        }
    }

    /// <summary>Keeps a chunk for so many to take.</summary>
    public void Add(EntryPath path, OfferedChunk chunk, ReadOnlySpan<byte> bytes, int takers)
    {
        _places[chunk.Id] = (path, chunk.Offset, chunk.Length);
        if (!Keeps) return;
        Span<byte> nonce = stackalloc byte[12];
        RandomNumberGenerator.Fill(nonce);
        var made = takers == 1 ? keys.SealRented(chunk.Id, bytes, nonce, tryCompress: true) : new SealedChunk(chunk.Id, keys.Seal(chunk.Id, bytes, nonce, tryCompress: true));
        lock (_lock)
        {
            if (_sealed.TryAdd(chunk.Id, new Sealed(made) { Takers = takers }))
            {
                _order.Enqueue(chunk.Id);
                _bytes += made.Bytes.Length;
                return;
            }
        }
        made.Return();
    }

    /// <summary>Waits for takers while too much is kept; if nobody takes, nothing more is kept of this file.</summary>
    public void WaitForRoom()
    {
        lock (_lock)
        {
            while (Keeps && _bytes > MostBytes)
                if (!Monitor.Wait(_lock, s_patience)) GiveUp();
        }
    }

    /// <summary>Those who take are too slow to be waited for: reading goes on without them.</summary>
    public void GiveUp()
    {
        lock (_lock)
        {
            Keeps = false;
            while (_bytes > MostBytes / 2) DropOldest();
        }
    }

    /// <summary>A chunk at hand. Whoever has sent it gives its array back.</summary>
    public SealedChunk? Take(ChunkId id)
    {
        lock (_lock)
        {
            if (!_sealed.TryGetValue(id, out var found)) return null;
            _taken += found.Chunk.Bytes.Length;
            if (--found.Takers <= 0)
            {
                _sealed.Remove(id);
                _bytes -= found.Chunk.Bytes.Length;
                while (_order.TryPeek(out var oldest) && !_sealed.ContainsKey(oldest)) _order.Dequeue();
                Monitor.Pulse(_lock);
            }
            return found.Chunk;
        }
    }

    /// <summary>Where a chunk was seen that no record names yet.</summary>
    public (EntryPath Path, long Offset, int Length)? PlaceOf(ChunkId id) => _places.TryGetValue(id, out var place) ? place : null;

    private void DropOldest()
    {
        if (!_order.TryDequeue(out var id) || !_sealed.Remove(id, out var dropped)) return;
        _bytes -= dropped.Chunk.Bytes.Length;
        dropped.Chunk.Return();
    }

    private sealed class Sealed(SealedChunk chunk)
    {
        public SealedChunk Chunk { get; } = chunk;

        public int Takers { get; set; }
    }
}
