namespace VfsSync.Simulation.Mutants;

/// <summary>Looks for seeds that a mutant fails and that the engine as it is passes.</summary>
internal static class Mutation
{
    public static (int Caught, ulong Soonest) Hunt(Mutant mutant, ulong first, int seeds, SimOptions asked)
    {
        var (caught, soonest, gate) = (0, ulong.MaxValue, new Lock());
        Parallel.For(0, seeds, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            var seed = first + (ulong)i;
            if (!IsCaught(mutant, seed, asked)) return;
            lock (gate) (caught, soonest) = (caught + 1, Math.Min(soonest, seed));
        });
        return (caught, soonest);
    }

    public static bool IsCaught(Mutant mutant, ulong seed, SimOptions asked) =>
        Seeds.Failure(seed, Options(mutant, seed, asked) with { Mutant = mutant.Name }) is not null && Seeds.Failure(seed, Options(mutant, seed, asked)) is null;

    private static SimOptions Options(Mutant mutant, ulong seed, SimOptions asked) => Seeds.Options(seed, asked with { Mutant = null }, faults: mutant.Faults);
}
