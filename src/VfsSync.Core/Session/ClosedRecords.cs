using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Session;

/// <summary>Records of the log that are sealed with a key which was not here when they came: they are opened when it comes.</summary>
/// <param name="context">The session's.</param>
/// <param name="ring">The node's keys.</param>
/// <param name="isShared">Whether an admin has shared a key.</param>
internal sealed class ClosedRecords(SessionContext context, KeyRing ring, Func<int, bool> isShared)
{
    private const int Page = 256;
    private const long AgainMs = 10_000, PatienceMs = 30_000;

    private readonly SortedDictionary<long, (Dot Dot, int KeyId)> _closed = [];
    private Problem? _told;
    private long? _sinceMs;
    private long _openAtMs;
    private bool _wakes;

    /// <summary>Told with what could be opened at last, once it is committed, and when the first of it had arrived.</summary>
    public event Action<CommitBatch, long>? Opened;

    /// <summary>How many are waited for: their key was shared, or may have been, since that can come a moment later. Under a key that nobody has shared a member may seal what it likes.</summary>
    public int Count { get; private set; }

    /// <summary>When the first of them arrived; none: <see cref="long.MaxValue"/>.</summary>
    public long FirstBehind { get; private set; } = long.MaxValue;

    /// <summary>The keys that are missing.</summary>
    public IEnumerable<int> KeyIds => _closed.Values.Select(c => c.KeyId);

    /// <summary>What the log says.</summary>
    public void Begin()
    {
        for (long after = 0; context.View.Closed(after, Page) is { Count: > 0 } page; after = page[^1].Sequence)
            foreach (var (sequence, record) in page)
                if (RecordCodec.DecodeHeader(record.Header) is var header) _closed[sequence] = (header.Dot, header.KeyId);
        Recount();
    }

    /// <summary>These records are in the log. True if some of them are closed.</summary>
    public bool Note(CommitBatch batch)
    {
        foreach (var (author, first) in batch.SetAside) Forget(c => c.Author == author && c.Number >= first);
        var (sequence, before) = (context.View.LastSequence - batch.Records.Count, _closed.Count);
        foreach (var (_, opened) in batch.Records)
        {
            sequence++;
            if (opened.IsClosed) _closed[sequence] = (opened.Dot, opened.Header.KeyId);
        }
        var closes = _closed.Count > before;
        if (batch.Opened.Count > 0)
        {
            var now = batch.Opened.Select(o => o.Dot).ToHashSet();
            Forget(now.Contains);
        }
        Recount();
        return closes;
    }

    /// <summary>Another key is on the ring, or is shared.</summary>
    public void KeysChanged()
    {
        _openAtMs = 0;
        Recount();
    }

    /// <summary>When nothing is being committed: opens what can be opened.</summary>
    public void Advance()
    {
        Tell();
        if (context.NowMs < _openAtMs || _closed.FirstOrDefault(c => ring.Has(c.Value.KeyId)) is not { Key: > 0 } first) return;
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
        if (_closed.Count == 0)
        {
            (Count, FirstBehind) = (0, long.MaxValue);
            return;
        }
        _sinceMs ??= context.NowMs;
        var isEarly = context.NowMs - _sinceMs < PatienceMs;
        var waiting = _closed.Where(c => isEarly || isShared(c.Value.KeyId)).ToList();
        (Count, FirstBehind) = (waiting.Count, waiting.Count == 0 ? long.MaxValue : waiting[0].Key);
    }

    // It is over in a moment, as a rule.
    private void Tell()
    {
        if (_closed.Count == 0)
        {
            if (_told is { } settled) context.Emit(new SettledEffect(settled));
            (_told, _sinceMs, _wakes) = (null, null, false);
        }
        else if (_told is null && context.NowMs - _sinceMs >= PatienceMs)
        {
            Recount();
            var who = string.Join(", ", _closed.Values.Select(c => c.Dot.Author.Node).Distinct().Take(5).Select(context.Members.NameOf));
            _told = new Problem(EntryPath.Root, ProblemKind.Peer, Count > 0
                ? $"Changes of {who} are sealed with a new key of the folder that this node was not given yet. Any admin's node gives it: start one, and it comes by itself."
                : $"Changes of {who} are sealed with a key that no admin has shared, so nobody can read them.", "seal key");
            context.Emit(new ProblemEffect(EntryPath.Root, _told));
        }
        else if (!_wakes)
        {
            _wakes = true;
            context.Emit(new WakeEffect(context.NowMs + PatienceMs));
        }
    }
}
