using VfsSync.Benchmarks.Contestants;
using VfsSync.Benchmarks.Report;
using VfsSync.Benchmarks.Scenarios;

namespace VfsSync.Benchmarks.Harness;

/// <summary>All rounds of one scenario: the contestants take turns, the first turn of each is dropped, and one that fails does not stop the others.</summary>
internal sealed class Race(Scenario scenario, IReadOnlyList<Func<Contestant>> contestants, Ground ground, int runs, bool young)
{
    private readonly Dictionary<string, List<Round>> _rounds = [];
    private readonly Dictionary<string, int> _differences = [];

    public IReadOnlyList<Result> Run()
    {
        Console.WriteLine($"{scenario.Name}: {scenario.Text}");
        for (var turn = 0; turn <= runs; turn++)
            foreach (var make in contestants) One(make, counts: turn > 0);
        return [.. _rounds.Select(r => Result.Of(scenario.Name, r.Key, r.Value, _differences.GetValueOrDefault(r.Key)))];
    }

    private void One(Func<Contestant> make, bool counts)
    {
        var place = ground.Fresh();
        using var contestant = make();
        try
        {
            var round = new Round(contestant, place, young);
            round.Prepare();
            scenario.Prepare(round);
            if (scenario.MeasuresItself) scenario.Act(round);
            else round.Measure(() => scenario.Act(round));
            var differences = Trees.Differences(round.A, round.B);
            if (counts) Add(contestant.Name, round, differences);
            Console.WriteLine($"  {contestant.Name,-10} {TableReport.Time(round.Seconds.Order().ElementAt(round.Seconds.Count / 2)),10}{(counts ? "" : "  (warm-up)")}{(differences > 0 ? $"  {differences} DIFFERENCES" : "")}");
        }
        catch (Exception e) when (e is IOException or TimeoutException or InvalidOperationException or UnauthorizedAccessException)
        {
            Console.WriteLine($"  {contestant.Name,-10} failed: {e.Message}");
        }
        contestant.Dispose();
        if (!scenario.ManyFiles) Directory.Delete(place, recursive: true);
    }

    private void Add(string name, Round round, int differences)
    {
        if (!_rounds.TryGetValue(name, out var rounds)) _rounds[name] = rounds = [];
        rounds.Add(round);
        _differences[name] = _differences.GetValueOrDefault(name) + differences;
    }
}
