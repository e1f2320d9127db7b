using VfsSync.Core.History;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Session;

/// <summary>This disk's own changes: from hints to looks, from looks to records.</summary>
internal sealed partial class LocalSide
{
    private const long HugeFile = 64 * 1024 * 1024;
    private const long HeldMs = 2000, DoubtsMs = 1000, AgainMs = 1000;
    private const int MostLooks = 50;

    private readonly SessionContext _context;
    private readonly Authoring _authoring;
    private readonly Placing _placing;
    private readonly ScanSchedule _schedule;
    private readonly HashSet<EntryPath> _hashing = [];
    private readonly Dictionary<EntryPath, FileStamp> _askedWhileHashing = [];
    private readonly HashSet<EntryPath> _spoilt = [];
    private readonly HashSet<EntryPath> _firstHashes = [];
    private readonly List<Observation> _held = [];
    private readonly HashSet<EntryPath> _placedSince = [];
    private readonly DoubtedRemovals _doubted;
    private readonly AskedLooks _asked;
    private readonly HashSet<EntryPath> _troubled = [];
    private readonly HashSet<EntryPath> _leaving = [];
    private readonly HashSet<EntryPath> _unseen = [];
    private readonly Queue<EntryPath> _toSettle = [];
    private readonly List<EntryPath> _settleAgain = [];
    private long _nextRescanMs, _noted, _releaseAtMs, _doubtsAtMs = long.MaxValue, _settleAtMs = long.MaxValue;
    private long _plan;
    private bool _heldAtStart, _refused;
    private string _refusal = "";

    public LocalSide(SessionContext context, Authoring authoring, Placing placing)
    {
        _context = context;
        _authoring = authoring;
        _placing = placing;
        _schedule = new ScanSchedule(context);
        _doubted = new DoubtedRemovals(context);
        _asked = new AskedLooks(context);
    }

    /// <summary>Own records were committed.</summary>
    public event Action? Recorded;

    /// <summary>The first look at the whole folder is not done: nothing is placed before it, so that what changed while the node was off is seen first.</summary>
    public bool FirstLookPending { get; private set; } = true;

    public void LookAt(ScanTarget target) => _schedule.Add(target);

    public void Hinted(HintInput hint)
    {
        foreach (var path in hint.Writing) _schedule.Writing(path, heldOpen: false);
        foreach (var target in hint.Targets) _schedule.Add(target);
    }

    public void Asked(SyncInput sync)
    {
        _asked.Add(sync);
        _schedule.AddRequest(sync.Request);
        foreach (var target in sync.Targets) _schedule.Add(target);
        _placing.RetryFailed();
    }

    public void Leaving(LeavingInput leaving)
    {
        if (leaving.Ended) _leaving.Remove(leaving.Path);
        else _leaving.Add(leaving.Path);
    }

    /// <summary>The user keeps both versions of a conflict, without a change of either.</summary>
    public void AskedToSettle(EntryPath path) => _toSettle.Enqueue(path);

    /// <summary>How many files an empty disk lacks that nobody removed: neither the cluster nor, just now, the user through this node.</summary>
    public int Missed() => _context.View.OnDiskBelow(EntryPath.Root).Count(row => row is { Placed: true, Entry.Kind: EntryKind.File }
        && _context.View.Heads(row.Origin).Any(h => !h.Entry.IsAbsent) && !IsLeaving(row.Path));

    /// <summary>What was missed at the start waits for long files that are still being read.</summary>
    public bool HoldsFirstLook => _heldAtStart;

    /// <summary>
    /// The disk is left alone until it is clear what is missing from it: so much of it that it may not be meant, or something that may have come to a long file that has
    /// its first look, or to what the store has refused.
    /// </summary>
    public bool IsVanishing => _doubted.IsMass || _heldAtStart || _context.Unrecorded.Count > 0 && (_held.Count > 0 || !_doubted.IsEmpty);

    /// <summary>
    /// What vanished waits no longer, neither for long files that are being read nor for a second look, once a plan is about any of it: the disk is about to be
    /// changed there, so what was seen of it would tell nothing afterwards.
    /// </summary>
    /// <param name="isAbout">Whether the next plan may be about one of these paths, or about what lies above or below it.</param>
    public void ReleaseHeld(Func<IReadOnlyCollection<EntryPath>, bool> isAbout)
    {
        if (_held.Count == 0 && _doubted.IsEmpty || IsVanishing) return;
        if (isAbout([.. _held.Select(h => h.Path), .. _doubted.Paths])) RecordHeld(_doubted.Release());
    }

    private void RecordHeld(IReadOnlyList<Observation> also)
    {
        var seen = _held.Concat(also).ToList();
        if (seen.Count == 0) return;
        _held.Clear();
        Record(seen, [.. _asked.Reading.Union(_asked.Settled([.. seen.Select(s => s.Path)]))], believed: true);
    }

    public void Tick()
    {
        if (_held.Count > 0 && _context.NowMs >= _releaseAtMs && !IsVanishing) RecordHeld([]);
        _schedule.Tick();
        _asked.Tick();
        foreach (var path in _doubted.Overdue()) _schedule.Add(new ScanTarget(path, _context.View.OnDisk(path)?.Entry.Kind == EntryKind.Directory));
        if (_context.NowMs >= _doubtsAtMs) WatchDoubts();
        if (_context.NowMs >= _settleAtMs) SettleAgain();
        if (_context.NowMs < _nextRescanMs) return;
        LookAt(new ScanTarget(EntryPath.Root, true));
        RescanLater();
    }

    private void SettleAgain()
    {
        _settleAtMs = long.MaxValue;
        _settleAgain.ForEach(_toSettle.Enqueue);
        _settleAgain.Clear();
    }

    // As long as anything is doubted, time goes on for it.
    private void WatchDoubts()
    {
        _doubtsAtMs = _doubted.IsEmpty ? long.MaxValue : _context.NowMs + DoubtsMs;
        if (!_doubted.IsEmpty) _context.Emit(new WakeEffect(_doubtsAtMs));
    }

    /// <summary>Hints or not, the whole folder is looked at again after a while.</summary>
    public void RescanLater()
    {
        _nextRescanMs = _context.NowMs + _context.Settings.RescanMs;
        _context.Emit(new WakeEffect(_nextRescanMs));
    }

    /// <summary>Starts the next look. While a plan is being applied its paths are left alone: the applier looks at them itself.</summary>
    public void Advance()
    {
        while (_toSettle.Count > 0 && !_context.Committing) Settle(_toSettle.Dequeue());
        var plan = _placing.UnderWay.Count > 0 ? _placing.Plans : 0;
        if (plan != _plan)
        {
            _plan = plan;
            _placedSince.UnionWith(_placing.UnderWay);
            _schedule.Release();
        }
        if (_schedule.Busy) return;
        _schedule.Start(IsChanging);
        if (!_schedule.Busy) return;
        _placedSince.Clear();
        _placedSince.UnionWith(_placing.UnderWay);
    }

    /// <summary>What a plan is about to change, a look under way may see before or after it: that tells nothing of the user.</summary>
    public void NotePlacing()
    {
        if (_noted == _placing.Plans) return;
        _noted = _placing.Plans;
        if (_schedule.Busy) _placedSince.UnionWith(_placing.UnderWay);
        if (_hashing.Count > 0) _spoilt.UnionWith(_hashing.Where(_placing.UnderWay.Contains));
    }

    private bool IsChanging(ScanTarget target) =>
        _placing.UnderWay.Contains(target.Path) || target.Deep && _placing.UnderWay.Any(p => p.IsBelow(target.Path));

    public void Scanned(ScannedInput scanned)
    {
        // What a plan disturbed is looked at once more, also where no difference was seen: it was compared with an index that was about to change.
        var again = _placedSince.Where(_schedule.Covered).ToList();
        var requests = _asked.Looked(_schedule.Finish(), again, _schedule.Covered);
        foreach (var (path, stamp) in scanned.Large)
        {
            // It may be what the plan brought, or what it took away: that is read when the index knows it.
            if (_placedSince.Contains(path)) continue;
            // Reading it under an unsure stamp would mean to read it twice.
            if (stamp.Unsure && stamp.Size > HugeFile && requests.Count == 0) _schedule.Later(new ScanTarget(path, false), _context.Settings.GrainMs);
            else Hash(path, stamp, requests);
        }
        if (FirstLookPending || _unseen.Overlaps(scanned.Clear)) _firstHashes.UnionWith(scanned.Large.Select(l => l.Path).Concat(scanned.Open));
        foreach (var path in scanned.Clear.Except(scanned.Open)) _schedule.Settled(path);
        foreach (var path in scanned.Open) _schedule.Writing(path, heldOpen: true);
        ReportProblems(scanned);
        foreach (var path in again) _schedule.Add(new ScanTarget(path, _context.View.OnDisk(path)?.Entry.Kind == EntryKind.Directory));
        var unread = scanned.Large.Select(l => l.Path).Concat(scanned.Open).ToHashSet();
        _context.Unrecorded.RemoveWhere(p => _schedule.Covered(p) && !unread.Contains(p));
        _held.RemoveAll(h => _schedule.Covered(h.Path)); // It was looked at once more, and may be back.
        var absent = scanned.Seen.Where(s => s.Entry.IsAbsent).Select(s => s.Path).ToHashSet();
        _doubted.Forget(path => _schedule.Covered(path) && !absent.Contains(path));
        var (now, held) = Sort(scanned.Seen);
        var atStart = IsFirstLook(scanned);
        Hold(held, atStart);
        Record(now, requests, atStart);
        // What a plan was changing meanwhile was not really seen: it is looked at once more before it is placed again.
        foreach (var path in scanned.Clear.Concat(_schedule.Asked))
            if (!_placedSince.Contains(path)) _placing.LookedAt(path, changed: false);
        foreach (var seen in scanned.Seen)
            if (!_placedSince.Contains(seen.Path) && !_doubted.Has(seen.Path)) _placing.LookedAt(seen.Path, changed: true);
    }

    // What cannot be looked at at the start has its first look when it can; nothing is placed before the folder itself had its own.
    private bool IsFirstLook(ScannedInput scanned)
    {
        var isFirst = FirstLookPending || _unseen.Overlaps(scanned.Clear);
        var unreadable = scanned.Problems.Where(p => p.Kind == ProblemKind.Unreadable).Select(p => p.Path).ToList();
        if (FirstLookPending) _unseen.UnionWith(unreadable);
        FirstLookPending &= !_schedule.CoversAll || unreadable.Contains(EntryPath.Root);
        _unseen.ExceptWith(scanned.Clear);
        return isFirst;
    }

    public void Hashed(HashedInput hashed)
    {
        _hashing.Remove(hashed.Path);
        var requests = _asked.Read(hashed.Path);
        if (hashed.Problem is { } problem) Trouble(problem);
        else if (hashed.Seen is null) _schedule.Writing(hashed.Path, heldOpen: false);
        else Clear(hashed.Path);
        var seen = new List<Observation>();
        if (_held.RemoveAll(h => h.Path == hashed.Path) > 0) requests = [.. requests.Union(_asked.Settled([hashed.Path]))];
        // What closed it while it was read, or changed it just after, is told no second time.
        var isStale = _askedWhileHashing.Remove(hashed.Path, out var stamp) && hashed.Seen is { } read && (read.WhileOpen || !read.Stamp.SameAs(stamp));
        var isSpoilt = _spoilt.Remove(hashed.Path); // A plan came in between.
        if (isStale || isSpoilt)
        {
            _schedule.Add(new ScanTarget(hashed.Path, false));
            _asked.Await([hashed.Path]);
        }
        if (!isSpoilt)
        {
            if (hashed.Seen is not null) seen.Add(hashed.Seen);
            if (hashed is not { Seen: null, Problem: null }) _context.Unrecorded.Remove(hashed.Path);
        }
        var atStart = _hashing.Count == 0 && _heldAtStart;
        if (_hashing.Count == 0)
        {
            requests = [.. requests.Union(_asked.Settled([.. _held.Select(h => h.Path)]))];
            seen.AddRange(_held);
            _held.Clear();
            _heldAtStart = false;
        }
        Record(seen, requests, atStart);
    }

    private void Hold(List<Observation> held, bool atStart)
    {
        if (held.Count == 0) return;
        if (_held.Count == 0)
        {
            _releaseAtMs = _context.NowMs + HeldMs;
            _context.Emit(new WakeEffect(_releaseAtMs));
        }
        _held.AddRange(held);
        _asked.Await([.. held.Select(h => h.Path)]);
        _doubted.Doubt(held);
        if (_doubtsAtMs == long.MaxValue) WatchDoubts();
        _heldAtStart |= atStart;
    }

    private void Hash(EntryPath path, FileStamp stamp, IReadOnlyList<long> requests)
    {
        _asked.Reads(requests, path);
        if (_hashing.Add(path)) _context.Emit(new HashEffect(path));
        else _askedWhileHashing[path] = stamp;
    }

    // Paths that a plan was changing while the scan looked are looked at again. While long files are read, what vanished waits: it may be where they came from.
    private (List<Observation> Now, List<Observation> Held) Sort(IReadOnlyList<Observation> seen)
    {
        var now = new List<Observation>(seen.Count);
        var held = new List<Observation>();
        foreach (var observation in seen)
        {
            if (_placedSince.Contains(observation.Path)) _schedule.Add(new ScanTarget(observation.Path, observation.Entry.Kind == EntryKind.Directory));
            else if (observation.Entry.IsAbsent && _hashing.Count > 0 && !IsLeaving(observation.Path) && _context.View.OnDisk(observation.Path) is { Entry: { Kind: EntryKind.File, Size: > Staging.SmallContent } }) held.Add(observation);
            else now.Add(observation);
        }
        return (now, held);
    }

    private void ReportProblems(ScannedInput scanned)
    {
        foreach (var problem in scanned.Problems) Trouble(problem);
        if (_troubled.Count == 0) return;
        var still = scanned.Problems.Select(p => p.Path).ToHashSet();
        // What lies in a directory that is gone is not looked at by itself.
        foreach (var path in scanned.Clear.Concat(_troubled.Where(t => _schedule.Covered(t) && !still.Contains(t) && !t.Ancestors().Any(still.Contains))).ToList()) Clear(path);
    }

    private void Trouble(Problem problem)
    {
        _troubled.Add(problem.Path);
        _context.Emit(new ProblemEffect(problem.Path, problem));
        // With all below it: what could not be listed may hold changes that nothing else tells of.
        if (problem.Kind == ProblemKind.Unreadable) _schedule.Later(new ScanTarget(problem.Path, true), 5000);
    }

    private void Clear(EntryPath path)
    {
        if (_troubled.Remove(path)) _context.Emit(new ProblemEffect(path, null));
    }

    // What the user removes through this node was asked for one by one.
    private bool IsLeaving(EntryPath path) => _leaving.Count > 0 && (_leaving.Contains(path) || path.Ancestors().Any(_leaving.Contains));
}
