using System.Globalization;
using VfsSync.Benchmarks.Scenarios;

namespace VfsSync.Benchmarks;

/// <summary>What the command line asks for.</summary>
internal sealed record Options(IReadOnlyList<string> Scenarios, string? Json, int Runs, IReadOnlyList<string> Contestants, string Where, bool Young)
{
    public static string Usage =>
        $"""
        vfs-bench SCENARIO...|all [--json FILE] [--runs N] [--contestants NAME,...] [--where DIR] [--age old|young]
          scenarios:   {string.Join(' ', Scenario.All.Select(s => s.Name))}
          contestants: vfssync rsync rsync-ssh syncthing (those that are installed)
          --runs       measured rounds of each contestant; one more is dropped as a warm-up (5)
          --age        old: each round begins with work of the scenario's own kind; young: only with a few files (old)
          --where      a directory on the disk to measure ({System.IO.Path.GetTempPath()})
        """;

    public bool Wants(Scenario scenario) => Scenarios.Contains(scenario.Name) || Scenarios.Contains("all");

    public static bool TryParse(string[] args, out Options options, out string error)
    {
        options = new([], null, 5, [], Path.GetTempPath(), Young: false);
        error = "Name a scenario.";
        var scenarios = new List<string>();
        for (var i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal)) scenarios.Add(args[i]);
            else if (i + 1 == args.Length || options.With(args[i], args[++i]) is not { } more)
            {
                error = $"'{args[Math.Min(i, args.Length - 1)]}' is not understood.";
                return false;
            }
            else options = more;
        }
        options = options with { Scenarios = scenarios };
        var unknown = scenarios.Find(s => s != "all" && Scenario.All.All(known => known.Name != s));
        if (unknown is not null) error = $"There is no scenario '{unknown}'.";
        return scenarios.Count > 0 && unknown is null;
    }

    private Options? With(string name, string value) => name switch
    {
        "--json" => this with { Json = value },
        "--where" => this with { Where = Path.GetFullPath(value) },
        "--age" when value is "old" or "young" => this with { Young = value is "young" },
        "--contestants" => this with { Contestants = value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) },
        "--runs" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var runs) && runs > 0 => this with { Runs = runs },
        _ => null,
    };
}
