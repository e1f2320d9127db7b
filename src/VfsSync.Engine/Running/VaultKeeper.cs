using VfsSync.Core.Content;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Running;

/// <summary>Puts what a vault fetched into its store, as it is: all that has come meanwhile with one flush.</summary>
internal sealed class VaultKeeper(IFolderStore store, Action<SessionInput> post, Action<Exception> failed) : IDisposable
{
    private const int MostBytes = 8 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<DeliverEffect> _queue = new();
    private readonly Worker _worker = new("vfs keep", failed);

    public bool IsBusy => _worker.IsBusy;

    public void Take(DeliverEffect deliver)
    {
        lock (_gate) _queue.Enqueue(deliver);
        _worker.Post(Keep);
    }

    /// <summary>What is not kept yet is fetched again by the next start.</summary>
    public void Dispose()
    {
        _worker.Abandon();
        _worker.Dispose();
    }

    private void Keep()
    {
        var batch = Next();
        if (batch.Count == 0) return; // An earlier turn has taken it along.
        var problem = default(Problem);
        try
        {
            store.Capture([.. batch.Select(d => d.Chunk).Where(c => !(store.TryReadChunk(c.Id, out var kept) && kept.Span.SequenceEqual(c.Bytes.Span)))], [], replace: true);
        }
        catch (IOException e)
        {
            problem = new Problem(EntryPath.Root, ProblemKind.Unwritable, $"Sealed chunks cannot be kept: {e.Message} They are asked for again.");
        }
        foreach (var deliver in batch) post(new DeliveredInput(deliver.Link, deliver.Chunk.Id, Good: problem is null, problem));
    }

    private List<DeliverEffect> Next()
    {
        var (batch, bytes) = (new List<DeliverEffect>(), 0);
        lock (_gate)
            while (bytes < MostBytes && _queue.TryDequeue(out var next))
            {
                batch.Add(next);
                bytes += next.Chunk.Bytes.Length;
            }
        return batch;
    }
}
