using System.Globalization;

namespace VfsSync.Benchmarks.Harness;

/// <summary>What both sides have used so far.</summary>
internal readonly record struct Usage(long Wire, double CpuA, double CpuB, long PeakA, long PeakB)
{
    /// <summary>What was used since; peaks are those of now.</summary>
    public Usage Since(Usage before) => this with { Wire = Wire - before.Wire, CpuA = CpuA - before.CpuA, CpuB = CpuB - before.CpuB };
}

/// <summary>What /proc says of a process.</summary>
internal static class ProcessMeter
{
    private const double TicksPerSecond = 100;

    /// <summary>CPU seconds of a process and of its children that have ended.</summary>
    public static double Cpu(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return fields[11..15].Sum(f => long.Parse(f, CultureInfo.InvariantCulture)) / TicksPerSecond;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>CPU seconds of children of this process that have ended.</summary>
    public static double CpuOfEndedChildren()
    {
        var text = File.ReadAllText("/proc/self/stat");
        return text[(text.LastIndexOf(')') + 2)..].Split(' ')[13..15].Sum(f => long.Parse(f, CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    /// <summary>Most memory it ever had (since <see cref="ForgetPeak"/>).</summary>
    public static long Peak(int pid) => Status(pid, "VmHWM:");

    public static long Memory(int pid) => Status(pid, "VmRSS:");

    public static void ForgetPeak(int pid)
    {
        try
        {
            File.WriteAllText($"/proc/{pid}/clear_refs", "5");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then the peak is that of its whole life.
        }
    }

    public static IEnumerable<int> ChildrenOf(int pid)
    {
        try
        {
            return [.. File.ReadAllText($"/proc/{pid}/task/{pid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(c => int.Parse(c, CultureInfo.InvariantCulture))];
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static long Status(int pid, string field)
    {
        try
        {
            foreach (var line in File.ReadLines($"/proc/{pid}/status"))
                if (line.StartsWith(field, StringComparison.Ordinal)) return 1024 * long.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // It has ended.
        }
        return 0;
    }
}
