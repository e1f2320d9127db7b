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
    private const long FirstRetryMs = 500, LastRetryMs = 30_000;

    /// <summary>A link that brings nothing of what was asked of it for so long counts as not having it.</summary>
    public const long SilentMs = 30_000;

    private readonly Dictionary<ChunkId, Wanted> _wanted = [];
    private readonly LinkedList<ChunkId> _waiting = new();
    private readonly HashSet<ChunkId> _stuck = [];
    private long _retryAtMs = long.MaxValue, _delayMs = FirstRetryMs;
    private readonly Dictionary<int, int> _inFlight = [];
    private readonly Dictionary<int, long> _heardMs = [];
    private long _silentAtMs = long.MaxValue;
    private readonly HashSet<int> _open = [];

    public bool IsStuck(ChunkId id) => _stuck.Contains(id) || _inFlight.Count == 0 && _wanted.ContainsKey(id);

    /// <summary>Whether nobody has something that is wanted.</summary>
    public bool HasStuck => _stuck.Count > 0;

    /// <summary>What that is.</summary>
    public IReadOnlyCollection<ChunkId> Stuck => _stuck;

    /// <summary>Whether there is anyone to ask.</summary>
    public bool HasPeers => _inFlight.Count > 0;

    /// <summary>How often what nobody had was asked for again.</summary>
    public long Rounds { get; private set; }

    public void LinkUp(int link)
    {
        if (_inFlight.ContainsKey(link)) return;
        _inFlight[link] = 0;
        Rounds++;
        MayHaveMore(link);
    }

    public void LinkDown(int link)
    {
        if (!_inFlight.Remove(link)) return;
        _open.Remove(link);
        _heardMs.Remove(link);
        foreach (var (id, wanted) in _wanted)
        {
            wanted.Tried.Remove(link);
            if (wanted.Link != link) continue;
            wanted.Link = null;
            if (!wanted.Opening) Enqueue(id, wanted, first: true);
        }
        Advance();
    }

    /// <summary>What nobody had is asked for again: a file that was being renamed when it was asked for is there now. Returns what that is.</summary>
    public IReadOnlyCollection<ChunkId> Tick()
    {
        GiveUpSilent();
        if (context.NowMs < _retryAtMs) return [];
        _retryAtMs = long.MaxValue;
        if (_stuck.Count == 0) return [];
        Rounds++;
        _delayMs = Math.Min(_delayMs * 2, LastRetryMs);
        var stuck = _stuck.ToList();
        foreach (var link in _inFlight.Keys.ToList()) MayHaveMore(link);
        return stuck;
    }

    // Its program may hang while its system still answers for it.
    private void GiveUpSilent()
    {
        if (context.NowMs < _silentAtMs) return;
        _silentAtMs = long.MaxValue;
        foreach (var (link, _) in _heardMs.Where(h => context.NowMs - h.Value >= SilentMs).ToList())
        {
            _heardMs.Remove(link);
            Gone(link, [.. _wanted.Where(w => w.Value.Link == link && !w.Value.Opening).Select(w => w.Key)]);
        }
        if (_heardMs.Count > 0) WatchSilence(_heardMs.Values.Min() + SilentMs);
    }

    private void WatchSilence(long atMs)
    {
        if (_silentAtMs <= atMs) return;
        _silentAtMs = atMs;
        context.Emit(new WakeEffect(atMs));
    }

    private void Heard(int link, bool asked)
    {
        if (asked && _heardMs.ContainsKey(link)) return;
        if (!asked && _inFlight.GetValueOrDefault(link) == 0)
        {
            _heardMs.Remove(link);
            return;
        }
        _heardMs[link] = context.NowMs;
        WatchSilence(context.NowMs + SilentMs);
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
    /// <param name="from">The only link that can have them, since it offered them.</param>
    /// <param name="notFrom">Links that are not asked, unless one says that it has more now.</param>
    public void Want(long stage, IReadOnlyList<ChunkRef> chunks, bool keep, int? from = null, IReadOnlyCollection<int>? notFrom = null)
    {
        foreach (var chunk in chunks)
        {
            if (!_wanted.TryGetValue(chunk.Id, out var wanted))
            {
                _wanted[chunk.Id] = wanted = new Wanted(chunk.Length) { From = from };
                wanted.Tried.UnionWith(notFrom ?? []);
                Enqueue(chunk.Id, wanted, first: false);
            }
            if (from is null) wanted.From = null;
            if (!wanted.Stages.Contains(stage)) wanted.Stages.Add(stage);
            wanted.Keep |= keep;
        }
        Advance();
    }

    public void Forget(long stage, IEnumerable<ChunkId> ids)
    {
        foreach (var id in ids)
            if (_wanted.TryGetValue(id, out var wanted) && wanted.Stages.Remove(stage) && wanted.Stages.Count == 0 && wanted.Link is null && !wanted.Opening) Drop(id);
    }

    /// <summary>What one stage waits for, another waits for instead.</summary>
    public void HandOver(long stage, long by)
    {
        foreach (var wanted in _wanted.Values)
        {
            if (Replace(wanted.Stages, stage, by)) wanted.From = null;
            Replace(wanted.Given, stage, by);
        }
    }

    public void ForgetAll(long stage) => Forget(stage, [.. _wanted.Where(w => w.Value.Stages.Contains(stage)).Select(w => w.Key)]);

    private static bool Replace(List<long> stages, long stage, long by)
    {
        if (!stages.Remove(stage)) return false;
        if (!stages.Contains(by)) stages.Add(by);
        return true;
    }

    /// <summary>A chunk came. False if nobody wants it (any more).</summary>
    public bool Arrived(int link, SealedChunk chunk)
    {
        if (!_wanted.TryGetValue(chunk.Id, out var wanted) || wanted.Link != link) return false;
        wanted.Opening = true;
        wanted.Kept = wanted.Keep;
        wanted.Given.AddRange(wanted.Stages);
        context.Emit(new DeliverEffect(link, chunk, [.. wanted.Stages], wanted.Keep));
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
            wanted.Given.Clear();
            if (wanted.Stages.Count == 0) Drop(input.Id);
            else Enqueue(input.Id, wanted, first: false);
            Advance();
            return [];
        }
        _delayMs = FirstRetryMs;
        // Who asked while it was being opened did not get it, and it is fetched once more.
        var stages = wanted.Stages.Where(s => wanted.Given.Contains(s) && (wanted.Kept || !wanted.Keep)).ToList();
        wanted.Stages.RemoveAll(stages.Contains);
        wanted.Given.Clear();
        if (wanted.Stages.Count == 0) Drop(input.Id);
        else Enqueue(input.Id, wanted, first: true);
        Advance();
        return stages;
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
        Refill();
        if (_open.Count == 0 && _waiting.First is { } first && !IsLost(_wanted[first.Value])) return;
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
                Heard(chosen, asked: true);
                if (_inFlight[chosen] >= context.Settings.WindowBytes) _open.Remove(chosen);
                Ask(asks, chosen, node.Value);
            }
            else if (IsLost(wanted))
            {
                Dequeue(wanted);
                if (wanted.From is not null) _wanted.Remove(node.Value); // Its record, if one comes, asks anew.
                else
                {
                    _stuck.Add(node.Value);
                    RetryLater();
                }
            }
            else if (_open.Count == 0) break;
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

    // A window that was full is filled again when a quarter of it has come: many ids in one message, not a message for each.
    private void Refill()
    {
        foreach (var (link, bytes) in _inFlight)
            if (bytes <= context.Settings.WindowBytes / 4 * 3) _open.Add(link);
    }

    private bool IsLost(Wanted wanted) =>
        wanted.From is { } only ? wanted.Tried.Contains(only) || !_inFlight.ContainsKey(only) : _inFlight.Keys.All(wanted.Tried.Contains);

    private int? Choose(Wanted wanted)
    {
        int? best = null;
        foreach (var link in _open)
            if (!wanted.Tried.Contains(link) && (wanted.From is null || wanted.From == link) && (best is null || _inFlight[link] < _inFlight[best.Value])) best = link;
        return best;
    }

    private void Landed(Wanted wanted)
    {
        if (wanted.Link is { } link && _inFlight.TryGetValue(link, out var bytes))
        {
            _inFlight[link] = bytes - wanted.Length;
            Heard(link, asked: false);
        }
        wanted.Link = null;
    }

    private void RetryLater()
    {
        if (_retryAtMs != long.MaxValue) return;
        _retryAtMs = context.NowMs + _delayMs;
        context.Emit(new WakeEffect(_retryAtMs));
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

        /// <summary>Those to whom the chunk being opened goes.</summary>
        public List<long> Given { get; } = [];

        public HashSet<int> Tried { get; } = [];

        public bool Keep { get; set; }

        /// <summary>Whether the chunk being opened goes into the store.</summary>
        public bool Kept { get; set; }

        public int? Link { get; set; }

        /// <summary>The link that offered it, while only an offer wants it.</summary>
        public int? From { get; set; }

        public bool Opening { get; set; }

        public LinkedListNode<ChunkId>? Place { get; set; }
    }
}
