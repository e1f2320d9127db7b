using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Session;

/// <summary>Displayed paths that do not show yet what they should: on whose behalf, since when, and when those in trouble are tried again.</summary>
internal sealed class BehindPaths(SessionContext context)
{
    private const long FirstRetryMs = 2000, LastRetryMs = 5 * 60_000;

    private readonly Dictionary<EntryPath, Behind> _all = [];
    private readonly Dictionary<EntryPath, HashSet<EntryPath>> _byOrigin = [];
    private long _retryAtMs = long.MaxValue;
    private ILookup<EntryPath, EntryPath>? _failedIn;
    private long? _first; // asked for after every input, and far dearer than what changes it
    private bool? _owesRemovals;

    /// <summary>How many there are, but for those whose content nobody has any more.</summary>
    public int Count => _all.Count - context.Pending.Count;

    public IEnumerable<EntryPath> Paths => _all.Keys;

    /// <summary>The earliest arrival number that is not shown yet; max when all is. Paths in trouble of this disk do not count, nor does what nobody has.</summary>
    public long First => _first ??= _all.Values.Where(b => !b.Failed && !b.Pending).Select(b => b.Sequence).DefaultIfEmpty(long.MaxValue).Min();

    /// <summary>Whether anything is to be removed that is not in trouble.</summary>
    public bool OwesRemovals => _owesRemovals ??= _all.Values.Any(b => b is { IsRemoval: true, WasTried: false });

    public bool Contains(EntryPath path) => _all.ContainsKey(path);

    public Behind? Of(EntryPath path) => _all.GetValueOrDefault(path);

    /// <summary>The paths that are to show something on behalf of this one.</summary>
    public IReadOnlyCollection<EntryPath> For(EntryPath origin) => _byOrigin.TryGetValue(origin, out var paths) ? [.. paths] : [];

    /// <summary>A path has to show something else, since this arrival number. False if that was known, and is in trouble: it waits for its time.</summary>
    public bool Add(Placement wanted, long sequence)
    {
        var known = _all.GetValueOrDefault(wanted.Path) ?? new Behind(wanted.Origin, wanted.Shown, sequence, context.NowMs, Pending: wanted.Withdrawn, IsRemoval: wanted.Entry.IsAbsent);
        var same = known.Origin == wanted.Origin && known.Wanted == wanted.Shown;
        var now = same ? known : known with { Origin = wanted.Origin, Wanted = wanted.Shown, Refused = false, Surprises = 0, Tries = 0, RetryAtMs = 0, Pending = wanted.Withdrawn, IsRemoval = wanted.Entry.IsAbsent, WasTried = false };
        Set(wanted.Path, now with { Sequence = Math.Min(known.Sequence, sequence) });
        return !(same && known.InTrouble);
    }

    public Behind? Remove(EntryPath path)
    {
        if (!_all.Remove(path, out var behind)) return null;
        context.Pending.Remove(path);
        Unlink(path, behind.Origin);
        (_first, _owesRemovals, _failedIn) = (null, null, null);
        return behind;
    }

    /// <summary>A plan was to remove what stands at the path, and did not. (What a plan that was under way tried may be another thing than what is due by now.)</summary>
    public void RemovalTried(EntryPath path) => Set(path, _all[path] with { WasTried = true });

    /// <summary>The disk was not as expected. Returns how often in a row.</summary>
    public int Surprised(EntryPath path)
    {
        var behind = _all[path];
        Set(path, behind with { Surprises = behind.Surprises + 1 });
        return behind.Surprises + 1;
    }

    /// <summary>The disk refuses. Each try may fetch the content again, so tries become rare; what this disk can never hold is tried only when asked for.</summary>
    public void Failed(EntryPath path, bool forGood, bool refused = false)
    {
        var behind = _all[path];
        var at = forGood ? long.MaxValue : context.NowMs + Math.Min(FirstRetryMs << Math.Min(behind.Tries, 10), LastRetryMs);
        Set(path, behind with { Failed = true, Refused = refused, Surprises = 0, Tries = behind.Tries + 1, RetryAtMs = at });
        _retryAtMs = Math.Min(_retryAtMs, at);
        if (at != long.MaxValue) context.Emit(new WakeEffect(at));
    }

    /// <summary>Those right in this directory that the disk itself refused, for now; not those that were never as expected, which lead to looks themselves.</summary>
    public IEnumerable<EntryPath> FailedIn(EntryPath directory) => _all.Count == 0 ? [] : (_failedIn ??= _all.Where(b => b.Value is { Refused: true, RetryAtMs: not long.MaxValue }).ToLookup(b => b.Key.Parent, b => b.Key))[directory];

    /// <summary>Those whose time to be tried again has come.</summary>
    public IReadOnlyList<EntryPath> Due()
    {
        if (context.NowMs < _retryAtMs) return [];
        var due = _all.Where(b => b.Value.Failed && b.Value.RetryAtMs <= context.NowMs).Select(b => b.Key).ToList();
        _retryAtMs = _all.Values.Where(b => b.Failed && b.RetryAtMs > context.NowMs).Select(b => b.RetryAtMs).DefaultIfEmpty(long.MaxValue).Min();
        if (_retryAtMs != long.MaxValue) context.Emit(new WakeEffect(_retryAtMs));
        return due;
    }

    private void Set(EntryPath path, Behind behind)
    {
        if (_all.TryGetValue(path, out var known) && known.Origin != behind.Origin) Unlink(path, known.Origin);
        _all[path] = behind;
        if (behind.Pending) context.Pending.Add(path);
        else context.Pending.Remove(path);
        if (!_byOrigin.TryGetValue(behind.Origin, out var paths)) _byOrigin[behind.Origin] = paths = [];
        paths.Add(path);
        (_first, _owesRemovals, _failedIn) = (null, null, null);
    }

    private void Unlink(EntryPath path, EntryPath origin)
    {
        if (!_byOrigin.TryGetValue(origin, out var paths)) return;
        paths.Remove(path);
        if (paths.Count == 0) _byOrigin.Remove(origin);
    }
}

/// <summary>A path that does not show yet what it should.</summary>
/// <param name="Origin">On whose behalf it is to show something.</param>
/// <param name="Wanted">The record whose version it is to show.</param>
/// <param name="Sequence">The earliest arrival number that it does not show.</param>
/// <param name="SinceMs">Since when.</param>
/// <param name="Failed">The disk refused, or was never as expected.</param>
/// <param name="Refused">The disk itself refused.</param>
/// <param name="Surprises">How often in a row the disk was not as expected.</param>
/// <param name="Tries">How often the disk refused.</param>
/// <param name="RetryAtMs">When it is tried again.</param>
/// <param name="Pending">Nobody has its content any more.</param>
/// <param name="IsRemoval">It is to go.</param>
/// <param name="WasTried">Its removal was tried, and counted.</param>
internal sealed record Behind(EntryPath Origin, Dot Wanted, long Sequence, long SinceMs, bool Failed = false, bool Refused = false, int Surprises = 0, int Tries = 0, long RetryAtMs = 0, bool Pending = false,
    bool IsRemoval = false, bool WasTried = false)
{
    /// <summary>It waits for a look at the disk, or for time.</summary>
    public bool InTrouble => Failed || Surprises > 0;
}
