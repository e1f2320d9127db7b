using System.Text.Json;

namespace VfsSync.Benchmarks.Report;

/// <summary>The results as an array of objects, for programs.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions s_options = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    public static void Write(string file, IReadOnlyList<Result> results) =>
        File.WriteAllText(file, JsonSerializer.Serialize(results.Select(r => new { r.Scenario, r.Contestant, r.Runs, r.Seconds, r.WireBytes, r.CpuSeconds, r.PeakBytes }), s_options) + "\n");
}
