using System.Buffers;
using System.Security.Cryptography;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk;

/// <summary>Reads a file as one state: its stamp is taken before the content and must still hold after it.</summary>
internal sealed class ContentReader(IWorkingFolder folder, KeyRing keys, Chunker chunker)
{
    private const int BlockBytes = 4 * 1024 * 1024;
    private const int ParallelFrom = 512 * 1024;
    private const int Tries = 3;

    /// <summary>What the file holds; null if it keeps changing, or is no file any more.</summary>
    /// <exception cref="DiskProblemException">It cannot be read.</exception>
    public Observation? Read(EntryPath path, CancellationToken cancellation = default)
    {
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            if (folder.Look(path).Kind != EntryKind.File) return null;
            using var file = folder.OpenRead(path);
            if (TryRead(path, file, cancellation) is { } seen && folder.Look(path).Stamp.Inode == seen.Stamp.Inode) return seen;
        }
        return null;
    }

    /// <summary>The chunks of a file that nobody writes any more.</summary>
    public IReadOnlyList<ChunkRef> Chunks(IReadableFile file)
    {
        var leaves = new List<ChunkRef>();
        var buffer = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            TryCut(file, buffer, file.Stamp().Size, leaves, kept: null, default);
            return leaves;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private Observation? TryRead(EntryPath path, IReadableFile file, CancellationToken cancellation)
    {
        var before = file.Stamp();
        var keep = before.Size <= Staging.SmallContent;
        var kept = new List<SealedChunk>();
        var leaves = new List<ChunkRef>();
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(BlockBytes, Math.Max(before.Size + 1, 4096)));
        try
        {
            if (!TryCut(file, buffer, before.Size, leaves, keep ? kept : null, cancellation)) return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        if (!file.Stamp().SameAs(before)) return null;
        var builder = new ManifestBuilder();
        foreach (var leaf in leaves) builder.Add(leaf);
        var manifest = builder.Build(list => Keep(list, kept));
        return new Observation(path, Entry.File(manifest, before.ModifiedNs, before.Mode & 0x1FF), before, leaves, kept);
    }

    private bool TryCut(IReadableFile file, byte[] buffer, long size, List<ChunkRef> leaves, List<SealedChunk>? kept, CancellationToken cancellation)
    {
        long read = 0;
        var held = 0;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var got = file.Read(buffer.AsSpan(held), read);
            read += got;
            held += got;
            if (read > size) return false;
            var ended = held < buffer.Length;
            var cut = Cut(buffer.AsSpan(0, held), ended, out var lengths);
            Name(buffer, lengths, leaves);
            if (kept is not null) Seal(buffer, leaves, kept);
            if (ended) return read == size;
            buffer.AsSpan(cut, held - cut).CopyTo(buffer);
            held -= cut;
        }
    }

    private int Cut(ReadOnlySpan<byte> data, bool ended, out List<int> lengths)
    {
        lengths = [];
        var at = 0;
        while (at < data.Length && (ended || data.Length - at >= Chunker.Max))
        {
            var length = chunker.Cut(data[at..]);
            lengths.Add(length);
            at += length;
        }
        return at;
    }

    private void Name(byte[] buffer, List<int> lengths, List<ChunkRef> leaves)
    {
        var refs = new ChunkRef[lengths.Count];
        var offsets = new int[lengths.Count];
        for (var i = 1; i < offsets.Length; i++) offsets[i] = offsets[i - 1] + lengths[i - 1];
        void One(int i) => refs[i] = new ChunkRef(keys.IdOf(buffer.AsSpan(offsets[i], lengths[i])), lengths[i]);
        if (lengths.Sum() >= ParallelFrom) Parallel.For(0, refs.Length, One);
        else for (var i = 0; i < refs.Length; i++) One(i);
        leaves.AddRange(refs);
    }

    private void Seal(byte[] buffer, List<ChunkRef> leaves, List<SealedChunk> kept)
    {
        var at = 0;
        foreach (var leaf in leaves)
        {
            kept.Add(Seal(leaf.Id, buffer.AsSpan(at, leaf.Length)));
            at += leaf.Length;
        }
    }

    private ChunkId Keep(byte[] list, List<SealedChunk> kept)
    {
        var id = keys.IdOf(list);
        kept.Add(Seal(id, list));
        return id;
    }

    private SealedChunk Seal(ChunkId id, ReadOnlySpan<byte> plain)
    {
        Span<byte> nonce = stackalloc byte[12];
        RandomNumberGenerator.Fill(nonce);
        return new SealedChunk(id, keys.Seal(id, plain, nonce, tryCompress: true));
    }
}
