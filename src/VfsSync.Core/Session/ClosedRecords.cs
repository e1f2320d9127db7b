using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Session;

/// <summary>Records of the log that are sealed with a key which was not here when they came: they are opened when it comes.</summary>
/// <param name="context">The session's.</param>
/// <param name="ring">The node's keys.</param>
/// <param name="isShared">Whether an admin has shared a key.</param>
internal sealed class ClosedRecords(SessionContext context, KeyRing ring, Func<long, bool> isShared)
{
    private const int Page = 256;
    private const long AgainMs = 10_000, PatienceMs = 30_000;

    private readonly SortedDictionary<long, (Dot Dot, long KeyId)> _closed = [];
    private readonly Dictionary<NodeId, long> _sinceMs = [];
    private Problem? _told;
    private long _openAtMs, _lookAtMs = long.MaxValue;
    private bool _mayOpen, _tells;

    /// <summary>Told with what could be opened at last, once it is committed, and when the first of it had arrived.</summary>
    public event Action<CommitBatch, long>? Opened;

    /// <summary>
    /// How many are waited for: their key was shared, or may have been, since that can come a moment later. Under a key that nobody has shared a member may seal what it likes, so
    /// each author is waited for but a while.
    /// </summary>
    public int Count { get; private set; }

    /// <summary>When the first of them arrived; none: <see cref="long.MaxValue"/>.</summary>
    public long FirstBehind { get; private set; } = long.MaxValue;

    /// <summary>The keys that are missing.</summary>
    public IEnumerable<long> KeyIds => _closed.Values.Select(c => c.KeyId);

    /// <summary>What the log says.</summary>
    public void Begin()
    {
        for (long after = 0; context.View.Closed(after, Page) is { Count: > 0 } page; after = page[^1].Sequence)
            foreach (var (sequence, record) in page)
                if (RecordCodec.DecodeHeader(record.Header) is var header) Add(sequence, header);
        _mayOpen = true;
        Recount();
    }

    /// <summary>These records are in the log. True if some of them are closed.</summary>
    public bool Note(CommitBatch batch)
    {
        var all = _closed.Count;
        foreach (var (author, first) in batch.SetAside) Forget(c => c.Author == author && c.Number >= first);
        var (sequence, before) = (context.View.LastSequence - batch.Records.Count, _closed.Count);
        foreach (var (_, opened) in batch.Records)
        {
            sequence++;
            if (opened.IsClosed) Add(sequence, opened.Header);
        }
        var closes = _closed.Count > before;
        if (batch.Opened.Count > 0)
        {
            var now = batch.Opened.Select(o => o.Dot).ToHashSet();
            Forget(now.Contains);
        }
        if (closes || _closed.Count != all) Recount();
        return closes;
    }

    private void Add(long sequence, RecordHeader header)
    {
        _closed[sequence] = (header.Dot, header.KeyId);
        _sinceMs.TryAdd(header.Author.Node, context.NowMs);
    }

    /// <summary>Another key is on the ring, or is shared.</summary>
    public void KeysChanged()
    {
        (_openAtMs, _mayOpen) = (0, true);
        Recount();
    }

    /// <summary>When nothing is being committed: opens what can be opened.</summary>
    public void Advance()
    {
        Tell();
        if (!_mayOpen || context.NowMs < _openAtMs) return;
        if (_closed.FirstOrDefault(c => ring.Has(c.Value.KeyId)) is not { Key: > 0 } first)
        {
            _mayOpen = false;
            return;
        }
        var batch = new CommitBatch();
        foreach (var (_, signed) in context.View.Closed(first.Key - 1, Page))
        {
            var header = RecordCodec.DecodeHeader(signed.Header);
            if (!ring.Has(header.KeyId)) continue;
            // What turns the verdict on earlier records is alone in its batch.
            if (header.Policy is not null && batch.Opened.Count > 0) break;
            context.Judgement.AddOpened(batch, context.Unseal(signed, header));
            if (header.Policy is not null) break;
        }
        context.Commit(batch, flushed: true, () => Opened?.Invoke(batch, first.Key), NotOpened);
    }

    private void NotOpened(string error)
    {
        context.Problem(EntryPath.Root, ProblemKind.Unwritable, $"What could be read at last cannot be recorded: {error}");
        _openAtMs = context.NowMs + AgainMs;
        context.Emit(new WakeEffect(_openAtMs));
    }

    private void Forget(Func<Dot, bool> gone)
    {
        foreach (var sequence in _closed.Where(c => gone(c.Value.Dot)).Select(c => c.Key).ToList()) _closed.Remove(sequence);
    }

    private void Recount()
    {
        _tells = true;
        var authors = _closed.Values.Select(c => c.Dot.Author.Node).ToHashSet();
        foreach (var done in _sinceMs.Keys.Where(a => !authors.Contains(a)).ToList()) _sinceMs.Remove(done);
        var waiting = _closed.Where(c => !IsOverdue(c.Value.Dot.Author.Node) || isShared(c.Value.KeyId)).ToList();
        (Count, FirstBehind) = (waiting.Count, waiting.Count == 0 ? long.MaxValue : waiting[0].Key);
        var early = _sinceMs.Where(s => !IsOverdue(s.Key)).ToList();
        _lookAtMs = early.Count == 0 ? long.MaxValue : early.Min(s => s.Value) + PatienceMs;
        if (early.Count > 0) context.Emit(new WakeEffect(_lookAtMs));
    }

    private bool IsOverdue(NodeId author) => context.NowMs - _sinceMs[author] >= PatienceMs;

    // It is over in a moment, as a rule.
    private void Tell()
    {
        if (context.NowMs >= _lookAtMs) Recount();
        if (!_tells) return;
        _tells = false;
        var overdue = _closed.Values.Where(c => IsOverdue(c.Dot.Author.Node)).ToList();
        var problem = overdue.Count == 0 ? null : ProblemOf(overdue.Exists(c => isShared(c.KeyId)), overdue.Select(c => c.Dot.Author.Node).Distinct().Order().Take(5));
        if (problem == _told) return;
        if (_told is { } settled) context.Emit(new SettledEffect(settled));
        if (problem is not null) context.Emit(new ProblemEffect(EntryPath.Root, problem));
        _told = problem;
    }

    private Problem ProblemOf(bool isShared, IEnumerable<NodeId> authors)
    {
        var who = string.Join(", ", authors.Select(context.Members.NameOf));
        return new Problem(EntryPath.Root, ProblemKind.Peer, isShared
            ? $"Changes of {who} are sealed with a new key of the folder that this node was not given yet. Any admin's node gives it: start one, and it comes by itself."
            : $"Changes of {who} are sealed with a key that no admin has shared, so nobody can read them.", "seal key");
    }
}
