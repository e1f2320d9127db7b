using System.Collections.Immutable;
using System.Security.Cryptography;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Session;

/// <summary>
/// The seal keys that admins share by records: which of them this node has, and which it seals with. When somebody has the one in use who may not read (any more), an admin rotates: what
/// is written later cannot be opened by him. What came sealed with a key that is not here yet waits in the log until the key comes. Not in a vault, which has none.
/// </summary>
/// <param name="context">The session's.</param>
/// <param name="ring">The node's keys.</param>
/// <param name="agreementKey">Opens what is wrapped for this node.</param>
/// <param name="log">The shares in the log, in order of arrival.</param>
internal sealed class SealKeys(SessionContext context, KeyRing ring, ECDiffieHellman agreementKey, IEnumerable<(SealKeyShare Share, RecordHeader Record)> log)
{
    private const int MostOfOne = 1024, MostUnread = 64;
    private const long SettleMs = 1000, TurnMs = 20_000, AgainMs = 10_000, PatienceMs = 30_000;

    private readonly SortedDictionary<Dot, Held> _shares = [];
    private readonly HashSet<long> _shared = [], _asked = [];
    private ClosedRecords? _closed;
    private Judge? _settledBy;
    private long? _shareAtMs, _metMs, _waitsSinceMs;
    private long _lastMs = long.MinValue / 2;
    private bool _changed, _plans, _isOld;

    /// <summary>Own records were committed.</summary>
    public event Action? Recorded;

    /// <summary>What waits for a key.</summary>
    public ClosedRecords Closed => _closed ??= new ClosedRecords(context, ring, _shared.Contains);

    /// <summary>Whether a record can be opened only with a key that is not here.</summary>
    public bool IsClosed(RecordHeader header) => header.KeyId != 0 && !ring.Has(header.KeyId);

    /// <summary>What the log says.</summary>
    public void Begin()
    {
        foreach (var (share, record) in log) Add(share, record);
        Closed.Begin();
        Learn();
    }

    /// <summary>These records are in the log.</summary>
    public void Note(CommitBatch batch)
    {
        foreach (var (author, first) in batch.SetAside)
        {
            foreach (var gone in _shares.Keys.Where(d => d.Author == author && d.Number >= first).ToList())
            {
                _shares.Remove(gone);
                (_changed, _metMs) = (true, context.NowMs - PatienceMs); // Its key is not merely told of late.
            }
        }
        foreach (var (_, opened) in batch.Records)
            foreach (var share in opened.Statements.OfType<SealKeyShare>()) Add(share, opened.Header);
        // Before what follows it in the same message is opened.
        if (Closed.Note(batch) || _changed) Learn();
    }

    /// <summary>A chunk came that is sealed with a key which is not here.</summary>
    public void Asks(long keyId)
    {
        if (ring.Has(keyId) || !_asked.Add(keyId)) return;
        if (_asked.Count > MostOfOne) _asked.Clear();
        _changed = true;
    }

    /// <summary>After each input, when nothing is being committed: opens what can be opened, and rotates if it is this node's turn.</summary>
    public void Advance(Authoring authoring, IEnumerable<PeerSession> live)
    {
        if (_metMs is null && live.Any(p => context.View.Cursor.Includes(p.Cursor))) Met();
        if (!_isOld && IsLogKnown) (_isOld, _changed) = (true, true);
        if (_changed || !ReferenceEquals(context.Judgement.Now, _settledBy)) Learn();
        if (_plans) Plan(live);
        if (context.NowMs >= _shareAtMs) Share(authoring, live);
        else Closed.Advance();
    }

    private void Met()
    {
        _metMs = context.NowMs;
        if (ring.Ids.Skip(1).Any()) context.Emit(new WakeEffect(context.NowMs + PatienceMs));
    }

    // This node has had all that some peer had, and others the time to tell what they know; before that it cannot know who is out.
    private bool IsLogKnown => context.NowMs - _metMs >= PatienceMs;

    private void Add(SealKeyShare share, RecordHeader record)
    {
        var own = _shares.Values.Where(h => h.Record.Author.Node == record.Author.Node).ToList();
        // Whoever never was an admin must not cost much.
        if (own.Count >= MostOfOne && !context.Members.Now.Admins.Contains(record.Author.Node)) return;
        if (own.FindAll(h => h.OlderSealed is not null) is { Count: >= MostUnread } unread) unread.MinBy(h => h.Record.Time)!.OlderSealed = null;
        _shares[record.Dot] = new Held(share, record, context.Identity.Node);
        _changed = true;
    }

    // Keys that come by shares which hold; one key opens others.
    private void Learn()
    {
        (_changed, _plans, _settledBy) = (false, true, context.Judgement.Now);
        var known = ring.Ids.Count();
        foreach (var held in _shares.Values) held.Holds = _settledBy.MayAdminister(held.Record.Dot, held.Record.PolicyHeads);
        _shared.Clear();
        _shared.UnionWith(_shares.Values.Where(h => h.Holds).Select(h => h.KeyId));
        // Before it was known that the share does not hold, others may have sealed with its key.
        var wanted = Closed.KeyIds.Concat(_asked).ToHashSet();
        for (var more = true; more;)
        {
            more = false;
            foreach (var held in _shares.Values.Where(h => h.Holds || wanted.Contains(h.KeyId))) more |= LearnFrom(held);
        }
        if (ring.Ids.Count() > known) context.Emit(new SealKeysEffect());
        Closed.KeysChanged();
        var current = Current();
        if (current.KeyId == ring.CurrentKeyId) return;
        ring.Use(current.KeyId);
        context.Emit(new KeyInUseEffect(current.KeyId));
    }

    private bool LearnFrom(Held held)
    {
        var learned = false;
        if (!ring.Has(held.KeyId) && held.ForThis is { } own)
        {
            held.ForThis = null;
            if (KeyWrap.Unwrap(own, context.Identity.Cluster, context.Identity.Node, agreementKey) is { } key)
            {
                Take(ring.Add(key));
                learned = true;
            }
        }
        if (held.OlderSealed is not { } older || !held.Holds || !ring.Has(held.KeyId)) return learned;
        var known = ring.Ids.ToHashSet();
        (held.OlderSealed, held.Older) = (null, OpenOlder(held.KeyId, older));
        foreach (var id in held.Older.Where(id => !known.Contains(id)))
        {
            Take(id);
            learned = true;
        }
        return learned;
    }

    private IReadOnlyList<long> OpenOlder(long keyId, ReadOnlyMemory<byte> older)
    {
        try
        {
            return ring.OpenOlder(keyId, older.Span);
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return []; // An admin wrote nonsense; the key itself is good.
        }
    }

    private void Take(long keyId)
    {
        _asked.Remove(keyId);
    }

    // The key to seal with. What is not on the ring cannot be used; one in use that the log does not know at all came with the invitation, or was kept while the log was lost: ahead of the log.
    private (long KeyId, int Generation) Current()
    {
        // One that nobody has who may not read comes first, whatever an admin who is out by now has called his own.
        if (_shares.Values.Where(h => h.Holds && ring.Has(h.KeyId)).MaxBy(h => (IsClean(h.KeyId), h.Generation, h.KeyId)) is { } last) return (last.KeyId, last.Generation);
        var isAhead = !IsLogKnown && !_shares.Values.Any(h => h.KeyId == ring.CurrentKeyId);
        return (isAhead ? ring.CurrentKeyId : KeyRing.FirstKeyId, 0);
    }

    private bool IsClean(long keyId) =>
        _shares.Values.Where(h => h.Holds && h.KeyId == keyId).SelectMany(h => h.Nodes.Append(h.Record.Author.Node)).All(n => context.Judgement.Now.Now(n).HasFlag(Permissions.Read));

    // Keys whose shares were lost with a course of some log. Something may be sealed with them: whoever has one gives it to all, to read by.
    private List<long> Orphans()
    {
        if (!IsLogKnown) return [];
        var told = _shares.Values.Select(h => h.KeyId).Concat(_shares.Values.Where(h => h.Holds).SelectMany(h => h.Older)).Append(KeyRing.FirstKeyId).ToHashSet();
        return [.. ring.Ids.Where(id => !told.Contains(id)).Order()];
    }

    private (bool Rotates, List<Membership> For)? Needed()
    {
        var (judge, current) = (context.Judgement.Now, Current());
        var readers = Readers();
        var shares = _shares.Values.Where(h => h.Holds && h.KeyId == current.KeyId).ToList();
        var isFirst = current.KeyId == KeyRing.FirstKeyId;
        var holders = isFirst ? Keyed() : shares.SelectMany(h => h.Nodes.Append(h.Record.Author.Node)).ToHashSet();
        if (!isFirst && shares.Count == 0) return null;
        if (holders.Any(h => !judge.Now(h).HasFlag(Permissions.Read)) || isFirst && ring.Ids.Skip(1).Any()) return (true, readers);
        if (isFirst) return null;
        var missing = readers.FindAll(m => !holders.Contains(m.Node) && KeyWrap.CanWrapFor(m));
        var covered = shares.SelectMany(h => h.Older).Append(current.KeyId).Append(KeyRing.FirstKeyId).ToHashSet();
        return missing.Count > 0 || ring.Ids.Any(id => !covered.Contains(id)) ? (false, missing) : null;
    }

    // A vault by its invitation never got the folder's key, so a seal key is of no use to it.
    private HashSet<NodeId> Keyed() => [.. context.Members.Admitted.Where(a => !a.Membership.IsVault).Select(a => a.Membership.Node)];

    private List<Membership> Readers()
    {
        var keyed = Keyed().Select(context.Judgement.Now.FirstKeyOf).ToHashSet();
        return [.. context.Members.All.Where(m => keyed.Contains(context.Judgement.Now.FirstKeyOf(m.Node)) && context.Judgement.Now.Now(m.Node).HasFlag(Permissions.Read)).OrderBy(m => m.Node)];
    }

    // Whoever changed who may read does it at once; the other admins take turns, in case that one is gone.
    private void Plan(IEnumerable<PeerSession> live)
    {
        var (self, judge) = (context.Identity.Node, context.Judgement.Now);
        _plans = false;
        var isNeeded = Administers(self) && Needed() is not null;
        if (!isNeeded && Orphans().Count == 0)
        {
            (_shareAtMs, _waitsSinceMs) = (null, null);
            return;
        }
        if (_shareAtMs is not null) return;
        var saidIt = judge.Versions.Any(v => judge.AreOne(v.Author, self) && judge.InForce.Contains(v.Id));
        var rank = saidIt && isNeeded ? 0 : live.Select(p => p.Peer).Where(p => !isNeeded || Administers(p)).Append(self).Distinct().Order().ToList().IndexOf(self);
        _shareAtMs = Math.Max(context.NowMs + SettleMs + rank * TurnMs, _lastMs + AgainMs);
        context.Emit(new WakeEffect(_shareAtMs.Value));
    }

    private bool Administers(NodeId node) => context.Judgement.Now.Now(node).HasFlag(Permissions.Admin | Permissions.Read);

    private void Share(Authoring authoring, IEnumerable<PeerSession> live)
    {
        // What a peer has more may say who is out. Whoever claims to have what never comes does not hold it up for long.
        _waitsSinceMs ??= context.NowMs;
        if (context.NowMs - _waitsSinceMs < PatienceMs && live.Any(p => !context.View.Cursor.Includes(p.Cursor)))
        {
            _shareAtMs = context.NowMs + SettleMs;
            context.Emit(new WakeEffect(_shareAtMs.Value));
            return;
        }
        (_shareAtMs, _waitsSinceMs, _lastMs) = (null, null, context.NowMs);
        var batch = new CommitBatch();
        if (Administers(context.Identity.Node) && Needed() is var (rotates, members)) ShareCurrent(authoring, batch, rotates, members);
        else
            foreach (var orphan in Orphans()) Share(authoring, batch, ring.Secret(orphan).ToArray(), 1, Readers(), leads: false); // Who else has it may not get later ones by it.
        if (!batch.IsEmpty) context.Commit(batch, flushed: true, () => Recorded?.Invoke(), NotShared);
    }

    private void ShareCurrent(Authoring authoring, CommitBatch batch, bool rotates, List<Membership> members)
    {
        var (keyId, generation) = Current();
        var key = rotates ? new byte[Sealer.KeyLength] : ring.Secret(keyId).ToArray();
        if (rotates)
        {
            context.Identity.FillRandom(key);
            generation = Math.Min(generation, int.MaxValue - 1) + 1;
        }
        Share(authoring, batch, key, generation, members, leads: true);
    }

    private void Share(Authoring authoring, CommitBatch batch, byte[] key, int generation, List<Membership> members, bool leads)
    {
        Span<byte> nonce = stackalloc byte[Sealer.NonceLength], chance = stackalloc byte[Sealer.KeyLength];
        foreach (var some in members.Chunk(SealKeyShare.MaxFor).DefaultIfEmpty([]))
        {
            context.Identity.FillRandom(nonce);
            context.Identity.FillRandom(chance);
            authoring.Write(batch, KeyWrap.Wrap(context.Identity.Cluster, key, generation, some, leads ? ring.SealOlder(key, nonce) : default, chance));
        }
    }

    private void NotShared(string error)
    {
        context.Problem(EntryPath.Root, ProblemKind.Unwritable, $"A new key of the folder cannot be recorded: {error}");
        _plans = true; // For after a while.
    }

    private sealed class Held(SealKeyShare share, RecordHeader record, NodeId self)
    {
        public long KeyId { get; } = share.KeyId;

        public int Generation { get; } = share.Generation;

        public RecordHeader Record => record;

        /// <summary>Whom it was given to.</summary>
        public ImmutableArray<NodeId> Nodes { get; } = [.. share.For.Select(w => w.Node)];

        /// <summary>What of it is for this node, until that was tried.</summary>
        public SealKeyShare? ForThis { get; set; } = share.For.Any(w => w.Node == self) ? Kept(share, self) : null;

        /// <summary>Its author was an admin.</summary>
        public bool Holds { get; set; }

        /// <summary>The keys that it brings besides, until they are opened.</summary>
        public ReadOnlyMemory<byte>? OlderSealed { get; set; } = share.Older.ToArray();

        /// <summary>Which they are.</summary>
        public IReadOnlyList<long> Older { get; set; } = [];

        // Copies: the share lies in the message that brought it.
        private static SealKeyShare Kept(SealKeyShare share, NodeId self) =>
            share with { Sender = share.Sender.ToArray(), For = [.. share.For.Where(w => w.Node == self).Select(w => new WrappedKey(self, w.Bytes.ToArray()))], Older = default };
    }
}
