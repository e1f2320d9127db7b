using VfsSync.Core.Tree;
using VfsSync.Engine.Disk.InMemory;

namespace VfsSync.Simulation;

/// <summary>
/// What comes between a node and its disk: calls that fail, power that goes at one of the next writes, users who act between two calls of one effect. Users' own
/// calls and those of the checks always succeed.
/// </summary>
internal sealed class SimDisk(World world, SimNode node)
{
    private const long LatestMs = 40;
    private const int Slow = 8;

    private readonly List<(long UntilMs, int Seed)> _troubles = [];
    private readonly Queue<(int After, Action Act)> _between = new();
    private int _calls, _cutAfter = -1;
    private long _untilMs;
    private bool _atWork, _inOrder;

    /// <summary>Where the engine is at work just now, while others come in between.</summary>
    public EntryPath? At { get; private set; }

    /// <summary>How often others came in between.</summary>
    public int Acts { get; private set; }

    public bool IsCutDue => _cutAfter >= 0;

    public void Attach(MemoryFolder folder) => folder.Fails = Fails;

    /// <summary>From now on, some calls fail: which ones, says the seed.</summary>
    public void Trouble(int seed, long forMs)
    {
        world.Note(node, $"its disk is {(IsFull(seed) ? "full" : IsLocked(seed) ? "locked in part" : "failing")} for {forMs} ms");
        _troubles.Add((world.NowMs + forMs, seed));
    }

    /// <summary>Power goes at the write after so many others.</summary>
    public void CutAfter(int writes) => _cutAfter = writes;

    /// <summary>Something is done between two calls; if there are none, then soon.</summary>
    public void Between(int calls, Action act)
    {
        var (done, after) = (false, _calls + calls);
        void Once()
        {
            if (done) return;
            done = true;
            act();
        }
        _between.Enqueue((after, Once));
        world.After(LatestMs, Once);
    }

    /// <summary>The node is no longer at work, and nothing is wrong any more.</summary>
    public void Heal()
    {
        _troubles.Clear();
        _cutAfter = -1;
    }

    public void Started() => _cutAfter = -1;

    /// <summary>Does a part of the engine's work.</summary>
    /// <param name="inOrder">Its calls come one after the other: others may come in between, and always do at the same call.</param>
    /// <param name="work">The work.</param>
    /// <param name="untilMs">Until when it may last: as time passes between its calls, all else goes on.</param>
    public T Work<T>(bool inOrder, Func<T> work, long untilMs = 0)
    {
        var before = (_atWork, _inOrder, _untilMs);
        (_atWork, _inOrder, _untilMs) = (true, inOrder, untilMs);
        try
        {
            return work();
        }
        finally
        {
            (_atWork, _inOrder, _untilMs) = before;
        }
    }

    /// <summary>Looks at the disk in the middle of the engine's work, without being part of it.</summary>
    public void Apart(Action look)
    {
        var before = _atWork;
        _atWork = false;
        look();
        _atWork = before;
    }

    /// <summary>The store is about to write, or has written. True if that fails.</summary>
    public bool Commits() => Work(inOrder: true, () => Fails("commit", EntryPath.Root));

    private bool Fails(string operation, EntryPath path)
    {
        if (!_atWork) return false;
        // Many files are flushed at once: nothing comes in between there.
        if (_inOrder && operation != "flush") ComeBetween(operation, path);
        return _troubles.Exists(t => t.UntilMs > world.NowMs && IsRefused(t.Seed, operation, path));
    }

    private void ComeBetween(string operation, EntryPath path)
    {
        _calls++;
        var acts = Acts;
        while (operation != "commit" && _between.TryPeek(out var next) && next.After <= _calls)
        {
            _between.Dequeue();
            (_atWork, At, Acts) = (false, path.IsRoot ? null : path, Acts + 1);
            next.Act();
            (_atWork, At) = (true, null);
        }
        if (operation != "commit" && world.Options.Has(SimFaults.Between) && _untilMs > world.NowMs && (acts != Acts || world.Random.Next(Slow) == 0)) Pause(path);
        if (_cutAfter < 0 || operation is "look" or "list" or "read") return;
        if (_cutAfter-- == 0) throw new PowerCutException(node, operation);
    }

    // The disk is slow: whatever is due meanwhile happens first, on other nodes as well as here.
    private void Pause(EntryPath path)
    {
        var (life, forMs) = (node.Life, world.Random.NextInt64(1, _untilMs - world.NowMs + 1));
        (_atWork, At) = (false, path.IsRoot ? null : path);
        Acts++;
        world.Pass(forMs);
        (_atWork, At) = (true, null);
        if (node.Life != life) throw new LifeOverException();
    }

    // A pure function of what is asked and when: contents are staged by several threads at once.
    private bool IsRefused(int seed, string operation, EntryPath path)
    {
        if (IsFull(seed)) return operation is "stage" or "write" or "flush" or "put" or "commit" && Roll(seed, operation, path.Text, world.NowMs) < 80;
        if (IsLocked(seed)) return !path.IsRoot && (seed % 2 == 0 || operation is not ("look" or "list")) && Roll(seed, "", path.Text, 0) < 35;
        return Roll(seed, operation, path.Text, world.NowMs) < 15;
    }

    private static bool IsFull(int seed) => seed % 3 == 0;

    private static bool IsLocked(int seed) => seed % 3 == 1;

    private static uint Roll(int seed, string operation, string path, long at)
    {
        var hash = 2166136261u ^ (uint)seed;
        foreach (var c in operation) hash = (hash ^ c) * 16777619;
        foreach (var c in path) hash = (hash ^ c) * 16777619;
        hash = (hash ^ (uint)at) * 16777619;
        return (hash ^ (hash >> 15)) * 2654435761u % 100;
    }
}

/// <summary>What was under way belongs to a life of the node that ended meanwhile.</summary>
internal sealed class LifeOverException() : Exception("the node's life is over");

/// <summary>Power is gone: nothing that was under way goes on.</summary>
internal sealed class PowerCutException(SimNode node, string at) : Exception($"power cut at {at}")
{
    public SimNode Node => node;

    public string At => at;
}
