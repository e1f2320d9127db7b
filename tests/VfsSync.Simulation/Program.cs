using System.Diagnostics;
using System.Globalization;

namespace VfsSync.Simulation;

internal static class Program
{
    private static int Main(string[] args)
    {
        var options = new SimOptions();
        var (first, seeds, operations, nodes, trace) = (1UL, 1000, 0, 0, false);
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--seeds": seeds = Number(args[++i]); break;
                case "--first": first = ulong.Parse(args[++i], CultureInfo.InvariantCulture); break;
                case "--operations": operations = Number(args[++i]); break;
                case "--nodes": nodes = Number(args[++i]); break;
                case "--crashes": options = options with { Crashes = true }; break;
                case "--trace": trace = true; break;
                default:
                    Console.Error.WriteLine($"'{args[i]}' is no option. There are --seeds N, --first SEED, --nodes N, --operations N, --crashes, --trace.");
                    return 2;
            }
        }
        return Run(first, seeds, seed => Seeds.Options(seed, options, nodes, operations), trace);
    }

    private static int Run(ulong first, int seeds, Func<ulong, SimOptions> options, bool trace)
    {
        var clock = Stopwatch.StartNew();
        var failed = new List<ulong>();
        Parallel.For(0, seeds, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            var seed = first + (ulong)i;
            if (Seeds.Failure(seed, options(seed)) is not { } failure) return;
            lock (failed)
            {
                failed.Add(seed);
                if (failed.Count <= 12) Console.WriteLine($"seed {seed}: {(failure.Length > 160 ? failure[..160] : failure)}");
            }
        });
        Console.WriteLine($"{seeds - failed.Count} of {seeds} seeds passed in {clock.Elapsed.TotalSeconds:F1} s");
        if (failed.Count == 0) return 0;
        Console.WriteLine(Seeds.Explain(failed.Min(), options(failed.Min()), trace));
        return 1;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
