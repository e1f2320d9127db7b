using System.Diagnostics;
using System.Globalization;

namespace VfsSync.Simulation;

internal static class Program
{
    private static int Main(string[] args)
    {
        var options = new SimOptions();
        var (first, seeds, operations, nodes, trace, faults, show, mutants) = (1UL, 1000, 0, 0, false, (SimFaults?)null, false, false);
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--seeds": seeds = Number(args[++i]); break;
                case "--first": first = ulong.Parse(args[++i], CultureInfo.InvariantCulture); break;
                case "--operations": operations = Number(args[++i]); break;
                case "--nodes": nodes = Number(args[++i]); break;
                case "--faults" when i + 1 < args.Length && Enum.TryParse<SimFaults>(args[i + 1], ignoreCase: true, out var named): (faults, i) = (named, i + 1); break;
                case "--trace": trace = true; break;
                case "--show": show = true; break;
                case "--mutant": options = options with { Mutant = args[++i] }; break;
                case "--mutants": mutants = true; break;
                default:
                    Console.Error.WriteLine($"'{args[i]}' is no option, or what follows is none of its values. There are --seeds N, --first SEED, --nodes N, --operations N, --faults NAME,NAME (crashes, disk, clocks, links, copies, between, hints, inodes, all, none; and policy, roles), --trace, --show (one seed, whatever comes of it), --mutant NAME, --mutants (each over N seeds).");
                    return 2;
            }
        }
        if (mutants) return AllMutants(first, seeds, options);
        if (show)
        {
            Console.Write(Seeds.Show(first, Seeds.Options(first, options, nodes, operations, faults), trace));
            return 0;
        }
        return Run(first, seeds, seed => Seeds.Options(seed, options, nodes, operations, faults), trace);
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

    // Each must be caught; how soon tells how well the simulation looks.
    private static int AllMutants(ulong first, int seeds, SimOptions options)
    {
        var survived = 0;
        foreach (var mutant in Mutants.Mutant.All)
        {
            var (caught, soonest) = Mutants.Mutation.Hunt(mutant, first, seeds, options);
            Console.WriteLine($"{mutant.Name,-22} caught in {caught,4} of {seeds} seeds, first in {(caught == 0 ? "none" : soonest)} ({mutant.What})");
            if (caught == 0) survived++;
        }
        return survived == 0 ? 0 : 1;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
