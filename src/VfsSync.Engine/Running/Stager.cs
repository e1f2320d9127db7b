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

    /// <summary>Fills what can be filled from here.</summary>
    public StagedInput Stage(StageEffect stage)
    {
        var content = stage.Entry.Content!;
        if (!ManifestReader.TryExpand(content, source.FromStore, out var leaves, out var lists))
            return new StagedInput(stage.Stage, [.. lists.Select(id => new ChunkRef(id, Chunker.Average))], Lists: true, null);
        try
        {
            var filling = _stages[stage.Stage] = new Filling(folder.Stage(content.Size));
            return new StagedInput(stage.Stage, Fill(filling, leaves), Lists: false, null);
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

    private List<ChunkRef> Fill(Filling filling, List<ChunkRef> leaves)
    {
        var missing = new Dictionary<ChunkId, ChunkRef>();
        var at = 0L;
        var offsets = new long[leaves.Count];
        for (var i = 0; i < leaves.Count; at += leaves[i++].Length) offsets[i] = at;
        Parallel.For(0, leaves.Count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            if (source.Read(leaves[i].Id) is { } bytes) filling.File.Write(bytes.Span, offsets[i]);
            else lock (missing)
            {
                filling.Expect(leaves[i].Id, offsets[i]);
                missing[leaves[i].Id] = leaves[i];
            }
        });
        var order = new HashSet<ChunkId>();
        return [.. leaves.Where(l => missing.ContainsKey(l.Id) && order.Add(l.Id))];
    }

    private sealed class Filling(IStagedFile file)
    {
        private readonly ConcurrentDictionary<ChunkId, ImmutableList<long>> _missing = new();

        public IStagedFile File { get; } = file;

        public bool IsWhole => _missing.IsEmpty;

        public void Expect(ChunkId id, long offset) => _missing.AddOrUpdate(id, [offset], (_, known) => known.Add(offset));

        public void Write(ChunkId id, ReadOnlySpan<byte> bytes)
        {
            if (!_missing.TryGetValue(id, out var offsets)) return;
            foreach (var offset in offsets) File.Write(bytes, offset);
            _missing.TryRemove(id, out _);
        }
    }
}
