using System.Diagnostics;

namespace VfsSync.Benchmarks.Harness;

/// <summary>A network namespace of its own, where the system allows it, so that the loopback counters count the contestants and nothing else.</summary>
internal static class OwnNetwork
{
    private const string Mark = "VFS_BENCH_NETWORK";

    public static string Remark => Environment.GetEnvironmentVariable(Mark) == "own"
        ? "Bytes on the wire: loopback counters of a network namespace of its own."
        : "Bytes on the wire: loopback counters of the whole machine, whatever else uses them (run as root with unshare and ip installed for a namespace of its own).";

    /// <summary>Runs this program again inside; its exit code, or null when there is no inside to go to or we are in it.</summary>
    public static int? TryEnter(string[] args)
    {
        if (Environment.GetEnvironmentVariable(Mark) is not null || !Works()) return null;
        var start = new ProcessStartInfo("unshare") { UseShellExecute = false, Environment = { [Mark] = "own" } };
        foreach (var word in (string[])["-n", "sh", "-c", "ip link set lo up && exec \"$0\" \"$@\"", Environment.ProcessPath!, .. args]) start.ArgumentList.Add(word);
        using var inside = Process.Start(start)!;
        inside.WaitForExit();
        return inside.ExitCode;
    }

    private static bool Works()
    {
        if (Tool.Find("unshare") is null || Tool.Find("ip") is null) return false;
        return Tool.Run("unshare", "-n", "ip", "link", "set", "lo", "up") == 0;
    }

    /// <summary>Bytes that went through loopback so far.</summary>
    public static long LoopbackBytes()
    {
        foreach (var line in File.ReadLines("/proc/net/dev"))
            if (line.TrimStart() is var text && text.StartsWith("lo:", StringComparison.Ordinal))
                return long.Parse(text[3..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], System.Globalization.CultureInfo.InvariantCulture);
        return 0;
    }
}
