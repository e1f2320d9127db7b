using System.Globalization;
using System.Text;

namespace VfsSync.Simulation;

/// <summary>Runs by seed.</summary>
internal static class Seeds
{
    /// <summary>The kind of run that goes with a seed, where it is not asked for: few nodes and operations mostly, so that failures are easy to read.</summary>
    public static SimOptions Options(ulong seed, SimOptions asked, int nodes = 0, int operations = 0) => asked with
    {
        Nodes = nodes > 0 ? nodes : seed % 3 == 0 ? 2 : seed % 7 == 1 ? 4 : 3,
        Operations = operations > 0 ? operations : 4 + (int)(seed * 7 % 40),
    };

    /// <summary>What goes wrong first; null if nothing does.</summary>
    public static string? Failure(ulong seed, SimOptions options) =>
        Shrinker.Run(seed, options, Script.Of(seed, options)).Failures is [var first, ..] ? first : null;

    /// <summary>The same seed once more, with as few operations as will do, and all that happened then.</summary>
    public static string Explain(ulong seed, SimOptions options, bool whole = false)
    {
        var script = Shrinker.Shrink(seed, options, Script.Of(seed, options), TimeSpan.FromSeconds(60));
        var world = Shrinker.Run(seed, options with { Traced = true }, script);
        var text = new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"seed {seed}, {options.Nodes} nodes, {script.Count} of {options.Operations} operations:");
        foreach (var line in world.Trace!)
            if (whole || IsTelling(line)) text.Append("  ").AppendLine(line.Length > 400 && !whole ? line[..400] : line);
        foreach (var failure in world.Failures) text.AppendLine(CultureInfo.InvariantCulture, $"FAILED {failure}");
        return text.ToString();
    }

    private static bool IsTelling(string line) =>
        !(line.Contains("Message", StringComparison.Ordinal) || line.Contains("Cursor", StringComparison.Ordinal) || line.Contains("link ", StringComparison.Ordinal) || line.Contains("dials", StringComparison.Ordinal) || line.Contains(" Tick", StringComparison.Ordinal) || line.Contains("< hint", StringComparison.Ordinal) || line.Contains("> scan", StringComparison.Ordinal)
        || line.EndsWith("scanned  large 0 open 0 problems ", StringComparison.Ordinal));
}
