using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Session;

/// <summary>
/// What a vault does in place of showing: it gathers every chunk that a record names whose author might write, and keeps it as it is. It cannot open any, so it takes
/// only those for which a writing member vouches. What is gone where it must have been (a long file that was overwritten before anyone had read it) is not waited for.
/// </summary>
/// <param name="context">The session's.</param>
/// <param name="fetcher">Nobody else asks it for anything here.</param>
/// <param name="log">Headers of the log, read anew whenever it is looked through.</param>
/// <param name="kept">What lies in the store of a chunk.</param>
internal sealed class Keeping(SessionContext context, Fetcher fetcher, IEnumerable<RecordHeader> log, Func<ChunkId, SealedChunk?> kept)
{
    // Beside the numbers of plans (above 0), of offers (below 0) and of what is recalled.
    private const long Stage = long.MinValue;
    private const int MostAsked = 2048, MostStuck = 4 * MostAsked, MostReplaced = 64;
    private const long AgainMs = 15_000, PatienceMs = 60_000;

    private readonly List<(RecordHeader Header, long Sequence)> _denied = [];
    private readonly Dictionary<ChunkId, Need> _needs = [];
    private readonly Queue<ChunkId> _next = new(), _later = new();
    private readonly SortedDictionary<long, int> _open = [];
    private readonly Dictionary<ChunkId, (Hash256 Signer, Hash256 Reader)> _replacing = [];
    private (long Rounds, int Stuck) _looked;
    private long _againAtMs = long.MaxValue;
    private int _asked;
    private bool _refused;

    /// <summary>The arrival number of the first record of which a chunk is still to come; max when none is.</summary>
    public long FirstBehind => _open.Count == 0 ? long.MaxValue : _open.First().Key;

    /// <summary>How many chunks are still to come.</summary>
    public int Count { get; private set; }

    /// <summary>Looks through the log: at the start, and when records of it gave way to others.</summary>
    public void Begin()
    {
        fetcher.ForgetAll(Stage);
        _denied.Clear();
        _needs.Clear();
        _next.Clear();
        _later.Clear();
        _open.Clear();
        _replacing.Clear();
        (_asked, Count) = (0, 0);
        Named(log, 0);
    }

    /// <summary>Records are in the log.</summary>
    public void Named(IEnumerable<RecordHeader> headers, long sequence)
    {
        foreach (var header in headers)
        {
            if (header.Needed.IsEmpty) continue;
            if (!Holds(header)) _denied.Add((header, sequence));
            else
                foreach (var id in header.Needed) Want(id, sequence, header.Dot);
        }
        Ask();
    }

    /// <summary>Members may do other things than before, or had done other things than was known.</summary>
    public void JudgedAnew()
    {
        var before = _denied.ToList();
        _denied.Clear();
        foreach (var (header, sequence) in before) Named([header], sequence);
    }

    /// <summary>Whether a peer may have what a vault can take: its own word counts, or it is a vault, which has that of others.</summary>
    public bool CanGive(NodeId peer) => context.Judgement.Now.Now(peer).HasFlag(Permissions.Write) || context.Members.Find(peer)?.IsVault == true;

    /// <summary>A chunk as it is kept; null if no member that may write, or might once, vouches for it.</summary>
    public SealedChunk? Packed(SealedChunk chunk) =>
        chunk.By is { } word && chunk.Bytes.Length <= VouchedChunk.MostSealed && MightWrite(new NodeId(word.Signer)) && context.IsVouched(chunk.Id, word, ChunkSigner.HashOf(chunk))
            ? VouchedChunk.Pack(chunk) : null;

    /// <summary>Chunks came, asked for or ahead of their record.</summary>
    public void Came(PeerSession peer, IEnumerable<SealedChunk> chunks)
    {
        foreach (var chunk in chunks)
        {
            var isNew = !_replacing.TryGetValue(chunk.Id, out var bad) || chunk.By?.Signer is { } signer && signer != bad.Signer && signer != bad.Reader;
            var packed = isNew ? Packed(chunk) : null;
            chunk.Return();
            if (packed is not { } good) Refuse(peer, chunk.Id, isNew);
            else if (!fetcher.Arrived(peer.Link, good)) Ahead(peer.Link, good);
        }
    }

    // It is on its way into the store: whoever names it meanwhile waits for that.
    private void Ahead(int link, SealedChunk chunk)
    {
        if (context.View.HasChunk(chunk.Id)) return;
        if (!_needs.TryGetValue(chunk.Id, out var need)) _needs[chunk.Id] = need = new Need();
        if (need.State == Asking.Asked) return;
        Asked(need);
        context.Emit(new DeliverEffect(link, chunk, [], Keep: true));
    }

    private void Refuse(PeerSession peer, ChunkId id, bool tell)
    {
        if (tell) peer.Problem($"{context.Members.NameOf(peer.Peer)} sent a chunk for which no member that may write vouches. It is asked of others.");
        fetcher.Gone(peer.Link, [id]);
    }

    /// <summary>A chunk lies in the store, or was not taken by it.</summary>
    public void Delivered(ChunkId id, Problem? problem)
    {
        var isReplacing = _replacing.Remove(id);
        if (problem is null)
        {
            if (_refused) context.Emit(new ProblemEffect(EntryPath.Root, null));
            _refused = false;
            Drop(id);
        }
        else
        {
            _refused = true;
            context.Emit(new ProblemEffect(EntryPath.Root, problem));
            // What was to be replaced is still there: whoever complains of it again begins anew.
            if (isReplacing) Drop(id);
            else if (_needs.TryGetValue(id, out var need)) NotNow(id, need);
            AgainLater();
        }
        Ask();
    }

    /// <summary>A member could not open what this vault gave it, and shows who vouched for that: another's copy takes its place, if anyone has one.</summary>
    public void Spoiled(PeerSession peer, SpoiledMessage spoiled, IEnumerable<PeerSession> live)
    {
        var (id, proof) = (spoiled.Id, spoiled.Proof);
        var signer = new NodeId(proof.By.Signer);
        // Only what lies here now: a word alone, and be it true, is no reason to look for anything else.
        if (_replacing.Count >= MostReplaced || _needs.ContainsKey(id) || kept(id) is not { By: { } by } here || by.Signer != proof.By.Signer || ChunkSigner.HashOf(here) != proof.SealedHash) return;
        peer.Problem($"{context.Members.NameOf(signer)} vouched for a chunk that {context.Members.NameOf(peer.Peer)} cannot open. It is fetched from another member.");
        _replacing[id] = (proof.By.Signer, peer.Peer.Hash);
        _needs[id] = new Need();
        Asked(_needs[id]);
        fetcher.Want(Stage, [new ChunkRef(id, Chunker.Average)], keep: true, notFrom: [.. live.Where(l => l.Peer == signer || l == peer).Select(l => l.Link)]);
    }

    /// <summary>There is a peer more to ask: it may have what is gone elsewhere.</summary>
    public void PeerCame()
    {
        foreach (var (id, need) in _needs.Where(n => n.Value.State == Asking.GivenUp))
        {
            need.State = Asking.Waiting;
            _later.Enqueue(id);
        }
        Ask();
    }

    public void Tick()
    {
        if (context.NowMs < _againAtMs) return;
        _againAtMs = long.MaxValue;
        Ask();
    }

    /// <summary>After each input: what is gone is no more waited for, and what nobody has makes room for others.</summary>
    /// <param name="live">Who is connected.</param>
    public void Look(IEnumerable<PeerSession> live)
    {
        if (!fetcher.HasPeers || (fetcher.Rounds, fetcher.Stuck.Count) == _looked) return;
        var peers = live.Where(l => CanGive(l.Peer)).ToList();
        foreach (var id in fetcher.Stuck.Where(_needs.ContainsKey).ToList()) LookAt(id, _needs[id], peers);
        _looked = (fetcher.Rounds, fetcher.Stuck.Count);
        Ask();
    }

    private void LookAt(ChunkId id, Need need, List<PeerSession> peers)
    {
        var isReplacing = _replacing.ContainsKey(id);
        // Who wrote it, or shows it, has it no more.
        if (need.Sequence is not null && peers.Exists(p => p.Peer == need.By.Author.Node || p.Shown.Contains(need.By)))
        {
            Expect(need, null);
            need.AskedMs = context.NowMs;
        }
        var hasCome = !isReplacing && context.View.HasChunk(id); // Unasked, beside a record.
        if (!hasCome && context.NowMs - need.AskedMs < PatienceMs) return;
        fetcher.Forget(Stage, [id]);
        _replacing.Remove(id);
        if (hasCome || isReplacing) Drop(id);
        else NotNow(id, need);
    }

    private void Want(ChunkId id, long sequence, Dot by)
    {
        if (context.View.HasChunk(id)) return;
        if (!_needs.TryGetValue(id, out var need)) _needs[id] = need = new Need();
        need.By = by;
        if (need.Sequence is null || sequence < need.Sequence) Expect(need, sequence);
        if (need.State != Asking.GivenUp) return;
        need.State = Asking.Waiting;
        _next.Enqueue(id);
    }

    // As many at a time as keep every link busy, however long the log is. What is stuck stands in nobody's way, but is not without number.
    private void Ask()
    {
        if (_againAtMs != long.MaxValue) return;
        var wanted = new List<ChunkRef>();
        while (_asked - fetcher.Stuck.Count < MostAsked && _asked < MostStuck && (_next.TryDequeue(out var id) || _later.TryDequeue(out id)))
        {
            // It may have come another way since it was queued.
            if (!_needs.TryGetValue(id, out var need) || need.State != Asking.Waiting) continue;
            if (context.View.HasChunk(id))
            {
                Drop(id);
                continue;
            }
            Asked(need);
            wanted.Add(new ChunkRef(id, Chunker.Average));
        }
        if (wanted.Count > 0) fetcher.Want(Stage, wanted, keep: true);
    }

    private void Asked(Need need)
    {
        (need.State, need.AskedMs) = (Asking.Asked, context.NowMs);
        _asked++;
    }

    // What nothing waits for is asked for again when there is somebody else to ask; the rest when its turn comes once more.
    private void NotNow(ChunkId id, Need need)
    {
        if (need.State == Asking.Asked) _asked--;
        need.State = need.Sequence is null ? Asking.GivenUp : Asking.Waiting;
        if (need.State == Asking.Waiting) _later.Enqueue(id);
    }

    private void Drop(ChunkId id)
    {
        if (!_needs.Remove(id, out var need)) return;
        if (need.State == Asking.Asked) _asked--;
        Expect(need, null);
    }

    private void Expect(Need need, long? sequence)
    {
        if (need.Sequence is { } before)
        {
            Count--;
            if (--_open[before] == 0) _open.Remove(before);
        }
        need.Sequence = sequence;
        if (sequence is not { } now) return;
        Count++;
        _open[now] = _open.GetValueOrDefault(now) + 1;
    }

    private void AgainLater()
    {
        if (_againAtMs != long.MaxValue) return;
        _againAtMs = context.NowMs + AgainMs;
        context.Emit(new WakeEffect(_againAtMs));
    }

    // What its author wrote holds, wherever it was: paths, and so the rules about them, are sealed.
    private bool Holds(RecordHeader header) =>
        context.Judgement.Now.DenialOf(header, new Version(EntryPath.Parse("any"), header.Dot, default, header.Time, default, new Entry(EntryKind.File))) is null;

    private bool MightWrite(NodeId node)
    {
        var (judge, invited) = (context.Judgement.Now, context.Judgement.Now.Nodes.RolesOf(node));
        return judge.Now(node).HasFlag(Permissions.Write) || invited.Any(r => KnownRoles.May(r).HasFlag(Permissions.Write)) || judge.Versions.Any(v => v.Says(judge.FirstKeyOf(node), invited).HasFlag(Permissions.Write));
    }

    private enum Asking
    {
        /// <summary>Until a peer comes, or a record names it.</summary>
        GivenUp,

        /// <summary>In one of the queues.</summary>
        Waiting,

        /// <summary>Of the fetcher; or it is on its way into the store.</summary>
        Asked,
    }

    /// <summary>A chunk that is not here.</summary>
    private sealed class Need
    {
        /// <summary>When the first record that names it, and waits for it, arrived; null if none does.</summary>
        public long? Sequence { get; set; }

        /// <summary>The last record that named it.</summary>
        public Dot By { get; set; }

        public Asking State { get; set; }

        public long AskedMs { get; set; }
    }
}
