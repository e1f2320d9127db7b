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
    private const int BlockBytes = 1024 * 1024;
    private const int ParallelFrom = 512 * 1024;
    private const int BlocksAtOnce = 2;
    private const int Tries = 3;

    /// <summary>What the file holds; null if it keeps changing, or is no file any more.</summary>
    /// <param name="path">The file.</param>
    /// <param name="listener">Hears of the chunks meanwhile.</param>
    /// <param name="isOpen">Asked before each try: whether a program has it open for writing. Through mapped memory it may write on without a sign, so its stamp is unsure.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="DiskProblemException">It cannot be read.</exception>
    public Observation? Read(EntryPath path, ReadingListener? listener = null, Func<EntryPath, bool>? isOpen = null, CancellationToken cancellation = default)
    {
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            if (folder.Look(path).Kind != EntryKind.File) return null;
            var wasOpen = isOpen?.Invoke(path) == true;
            using var file = folder.OpenRead(path);
            var seen = TryRead(path, file, listener, cancellation);
            var good = seen is not null && folder.Look(path).Stamp.Inode == seen.Stamp.Inode;
            listener?.Ended(good);
            if (good) return wasOpen && !seen!.Stamp.Unsure ? seen with { Stamp = seen.Stamp with { Unsure = true }, WhileOpen = true } : seen;
        }
        return null;
    }

    /// <summary>What a file that nobody writes any more holds; null if it changes after all.</summary>
    public Manifest? ManifestOf(IReadableFile file, CancellationToken cancellation)
    {
        var leaves = new List<ChunkRef>();
        if (!TryCut(file, file.Stamp().Size, leaves, kept: null, listener: null, cancellation)) return null;
        var builder = new ManifestBuilder();
        foreach (var leaf in leaves) builder.Add(leaf);
        return builder.Build(list => keys.IdOf(list));
    }

    /// <summary>The chunks of a file that nobody writes any more.</summary>
    public IReadOnlyList<ChunkRef> Chunks(IReadableFile file)
    {
        var leaves = new List<ChunkRef>();
        TryCut(file, file.Stamp().Size, leaves, kept: null, listener: null, default);
        return leaves;
    }

    private Observation? TryRead(EntryPath path, IReadableFile file, ReadingListener? listener, CancellationToken cancellation)
    {
        var before = file.Stamp();
        listener?.Begun(before.Size);
        var keep = before.Size <= Staging.SmallContent;
        var kept = new List<SealedChunk>();
        var leaves = new List<ChunkRef>();
        if (!TryCut(file, before.Size, leaves, keep ? kept : null, listener, cancellation)) return null;
        if (!file.Stamp().SameAs(before)) return null;
        var builder = new ManifestBuilder();
        foreach (var leaf in leaves) builder.Add(leaf);
        var manifest = builder.Build(list => Keep(list, kept));
        return new Observation(path, Entry.File(manifest, before.ModifiedNs, before.Mode & 0x1FF), before, leaves, kept);
    }

    // Blocks are cut here, in order, and named beside it: whoever waits for a block that nobody has begun names it itself.
    private bool TryCut(IReadableFile file, long size, List<ChunkRef> leaves, List<SealedChunk>? kept, ReadingListener? listener, CancellationToken cancellation)
    {
        var pending = new Queue<Block>();
        var current = new Block((int)Math.Min(BlockBytes, Math.Max(size + 1, 4096)));
        try
        {
            for (long read = 0; ;)
            {
                cancellation.ThrowIfCancellationRequested();
                var got = file.Read(current.Room, read);
                read += got;
                current.Held += got;
                if (read > size) return false;
                current.Start = read - current.Held;
                var ended = current.Held < current.Buffer.Length;
                var cut = Cut(current.Buffer.AsSpan(0, current.Held), ended, current.Lengths);
                var (block, next) = (current, ended ? null : current.Rest(cut));
                if (cut >= ParallelFrom) block.Naming = Task.Run(() => Name(block, listener), CancellationToken.None);
                else Name(block, listener);
                pending.Enqueue(block);
                while (pending.Count > (ended ? 0 : BlocksAtOnce)) Finish(pending.Dequeue(), leaves, kept, listener);
                if (ended) return read == size;
                current = next!;
            }
        }
        finally
        {
            foreach (var block in pending) block.Dispose();
            current.Dispose();
        }
    }

    private void Finish(Block block, List<ChunkRef> leaves, List<SealedChunk>? kept, ReadingListener? listener)
    {
        try
        {
            block.Naming?.GetAwaiter().GetResult();
            if (kept is not null) Seal(block, kept);
            leaves.AddRange(block.Refs);
            listener?.Paused();
        }
        finally
        {
            block.Dispose();
        }
    }

    private int Cut(ReadOnlySpan<byte> data, bool ended, List<int> lengths)
    {
        var at = 0;
        while (at < data.Length && (ended || data.Length - at >= Chunker.Max))
        {
            var length = chunker.Cut(data[at..]);
            lengths.Add(length);
            at += length;
        }
        return at;
    }

    private void Name(Block block, ReadingListener? listener)
    {
        var at = 0;
        foreach (var length in block.Lengths)
        {
            var bytes = block.Buffer.AsSpan(at, length);
            var chunk = new ChunkRef(keys.IdOf(bytes), length);
            block.Refs.Add(chunk);
            listener?.Named(new OfferedChunk(chunk.Id, length, block.Start + at), bytes);
            at += length;
        }
    }

    private void Seal(Block block, List<SealedChunk> kept)
    {
        var at = 0;
        foreach (var leaf in block.Refs)
        {
            kept.Add(Seal(leaf.Id, block.Buffer.AsSpan(at, leaf.Length)));
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

    /// <summary>A piece of a file on its way: read, cut, named.</summary>
    private sealed class Block(int bytes) : IDisposable
    {
        private byte[]? _rented = ArrayPool<byte>.Shared.Rent(bytes);

        public byte[] Buffer => _rented!;

        /// <summary>Where in the file it begins.</summary>
        public long Start { get; set; }

        /// <summary>Bytes in the buffer.</summary>
        public int Held { get; set; }

        public List<int> Lengths { get; } = [];

        public List<ChunkRef> Refs { get; } = [];

        public Task? Naming { get; set; }

        public Span<byte> Room => Buffer.AsSpan(Held);

        /// <summary>The next block, which begins with what is left of this one.</summary>
        public Block Rest(int cut)
        {
            var next = new Block(Buffer.Length) { Held = Held - cut };
            Buffer.AsSpan(cut, next.Held).CopyTo(next.Buffer);
            return next;
        }

        /// <summary>Gives the buffer back once nobody reads it; what naming failed of has been told, or is of no use any more.</summary>
        public void Dispose()
        {
            if (Naming is { IsCompleted: false }) ((IAsyncResult)Naming).AsyncWaitHandle.WaitOne();
            if (Interlocked.Exchange(ref _rented, null) is { } buffer) ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
