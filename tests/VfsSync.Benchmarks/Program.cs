using System.Diagnostics;
using VfsSync.Benchmarks;
using VfsSync.Benchmarks.Contestants;
using VfsSync.Benchmarks.Harness;
using VfsSync.Benchmarks.Report;
using VfsSync.Benchmarks.Scenarios;

if (args is ["node", var folder, var port, var token]) return NodeHost.Run(folder, port, token);
if (OwnNetwork.TryEnter(args) is { } code) return code;

if (!Options.TryParse(args, out var options, out var error))
{
    Console.Error.WriteLine(error);
    Console.Error.WriteLine(Options.Usage);
    return 2;
}
var clock = Stopwatch.StartNew();
using var ground = new Ground(options.Where);
var results = new List<Result>();
foreach (var scenario in Scenario.All.Where(options.Wants))
{
    results.AddRange(new Race(scenario, ContestantList.Of(options, scenario), ground, options.Runs, options.Young).Run());
    if (options.Json is { } file) JsonReport.Write(file, results);
}
TableReport.Print(results);
Console.WriteLine($"{clock.Elapsed.TotalMinutes:0.0} minutes. {OwnNetwork.Remark}");
return 0;
