using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Session;

/// <summary>
/// Brings the disk to what Fold shows: which displayed paths are behind, what is staged for them, the plan under way. One plan at a time, so a burst of
/// records becomes a few plans; a path that fails stays here until its cause goes.
/// </summary>
internal sealed partial class Placing
{
    private const long RecheckMs = 1000;
    private const int MaxSurprises = 6, Many = 500;

    private readonly SessionContext _context;
    private readonly Staging _staging;
    private readonly Action<ScanTarget> _lookAt;
    private readonly Func<bool> _hasPeers;
    private readonly BehindPaths _behind;
    private readonly HashSet<EntryPath> _open = [];
    private readonly StageRoom _room;
    private readonly HashSet<EntryPath> _held = [];
    private readonly UnsureSteps _unsure;
    private readonly UnrecordedSteps _unrecorded;
    private readonly List<Replacement> _replaced = [];
    private long _recheckAtMs = long.MaxValue;
    private bool _applying, _isLastHere;
    private int _parts;

    public Placing(SessionContext context, Fetcher fetcher, Action<ScanTarget> lookAt)
    {
        _context = context;
        _lookAt = lookAt;
        _behind = new BehindPaths(context);
        _unrecorded = new UnrecordedSteps(context, Record);
        _unsure = new UnsureSteps(context, lookAt);
        _staging = new Staging(context, fetcher, Staged);
        _room = new StageRoom(_staging, fetcher);
        _hasPeers = () => fetcher.HasPeers;
    }

    /// <summary>Displayed paths that a plan under way is about to change.</summary>
    public HashSet<EntryPath> UnderWay { get; } = [];

    /// <summary>Plans begun so far.</summary>
    public long Plans { get; private set; }

    /// <summary>Displayed paths that do not show yet what they should.</summary>
    public int Count => _behind.Count;

    public IEnumerable<EntryPath> Paths => _behind.Paths;

    /// <summary>Whether anything is still to be removed here that no trouble keeps.</summary>
    public bool OwesRemovals => _behind.OwesRemovals;

    /// <summary>Told with each path whose heads are shown anew.</summary>
    public event Action<EntryPath>? Shown;

    /// <summary>Another policy holds.</summary>
    public event Action? PolicyChanged;

    /// <summary>Told with each path beside which a copy stands anew.</summary>
    public event Action<EntryPath>? CopyShown;

    /// <summary>Whether a plan may be begun now.</summary>
    public bool HasWork
    {
        get
        {
            if (!_applying) _open.UnionWith(_room.TakeWaiting());
            return !_applying && _open.Count > 0;
        }
    }

    /// <summary>Whether the next plan may change anything at these paths, above or below them.</summary>
    public bool IsAbout(IReadOnlyCollection<EntryPath> paths)
    {
        if (paths.Any(p => _behind.Contains(p) || p.Ancestors().Any(_behind.Contains))) return true;
        var all = paths.ToHashSet();
        return _open.Any(o => o.Ancestors().Any(all.Contains));
    }

    /// <summary>What is wanted, and what no node that is connected has; nothing while none is.</summary>
    public IEnumerable<Placement> Missing() =>
        _hasPeers() ? _room.Missing.ToList().Where(_behind.Contains).Select(p => Wanted(p, _behind.Of(p)!.Origin)) : [];

    public bool IsBehind(EntryPath path) => _behind.Contains(path);

    public bool IsMissingContent(EntryPath path) => _room.IsMissing(path);

    public Staging Staging => _staging;

    /// <summary>The earliest arrival number that is not shown yet; max when all is. Paths in trouble of this disk do not count.</summary>
    public long FirstBehind => _behind.First;

    /// <summary>Everything that failed is tried again.</summary>
    public void RetryFailed() => _open.UnionWith(_behind.Paths.Where(p => _behind.Of(p)!.InTrouble));

    /// <summary>The disk was looked at there; where something had changed, what failed is tried again at once.</summary>
    public void LookedAt(EntryPath path, bool changed)
    {
        if (_unsure.LookedAt(path) || _behind.Of(path) is { InTrouble: true } behind && (changed || !behind.Failed)) _open.Add(path);
        _open.UnionWith(_behind.FailedIn(path)); // Whoever was given the right to write into a directory is seen at the directory.
        if (changed)
            foreach (var parent in path.Ancestors())
                if (_behind.Of(parent) is { Failed: true }) _open.Add(parent);
    }

    public void Tick()
    {
        Recheck();
        _unrecorded.Tick();
        _open.UnionWith(_unsure.Tick().Where(_behind.Contains));
        _open.UnionWith(_behind.Due());
    }

    /// <summary>What a plan under way places was decided before this: it may be of the course that is set aside.</summary>
    public void TookBack(Replacement place)
    {
        if (_applying) _replaced.Add(place);
    }

    private void Staged(EntryPath path)
    {
        if (_behind.Contains(path)) _open.Add(path);
        Unhold();
    }

    private void Unhold()
    {
        _open.UnionWith(_held);
        _held.Clear();
    }

    /// <summary>A content cannot be put by on this disk; a removal needs none.</summary>
    public void StageFailed(EntryPath path, Problem problem)
    {
        if (_behind.Of(path)?.IsRemoval != true) Trouble(path, problem, refused: false);
    }

    private void Trouble(EntryPath path, Problem problem, bool refused)
    {
        if (!_behind.Contains(path)) return;
        _behind.Failed(path, problem.Kind == ProblemKind.NameNotHere, refused);
        _context.Emit(new ProblemEffect(path, problem));
    }

    public void Advance()
    {
        if (!HasWork) return;
        var stages = new Dictionary<EntryPath, long>();
        var plan = Reconciler.Plan(TakeWanted(), _context.View).Steps;
        var unready = plan.Where(step => step is FileStep file && !IsReady(file, stages)).ToHashSet();
        unready.UnionWith(plan.Where(_unsure.Holds));
        var held = HeldSteps.Of(plan, unready);
        _held.UnionWith(held.Except(unready).Select(s => s.Path));
        var steps = plan.Where(s => !held.Contains(s)).ToList();
        if (steps.Count == 0 || IsTooMuchGone(steps)) return;
        (_applying, _isLastHere, _parts) = (true, false, 0);
        Plans++;
        foreach (var step in steps) UnderWay.Add(step.Path);
        foreach (var rename in steps.OfType<RenameStep>()) NoteUnderWay(rename);
        if (steps.TrueForAll(s => s is AdoptStep { After: null })) Applied(new AppliedInput([.. steps.Select(s => new StepOutcome(s, StepResult.Done, s.Expected?.Stamp ?? default))]));
        else _context.Emit(new ApplyEffect(steps, stages));
    }

    private bool IsTooMuchGone(IReadOnlyList<PlanStep> steps)
    {
        // What was tried was counted then.
        var gone = steps.OfType<RemoveStep>().Where(s => s.Expected?.Entry.Kind == EntryKind.File && _behind.Of(s.Path)?.WasTried != true).ToList();
        if (_context.Removals.Allows(gone.Count)) return false;
        var authors = string.Join(" and ", gone.Select(s => _context.Members.NameOf(s.Wanted.Shown.Author.Node)).Distinct());
        _context.Halt(PlacingProblems.TooMuchGone(gone, authors, _context.Settings.RemovalLimit));
        return true;
    }

    private Dictionary<EntryPath, Placement> TakeWanted()
    {
        var wanted = new Dictionary<EntryPath, Placement>();
        foreach (var path in _open)
        {
            if (_behind.Of(path) is not { } behind) continue; // The plan before this one has shown it.
            wanted[path] = Wanted(path, behind.Origin);
            // With a path comes what else is shown for the same one: a copy is rather renamed from there than written once more.
            foreach (var beside in _behind.For(behind.Origin))
                if (_behind.Of(beside) is { InTrouble: false } other) wanted.TryAdd(beside, Wanted(beside, other.Origin));
        }
        _open.Clear();
        foreach (var copy in wanted.Values.Where(w => w.Entry.IsAbsent && IsStillNeeded(w, wanted)).ToList())
        {
            wanted.Remove(copy.Path);
            _held.Add(copy.Path);
        }
        foreach (var pending in wanted.Values.Where(w => w.Withdrawn).ToList())
            if (!IsHere(pending)) wanted.Remove(pending.Path);
        return wanted;
    }

    // What nobody may ever have again holds nothing up: it is no part of a plan before it is here.
    private bool IsHere(Placement pending)
    {
        if (_context.View.OnDisk(pending.Path)?.Entry.SameContent(pending.Entry) == true) return true;
        if (_staging.IsInStore(pending.Entry) || _staging.TryTake(pending.Path, pending.Entry, out _)) return true;
        _room.Begin(pending.Path, pending.Entry);
        return false;
    }

    private void NoteUnderWay(RenameStep rename)
    {
        UnderWay.Add(rename.From);
        if (rename.Source.Entry.Kind != EntryKind.Directory) return;
        foreach (var row in _context.View.OnDiskBelow(rename.From))
        {
            UnderWay.Add(row.Path);
            UnderWay.Add(row.Path.Rebase(rename.From, rename.Path));
        }
    }

    public void Applied(AppliedInput applied)
    {
        if (applied.Outcomes.Count == 0)
        {
            _unrecorded.Flushed(applied.Unflushed);
            return;
        }
        _parts++;
        _isLastHere |= applied.Last;
        if (applied.Unflushed is { } error) _unrecorded.AddUnflushed(applied.Outcomes, error);
        else Record(applied.Outcomes);
    }

    private void Record(IReadOnlyList<StepOutcome> outcomes)
    {
        var batch = new CommitBatch();
        var index = new PlacedRows(batch, _context);
        foreach (var outcome in outcomes.Where(o => o.Result == StepResult.Done)) index.Add(outcome);
        foreach (var path in _replaced.SelectMany(r => r.Forget([.. batch.Index.Values.OfType<IndexRow>()], batch, _context))) _lookAt(new ScanTarget(path, false));
        // Where a version stands elsewhere than at its own path, a scan cannot tell after a crash who took it from there: the next plan may move it on.
        var flushed = outcomes.Any(o => o is { Result: StepResult.Done, Step.Wanted.Of: not null });
        _context.Commit(batch, flushed, () => Finish(outcomes), error => _unrecorded.Add(outcomes, error));
    }

    private void Finish(IReadOnlyList<StepOutcome> outcomes)
    {
        Release(outcomes);
        foreach (var outcome in outcomes)
        {
            if (outcome.Result == StepResult.Done) Done(outcome);
            else Undone(outcome);
        }
        Unhold();
    }

    // The plan is over when all its parts are recorded: one that was refused may come after the last.
    private void Release(IReadOnlyList<StepOutcome> outcomes)
    {
        foreach (var outcome in outcomes)
        {
            UnderWay.Remove(outcome.Step.Path);
            _staging.Release(outcome.Step.Path);
        }
        _parts--;
        if (!_isLastHere || _parts > 0) return;
        UnderWay.Clear();
        _replaced.Clear();
        _applying = false;
    }

    private void Done(StepOutcome outcome)
    {
        var path = outcome.Step.Path;
        _unsure.Done(path);
        var sequence = _context.View.LastSequence;
        if (_behind.Remove(path) is { } behind)
        {
            sequence = behind.Sequence;
            if (behind.Failed || behind.Pending) _context.Emit(new ProblemEffect(path, null));
            if (outcome.Step is not AdoptStep) Report(outcome.Step, _context.NowMs - behind.SinceMs);
            Compare(behind.Origin, sequence); // Heads may have moved on meanwhile.
        }
        else Note(path, outcome.Step.Wanted.Origin, sequence);
        Shown?.Invoke(outcome.Step.Wanted.Of ?? outcome.Step.Wanted.Origin);
        if (_context.Policy.Lacks && outcome.Step.Wanted.Origin == PoliciesInForce.File) HeadsChanged([PoliciesInForce.File], sequence);
        if (outcome.Step.Wanted.IsCopy) CopyShown?.Invoke(outcome.Step.Wanted.Origin);
        if (outcome.Step is RenameStep { Source.Entry.Kind: EntryKind.Directory })
        {
            CompareCarried(path, sequence);
            RecheckLater(); // What it took along may still be due where it lay.
        }
        if (outcome.Step is not AdoptStep and not RemoveStep && outcome.Stamp.Unsure) _lookAt(new ScanTarget(path, false));
    }

    private void Undone(StepOutcome outcome)
    {
        var path = outcome.Step.Path;
        if (!_behind.Contains(path)) Note(path, outcome.Step.Wanted.Origin, _context.View.LastSequence); // It was to go along with something else.
        if (!_behind.Contains(path)) return;
        if (outcome.Step is RemoveStep) _behind.RemovalTried(path);
        switch (outcome.Result)
        {
            case StepResult.Failed: Trouble(path, outcome.Problem!, refused: true); break;
            case StepResult.NoContent: _open.Add(path); break;
            default:
                LookAround(outcome.Step);
                if (_behind.Of(path)!.Failed) _behind.Failed(path, forGood: false); // Its problem stands, and it is tried once more.
                else if (_behind.Surprised(path) >= MaxSurprises) Trouble(path, PlacingProblems.Stuck(outcome.Step), refused: false);
                break;
        }
    }

    // The disk was not as expected: what is really there is a change of the user, and comes first.
    private void LookAround(PlanStep step)
    {
        RecheckLater();
        if (step is RenameStep rename) _lookAt(new ScanTarget(rename.From, true));
        _lookAt(new ScanTarget(step.Path, step.Expected?.Entry.Kind == EntryKind.Directory));
        foreach (var parent in step.Path.Ancestors()) _lookAt(new ScanTarget(parent, false));
    }

    private bool IsReady(FileStep step, Dictionary<EntryPath, long> stages)
    {
        if (_staging.IsInStore(step.Wanted.Entry)) return true;
        if (_staging.TryTake(step.Path, step.Wanted.Entry, out var stage))
        {
            stages[step.Path] = stage;
            return true;
        }
        _room.Begin(step.Path, step.Wanted.Entry);
        return false;
    }

    private void Report(PlanStep step, long tookMs)
    {
        var what = step switch { RemoveStep => Happening.Removed, RenameStep => Happening.Renamed, _ => Happening.Received };
        var from = (step as RenameStep)?.From;
        var node = step.Wanted.Shown.Author.Node;
        _context.Emit(new HappenedEffect(what, node, step.Path, step is RemoveStep ? step.Expected?.Entry : step.Wanted.Entry, from, tookMs));
        if (step.Wanted.IsCopy) _context.Emit(new HappenedEffect(Happening.Conflict, node, step.Wanted.Origin, step.Wanted.Entry, null, null, $"kept both: {step.Path.Name}"));
    }
}
