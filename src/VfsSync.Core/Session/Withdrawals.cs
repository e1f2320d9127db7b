using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Session;

/// <summary>
/// Contents that nobody has. A long file that its author's user replaced before anyone had fetched it is held nowhere; where a head still names it, its author says
/// so (<see cref="Version.Withdrawn"/>), and nobody waits for it any more. Whoever has it after all says it anew, so nothing is lost by saying so too soon.
/// For an author that may not write there any more another node says it.
/// </summary>
/// <param name="context">The session.</param>
/// <param name="authoring">Writes this node's records.</param>
/// <param name="placing">Knows what is missed.</param>
/// <param name="linked">The nodes with which records flow.</param>
internal sealed class Withdrawals(SessionContext context, Authoring authoring, Placing placing, Func<IEnumerable<NodeId>> linked)
{
    private const long LookEveryMs = 1000, AgainMs = 1000;

    private readonly Dictionary<(EntryPath Path, Dot Dot), long> _missing = [];
    private readonly Queue<EntryPath> _toLookAt = new();
    private readonly HashSet<EntryPath> _queued = [];
    private long _lookAtMs, _againAtMs;

    /// <summary>Own records were committed.</summary>
    public event Action? Recorded;

    /// <summary>Withdraws what this node wrote, or is to speak for, and what neither it nor any node that is connected has had for a while.</summary>
    public void Tick()
    {
        if (context.NowMs < _lookAtMs || context.Committing) return;
        _lookAtMs = context.NowMs + LookEveryMs;
        var missing = placing.Missing().Select(HeadOf).OfType<Version>().Where(h => !h.Withdrawn && (IsOwn(h) || SpeaksFor(h))).DistinctBy(h => (h.Path, h.Dot)).ToList();
        foreach (var gone in _missing.Keys.Except(missing.Select(h => (h.Path, h.Dot))).ToList()) _missing.Remove(gone);
        if (missing.Count == 0) return;
        foreach (var head in missing) _missing.TryAdd((head.Path, head.Dot), context.NowMs);
        var due = missing.FindAll(h => context.NowMs - _missing[(h.Path, h.Dot)] >= context.Settings.WithdrawMs * (IsOwn(h) ? 1 : 2));
        if (due.Count < missing.Count) context.Emit(new WakeEffect(_lookAtMs));
        if (due.Count > 0) Record([.. due.Select(Withdrawn).OfType<Change>()], Happening.Withdrawn);
    }

    /// <summary>The heads of these paths changed, or what this disk shows of them: what was withdrawn and stands here is said anew.</summary>
    public void Look(IEnumerable<EntryPath> paths)
    {
        foreach (var path in paths)
            if (_queued.Add(path)) _toLookAt.Enqueue(path);
    }

    /// <summary>Before anything is placed: what stands here may be about to go.</summary>
    public void Advance()
    {
        while (_toLookAt.Count > 0 && !context.Committing && context.NowMs >= _againAtMs)
        {
            var path = _toLookAt.Peek();
            var said = context.View.Heads(path).Where(h => h.Withdrawn).Select(h => (Head: h, Row: RowOf(h))).FirstOrDefault(s => s.Row is not null);
            // Who may not say it leaves it at that: whatever is said next of the path looks at it again.
            if (said.Row is not { } row || !Say(row, said.Head)) _queued.Remove(_toLookAt.Dequeue());
        }
    }

    /// <summary>The user gives up what nobody has.</summary>
    public void GiveUp(EntryPath path)
    {
        var heads = context.View.Heads(path).Where(h => h.Withdrawn).ToList();
        if (context.Pending.Contains(path) && heads.Count > 0)
            Record([new Change(0, path, Entry.Absent, heads.Aggregate(VersionVector.Empty, (v, h) => v.Join(h.Vector)))], Happening.Recorded);
    }

    private bool IsOwn(Version head) => context.Judgement.Now.AreOne(head.Dot.Author.Node, authoring.Author.Node);

    // Its author may not say so any more, and is here without the content, or for good away. One node is enough: of those that see each other and may write there, the first that has no
    // version of its own beside it: its next number there would cover that, and take the place of what somebody away may hold still.
    private bool SpeaksFor(Version head)
    {
        var (judge, peers) = (context.Judgement.Now, linked().ToHashSet());
        var author = judge.KeyNowOf(head.Dot.Author.Node);
        if (MayWrite(author) || !peers.Contains(author) && judge.MayConnect(author, null)) return false;
        var beside = context.View.Heads(head.Path).Where(h => h.Dot != head.Dot).Select(h => h.Dot.Author.Node).ToHashSet();
        return peers.Append(authoring.Author.Node).Where(node => MayWrite(node) && !beside.Contains(node)).Order().FirstOrDefault() == authoring.Author.Node;

        bool MayWrite(NodeId node) => judge.NowAt(node, head.Path).HasFlag(PoliciesInForce.Governs(head.Path) ? Permissions.Admin : Permissions.Write);
    }

    // What is gathered for a path may not be what it is to show any more.
    private Version? HeadOf(Placement wanted) =>
        context.View.Heads(wanted.Of ?? wanted.Origin).FirstOrDefault(h => h.Dot == wanted.Shown && h.Entry.Kind == EntryKind.File && h.Entry.SameContent(wanted.Entry));

    // A number of one's own covers all below it: where this node has another version there, that one is what is left.
    private Change? Withdrawn(Version head)
    {
        var own = context.View.Heads(head.Path).FirstOrDefault(h => h.Dot.Author == authoring.Author && h.Dot != head.Dot);
        if (own is { MovedTo: not null }) return null;
        return own is null
            ? new Change(0, head.Path, head.Entry, head.Vector, Withdrawn: true)
            : new Change(0, head.Path, own.Entry, own.Vector.Join(head.Vector), Withdrawn: own.Withdrawn);
    }

    private IndexRow? RowOf(Version head)
    {
        var at = context.Showing.LandsAt(head);
        return context.View.ShownFor(at).Append(context.View.OnDisk(at)).Append(context.View.OnDisk(head.Path))
            .FirstOrDefault(row => row is { Placed: true, Entry.IsAbsent: false } && row.Entry.SameContent(head.Entry) && head.Vector.Contains(row.Shown));
    }

    private bool Say(IndexRow row, Version head)
    {
        var (batch, changes) = LocalChanges.SaidAnew(row, head, context, authoring);
        if (!batch.IsEmpty) Commit(batch, changes, Happening.Recorded);
        return batch.Records.Count > 0;
    }

    private void Record(IReadOnlyList<Change> changes, Happening what)
    {
        changes = [.. changes.Where(context.Judgement.Permits)];
        if (changes.Count == 0) return;
        var batch = new CommitBatch();
        authoring.Write(batch, [.. changes.Select(c => (c, (IReadOnlyList<Content.ChunkId>)[]))]);
        foreach (var (_, record) in batch.Records) BatchFold.Add(batch, record, context.View);
        Commit(batch, changes, what);
    }

    // What could not be recorded is missed, or stands here, at the next look as well; asked for at once it would be refused at once, without end.
    private void Commit(CommitBatch batch, IReadOnlyList<Change> changes, Happening what) => context.Commit(batch, flushed: true, () =>
    {
        placing.HeadsChanged(batch.Heads.Keys, context.View.LastSequence);
        foreach (var change in changes) context.Emit(new HappenedEffect(what, authoring.Author.Node, change.Path, change.Entry));
        Recorded?.Invoke();
    }, _ =>
    {
        _againAtMs = context.NowMs + AgainMs;
        context.Emit(new WakeEffect(_againAtMs));
    });
}
