using System.Globalization;

namespace VfsSync.Benchmarks.Report;

/// <summary>The results as a table, for people. The ratio is the time of the contestant in the first line of a scenario to that of the others.</summary>
internal static class TableReport
{
    public static void Print(IReadOnlyList<Result> results)
    {
        Console.WriteLine();
        Console.WriteLine($"{"scenario",-9}{"contestant",-11}{"runs",5}{"min",10}{"median",10}{"p95",10}{"p99",10}{"ratio",8}{"wire",10}{"cpu a",10}{"cpu b",10}{"mem a",9}{"mem b",9}");
        foreach (var scenario in results.GroupBy(r => r.Scenario))
            foreach (var result in scenario) Print(result, scenario.First());
    }

    public static string Time(double seconds) => seconds < 1
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:0.0#} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{seconds:0.00} s");

    public static string Size(long bytes) => bytes switch
    {
        < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0} KB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0} MB"),
    };

    private static void Print(Result r, Result first)
    {
        var ratio = r == first ? "" : string.Create(CultureInfo.InvariantCulture, $"{first.Seconds.Median / r.Seconds.Median:0.00}x");
        Console.WriteLine($"{r.Scenario,-9}{r.Contestant,-11}{r.Runs,5}{Time(r.Seconds.Min),10}{Time(r.Seconds.Median),10}{Time(r.Seconds.P95),10}{Time(r.Seconds.P99),10}{ratio,8}"
            + $"{Size(r.WireBytes),10}{Time(r.CpuSeconds.A),10}{Time(r.CpuSeconds.B),10}{Size(r.PeakBytes.A),9}{Size(r.PeakBytes.B),9}");
        if (r.Remarks.Length > 0) Console.WriteLine($"          ! {r.Remarks}");
    }
}
