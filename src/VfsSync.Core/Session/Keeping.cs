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
internal sealed class Keeping(SessionContext context, Fetcher fetcher, Func<ChunkId, SealedChunk?>? kept = null)
{
    // Beside the numbers of plans (above 0), of offers (below 0) and of what is recalled.
    private const long Stage = long.MinValue;
    private const int MostAsked = 2048, MostReplaced = 64;
    private const long AgainMs = 15_000, LostMs = 60_000;

    private readonly List<(RecordHeader Header, long Sequence)> _denied = [];
    private readonly Queue<Need> _waiting = new();
    private readonly Dictionary<ChunkId, Asked> _asked = [];
    private readonly Queue<Need> _givenUp = new();
    private readonly SortedDictionary<long, int> _open = [];
    private readonly Dictionary<ChunkId, (Hash256 Signer, Hash256 Reader)> _replacing = [];
    private (long Rounds, int Stuck) _looked;
    private long _againAtMs = long.MaxValue;
    private int _pressing;
    private bool _refused;

    /// <summary>The arrival number of the first record of which a chunk is still to come; max when none is.</summary>
    public long FirstBehind => _open.Count == 0 ? long.MaxValue : _open.First().Key;

    /// <summary>How many chunks are still to come.</summary>
    public int Count { get; private set; }

    /// <summary>What the log names at the start and the store lacks.</summary>
    public void Begin(IEnumerable<RecordHeader> named) => Named(named, 0);

    /// <summary>Records are in the log.</summary>
    public void Named(IEnumerable<RecordHeader> headers, long sequence)
    {
        foreach (var header in headers)
        {
            if (header.Needed.IsEmpty) continue;
            if (Holds(header)) Enqueue(header, sequence);
            else _denied.Add((header, sequence));
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
    public bool CanGive(NodeId peer) => context.Judgement.Now.Now(peer).HasFlag(Permissions.Write) || context.Members.Find(peer)?.Role == KnownRoles.Vault;

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
        if (!context.View.HasChunk(chunk.Id) && _asked.TryAdd(chunk.Id, new Asked { IsLost = true })) context.Emit(new DeliverEffect(link, chunk, [], Keep: true));
    }

    private void Refuse(PeerSession peer, ChunkId id, bool tell)
    {
        if (tell) peer.Problem($"{context.Members.NameOf(peer.Peer)} sent a chunk for which no member that may write vouches. It is asked of others.");
        fetcher.Gone(peer.Link, [id]);
    }

    /// <summary>A chunk lies in the store, or was not taken by it.</summary>
    public void Delivered(ChunkId id, Problem? problem)
    {
        if (problem is null && _refused)
        {
            _refused = false;
            context.Emit(new ProblemEffect(EntryPath.Root, null));
        }
        _replacing.Remove(id);
        if (!_asked.Remove(id, out var asked)) return;
        if (!asked.IsLost) _pressing--;
        if (problem is not null)
        {
            _refused = true;
            context.Emit(new ProblemEffect(EntryPath.Root, problem));
            _givenUp.Enqueue(asked.Need(id));
            AgainLater();
        }
        else if (!asked.IsLost) Close(asked.Sequence);
        Ask();
    }

    /// <summary>A member could not open what this vault gave it, and shows who vouched for that: another's copy takes its place, if anyone has one.</summary>
    public void Spoiled(PeerSession peer, SpoiledMessage spoiled, IEnumerable<PeerSession> live)
    {
        var (id, proof) = (spoiled.Id, spoiled.Proof);
        var signer = new NodeId(proof.By.Signer);
        // Only what lies here now: a word alone, and be it true, is no reason to look for anything else.
        if (_replacing.Count >= MostReplaced || _asked.ContainsKey(id) || _replacing.ContainsKey(id) || kept?.Invoke(id) is not { By: { } by } here || by.Signer != proof.By.Signer || ChunkSigner.HashOf(here) != proof.SealedHash) return;
        peer.Problem($"{context.Members.NameOf(signer)} vouched for a chunk that {context.Members.NameOf(peer.Peer)} cannot open. It is fetched from another member.");
        _replacing[id] = (proof.By.Signer, peer.Peer.Hash);
        _asked[id] = new Asked { IsLost = true, SinceMs = context.NowMs };
        fetcher.Want(Stage, [new ChunkRef(id, Chunker.Average)], keep: true, notFrom: [.. live.Where(l => l.Peer == signer || l == peer).Select(l => l.Link)]);
    }

    /// <summary>A peer came: it may have what is gone elsewhere.</summary>
    public void PeerCame()
    {
        while (_givenUp.TryDequeue(out var lost)) _waiting.Enqueue(lost);
        Ask();
    }

    public void Tick()
    {
        if (context.NowMs < _againAtMs) return;
        _againAtMs = long.MaxValue;
        PeerCame();
    }

    /// <summary>After each input: what is gone is no more waited for, and after a while no more asked for.</summary>
    /// <param name="live">Who is connected.</param>
    public void Look(IEnumerable<PeerSession> live)
    {
        if (!fetcher.HasPeers || (fetcher.Rounds, fetcher.Stuck.Count) == _looked) return;
        var peers = live.Where(l => CanGive(l.Peer)).ToList();
        foreach (var id in fetcher.Stuck.ToList())
        {
            if (!_asked.TryGetValue(id, out var asked)) continue;
            if (!asked.IsLost && peers.Exists(p => p.Peer == asked.By.Author.Node || p.Shown.Contains(asked.By))) Lose(asked);
            if (!asked.IsLost || context.NowMs - asked.SinceMs < LostMs) continue;
            fetcher.Forget(Stage, [id]);
            _asked.Remove(id);
            if (!_replacing.Remove(id)) _givenUp.Enqueue(asked.Need(id));
        }
        _looked = (fetcher.Rounds, fetcher.Stuck.Count);
        Ask();
    }

    // Who wrote it, or shows it, has it no more.
    private void Lose(Asked asked)
    {
        (asked.IsLost, asked.SinceMs) = (true, context.NowMs);
        _pressing--;
        Close(asked.Sequence);
    }

    private void Enqueue(RecordHeader header, long sequence)
    {
        foreach (var id in header.Needed)
        {
            if (context.View.HasChunk(id)) continue;
            if (_asked.TryGetValue(id, out var asked) && !asked.IsLost) continue;
            Open(sequence);
            if (asked is null) _waiting.Enqueue(new Need(id, sequence, header.Dot));
            else Press(asked, sequence, header.Dot); // Its author has it once more, or it has just come.
        }
    }

    private void Press(Asked asked, long sequence, Dot by)
    {
        (asked.IsLost, asked.Sequence, asked.By) = (false, sequence, by);
        _pressing++;
    }

    // As many at a time as keep every link busy, however long the log is. What is lost stands in nobody's way.
    private void Ask()
    {
        if (_againAtMs != long.MaxValue) return;
        var wanted = new List<ChunkRef>();
        while (_pressing < MostAsked && _waiting.TryDequeue(out var next))
        {
            var isAsked = _asked.TryGetValue(next.Id, out var asked);
            if (context.View.HasChunk(next.Id) || isAsked && (!asked!.IsLost || next.IsLost))
            {
                if (!next.IsLost) Close(next.Sequence);
                continue;
            }
            if (!isAsked)
            {
                _asked[next.Id] = asked = new Asked { IsLost = true, SinceMs = context.NowMs };
                wanted.Add(new ChunkRef(next.Id, Chunker.Average));
            }
            if (!next.IsLost) Press(asked!, next.Sequence, next.By);
        }
        if (wanted.Count > 0) fetcher.Want(Stage, wanted, keep: true);
    }

    private void Open(long sequence)
    {
        _open[sequence] = _open.GetValueOrDefault(sequence) + 1;
        Count++;
    }

    private void Close(long sequence)
    {
        Count--;
        if (--_open[sequence] == 0) _open.Remove(sequence);
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
        return judge.Now(node).HasFlag(Permissions.Write) || invited.Any(r => KnownRoles.May(r).HasFlag(Permissions.Write)) || judge.Versions.Any(v => v.Says(node, invited).HasFlag(Permissions.Write));
    }

    /// <param name="Id">A chunk.</param>
    /// <param name="Sequence">When the record that names it arrived; -1: nothing waits for it.</param>
    /// <param name="By">That record.</param>
    private readonly record struct Need(ChunkId Id, long Sequence, Dot By)
    {
        public bool IsLost => Sequence < 0;
    }

    private sealed class Asked
    {
        public long Sequence { get; set; }

        public Dot By { get; set; }

        /// <summary>Nothing waits for it (any more).</summary>
        public bool IsLost { get; set; }

        public long SinceMs { get; set; }

        public Need Need(ChunkId id) => new(id, IsLost ? -1 : Sequence, By);
    }
}
