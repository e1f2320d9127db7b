using VfsSync.Core.History;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Session;

/// <summary>Who asked for a look at the disk, and what each still waits for: an answer says that all that was found is recorded, or why it is not.</summary>
internal sealed class AskedLooks(SessionContext context)
{
    private const long PatienceMs = 10_000;

    private readonly Dictionary<long, Asked> _asked = [];

    /// <summary>Who waits for a file that is being read.</summary>
    public IEnumerable<long> Reading => _asked.Where(a => a.Value.Hashing.Count > 0).Select(a => a.Key);

    public void Add(SyncInput sync) => _asked[sync.Request] = new Asked(sync.Targets);

    /// <summary>A look is over. Whoever asked waits for what a plan disturbed as well: it is looked at once more.</summary>
    /// <param name="fresh">Who asked for this look.</param>
    /// <param name="again">What is looked at once more.</param>
    /// <param name="covered">What was looked at.</param>
    /// <returns>Who is to be answered when what was found is recorded.</returns>
    public List<long> Looked(IReadOnlyList<long> fresh, IReadOnlyCollection<EntryPath> again, Func<EntryPath, bool> covered)
    {
        var waiting = fresh.Where(_asked.ContainsKey).ToList(); // One of a look that was refused may have its answer.
        foreach (var request in waiting) Await(_asked[request], again);
        var resumed = _asked.Where(a => a.Value.Again.RemoveWhere(p => covered(p) && !again.Contains(p)) > 0).Select(a => a.Key);
        return [.. waiting.Union(resumed)];
    }

    /// <summary>These were seen, but are recorded only later, or seen anew.</summary>
    public void Await(IReadOnlyCollection<EntryPath> paths)
    {
        foreach (var asked in _asked.Values) Await(asked, paths);
    }

    /// <summary>What was awaited is about to be recorded. Who is to be answered then.</summary>
    public List<long> Settled(IReadOnlyCollection<EntryPath> paths) => [.. _asked.Where(a => a.Value.Again.RemoveWhere(paths.Contains) > 0).Select(a => a.Key)];

    /// <summary>A long file is read first.</summary>
    public void Reads(IReadOnlyList<long> requests, EntryPath path)
    {
        foreach (var request in requests) _asked[request].Hashing.Add(path);
    }

    /// <summary>It was. Who waited for it.</summary>
    public List<long> Read(EntryPath path) => [.. _asked.Where(a => a.Value.Hashing.Remove(path)).Select(a => a.Key)];

    /// <summary>What was found is recorded: who waits for nothing else is answered.</summary>
    public void Answer(IReadOnlyList<long> requests, IReadOnlyList<Change> changes)
    {
        foreach (var request in requests)
        {
            if (!_asked.TryGetValue(request, out var asked)) continue;
            asked.Changes.AddRange(changes);
            if (!asked.IsDone) continue;
            _asked.Remove(request);
            context.Emit(new AnswerEffect(request, asked.Changes));
        }
    }

    /// <summary>The store refused what was found: that is tried again, and nobody waits for it, since a full disk may stay full.</summary>
    public void Refuse(IEnumerable<long> requests, string error)
    {
        foreach (var request in requests)
            if (_asked.Remove(request, out var asked)) context.Emit(new AnswerEffect(request, asked.Changes, error));
    }

    /// <summary>The same for who asked about one of these.</summary>
    public void RefuseAbout(IReadOnlyCollection<EntryPath> paths, string error) => Refuse([.. _asked.Where(a => paths.Any(a.Value.IsAbout)).Select(a => a.Key)], error);

    /// <summary>What plans change all the time is not waited for without end.</summary>
    public void Tick()
    {
        foreach (var (request, asked) in _asked.Where(a => a.Value is { Hashing.Count: 0, Again.Count: > 0 } && context.NowMs >= a.Value.DueMs).ToList())
        {
            if (asked.Again.FirstOrDefault(asked.IsNamed) is { IsRoot: false } busy)
                Refuse([request], $"'{busy}' is being changed by a sync again and again, so what is there is not recorded yet. It stays on this disk. Try again.");
            else
            {
                asked.Again.Clear();
                Answer([request], []);
            }
        }
    }

    private void Await(Asked asked, IReadOnlyCollection<EntryPath> paths)
    {
        var waited = asked.Again.Count > 0;
        asked.Again.UnionWith(paths.Where(asked.IsAbout));
        if (waited || asked.Again.Count == 0) return;
        asked.DueMs = context.NowMs + PatienceMs;
        context.Emit(new WakeEffect(asked.DueMs));
    }

    private sealed class Asked(IReadOnlyList<ScanTarget> targets)
    {
        /// <summary>What is being read.</summary>
        public HashSet<EntryPath> Hashing { get; } = [];

        /// <summary>What is looked at, or recorded, a little later.</summary>
        public HashSet<EntryPath> Again { get; } = [];

        /// <summary>Until when that is waited for.</summary>
        public long DueMs { get; set; } = long.MaxValue;

        public List<Change> Changes { get; } = [];

        public bool IsDone => Hashing.Count == 0 && Again.Count == 0;

        public bool IsNamed(EntryPath path) => targets.Any(t => t.Path == path);

        public bool IsAbout(EntryPath path) => targets.Any(t => t.Path == path || t.Deep && path.IsBelow(t.Path));
    }
}
