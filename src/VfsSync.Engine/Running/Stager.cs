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
        if (!ManifestReader.TryExpand(content, source.FromStore, out var leaves, out var lists))
            return new StagedInput(stage.Stage, [.. lists.Select(id => new ChunkRef(id, Chunker.Average))], Lists: true, null);
        try
        {
            if (!_stages.TryGetValue(stage.Stage, out var filling)) filling = _stages[stage.Stage] = new Filling(folder.Stage(content.Size), leaves);
            return new StagedInput(stage.Stage, Fill(filling), Lists: false, null);
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

    /// <summary>Opens a fetched chunk, verifies it, and writes it where it is wanted.</summary>
    public DeliveredInput Deliver(DeliverEffect deliver)
    {
        var id = deliver.Chunk.Id;
        try
        {
            var plain = keys.Open(deliver.Chunk);
            if (deliver.Keep) store.AddChunks([deliver.Chunk]);
            foreach (var number in deliver.Stages)
                if (_stages.TryGetValue(number, out var filling)) filling.Write(id, plain);
            return new DeliveredInput(deliver.Link, id, Good: true, null);
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return new DeliveredInput(deliver.Link, id, Good: false, null);
        }
        catch (IOException e)
        {
            var problem = (e as DiskProblemException)?.Problem ?? new Problem(EntryPath.Root, ProblemKind.Unwritable, e.Message);
            return new DeliveredInput(deliver.Link, id, Good: false, problem);
        }
    }

    /// <summary>Hands a whole content over to whoever puts it in place; null if it was dropped, or a chunk of it never came.</summary>
    public IStagedFile? Take(long number)
    {
        if (!_stages.TryRemove(number, out var filling)) return null;
        if (filling.IsWhole) return filling.File;
        filling.File.Dispose();
        return null;
    }

    public void Drop(long number)
    {
        if (_stages.TryRemove(number, out var filling)) filling.File.Dispose();
    }

    /// <summary>What has come so far is left for the next start.</summary>
    public void Dispose()
    {
        foreach (var filling in _stages.Values) filling.File.Leave();
        _stages.Clear();
    }

    private List<ChunkRef> Fill(Filling filling)
    {
        Parallel.ForEach(filling.Missing, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, chunk =>
        {
            if (source.Read(chunk.Id) is { } bytes) filling.Write(chunk.Id, bytes.Span);
        });
        return filling.Missing;
    }

    private sealed class Filling
    {
        private readonly IReadOnlyList<ChunkRef> _chunks;
        private readonly ConcurrentDictionary<ChunkId, ImmutableList<long>> _missing = new();

        public Filling(IStagedFile file, IReadOnlyList<ChunkRef> chunks)
        {
            (File, _chunks) = (file, chunks);
            var at = 0L;
            foreach (var chunk in chunks)
            {
                var offset = at;
                _missing.AddOrUpdate(chunk.Id, [offset], (_, known) => known.Add(offset));
                at += chunk.Length;
            }
        }

        public IStagedFile File { get; }

        public bool IsWhole => _missing.IsEmpty;

        /// <summary>What it lacks, in order, each once.</summary>
        public List<ChunkRef> Missing => [.. _chunks.Where(c => _missing.ContainsKey(c.Id)).DistinctBy(c => c.Id)];

        public void Write(ChunkId id, ReadOnlySpan<byte> bytes)
        {
            if (!_missing.TryGetValue(id, out var offsets)) return;
            foreach (var offset in offsets) File.Write(bytes, offset);
            _missing.TryRemove(id, out _);
        }
    }
}
