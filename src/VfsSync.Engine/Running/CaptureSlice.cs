using System.Diagnostics;
using System.Security.Cryptography;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.Session;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Running;

/// <summary>Chunks on their way into the packs of history: read, verified and sealed one by one, a few megabytes with one flush. All that a capture holds in memory.</summary>
internal sealed class CaptureSlice(IFolderStore store, KeyRing keys)
{
    private const int MostBytes = 4 << 20, MostTurns = 1000;

    private readonly byte[] _plain = new byte[Chunker.Max];
    private readonly List<SealedChunk> _chunks = [];
    private readonly HashSet<ChunkId> _ids = [];
    private readonly List<long> _done = [];
    private long _bytes;
    private TimeSpan _worked;

    public bool IsFull => _bytes >= MostBytes || _done.Count >= MostTurns;

    /// <summary>Whether a chunk is captured, or is about to be.</summary>
    public bool Has(ChunkId id) => _ids.Contains(id) || store.HasChunk(id);

    /// <summary>Takes a chunk; false if what is read is not what its name says.</summary>
    public bool Add(ChunkRef chunk, Func<Memory<byte>, int> read)
    {
        var start = Stopwatch.GetTimestamp();
        var bytes = _plain.AsMemory(0, chunk.Length);
        var good = read(bytes) == chunk.Length && keys.IdOf(bytes.Span) == chunk.Id;
        if (good) Seal(chunk.Id, bytes.Span);
        _worked += Stopwatch.GetElapsedTime(start);
        return good;
    }

    /// <summary>With the next flush this turn is done.</summary>
    public void Done(long turn) => _done.Add(turn);

    /// <summary>The time that reading, sealing and writing have taken since this was asked last.</summary>
    public TimeSpan TakeWorked() => (_worked, _worked = default).Item1;

    /// <exception cref="IOException">The disk refuses; what was gathered is dropped.</exception>
    public void Flush()
    {
        if (_chunks.Count + _done.Count == 0) return;
        var start = Stopwatch.GetTimestamp();
        try
        {
            store.Capture(_chunks, _done);
        }
        finally
        {
            Drop();
        }
        _worked += Stopwatch.GetElapsedTime(start);
    }

    public void Drop()
    {
        foreach (var chunk in _chunks) chunk.Return();
        _chunks.Clear();
        _ids.Clear();
        _done.Clear();
        _bytes = 0;
    }

    private void Seal(ChunkId id, ReadOnlySpan<byte> bytes)
    {
        Span<byte> nonce = stackalloc byte[12];
        RandomNumberGenerator.Fill(nonce);
        var made = keys.SealRented(id, bytes, nonce, tryCompress: true);
        _chunks.Add(made);
        _ids.Add(id);
        _bytes += made.Bytes.Length;
    }
}
