using VfsSync.Benchmarks.Harness;

namespace VfsSync.Benchmarks.Report;

/// <summary>What one contestant did in one scenario.</summary>
/// <param name="Scenario">Which.</param>
/// <param name="Contestant">Who.</param>
/// <param name="Runs">Actions measured.</param>
/// <param name="Seconds">How long they took.</param>
/// <param name="WireBytes">Loopback bytes per action, both ways, acknowledgements and headers included; the median of the rounds.</param>
/// <param name="CpuSeconds">Per action; the median of the rounds.</param>
/// <param name="PeakBytes">The most resident memory in any round.</param>
/// <param name="Remarks">What was wrong; empty when nothing was.</param>
internal sealed record Result(string Scenario, string Contestant, int Runs, Spread Seconds, long WireBytes, Sides<double> CpuSeconds, Sides<long> PeakBytes, string Remarks)
{
    public static Result Of(string scenario, string contestant, IReadOnlyList<Round> rounds, int differences)
    {
        double Each(Func<Usage, double> of) => Spread.Of([.. rounds.Select(r => of(r.Used) / r.Seconds.Count)]).Median;
        var seconds = rounds.SelectMany(r => r.Seconds).ToList();
        var remarks = new List<string>();
        if (rounds.Sum(r => r.Wrong) is > 0 and var wrong) remarks.Add($"{wrong} sightings of wrong content");
        if (differences > 0) remarks.Add($"{differences} differences at the end");
        if (rounds.Max(r => r.Echo) is > 5000 and var echo) remarks.Add($"{TableReport.Size(echo)} on the wire in the 3 s after arrival");
        return new(scenario, contestant, seconds.Count, Spread.Of(seconds), (long)Each(u => u.Wire), new(Each(u => u.CpuA), Each(u => u.CpuB)),
            new(rounds.Max(r => r.Used.PeakA), rounds.Max(r => r.Used.PeakB)), string.Join("; ", remarks));
    }
}

/// <summary>One figure for each side.</summary>
internal readonly record struct Sides<T>(T A, T B);

/// <summary>How measurements are spread.</summary>
internal readonly record struct Spread(double Min, double Median, double P95, double P99, double Max)
{
    public static Spread Of(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToList();
        double At(double share) => sorted[(int)Math.Ceiling(share * sorted.Count) - 1];
        var middle = sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[sorted.Count / 2 - 1] + sorted[sorted.Count / 2]) / 2;
        return new(sorted[0], middle, At(0.95), At(0.99), sorted[^1]);
    }
}
