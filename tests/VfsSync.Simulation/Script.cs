namespace VfsSync.Simulation;

/// <summary>Something that happens from outside: with a seed of its own, so that it is the same whether or not others are left out.</summary>
/// <param name="AtMs">When, after the start.</param>
/// <param name="Node">Where.</param>
/// <param name="Seed">What exactly.</param>
/// <param name="Kind">What.</param>
internal sealed record SimOperation(long AtMs, int Node, int Seed, SimKind Kind);

internal enum SimKind
{
    /// <summary>A user does something.</summary>
    User,

    /// <summary>No link between two nodes for a while.</summary>
    Cut,

    /// <summary>A link breaks and is made again.</summary>
    Break,

    /// <summary>A node loses power at some moment between two effects.</summary>
    Crash,

    /// <summary>A node loses power at one of its next writes to the disk.</summary>
    CutPower,

    /// <summary>Some disk calls fail for a while.</summary>
    Trouble,

    /// <summary>A clock is set.</summary>
    Clock,

    /// <summary>The watcher loses hints for a while, and says so at the end.</summary>
    LoseHints,

    /// <summary>A copy of a node's disk is made.</summary>
    Snapshot,

    /// <summary>A node's disk is replaced by the copy.</summary>
    Restore,

    /// <summary>A user writes another policy.</summary>
    Policy,

    /// <summary>A user writes who may do what.</summary>
    Roles,
}

/// <summary>All that will happen from outside in a run.</summary>
internal static class Script
{
    // Out of a hundred operations, where that fault is wanted.
    private static readonly (SimFaults Fault, SimKind Kind, int Share)[] _shares =
    [
        (SimFaults.Crashes, SimKind.Crash, 3), (SimFaults.Crashes, SimKind.CutPower, 7), (SimFaults.Disk, SimKind.Trouble, 7), (SimFaults.Clocks, SimKind.Clock, 4),
        (SimFaults.Links, SimKind.Break, 7), (SimFaults.Hints, SimKind.LoseHints, 3), (SimFaults.Copies, SimKind.Snapshot, 8), (SimFaults.Copies, SimKind.Restore, 7),
        (SimFaults.Policy, SimKind.Policy, 7), (SimFaults.Roles, SimKind.Roles, 15),
    ];

    public static IReadOnlyList<SimOperation> Of(ulong seed, SimOptions options)
    {
        var random = new Random((int)((seed * 0x9E3779B97F4A7C15) >> 33));
        var all = new List<SimOperation>();
        for (var i = 0; i < options.Operations; i++)
            all.Add(new(random.NextInt64(options.DurationMs - 1000), random.Next(options.Nodes), random.Next(), KindOf(random.Next(100), options)));
        return [.. Bursts(all, random, options.DurationMs - 1).OrderBy(o => o.AtMs)];
    }

    private static SimKind KindOf(int roll, SimOptions options)
    {
        if (roll < 8) return SimKind.Cut;
        roll -= 8;
        foreach (var (fault, kind, share) in _shares)
        {
            if (!options.Has(fault)) continue;
            if (roll < share) return kind;
            roll -= share;
        }
        return SimKind.User;
    }

    // Users come in bursts: much of what goes wrong needs things that happen within milliseconds.
    private static IEnumerable<SimOperation> Bursts(List<SimOperation> all, Random random, long lastMs)
    {
        var at = 0L;
        foreach (var operation in all)
        {
            if (random.Next(3) == 0) at = operation.AtMs;
            else at += random.Next(random.Next(2) == 0 ? 30 : 400);
            yield return operation with { AtMs = Math.Min(at, lastMs) };
        }
    }
}
