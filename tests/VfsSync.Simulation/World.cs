using System.Globalization;
using VfsSync.Core.Crypto;
using VfsSync.Core.Tree;

namespace VfsSync.Simulation;

/// <summary>One run: clock, queue, chance, nodes and what lies between them.</summary>
internal sealed class World
{
    private const long StartMs = 1_763_800_000_000;
    private const long QuietMs = 15 * 60 * 1000; // What a disk refused is tried again after five minutes at the latest, by a clock that may go at half its pace.

    private readonly PriorityQueue<Action, (long AtMs, long Turn)> _queue = new();
    private readonly SortedDictionary<(int A, int B), bool> _cut = [];
    private readonly Mishaps _mishaps;
    private long _turns;

    public World(ulong seed, SimOptions options, IReadOnlyList<SimOperation> script)
    {
        Options = options;
        Cluster = options.Has(SimFaults.Roles) ? SimCluster.Roled : options.Has(SimFaults.Policy) ? SimCluster.Admins : SimCluster.Shared;
        _mishaps = new Mishaps(this);
        Random = new Random(HashCode(seed));
        Hostile = options.Has(SimFaults.Roles) && Random.Next(2) == 0 ? options.Nodes - 1 : -1;
        Mutant = Mutants.Mutant.Named(options.Mutant);
        Trace = options.Traced ? [] : null;
        Users = new SimUsers(this);
        Checks = new Checks(this);
        Nodes = [.. Enumerable.Range(0, options.Nodes).Select(i => new SimNode(this, i))];
        for (var a = 0; a < options.Nodes; a++)
            for (var b = a + 1; b < options.Nodes; b++) _cut[(a, b)] = false;
        foreach (var operation in script) At(operation.AtMs, () => _mishaps.Do(operation));
    }

    public SimOptions Options { get; }

    public SimCluster Cluster { get; }

    /// <summary>All keys that any node ever had: for checks alone.</summary>
    public KeyRing Ring { get; } = SimCluster.NewRing();

    /// <summary>The node that runs a changed program; -1: none does.</summary>
    public int Hostile { get; }

    public long NowMs { get; private set; } = StartMs;

    public bool IsHealed { get; private set; }

    public Random Random { get; }

    public IReadOnlyList<SimNode> Nodes { get; }

    public List<SimLink> Links { get; } = [];

    /// <summary>What is broken on purpose.</summary>
    public Mutants.Mutant Mutant { get; }

    public SimUsers Users { get; }

    public Checks Checks { get; }

    public List<string>? Trace { get; }

    /// <summary>What was found wrong, first things first.</summary>
    public List<string> Failures { get; } = [];

    public void Note(SimNode node, string what) => Note(node.Name, what);

    public void Note(string who, string what) =>
        Trace?.Add(string.Create(CultureInfo.InvariantCulture, $"{NowMs - StartMs,8} {who,-3} {what}"));

    /// <summary>Milliseconds: mostly few, at times many.</summary>
    public long Delay(int usual) => Random.Next(20) == 0 ? Random.Next(usual * 20) : Random.Next(usual);

    public void After(long delayMs, Action action) => _queue.Enqueue(action, (NowMs + delayMs, _turns++));

    private void At(long sinceStartMs, Action action) => _queue.Enqueue(action, (StartMs + sinceStartMs, _turns++));

    public bool IsCut(int a, int b) => _cut[(Math.Min(a, b), Math.Max(a, b))];

    public void SetCut(int a, int b, bool cut)
    {
        var pair = (Math.Min(a, b), Math.Max(a, b));
        if (_cut[pair] == cut) return;
        _cut[pair] = cut;
        Note("net", $"{Nodes[pair.Item1].Name}-{Nodes[pair.Item2].Name} {(cut ? "cut" : "healed")}");
        if (!cut) Dial(pair.Item1, pair.Item2);
        else foreach (var link in Links.Where(l => l.Joins(a, b)).ToList()) link.Break("cut");
    }

    /// <summary>Brings a link up between two nodes, soon; at times both dial.</summary>
    public void Dial(int a, int b)
    {
        var first = Random.Next(2) == 0 ? (a, b) : (b, a);
        After(Delay(50), () => Connect(first.Item1, first.Item2, again: false));
        if (Random.Next(6) == 0) After(Delay(50), () => Connect(first.Item2, first.Item1, again: true));
    }

    private void Connect(int from, int to, bool again)
    {
        if (IsCut(from, to) || !Nodes[from].Runs || !Nodes[to].Runs || !again && Links.Exists(l => l.Joins(from, to))) return;
        Links.Add(new SimLink(this, Nodes[from], Nodes[to]));
    }

    /// <summary>Runs until users have finished and all is quiet, then checks.</summary>
    public void Run()
    {
        try
        {
            foreach (var node in Nodes) node.Start();
            foreach (var (a, b) in _cut.Keys.ToList()) Dial(a, b);
            At(Options.DurationMs, Heal);
            while (Failures.Count == 0 && _queue.TryDequeue(out var action, out var when))
            {
                if (when.AtMs > StartMs + Options.DurationMs + QuietMs)
                {
                    // A content that nobody has is asked for twice a minute, for ever: it may turn up.
                    if (Nodes.All(n => n.Session.Behind == 0) && Nodes.Any(n => n.Session.Pending.Count > 0)) break;
                    // Its author lost it, and may not write any more that it did.
                    if (Options.Has(SimFaults.Roles) && Nodes.All(n => n.Session.BehindPaths.All(n.Session.IsMissingContent))) break;
                    Failures.Add("it never comes to rest: " + string.Join("; ", Nodes.Select(n => $"{n.Name} is behind at {string.Join(", ", n.Session.BehindPaths)}")));
                    break;
                }
                NowMs = Math.Max(NowMs, when.AtMs);
                Do(action);
            }
            if (Failures.Count == 0) Failures.AddRange(Checks.Run());
        }
        catch (Exception e)
        {
            Failures.Add($"exception: {e}");
        }
    }

    /// <summary>Time passes in the middle of something: what is due meanwhile happens.</summary>
    public void Pass(long forMs)
    {
        var untilMs = NowMs + forMs;
        while (Failures.Count == 0 && _queue.TryPeek(out _, out var when) && when.AtMs < untilMs)
        {
            var action = _queue.Dequeue();
            NowMs = Math.Max(NowMs, when.AtMs);
            Do(action);
        }
        NowMs = Math.Max(NowMs, untilMs);
    }

    private void Do(Action action)
    {
        try
        {
            action();
        }
        catch (LifeOverException)
        {
            // Nobody waits for its end.
        }
        catch (PowerCutException cut)
        {
            Note(cut.Node, cut.Message);
            cut.Node.Crash();
            After(Random.Next(10, 3000), cut.Node.Revive);
        }
    }

    private void Heal()
    {
        Note("net", "users stop, everything heals");
        IsHealed = true;
        foreach (var node in Nodes) node.Disk.Heal();
        foreach (var node in Nodes) node.Revive();
        foreach (var (a, b) in _cut.Keys.ToList()) SetCut(a, b, false);
    }

    private static int HashCode(ulong seed)
    {
        seed = (seed ^ (seed >> 31)) * 0xbf58476d1ce4e5b9;
        return (int)(seed ^ (seed >> 29)) & int.MaxValue;
    }
}
