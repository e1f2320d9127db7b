namespace VfsSync.Simulation;

/// <summary>Something that happens from outside: with a seed of its own, so that it is the same whether or not others are left out.</summary>
/// <param name="AtMs">When, after the start.</param>
/// <param name="Node">Where.</param>
/// <param name="Seed">What exactly.</param>
/// <param name="Kind">What.</param>
internal sealed record SimOperation(long AtMs, int Node, int Seed, SimKind Kind);

internal enum SimKind
{
    User,
    Cut,
    Crash,
}

/// <summary>All that will happen from outside in a run.</summary>
internal static class Script
{
    public static IReadOnlyList<SimOperation> Of(ulong seed, SimOptions options)
    {
        var random = new Random((int)((seed * 0x9E3779B97F4A7C15) >> 33));
        var all = new List<SimOperation>();
        for (var i = 0; i < options.Operations; i++)
        {
            var kind = random.Next(100) switch { < 8 => SimKind.Cut, < 12 when options.Crashes => SimKind.Crash, _ => SimKind.User };
            all.Add(new(random.NextInt64(options.DurationMs - 1000), random.Next(options.Nodes), random.Next(), kind));
        }
        return [.. Bursts(all, random).OrderBy(o => o.AtMs)];
    }

    // Users come in bursts: much of what goes wrong needs things that happen within milliseconds.
    private static IEnumerable<SimOperation> Bursts(List<SimOperation> all, Random random)
    {
        var at = 0L;
        foreach (var operation in all)
        {
            if (random.Next(3) == 0) at = operation.AtMs;
            else at += random.Next(random.Next(2) == 0 ? 30 : 400);
            yield return operation with { AtMs = at };
        }
    }
}
