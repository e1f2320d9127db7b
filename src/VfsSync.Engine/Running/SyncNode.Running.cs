using System.Collections.Concurrent;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;
using VfsSync.Engine.Disk;

namespace VfsSync.Engine.Running;

internal sealed partial class SyncNode
{
    private readonly ConcurrentDictionary<long, TaskCompletionSource<IReadOnlyList<Change>>> _requests = new();
    private const long LeftoversMs = 10 * 60_000;

    private long _lastRequest, _startedMs;
    private bool _wasBehind;

    /// <summary>
    /// Compares the disk at and below the paths (all, when empty) with the index, records what changed, and puts what is known but missing on the disk.
    /// Returns when the local part is done.
    /// </summary>
    public async Task<IReadOnlyList<SyncChange>> SyncAsync(IReadOnlyList<EntryPath> paths, bool whatIf, CancellationToken cancellation)
    {
        if (State is not NodeState.Running) throw Stopped();
        if (whatIf) return IsVault ? [] : Plan(paths, cancellation);
        var targets = paths.Count == 0 ? [new ScanTarget(EntryPath.Root, true)] : paths.Select(p => new ScanTarget(p, true)).ToList();
        var changes = await RequestAsync(targets, cancellation);
        var asked = paths.ToHashSet();
        var made = changes.Where(c => IsAsked(c.Path) || c.MovedFrom is { } from && asked.Contains(from)).Select(c => new SyncChange(c.Path, KindOf(c), c.Entry.Size, false, null)).ToList();
        // What could not be written is being tried again; what it comes to is told by Get-VfsProblem.
        var unread = Problems().Where(p => p.Kind == ProblemKind.Unreadable && !p.Path.IsRoot && IsAsked(p.Path)).ToList();
        if (unread.Count > 0) unread.RemoveAll(p => made.Exists(c => c.Path == p.Path));
        return [.. made, .. unread.Select(p => new SyncChange(p.Path, KindOf(p.Path, new Entry(EntryKind.File)), _store.OnDisk(p.Path)?.Entry.Size ?? 0, false, p.Message))];

        bool IsAsked(EntryPath path) => asked.Count == 0 || asked.Contains(path) || path.Ancestors().Any(asked.Contains);
    }

    private static void Answer(TaskCompletionSource<IReadOnlyList<Change>> request, AnswerEffect answer)
    {
        if (answer.Error is { } error) request.TrySetException(new NodeException("VfsNotRecorded", error));
        else request.TrySetResult(answer.Changes);
    }

    private Task<IReadOnlyList<Change>> RequestAsync(IReadOnlyList<ScanTarget> targets, CancellationToken cancellation)
    {
        var request = Interlocked.Increment(ref _lastRequest);
        var answer = _requests[request] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(new SyncInput(request, targets));
        if (State is NodeState.Halted or NodeState.Stopped) EndRequests();
        return answer.Task.WaitAsync(cancellation);
    }

    private List<SyncChange> Plan(IReadOnlyList<EntryPath> paths, CancellationToken cancellation)
    {
        var reader = new ContentReader(_folder, _keys, new Core.Content.Chunker(_keys.GearKey));
        var targets = paths.Count == 0 ? [new ScanTarget(EntryPath.Root, true)] : paths.Select(p => new ScanTarget(p, true)).ToList();
        var scanned = new Scanner(_folder, _store, reader, _source.Expand).Scan(targets, cancellation);
        var planned = scanned.Seen.Select(s => (s.Path, s.Entry)).Concat(scanned.Large.Select(l => (l.Path, Entry: new Entry(EntryKind.File, l.Stamp.Size))));
        return [.. planned.Where(p => _store.OnDisk(p.Path)?.Entry != p.Entry).OrderBy(p => p.Path).Select(p => new SyncChange(p.Path, KindOf(p.Path, p.Entry), p.Entry.Size, true, null))];
    }

    private string KindOf(EntryPath path, Entry entry) =>
        entry.IsAbsent ? "Remove" : _store.OnDisk(path) is { Entry.IsAbsent: false } ? "Modify" : "Create";

    private static string KindOf(Change change) =>
        change.Entry.IsAbsent ? "Remove" : change.MovedFrom is not null ? "Rename" : change.Parents.IsEmpty ? "Create" : "Modify";

    private void Post(SessionInput input)
    {
        if (State == NodeState.Stopped || _broken != 0) return;
        if (Stirs(input)) _quiet.Stir();
        _lane.Post(input);
        if (input is AppliedInput)
        {
            _aside.Arm();
            _kept.Arm();
            if (!_source.Kept.IsEmpty) _capture.Arm();
        }
        if (input is MessageInput or LinkDownInput or AppliedInput or ScannedInput or HashedInput or DeliveredInput or TickInput) _waiting.Changed();
    }

    // What somebody can send without any change must not keep away for ever what waits for quiet.
    private static bool Stirs(SessionInput input) => input is MessageInput message
        ? message.Message is RecordsMessage or ChunksMessage or WantMessage or OfferMessage
        : input is not (TickInput or LinkUpInput or LinkDownInput);

    private IReadOnlyList<SessionEffect> Handle(SessionInput input)
    {
        var effects = _session.Handle(input, _clock.NowMs);
        MindLeftovers(input is CommittedInput);
        return effects;
    }

    // What was begun before may have been only offered: then its record comes later than the first commits, in which nothing is missed.
    private void MindLeftovers(bool committed)
    {
        // Also what was behind at the start, by a record of an earlier run.
        if (_session.Behind > 0) _wasBehind = true;
        else if (committed && (_wasBehind || _clock.NowMs - _startedMs > LeftoversMs)) _left.Drop();
    }

    private void Returned(EntryPath origin, EntryPath path)
    {
        _events.Add(new SyncEvent(DateTimeOffset.Now, SyncEventKind.Conflict, Name, origin, EntryKind.File, Message: $"a program went on writing into what was replaced; kept both: {path.Name}"));
        if (State == NodeState.Running) Post(new HintInput([new ScanTarget(path, false)], []));
    }

    // Of its folder a vault wants to know only that it is still there.
    private void HintedInVault(IReadOnlyList<WatchHint> hints)
    {
        if (hints.Any(h => h.Kind == HintKind.RootGone)) Hinted([.. hints.Where(h => h.Kind == HintKind.RootGone)]);
        else if (HasFiles(_home)) NoPlaceForFiles();
    }

    private void NoPlaceForFiles() =>
        _problems.Set(EntryPath.Root, new Problem(EntryPath.Root, ProblemKind.Node, $"{Name} is a vault: what lies in its folder beside .vfs goes nowhere. Put it into the folder of a node that is none."));

    private void Hinted(IReadOnlyList<WatchHint> hints)
    {
        var targets = new List<ScanTarget>(hints.Count);
        var writing = new List<EntryPath>();
        foreach (var hint in hints)
        {
            switch (hint.Kind)
            {
                case HintKind.Writing: writing.Add(hint.Path); break;
                case HintKind.RootGone: Post(new RootGoneInput(Directory.Exists(Root)
                    ? $"The node's state in '{Root}' (.vfs) is gone, or another folder is in its place (removed, renamed or unmounted). Bring it back and start the node again, or join anew with an invitation. What went at the same time was removed nowhere else."
                    : $"The folder '{Root}' is gone (removed, renamed or unmounted). Bring it back and start the node again. What went with it was removed nowhere else.")); return;
                case HintKind.Lost: targets.Add(new ScanTarget(EntryPath.Root, true)); break;
                default: if (!hint.Path.IsRoot) targets.Add(new ScanTarget(hint.Path, hint.Kind == HintKind.NewTree)); break;
            }
        }
        Post(new HintInput(targets, writing));
    }

    // Effects about people are run here, those about disk, store and links by the runner.
    private SessionInput? Run(SessionEffect effect)
    {
        switch (effect)
        {
            case AnswerEffect answer: if (_requests.TryRemove(answer.Request, out var request)) Answer(request, answer); return null;
            case RecalledEffect recalled: Recalled(recalled); return null;
            case HappenedEffect happened: Happened(happened); return null;
            case ProblemEffect problem: Trouble(problem); return null;
            case SettledEffect settled: Settled(settled.Problem); return null;
            case HaltEffect halt: Halted(halt); return null;
            case SealKeysEffect: KeepSealKeys(); return null;
            case KeyInUseEffect inUse:
                KeepSealKeys();
                CloseOld(inUse.KeyId);
                return null;
            case PolicyEffect:
                _judge = _session.Judge;
                Role = _judge.RoleOf(Id);
                HistoryScopeChanged();
                _dialling.Wake();
                return null;
            case MergeEffect merge: _mergeWorker.Post(() => MergeByPolicy(merge.Path)); return null;
            case CloseEffect { Reason: "Self" } self: if (_links.Find(self.Link) is { } own) _dialling.IsSelf(own.Link.Address); return _effects.Run(effect);
            case EpochEffect epoch: NewEpoch(epoch); return null;
            case CommitEffect commit: return Committed(commit, _effects.Run(effect));
            default: return _effects.Run(effect);
        }
    }

    // What kept the state from being written is over once it is written.
    private SessionInput? Committed(CommitEffect commit, SessionInput? outcome)
    {
        if (outcome is CommittedInput { Error: null } && _problems.Written()) _events.Add(new SyncEvent(DateTimeOffset.Now, SyncEventKind.ProblemCleared, Name));
        if (commit.Batch.Places.Keys.Any(path => commit.Batch.Index.GetValueOrDefault(path) is { Entry.Size: > Staging.SmallContent })) _capture.Arm();
        return outcome;
    }

    private void Halted(HaltEffect halt)
    {
        _epochs.Keep(halt);
        Halt(halt.Reason);
        EndRequests();
    }

    private void NewEpoch(EpochEffect epoch)
    {
        _epochs.Keep(epoch);
        Trouble(new ProblemEffect(EntryPath.Root, new Problem(EntryPath.Root, ProblemKind.Node, $"This node goes on under a new epoch: {epoch.Why}. Nothing is lost.")));
    }

    private void EndRequests()
    {
        foreach (var number in _requests.Keys)
            if (_requests.TryRemove(number, out var request)) request.TrySetException(Stopped());
        foreach (var number in _recalls.Keys)
            if (_recalls.TryRemove(number, out var recall)) recall.TrySetException(Stopped());
    }

    private void Happened(HappenedEffect happened)
    {
        var kind = happened.What switch
        {
            Happening.Recorded => SyncEventKind.Recorded,
            Happening.Received => SyncEventKind.Received,
            Happening.Removed => SyncEventKind.Removed,
            Happening.Renamed => SyncEventKind.Renamed,
            Happening.Conflict => SyncEventKind.Conflict,
            Happening.Withdrawn => SyncEventKind.Withdrawn,
            Happening.Denied => SyncEventKind.Denied,
            Happening.Joined => SyncEventKind.NodeJoined,
            Happening.Connected => SyncEventKind.NodeConnected,
            Happening.Lost => SyncEventKind.NodeLost,
            _ => SyncEventKind.Synced,
        };
        if (kind is SyncEventKind.NodeConnected or SyncEventKind.NodeLost) LinksChanged(happened);
        var took = happened.TookMs is { } ms ? TimeSpan.FromMilliseconds(ms) : (TimeSpan?)null;
        _events.Add(new SyncEvent(DateTimeOffset.Now, kind, _members.NameOf(happened.Node), happened.Path, happened.Entry?.Kind ?? EntryKind.Absent,
            happened.Entry is { Kind: EntryKind.File } file ? file.Size : null, took, happened.Text, happened.From));
    }

    private void KeepSealKeys()
    {
        try
        {
            _home.SaveSealKeys([.. _keys.Ids.Where(id => id != Core.Crypto.KeyRing.FirstKeyId).OrderBy(id => id == _keys.CurrentKeyId).ThenBy(id => id).Select(id => _keys.Secret(id).ToArray())]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The log holds it as well, wrapped for this node: the next start, or the next key, keeps it.
            Trouble(new ProblemEffect(EntryPath.Root, new Problem(EntryPath.Root, ProblemKind.Node, $"A new key of the folder cannot be kept in '{_home.Home}': {e.Message}", "seal keys")));
        }
    }

    private void Trouble(ProblemEffect effect)
    {
        if (effect.Problem is { } problem)
        {
            if (_problems.Set(effect.Path, problem)) _events.Add(new SyncEvent(DateTimeOffset.Now, SyncEventKind.Problem, Name, PathOf(effect.Path), Message: problem.Message));
        }
        else if (_problems.Clear(effect.Path)) _events.Add(new SyncEvent(DateTimeOffset.Now, SyncEventKind.ProblemCleared, Name, PathOf(effect.Path)));
    }

    private void Settled(Problem problem)
    {
        if (_problems.Clear(problem)) _events.Add(new SyncEvent(DateTimeOffset.Now, SyncEventKind.ProblemCleared, Name, PathOf(problem.Path), Message: problem.Message));
    }

    private static EntryPath? PathOf(EntryPath path) => path.IsRoot ? null : path;
}
