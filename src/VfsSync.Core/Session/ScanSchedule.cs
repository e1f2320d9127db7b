using VfsSync.Core.Tree;

namespace VfsSync.Core.Session;

/// <summary>What has to be looked at, and who waits for it. Hints gather while a scan is under way, so that a burst becomes a few scans.</summary>
internal sealed class ScanSchedule(SessionContext context)
{
    private const long MaxStaleMs = 60_000;

    private readonly Dictionary<EntryPath, bool> _next = [];
    private readonly Dictionary<EntryPath, bool> _held = [];
    private Dictionary<EntryPath, bool> _targets = [];
    private readonly List<long> _nextRequests = [];
    private readonly Dictionary<EntryPath, (long DueMs, long SinceMs)> _writing = [];
    private readonly SortedSet<(long DueMs, EntryPath Path, bool Deep)> _later = [];

    /// <summary>Whether a scan is under way.</summary>
    public bool Busy { get; private set; }

    /// <summary>Requests that wait for the scan under way.</summary>
    public List<long> Requests { get; private set; } = [];

    /// <summary>The paths that the scan under way was asked to look at, those covered by a deeper look included.</summary>
    public IReadOnlyList<EntryPath> Asked { get; private set; } = [];

    /// <summary>Whether nothing is left to look at now.</summary>
    public bool Idle => !Busy && _next.Count == 0;

    public void Add(ScanTarget target)
    {
        _writing.Remove(target.Path);
        _next[target.Path] = target.Deep || _next.GetValueOrDefault(target.Path);
    }

    public void AddRequest(long request) => _nextRequests.Add(request);

    public void Later(ScanTarget target, long afterMs)
    {
        _later.Add((context.NowMs + afterMs, target.Path, target.Deep));
        context.Emit(new WakeEffect(context.NowMs + afterMs));
    }

    /// <summary>A writer is at work in a file: it is looked at once it is quiet, or, if it never is, after a minute.</summary>
    public void Writing(EntryPath path, bool heldOpen)
    {
        var since = _writing.TryGetValue(path, out var known) ? known.SinceMs : context.NowMs;
        var quiet = heldOpen ? context.Settings.OpenQuietMs : context.Settings.QuietMs;
        var due = Math.Min(context.NowMs + quiet, Math.Max(since + MaxStaleMs, context.NowMs + context.Settings.QuietMs));
        _writing[path] = (due, since);
        context.Emit(new WakeEffect(due));
    }

    /// <summary>It was read, or is gone: no writer is waited for.</summary>
    public void Settled(EntryPath path)
    {
        if (_writing.Count > 0) _writing.Remove(path);
    }

    public void Tick()
    {
        while (_later.Count > 0 && _later.Min.DueMs <= context.NowMs)
        {
            Add(new ScanTarget(_later.Min.Path, _later.Min.Deep));
            _later.Remove(_later.Min);
        }
        if (_writing.Count == 0) return;
        foreach (var (path, (_, since)) in _writing.Where(w => w.Value.DueMs <= context.NowMs).ToList())
        {
            _next.TryAdd(path, false);
            _writing[path] = (long.MaxValue, since);
        }
    }

    /// <summary>Starts a scan of what has gathered, but for what is changing just now; whoever asked for a look gets it at once.</summary>
    public void Start(Func<ScanTarget, bool> isChanging)
    {
        if (_nextRequests.Count > 0) Release();
        else foreach (var (path, deep) in _next)
            if (isChanging(new ScanTarget(path, deep))) _held[path] = deep || _held.GetValueOrDefault(path);
        foreach (var path in _held.Keys) _next.Remove(path);
        if (_next.Count == 0 && _nextRequests.Count == 0) return;
        Busy = true;
        Requests = [.. _nextRequests];
        _nextRequests.Clear();
        var targets = _next.Select(t => new ScanTarget(t.Key, t.Value, IsOverdue(t.Key))).OrderBy(t => t.Path).ToList();
        _next.Clear();
        Asked = targets.ConvertAll(t => t.Path);
        var scan = WithoutCovered(targets);
        _targets = scan.ToDictionary(t => t.Path, t => t.Deep);
        context.Emit(new ScanEffect(scan));
    }

    /// <summary>Whether the scan under way looks at a path.</summary>
    public bool Covered(EntryPath path) =>
        _targets.ContainsKey(path) || _targets.GetValueOrDefault(EntryPath.Root) || path.Ancestors().Any(a => _targets.GetValueOrDefault(a));

    /// <summary>Whether the scan under way looks at the whole folder.</summary>
    public bool CoversAll => _targets.GetValueOrDefault(EntryPath.Root);

    /// <summary>What was changing may have changed: it is looked at next.</summary>
    public void Release()
    {
        foreach (var (path, deep) in _held) _next[path] = deep || _next.GetValueOrDefault(path);
        _held.Clear();
    }

    public IReadOnlyList<long> Finish()
    {
        Busy = false;
        var requests = Requests;
        Requests = [];
        return requests;
    }

    private bool IsOverdue(EntryPath path) => _writing.TryGetValue(path, out var writing) && context.NowMs - writing.SinceMs >= MaxStaleMs;

    private static List<ScanTarget> WithoutCovered(List<ScanTarget> sorted)
    {
        var kept = new List<ScanTarget>(sorted.Count);
        ScanTarget? cover = null;
        foreach (var target in sorted)
        {
            if (cover is { } c && (target.Path == c.Path || target.Path.IsBelow(c.Path))) continue;
            kept.Add(target);
            if (target.Deep) cover = target;
        }
        return kept;
    }
}
