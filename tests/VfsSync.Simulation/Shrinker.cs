using System.Diagnostics;

namespace VfsSync.Simulation;

/// <summary>From a script that fails to a shorter one that fails.</summary>
internal static class Shrinker
{
    public static World Run(ulong seed, SimOptions options, IReadOnlyList<SimOperation> script)
    {
        var world = new World(seed, options, script);
        world.Run();
        return world;
    }

    private static readonly string[] _kinds = ["lost", "behind at", "has a problem", "index", "stamp", "halted", "exception", "links", "shows", "cursor", "nobody wrote", "two records", "rest", " is "];

    /// <summary>Leaves out what can be left out, in halves, quarters, ... and one by one. Small changes shift all that follows, so another failure of the kind will do as well.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="options">The kind of run.</param>
    /// <param name="script">A script that fails.</param>
    /// <param name="patience">After this long, what has been reached by then will do.</param>
    public static IReadOnlyList<SimOperation> Shrink(ulong seed, SimOptions options, IReadOnlyList<SimOperation> script, TimeSpan patience)
    {
        var clock = Stopwatch.StartNew();
        var kind = KindOf(Run(seed, options, script));
        for (var size = Math.Max(1, script.Count / 2); ; size = Math.Max(1, size / 2))
        {
            var shorter = false;
            for (var at = 0; at < script.Count && clock.Elapsed <= patience;)
            {
                IReadOnlyList<SimOperation> rest = [.. script.Take(at), .. script.Skip(at + size)];
                if (KindOf(Run(seed, options, rest)) == kind) (script, shorter) = (rest, true);
                else at += size;
            }
            if (size == 1 && !shorter || clock.Elapsed > patience) return script;
        }
    }

    // What failed first, without names.
    private static string? KindOf(World world) =>
        world.Failures is [var first, ..] ? _kinds.FirstOrDefault(k => first.Contains(k, StringComparison.Ordinal)) ?? "" : null;
}
