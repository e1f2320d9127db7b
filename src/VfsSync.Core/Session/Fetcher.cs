using VfsSync.Core.Content;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Session;

/// <summary>
/// Which chunk is asked of which peer: several requests in flight on every link, bounded by bytes; a chunk that one does not have, or that is not what its name
/// says, is asked of the next; what nobody has waits for a new link.
/// </summary>
internal sealed class Fetcher(SessionContext context)
{
    private const int MaxIdsPerWant = 64;

    private readonly Dictionary<ChunkId, Wanted> _wanted = [];
    private readonly LinkedList<ChunkId> _waiting = new();
    private readonly HashSet<ChunkId> _stuck = [];
    private readonly Dictionary<int, int> _inFlight = [];

    public bool IsStuck(ChunkId id) => _stuck.Contains(id) || _inFlight.Count == 0 && _wanted.ContainsKey(id);

    public void LinkUp(int link)
    {
        _inFlight[link] = 0;
        MayHaveMore(link);
    }

    public void LinkDown(int link)
    {
        if (!_inFlight.Remove(link)) return;
        foreach (var (id, wanted) in _wanted)
        {
            wanted.Tried.Remove(link);
            if (wanted.Link != link) continue;
            wanted.Link = null;
            if (!wanted.Opening) Enqueue(id, wanted, first: true);
        }
        Advance();
    }

    /// <summary>A peer learned something new: it may have now what it did not have before.</summary>
    public void MayHaveMore(int link)
    {
        foreach (var wanted in _wanted.Values) wanted.Tried.Remove(link);
        foreach (var id in _stuck) Enqueue(id, _wanted[id], first: false);
        _stuck.Clear();
        Advance();
    }

    /// <param name="stage">Who wants them.</param>
    /// <param name="chunks">What.</param>
    /// <param name="keep">Into the store (parts of manifests), not into a staged file.</param>
    public void Want(long stage, IReadOnlyList<ChunkRef> chunks, bool keep)
    {
        foreach (var chunk in chunks)
        {
            if (!_wanted.TryGetValue(chunk.Id, out var wanted))
            {
                _wanted[chunk.Id] = wanted = new Wanted(chunk.Length);
                Enqueue(chunk.Id, wanted, first: false);
            }
            wanted.Stages.Add(stage);
            wanted.Keep |= keep;
        }
        Advance();
    }

    public void Forget(long stage, IEnumerable<ChunkId> ids)
    {
        foreach (var id in ids)
            if (_wanted.TryGetValue(id, out var wanted) && wanted.Stages.Remove(stage) && wanted.Stages.Count == 0 && wanted.Link is null && !wanted.Opening) Drop(id);
    }

    /// <summary>A chunk came. False if nobody wants it (any more).</summary>
    public bool Arrived(int link, SealedChunk chunk)
    {
        if (!_wanted.TryGetValue(chunk.Id, out var wanted) || wanted.Link != link) return false;
        wanted.Opening = true;
        wanted.Served = [.. wanted.Stages];
        context.Emit(new DeliverEffect(link, chunk, wanted.Served, wanted.Keep));
        return true;
    }

    /// <summary>A chunk was opened and written. Returns who waited for it; none if it was bad, and it is asked of another.</summary>
    public IReadOnlyList<long> Delivered(DeliveredInput input)
    {
        if (!_wanted.TryGetValue(input.Id, out var wanted)) return [];
        wanted.Opening = false;
        Landed(wanted);
        if (!input.Good)
        {
            wanted.Tried.Add(input.Link);
            if (wanted.Stages.Count == 0) Drop(input.Id);
            else Enqueue(input.Id, wanted, first: false);
            Advance();
            return [];
        }
        // Who began to want it while it was being written did not get it.
        var served = wanted.Served;
        wanted.Stages.RemoveAll(s => served.Contains(s));
        if (wanted.Stages.Count == 0) Drop(input.Id);
        else Enqueue(input.Id, wanted, first: true);
        Advance();
        return served;
    }

    public void Gone(int link, IEnumerable<ChunkId> ids)
    {
        foreach (var id in ids)
        {
            if (!_wanted.TryGetValue(id, out var wanted) || wanted.Link != link || wanted.Opening) continue;
            Landed(wanted);
            wanted.Tried.Add(link);
            if (wanted.Stages.Count == 0) Drop(id);
            else Enqueue(id, wanted, first: false);
        }
        Advance();
    }

    public void Advance()
    {
        if (_waiting.Count == 0 || _inFlight.Count == 0) return;
        var asks = new Dictionary<int, List<ChunkId>>();
        for (var node = _waiting.First; node is not null;)
        {
            var next = node.Next;
            var wanted = _wanted[node.Value];
            var link = Choose(wanted);
            if (link is { } chosen)
            {
                Dequeue(wanted);
                wanted.Link = chosen;
                _inFlight[chosen] += wanted.Length;
                Ask(asks, chosen, node.Value);
            }
            else if (_inFlight.Keys.All(wanted.Tried.Contains))
            {
                Dequeue(wanted);
                _stuck.Add(node.Value);
            }
            else if (_inFlight.Values.All(f => f >= context.Settings.WindowBytes)) break;
            node = next;
        }
        foreach (var (link, ids) in asks) context.Send(link, new WantMessage([.. ids]));
    }

    private void Ask(Dictionary<int, List<ChunkId>> asks, int link, ChunkId id)
    {
        if (!asks.TryGetValue(link, out var ids)) asks[link] = ids = [];
        ids.Add(id);
        if (ids.Count < MaxIdsPerWant) return;
        context.Send(link, new WantMessage([.. ids]));
        ids.Clear();
        asks.Remove(link);
    }

    private int? Choose(Wanted wanted)
    {
        int? best = null;
        foreach (var (link, bytes) in _inFlight)
            if (bytes < context.Settings.WindowBytes && !wanted.Tried.Contains(link) && (best is null || bytes < _inFlight[best.Value])) best = link;
        return best;
    }

    private void Landed(Wanted wanted)
    {
        if (wanted.Link is { } link && _inFlight.TryGetValue(link, out var bytes)) _inFlight[link] = bytes - wanted.Length;
        wanted.Link = null;
    }

    private void Enqueue(ChunkId id, Wanted wanted, bool first) => wanted.Place = first ? _waiting.AddFirst(id) : _waiting.AddLast(id);

    private void Dequeue(Wanted wanted)
    {
        if (wanted.Place is { } place) _waiting.Remove(place);
        wanted.Place = null;
    }

    private void Drop(ChunkId id)
    {
        if (!_wanted.Remove(id, out var wanted)) return;
        Dequeue(wanted);
        _stuck.Remove(id);
    }

    private sealed class Wanted(int length)
    {
        public int Length { get; } = length;

        public List<long> Stages { get; } = [];

        public HashSet<int> Tried { get; } = [];

        /// <summary>Who gets the bytes that are being opened.</summary>
        public IReadOnlyList<long> Served { get; set; } = [];

        public bool Keep { get; set; }

        public int? Link { get; set; }

        public bool Opening { get; set; }

        public LinkedListNode<ChunkId>? Place { get; set; }
    }
}
