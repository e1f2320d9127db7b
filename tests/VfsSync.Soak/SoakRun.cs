using System.Diagnostics;
using VfsSync.NodeHost;

namespace VfsSync.Soak;

/// <summary>One run: nodes, users and a killer for a while, then the question whether all is as it must be.</summary>
internal sealed class SoakRun(SoakOptions options, Action<string> say)
{
    private readonly Ledger _ledger = new();
    private readonly List<(string Kind, string Text)> _failures = [];
    private int _kills;

    public Verdict Run()
    {
        using var cluster = new SoakCluster(options.Nodes);
        var users = cluster.Folders.Select((f, i) => User(f, options.Seed * 31 + i)).ToList();
        using var end = new CancellationTokenSource();
        var threads = users.Select(u => new Thread(() => u.Work(end.Token))).ToList();
        threads.ForEach(t => t.Start());
        if (options.Kill) KillNowAndThen(cluster);
        else Wait(options.Seconds);
        end.Cancel();
        threads.ForEach(t => t.Join());
        var equalAfter = _failures.Count == 0 ? Settle(cluster) : null;
        CheckLoss(cluster);
        cluster.KeepEvents();
        if (cluster.Stop() is { Count: > 0 } stuck) Fail("node does not stop", string.Join(", ", stuck));
        if (_failures.Count > 0 || options.Keep)
        {
            File.WriteAllLines(Path.Combine(cluster.Base, "operations"), _ledger.Told);
            say($"The folders are kept in {cluster.Base}");
        }
        else cluster.Delete();
        return new Verdict(users.Sum(u => u.Operations), _kills, equalAfter, _failures);
    }

    private SoakUser User(string folder, int seed)
    {
        var random = new Random(seed);
        return new SoakUser(new UserFolder(folder, _ledger, random), options, random);
    }

    private void KillNowAndThen(SoakCluster cluster)
    {
        var random = new Random(options.Seed * 31 + 17);
        for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < options.Seconds;)
        {
            Wait(0.3 + 3 * random.NextDouble());
            var node = random.Next(options.Nodes);
            cluster.Kill(node);
            _ledger.Tell("killed", cluster.Folders[node]);
            _kills++;
            Wait(random.NextDouble());
            try
            {
                cluster.Start(node);
                _ledger.Tell("started", cluster.Folders[node]);
            }
            catch (IOException e)
            {
                Fail("node does not start", e.Message);
                return;
            }
        }
    }

    // Equal means: equal trees, nobody behind, and the same again a moment later.
    private double? Settle(SoakCluster cluster)
    {
        var clock = Stopwatch.StartNew();
        double? since = null;
        var (difference, moved, last) = ("", 0.0, "");
        while (clock.Elapsed.TotalSeconds < options.Patience)
        {
            difference = cluster.Difference();
            if (difference != last) (last, moved) = (difference, clock.Elapsed.TotalSeconds);
            if (difference.Length == 0 && cluster.Nodes.All(n => n.Status() is { IsRunning: true, Behind.Count: 0 }))
            {
                since ??= clock.Elapsed.TotalSeconds;
                if (clock.Elapsed.TotalSeconds > since + 1) return since;
            }
            else since = null;
            Wait(0.2);
        }
        var moving = clock.Elapsed.TotalSeconds - moved < 5;
        Fail(difference.Length > 0 && !moving ? "different trees" : OnlyStarved(cluster) ? "waits for a content that is nowhere" : "never settles", "\n" + difference + Tell(cluster));
        return null;
    }

    private static bool OnlyStarved(SoakCluster cluster) => cluster.Nodes.All(n => n.Status() is { IsRunning: true } status && status.Behind.Count == status.Starved.Count);

    private string Tell(SoakCluster cluster)
    {
        var text = "";
        foreach (var node in cluster.Nodes)
        {
            var status = node.Status();
            if (status is null) Fail(node.HasExited ? "node died" : "node does not answer", $"{node.Name} {node.Errors}");
            else if (!status.IsRunning) Fail("node halted", $"{node.Name}: {status.Halt}");
            text += $"{node.Name}, {Processor(node):F0} % CPU:\n{status?.Tell() ?? "  says nothing"}\n";
        }
        return text;
    }

    // What was replaced under a writer's hand comes back after a while.
    private void CheckLoss(SoakCluster cluster)
    {
        var lost = Missing(cluster);
        for (var clock = Stopwatch.StartNew(); lost.Count > 0 && clock.Elapsed.TotalSeconds < 8; lost = Missing(cluster)) Wait(0.5);
        if (lost.Count > 0) Fail("loss", $"{lost.Count} of {_ledger.Owed.Count()} owed contents are nowhere:\n" + string.Concat(lost.Take(20).Select(l => $"  {l.Sum} {l.Where}\n")));
    }

    private List<(string Sum, string Where)> Missing(SoakCluster cluster)
    {
        var there = cluster.Folders.SelectMany(Trees.Sums).ToHashSet();
        return [.. _ledger.Owed.Where(o => !there.Contains(o.Sum))];
    }

    private void Fail(string kind, string text) => _failures.Add((kind, text));

    private static double Processor(HostedNode node)
    {
        if (node.HasExited) return 0;
        using var process = Process.GetProcessById(node.ProcessId);
        var before = process.TotalProcessorTime;
        Wait(1);
        process.Refresh();
        return (process.TotalProcessorTime - before).TotalSeconds * 100;
    }

    private static void Wait(double seconds) => Thread.Sleep(TimeSpan.FromSeconds(seconds));
}
