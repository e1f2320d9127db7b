using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Running;

/// <summary>Staged files that are being filled: from this machine at once, from peers chunk by chunk as they come.</summary>
internal sealed class Stager(IWorkingFolder folder, IFolderStore store, ContentSource source, KeyRing keys) : IDisposable
{
    private readonly ConcurrentDictionary<long, Filling> _stages = new();

    /// <summary>Fills what can be filled from here; of a content begun before, what it still lacks.</summary>
    public StagedInput Stage(StageEffect stage)
    {
        var content = stage.Entry.Content!;
        try
        {
            if (!ManifestReader.TryExpand(content, source.FromStore, out var leaves, out var lists))
                return new StagedInput(stage.Stage, [.. lists.Select(id => new ChunkRef(id, Chunker.Average))], Lists: true, null);
            var took = 0L;
            if (!_stages.TryGetValue(stage.Stage, out var filling))
            {
                filling = OfferedAs(leaves, content.Size);
                took = filling?.Offer ?? 0;
                filling ??= new Filling(folder.Stage(content.Size), content.Size);
                filling.Become(stage.Stage, leaves);
                _stages[stage.Stage] = filling;
            }
            return new StagedInput(stage.Stage, Fill(filling), Lists: false, null, took);
        }
        catch (FormatException e)
        {
            return new StagedInput(stage.Stage, [], Lists: false, new Problem(stage.Path, ProblemKind.Unsupported, $"What its author says of '{stage.Path}' contradicts itself ({e.Message}). Write the file anew there."));
        }
        catch (DiskProblemException e)
        {
            return Refused(e);
        }
        catch (AggregateException e) when (e.InnerException is DiskProblemException refused) // several writes at once met the same disk
        {
            return Refused(refused);
        }

        StagedInput Refused(DiskProblemException e)
        {
            Drop(stage.Stage);
            source.DropLeftovers(); // They may be what fills the disk.
            return new StagedInput(stage.Stage, [], Lists: false, e.Problem);
        }
    }

    /// <summary>Makes room for chunks that are offered ahead of their record. What is on this machine is not asked for; the record finds it.</summary>
    public OfferedInput Offer(OfferEffect offer)
    {
        try
        {
            var filling = _stages.TryGetValue(offer.Stage, out var known) ? known : _stages[offer.Stage] = new Filling(folder.Stage(offer.Size), offer.Size) { Offer = offer.Stage };
            var missing = new List<ChunkRef>(offer.Chunks.Length);
            // Room is promised to a record that may never come: none of what the disk needs.
            if (folder.Kept.IsFull)
            {
                Drop(offer.Stage);
                return new OfferedInput(offer.Stage, [], Refused: true);
            }
            foreach (var chunk in offer.Chunks)
            {
                if (filling.Stage != 0 || store.KnowsChunk(chunk.Id) || !filling.Offered.TryAdd(chunk.Offset, chunk)) continue;
                filling.Expect(chunk.Id, chunk.Offset);
                if (source.FromLeftovers(chunk.Id) is { } bytes && bytes.Length == chunk.Length) filling.Write(chunk.Id, bytes.Span);
                else missing.Add(new ChunkRef(chunk.Id, chunk.Length));
            }
            return new OfferedInput(offer.Stage, missing, Refused: false);
        }
        catch (DiskProblemException)
        {
            return new OfferedInput(offer.Stage, [], Refused: true); // The record, if one comes, says so.
        }
    }

    /// <summary>Whether a chunk is what its name says; not under a key that is not here, since nothing tells.</summary>
    public bool Verifies(SealedChunk chunk) => keys.Verifies(chunk);

    /// <summary>Opens a fetched chunk, verifies it, and writes it where it is wanted.</summary>
    public DeliveredInput Deliver(DeliverEffect deliver)
    {
        var id = deliver.Chunk.Id;
        var buffer = ArrayPool<byte>.Shared.Rent(Chunker.Max);
        try
        {
            if (keys.Missing(deliver.Chunk) is { } keyId) return new DeliveredInput(deliver.Link, id, Good: false, null, KeyId: keyId);
            var length = keys.Open(deliver.Chunk, buffer);
            if (deliver.Keep) store.AddChunks([deliver.Chunk]);
            foreach (var number in deliver.Stages)
                if (_stages.TryGetValue(number, out var filling)) filling.Write(id, buffer.AsSpan(0, length));
            return new DeliveredInput(deliver.Link, id, Good: true, null);
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return new DeliveredInput(deliver.Link, id, Good: false, null, deliver.Chunk.By is { } by ? new ChunkProof(by, ChunkSigner.HashOf(deliver.Chunk)) : null);
        }
        catch (IOException e)
        {
            var problem = (e as DiskProblemException)?.Problem ?? new Problem(EntryPath.Root, ProblemKind.Unwritable, e.Message);
            return new DeliveredInput(deliver.Link, id, Good: false, problem);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            if (!deliver.Keep) deliver.Chunk.Return();
        }
    }

    /// <summary>Hands a whole content over to whoever puts it in place; null if it was dropped, or a chunk of it never came.</summary>
    public IStagedFile? Take(long number)
    {
        if (!_stages.TryRemove(number, out var filling)) return null;
        if (filling.Offer != 0) _stages.TryRemove(filling.Offer, out _);
        if (filling.IsWhole) return filling.File;
        filling.Close();
        return null;
    }

    public void Drop(long number)
    {
        if (!_stages.TryRemove(number, out var filling) || filling.Offer == number && filling.Stage != 0) return;
        if (filling.Offer != 0) _stages.TryRemove(filling.Offer, out _);
        filling.Close();
    }

    /// <summary>What has come so far is left for the next start.</summary>
    public void Dispose()
    {
        foreach (var filling in _stages.Values.Distinct()) filling.File.Leave();
        _stages.Clear();
    }

    // What was offered is what the record says, as far as it goes: its staged file is gone on with.
    private Filling? OfferedAs(List<ChunkRef> leaves, long size)
    {
        foreach (var filling in _stages.Values)
            if (filling.Offer != 0 && filling.Stage == 0 && filling.Size == size && filling.Fits(leaves)) return filling;
        return null;
    }

    private List<ChunkRef> Fill(Filling filling)
    {
        var offered = HeldByOffers();
        Parallel.ForEach(filling.Missing, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, chunk =>
        {
            if ((source.Read(chunk.Id) ?? FromOffer(offered, chunk)) is { } bytes && bytes.Length == chunk.Length) filling.Write(chunk.Id, bytes.Span);
        });
        return filling.Missing;
    }

    // A link that was cut while a file was being read leaves a part of it in an offer of its own.
    private Dictionary<ChunkId, (Filling Filling, long Offset)> HeldByOffers()
    {
        var held = new Dictionary<ChunkId, (Filling, long)>();
        foreach (var offer in _stages.Values.Where(f => f.Offer != 0 && f.Stage == 0))
            foreach (var chunk in offer.Held) held[chunk.Id] = (offer, chunk.Offset);
        return held;
    }

    private ReadOnlyMemory<byte>? FromOffer(Dictionary<ChunkId, (Filling Filling, long Offset)> offered, ChunkRef chunk)
    {
        if (!offered.TryGetValue(chunk.Id, out var place)) return null;
        var bytes = GC.AllocateUninitializedArray<byte>(chunk.Length);
        if (place.Filling.File.Read(bytes, place.Offset) == chunk.Length && keys.IdOf(bytes) == chunk.Id) return bytes;
        return null;
    }

    private sealed class Filling(IStagedFile file, long size)
    {
        private readonly ConcurrentDictionary<ChunkId, ImmutableList<long>> _missing = new();
        private readonly Lock _gate = new();
        private IReadOnlyList<ChunkRef> _chunks = [];
        private int _writers;
        private bool _closed;

        public IStagedFile File { get; } = file;

        public long Size { get; } = size;

        /// <summary>Chunks that came by an offer, or are to come, by their places.</summary>
        public ConcurrentDictionary<long, OfferedChunk> Offered { get; } = new();

        /// <summary>The number of that offer; 0 if it was none.</summary>
        public long Offer { get; init; }

        /// <summary>The number of the stage that went on with it; 0 while none did.</summary>
        public long Stage { get; private set; }

        /// <summary>A stage goes on with it: all of the content's chunks that were not offered are awaited, too.</summary>
        public void Become(long stage, List<ChunkRef> chunks)
        {
            (Stage, _chunks) = (stage, chunks);
            var at = 0L;
            foreach (var chunk in chunks)
            {
                if (!Offered.ContainsKey(at)) Expect(chunk.Id, at);
                at += chunk.Length;
            }
        }

        public void Expect(ChunkId id, long offset) => _missing.AddOrUpdate(id, [offset], (_, known) => known.Add(offset));

        /// <summary>Whether all that is offered is where the content has it.</summary>
        public bool Fits(List<ChunkRef> leaves)
        {
            var (at, found) = (0L, 0);
            foreach (var leaf in leaves)
            {
                if (Offered.TryGetValue(at, out var chunk) && chunk.Id == leaf.Id && chunk.Length == leaf.Length) found++;
                at += leaf.Length;
            }
            return found > 0 && found == Offered.Count;
        }

        /// <summary>Those that have come.</summary>
        public IEnumerable<OfferedChunk> Held => Offered.Values.Where(c => !_missing.ContainsKey(c.Id));

        public bool IsWhole => _missing.IsEmpty;

        /// <summary>What it lacks, in order, each once.</summary>
        public List<ChunkRef> Missing => [.. _chunks.Where(c => _missing.ContainsKey(c.Id)).DistinctBy(c => c.Id)];

        public void Write(ChunkId id, ReadOnlySpan<byte> bytes)
        {
            lock (_gate)
            {
                if (_closed) return;
                _writers++;
            }
            try
            {
                // An offer may name one more place for the chunk meanwhile.
                while (_missing.TryGetValue(id, out var offsets))
                {
                    foreach (var offset in offsets) File.Write(bytes, offset);
                    if (_missing.TryRemove(new(id, offsets))) return;
                }
            }
            finally
            {
                lock (_gate)
                    if (--_writers == 0 && _closed) File.Dispose();
            }
        }

        /// <summary>Gives the file up; whoever is writing into it finishes first, since its descriptor would be another file's.</summary>
        public void Close()
        {
            lock (_gate)
            {
                _closed = true;
                if (_writers == 0) File.Dispose();
            }
        }
    }
}
