using System.Diagnostics;
using System.Globalization;
using VfsSync.NodeHost;

namespace VfsSync.Soak;

/// <summary>A folder as somebody really has it and 1 GiB of chance, put into one node: at the other they are the same, and neither node took much memory.</summary>
internal static class RealInput
{
    private const long MaxAboveIdle = 300L << 20, Gibibyte = 1L << 30;

    /// <summary>The .NET SDK that is installed here.</summary>
    public static string Sdk()
    {
        var link = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(d => Path.Combine(d, "dotnet")).First(File.Exists);
        return Path.GetDirectoryName(File.ResolveLinkTarget(link, returnFinalTarget: true)?.FullName ?? link)!;
    }

    public static int Run(string folder)
    {
        using var cluster = new SoakCluster(2);
        var idle = cluster.Nodes.Max(n => Memory(n, "VmHWM:"));
        var good = Carry(cluster, $"'{folder}'", () => Copy(folder, cluster.Folders[0]))
            && Carry(cluster, "1 GiB", () => WriteChance(Path.Combine(cluster.Folders[0], "1GiB")));
        foreach (var node in cluster.Nodes)
        {
            var peak = Memory(node, "VmHWM:");
            Console.WriteLine($"{node.Name}: at most {peak >> 20} MiB, {(peak - idle) >> 20} above an idle node");
            good &= peak - idle < MaxAboveIdle;
        }
        good &= cluster.Stop().Count == 0;
        if (good) cluster.Delete();
        else Console.WriteLine($"The folders are kept in {cluster.Base}");
        return good ? 0 : 1;
    }

    private static bool Carry(SoakCluster cluster, string what, Action put)
    {
        var clock = Stopwatch.StartNew();
        put();
        var putAfter = clock.Elapsed.TotalSeconds;
        var difference = "not looked at";
        while (clock.Elapsed.TotalSeconds < putAfter + 150)
        {
            if (cluster.Nodes.All(n => n.Status(60) is { IsRunning: true, Behind.Count: 0 }) && (difference = cluster.Difference()).Length == 0) break;
            Thread.Sleep(100);
        }
        Console.WriteLine($"{what}: put after {putAfter:F1} s, {Trees.Describe(cluster.Folders[0])!.Count} entries {(difference.Length == 0 ? "equal" : "NOT equal")} after {clock.Elapsed.TotalSeconds:F1} s");
        if (difference.Length > 0) Console.WriteLine(difference + string.Join("\n", cluster.Nodes.Select(n => $"{n.Name}: {n.Status(60)?.Tell()} {n.Errors}")));
        return difference.Length == 0;
    }

    private static void Copy(string folder, string into)
    {
        using var copy = Process.Start("cp", ["-a", folder, into]);
        copy.WaitForExit();
        if (copy.ExitCode != 0) throw new IOException($"cp ended with {copy.ExitCode}");
    }

    private static void WriteChance(string path)
    {
        var random = new Random(1);
        var bytes = new byte[1 << 20];
        using var file = File.Create(path);
        for (var written = 0L; written < Gibibyte; written += bytes.Length)
        {
            random.NextBytes(bytes);
            file.Write(bytes);
        }
    }

    private static long Memory(HostedNode node, string field)
    {
        var line = File.ReadLines($"/proc/{node.ProcessId}/status").First(l => l.StartsWith(field, StringComparison.Ordinal));
        return 1024 * long.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }
}
