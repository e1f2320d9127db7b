using System.Globalization;

namespace VfsSync.Fuzz;

/// <summary>
/// Feeds made-up and mutated bytes to everything that reads what others wrote. Exit code 1 when anything but the reader's own error type comes out, or an input takes too long
/// or too much memory; 2 for a wrong command line.
/// </summary>
internal static class Program
{
    private static string Usage => $"""
        VfsSync.Fuzz [TARGET ...] [--inputs N] [--seed N] [--only INDEX]
        Targets: all (default), or some of {string.Join(", ", Targets.All.Select(t => t.Name))}.
        Each target gets --inputs inputs (default 10000000), each made from --seed (default 1) and its index alone; --only runs one of them again.
        """;

    private static int Main(string[] args)
    {
        try
        {
            var (names, inputs, seed, only) = Parse(args);
            var targets = Targets.All.Where(t => names.Count == 0 || names.Contains("all") || names.Contains(t.Name)).ToList();
            if (targets.Count == 0 || names.Exists(n => n != "all" && Targets.All.All(t => t.Name != n))) throw new FormatException("There is no such target.");
            var good = true;
            foreach (var target in targets) good &= new FuzzRun(target, seed).Run(only ?? 0, only + 1 ?? inputs, Console.Out.WriteLine) is null;
            return good ? 0 : 1;
        }
        catch (FormatException e)
        {
            Console.Error.WriteLine($"{e.Message}\n{Usage}");
            return 2;
        }
    }

    private static (List<string> Names, long Inputs, ulong Seed, long? Only) Parse(string[] args)
    {
        var (names, inputs, seed, only) = (new List<string>(), 10_000_000L, 1UL, (long?)null);
        for (var i = 0; i < args.Length; i++)
        {
            string Value() => ++i < args.Length ? args[i] : throw new FormatException($"{args[i - 1]} needs a number.");
            switch (args[i])
            {
                case "--inputs": inputs = long.Parse(Value(), CultureInfo.InvariantCulture); break;
                case "--seed": seed = ulong.Parse(Value(), CultureInfo.InvariantCulture); break;
                case "--only": only = long.Parse(Value(), CultureInfo.InvariantCulture); break;
                case ['-', ..]: throw new FormatException($"'{args[i]}' is no option.");
                default: names.Add(args[i]); break;
            }
        }
        return (names, inputs, seed, only);
    }
}
