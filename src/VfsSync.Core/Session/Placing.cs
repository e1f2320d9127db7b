using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Session;

/// <summary>
/// Brings the disk to what Fold shows: which displayed paths are behind, what is staged for them, the plan under way. One plan at a time, so a burst of
/// records becomes a few plans; a path that fails stays here until its cause goes.
/// </summary>
internal sealed class Placing
{
    private const long FirstRetryMs = 2000, LastRetryMs = 5 * 60_000;
    private const long RecheckMs = 1000;
    private const int MaxStages = 512;

    private readonly SessionContext _context;
    private readonly Staging _staging;
    private readonly Action<ScanTarget> _lookAt;
    private readonly Dictionary<EntryPath, Behind> _behind = [];
    private readonly HashSet<EntryPath> _copies = [];
    private readonly HashSet<EntryPath> _open = [];
    private readonly HashSet<EntryPath> _starved = [];
    private readonly HashSet<EntryPath> _withheld = [];
    private long _retryAtMs = long.MaxValue, _recheckAtMs = long.MaxValue;
    private bool _applying;
    private long? _firstBehind; // asked for after every input, and far dearer than what changes it

    public Placing(SessionContext context, Fetcher fetcher, Action<ScanTarget> lookAt)
    {
        _context = context;
        _lookAt = lookAt;
        _staging = new Staging(context, fetcher, Staged);
    }

    /// <summary>Displayed paths that a plan under way is about to change.</summary>
    public HashSet<EntryPath> UnderWay { get; } = [];

    /// <summary>Plans begun so far.</summary>
    public long Plans { get; private set; }

    /// <summary>Displayed paths that do not show yet what they should.</summary>
    public int Count => _behind.Count;

    public IEnumerable<EntryPath> Paths => _behind.Keys;

    public bool IsBehind(EntryPath path) => _behind.ContainsKey(path);

    public bool IsMissingContent(EntryPath path) => _staging.IsStalled(path);

    public Staging Staging => _staging;

    /// <summary>The earliest arrival number that is not shown yet; max when all is. Paths in trouble of this disk do not count.</summary>
    public long FirstBehind => _firstBehind ??= _behind.Values.Where(b => !b.Failed).Select(b => b.Sequence).DefaultIfEmpty(long.MaxValue).Min();

    /// <summary>The heads of these paths changed: notes every displayed path that now shows something else.</summary>
    public void HeadsChanged(IEnumerable<EntryPath> paths, long sequence)
    {
        var origins = new HashSet<EntryPath>();
        foreach (var path in paths)
            foreach (var affected in _context.Showing.AffectedBy(path))
                if (!affected.IsRoot) origins.Add(affected);
        foreach (var origin in origins) Compare(origin, sequence);
        if (origins.Any(o => _context.View.Heads(o).Any(h => h.MovedTo is not null))) RecheckLater();
    }

    // Renames that cross each other touch more paths than their own: once it is quiet, everything that the heads say is compared with the index.
    private void RecheckLater()
    {
        _recheckAtMs = _context.NowMs + RecheckMs;
        _context.Emit(new WakeEffect(_recheckAtMs));
    }

    private void Recheck()
    {
        if (_context.NowMs < _recheckAtMs) return;
        _recheckAtMs = long.MaxValue;
        var origins = _context.View.HeadsNotShown().SelectMany(_context.Showing.AffectedBy).Where(p => !p.IsRoot).ToHashSet();
        foreach (var origin in origins) Compare(origin, _context.View.LastSequence);
    }

    /// <summary>Everything that failed is tried again.</summary>
    public void RetryFailed()
    {
        foreach (var (path, behind) in _behind)
            if (behind.Failed || behind.Surprised) _open.Add(path);
    }

    public void LookedAt(EntryPath path)
    {
        if (_behind.TryGetValue(path, out var behind) && (behind.Surprised || behind.Failed)) _open.Add(path);
    }

    private void Staged(EntryPath path)
    {
        if (_behind.ContainsKey(path)) _open.Add(path);
        _open.UnionWith(_withheld);
        _withheld.Clear();
    }

    public void StageFailed(EntryPath path, Problem problem)
    {
        if (!_behind.TryGetValue(path, out var behind)) return;
        _behind[path] = RetryLater(behind, problem);
        _firstBehind = null;
        _context.Emit(new ProblemEffect(path, problem));
    }

    public void Tick()
    {
        Recheck();
        if (_context.NowMs < _retryAtMs) return;
        foreach (var (path, behind) in _behind)
            if (behind.Failed && behind.RetryAtMs <= _context.NowMs) _open.Add(path);
        _retryAtMs = _behind.Values.Where(b => b.Failed && b.RetryAtMs > _context.NowMs).Select(b => b.RetryAtMs).DefaultIfEmpty(long.MaxValue).Min();
        if (_retryAtMs != long.MaxValue) _context.Emit(new WakeEffect(_retryAtMs));
    }

    public void Advance()
    {
        if (_applying) return;
        if (_starved.Count > 0 && _staging.Count <= MaxStages / 2)
        {
            _open.UnionWith(_starved);
            _starved.Clear();
        }
        if (_open.Count == 0) return;
        var stages = new Dictionary<EntryPath, long>();
        var plan = Reconciler.Plan(TakeWanted(), _context.View).Steps;
        var steps = Ready(plan, [.. plan.OfType<FileStep>().Where(file => !IsReady(file, stages))]);
        if (steps.Count == 0) return;
        _applying = true;
        Plans++;
        foreach (var step in steps) UnderWay.Add(step.Path);
        foreach (var rename in steps.OfType<RenameStep>()) NoteUnderWay(rename);
        if (steps.TrueForAll(s => s is AdoptStep { After: null })) Applied([.. steps.Select(s => new StepOutcome(s, StepResult.Done, s.Expected?.Stamp ?? default))], last: true);
        else _context.Emit(new ApplyEffect(steps, stages));
    }

    // With a path comes what else is shown for the same one: a copy may have to be taken from there before something else takes its place.
    private Dictionary<EntryPath, Placement> TakeWanted()
    {
        var wanted = new Dictionary<EntryPath, Placement>();
        foreach (var path in _open)
        {
            if (!_behind.TryGetValue(path, out var behind)) continue; // The plan before this one has shown it.
            wanted[path] = Wanted(path, behind.Origin);
            if (_copies.Count == 0) continue;
            foreach (var beside in _context.Showing.At(wanted[path].Origin))
                if (beside.Path != path && _behind.TryGetValue(beside.Path, out var other) && !other.Surprised && !other.Failed) wanted.TryAdd(beside.Path, Wanted(beside.Path, other.Origin));
        }
        _open.Clear();
        return wanted;
    }

    private List<PlanStep> Ready(IReadOnlyList<PlanStep> plan, HashSet<PlanStep> unready)
    {
        var held = HeldSteps.Of(plan, unready, _staging.Contents);
        var rest = plan.Where(s => !held.Contains(s)).ToList();
        // Contents that only wait for each other's places go ahead from their staged files.
        if (rest.Count == 0 && unready.Count == 0 && _staging.AllWhole && _starved.Count == 0) return [.. plan];
        _withheld.UnionWith(held.Where(s => !unready.Contains(s)).Select(s => s.Path));
        return rest;
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

    public void Applied(IReadOnlyList<StepOutcome> outcomes, bool last)
    {
        var batch = new CommitBatch();
        var index = new PlacedRows(batch, _context);
        foreach (var outcome in outcomes.Where(o => o.Result == StepResult.Done)) index.Add(outcome);
        _context.Commit(batch, flushed: false, () => Finish(outcomes, last), error => Failed(outcomes, last, error));
    }

    private void Finish(IReadOnlyList<StepOutcome> outcomes, bool last)
    {
        Release(outcomes, last);
        foreach (var outcome in outcomes)
        {
            if (outcome.Result == StepResult.Done) Done(outcome);
            else Undone(outcome);
        }
        _open.UnionWith(_withheld);
        _withheld.Clear();
        if (last) Advance();
    }

    private void Failed(IReadOnlyList<StepOutcome> outcomes, bool last, string error)
    {
        Release(outcomes, last);
        foreach (var outcome in outcomes) Undone(outcome with { Result = StepResult.Failed, Problem = new Problem(outcome.Step.Path, ProblemKind.Unwritable, error) });
    }

    private void Release(IReadOnlyList<StepOutcome> outcomes, bool last)
    {

        foreach (var outcome in outcomes)
        {
            UnderWay.Remove(outcome.Step.Path);
            _staging.Release(outcome.Step.Path);
        }
        if (last) UnderWay.Clear();
        _applying = !last;
    }

    private void Done(StepOutcome outcome)
    {
        var path = outcome.Step.Path;
        if (_behind.Remove(path, out var behind))
        {
            _copies.Remove(path);
            _firstBehind = null;
            if (behind.Failed) _context.Emit(new ProblemEffect(path, null));
            if (outcome.Step is not AdoptStep) Report(outcome.Step, _context.NowMs - behind.SinceMs);
            Compare(behind.Origin, behind.Sequence); // Heads may have moved on meanwhile.
            if (outcome.Step is RenameStep { Source.Entry.Kind: EntryKind.Directory }) CompareCarried(path, behind.Sequence);
        }
        if (outcome.Step is not AdoptStep and not RemoveStep && outcome.Stamp.Unsure) _lookAt(new ScanTarget(path, false));
    }

    // A directory takes along what has no business at its new place: what its author had removed before the rename.
    private void CompareCarried(EntryPath directory, long sequence)
    {
        foreach (var row in _context.View.OnDiskBelow(directory))
            if (!row.Entry.IsAbsent) Note(row.Path, row.Origin, sequence);
    }

    private void Undone(StepOutcome outcome)
    {
        var path = outcome.Step.Path;
        if (!_behind.ContainsKey(path)) Note(path, outcome.Step.Wanted.Origin, _context.View.LastSequence); // It was to go along with something else.
        if (!_behind.TryGetValue(path, out var behind)) return;
        _behind[path] = behind with { Surprised = outcome.Result == StepResult.Surprise };
        _firstBehind = null;
        if (outcome.Result == StepResult.Failed)
        {
            _behind[path] = RetryLater(behind, outcome.Problem!);
            _context.Emit(new ProblemEffect(path, outcome.Problem));
        }
        else if (outcome.Result == StepResult.NoContent) _open.Add(path);
        else LookAround(outcome.Step);
    }

    // Each try may fetch the content again, so tries become rare; a name that this disk cannot hold is tried again only when asked for.
    private Behind RetryLater(Behind behind, Problem problem)
    {
        var delay = Math.Min(FirstRetryMs << Math.Min(behind.Tries, 10), LastRetryMs);
        var at = problem.Kind == ProblemKind.NameNotHere ? long.MaxValue : _context.NowMs + delay;
        _retryAtMs = Math.Min(_retryAtMs, at);
        if (at != long.MaxValue) _context.Emit(new WakeEffect(at));
        return behind with { Failed = true, Surprised = false, Tries = behind.Tries + 1, RetryAtMs = at };
    }

    // The disk was not as expected: what is really there is a change of the user, and comes first.
    private void LookAround(PlanStep step)
    {
        RecheckLater();
        if (step is RenameStep rename) _lookAt(new ScanTarget(rename.From, true));
        _lookAt(new ScanTarget(step.Path, step.Expected?.Entry.Kind == EntryKind.Directory));
        foreach (var parent in step.Path.Ancestors()) _lookAt(new ScanTarget(parent, false));
    }

    private void Compare(EntryPath origin, long sequence)
    {
        var placements = _context.Showing.At(origin);
        foreach (var placement in placements) Note(placement.Path, origin, sequence);
        foreach (var row in _context.View.ShownFor(origin))
            if (placements.All(p => p.Path != row.Path)) Note(row.Path, origin, sequence);
    }

    private void Note(EntryPath path, EntryPath origin, long sequence)
    {
        var wanted = Wanted(path, origin);
        if (IsShown(wanted)) return;
        _behind[path] = _behind.TryGetValue(path, out var known)
            ? known with { Origin = wanted.Origin, Sequence = Math.Min(known.Sequence, sequence), Surprised = false }
            : new Behind(wanted.Origin, sequence, _context.NowMs);
        if (wanted.IsCopy) _copies.Add(path);
        else _copies.Remove(path);
        _firstBehind = null;
        _open.Add(path);
    }

    private bool IsShown(Placement wanted)
    {
        var row = _context.View.OnDisk(wanted.Path);
        if (row is null) return wanted.Entry.IsAbsent && wanted.Vector.IsEmpty;
        return row.Entry == wanted.Entry && row.Vector == wanted.Vector && row.Shown == wanted.Shown && row.Origin == wanted.Origin;
    }

    // What has versions of its own stands at its path before what is only a copy for another.
    private Placement Wanted(EntryPath path, EntryPath origin)
    {
        var own = _context.Showing.At(path)[0];
        if (!own.Entry.IsAbsent || origin == path) return own;
        return _context.Showing.At(origin).FirstOrDefault(p => p.Path == path) ?? own;
    }

    private bool IsReady(FileStep step, Dictionary<EntryPath, long> stages)
    {
        if (_staging.IsInStore(step.Wanted.Entry)) return true;
        if (_staging.TryTake(step.Path, step.Wanted.Entry, out var stage))
        {
            stages[step.Path] = stage;
            return true;
        }
        if (!_staging.Begin(step.Path, step.Wanted.Entry, MaxStages)) _starved.Add(step.Path);
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

    private sealed record Behind(EntryPath Origin, long Sequence, long SinceMs, bool Failed = false, bool Surprised = false, int Tries = 0, long RetryAtMs = 0);
}
