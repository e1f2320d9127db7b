using System.Globalization;
using System.Text;

namespace VfsSync.Simulation;

/// <summary>Runs by seed.</summary>
internal static class Seeds
{
    /// <summary>Of what a run that is not asked for anything special has its share; the rest is asked for by name.</summary>
    public const SimFaults Usual = SimFaults.All;

    // What was found with seeds below this one is to be found again.
    private const ulong FirstWithRoles = 200_000_000;

    /// <summary>The kind of run that goes with a seed, where it is not asked for: mostly few nodes, operations and faults at once, so that failures are easy to read.</summary>
    public static SimOptions Options(ulong seed, SimOptions asked, int nodes = 0, int operations = 0, SimFaults? faults = null) => asked with
    {
        Nodes = nodes > 0 ? nodes : seed % 3 == 0 ? 2 : seed % 7 == 1 ? 4 + (int)(seed / 7 % 4) : 3,
        Operations = operations > 0 ? operations : 4 + (int)(seed * 7 % 40),
        Faults = faults ?? FaultsOf(seed) | (seed % 6) switch { 5 => SimFaults.Policy, 4 when seed >= FirstWithRoles => SimFaults.Roles, _ => SimFaults.None },
    };

    // A quarter of all seeds has none, a quarter one, the rest any.
    private static SimFaults FaultsOf(ulong seed)
    {
        var bits = (seed + 1) * 0x9E3779B97F4A7C15 >> 40;
        return Usual & (bits % 4) switch { 0 => SimFaults.None, 1 => (SimFaults)(1 << (int)(bits / 4 % 8)), _ => (SimFaults)(bits / 4 % 256) };
    }

    /// <summary>What goes wrong first; null if nothing does.</summary>
    public static string? Failure(ulong seed, SimOptions options) =>
        Shrinker.Run(seed, options, Script.Of(seed, options)).Failures is [var first, ..] ? first : null;

    /// <summary>The same seed once more, with as few operations as will do, and all that happened then.</summary>
    public static string Explain(ulong seed, SimOptions options, bool whole = false)
    {
        var script = Shrinker.Shrink(seed, options, Script.Of(seed, options), TimeSpan.FromSeconds(60));
        return Show(seed, options, script, whole);
    }

    /// <summary>All that happens in a run, whether or not it fails.</summary>
    public static string Show(ulong seed, SimOptions options, bool whole = false) => Show(seed, options, Script.Of(seed, options), whole);

    private static string Show(ulong seed, SimOptions options, IReadOnlyList<SimOperation> script, bool whole)
    {
        var world = Shrinker.Run(seed, options with { Traced = true }, script);
        var text = new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"seed {seed}, {options.Nodes} nodes, {script.Count} of {options.Operations} operations, faults {options.Faults}:");
        foreach (var line in world.Trace!)
            if (whole || IsTelling(line)) text.Append("  ").AppendLine(line.Length > 400 && !whole ? line[..400] : line);
        foreach (var failure in world.Failures) text.AppendLine(CultureInfo.InvariantCulture, $"FAILED {failure}");
        return text.ToString();
    }

    private static bool IsTelling(string line) =>
        !(line.Contains("Message", StringComparison.Ordinal) || line.Contains("Cursor", StringComparison.Ordinal) || line.Contains("link ", StringComparison.Ordinal) || line.Contains("dials", StringComparison.Ordinal) || line.Contains(" Tick", StringComparison.Ordinal) || line.Contains("< hint", StringComparison.Ordinal) || line.Contains("> scan", StringComparison.Ordinal)
        || line.EndsWith("scanned  large 0 open 0 problems ", StringComparison.Ordinal));
}
