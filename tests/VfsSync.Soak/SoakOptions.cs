using System.Globalization;

namespace VfsSync.Soak;

/// <summary>What a run is like.</summary>
internal sealed record SoakOptions
{
    public int Seed { get; init; } = 1;

    /// <summary>How long users work.</summary>
    public double Seconds { get; init; } = 60;

    public int Nodes { get; init; } = 2;

    /// <summary>Nodes are killed at random moments, and started again.</summary>
    public bool Kill { get; init; }

    public bool DirectoryRenames { get; init; } = true;

    /// <summary>Users who think between two operations.</summary>
    public bool Slow { get; init; }

    /// <summary>How long nodes may take to agree when the users are gone.</summary>
    public double Patience { get; init; } = 60;

    /// <summary>Leaves the folders where they are, also after a good run.</summary>
    public bool Keep { get; init; }

    /// <exception cref="FormatException">An unknown option, or a value that is none.</exception>
    public static SoakOptions Parse(IReadOnlyList<string> words)
    {
        var options = new SoakOptions();
        for (var i = 0; i < words.Count; i++)
        {
            options = words[i] switch
            {
                "--seed" => options with { Seed = (int)Number(words, ++i) },
                "--seconds" => options with { Seconds = Number(words, ++i) },
                "--nodes" => options with { Nodes = (int)Number(words, ++i) },
                "--patience" => options with { Patience = Number(words, ++i) },
                "--kill" => options with { Kill = true },
                "--no-directory-renames" => options with { DirectoryRenames = false },
                "--keep" => options with { Keep = true },
                "--pace" => options with { Slow = Word(words, ++i, "fast", "slow") == "slow" },
                _ => throw new FormatException($"'{words[i]}' is no option."),
            };
        }
        return options;
    }

    private static double Number(IReadOnlyList<string> words, int at) =>
        at < words.Count && double.TryParse(words[at], CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"'{words[at - 1]}' wants a number.");

    private static string Word(IReadOnlyList<string> words, int at, params string[] known) =>
        at < words.Count && known.Contains(words[at]) ? words[at] : throw new FormatException($"'{words[at - 1]}' wants one of {string.Join(", ", known)}.");
}
