using System.Diagnostics;
using System.Runtime.InteropServices;

namespace VfsSync.Benchmarks.Harness;

/// <summary>Waiting, finer than the runtime's timers.</summary>
internal static partial class Pause
{
    public static readonly TimeSpan Small = TimeSpan.FromMilliseconds(0.3), Large = TimeSpan.FromMilliseconds(2);

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(180);

    public static void For(TimeSpan time) => _ = Sleep((uint)time.TotalMicroseconds);

    /// <summary>A random time, longer than most timers of the contestants, so that no one is always met at the same point of its period.</summary>
    public static void Random() => For(TimeSpan.FromMilliseconds(System.Random.Shared.Next(60, 340)));

    /// <summary>Looks until it holds; when that was (a Stopwatch timestamp).</summary>
    /// <exception cref="TimeoutException">It never did.</exception>
    public static long Until(Func<bool> holds, TimeSpan interval)
    {
        var start = Stopwatch.GetTimestamp();
        while (!holds())
        {
            if (Stopwatch.GetElapsedTime(start) > s_patience) throw new TimeoutException($"nothing after {s_patience.TotalSeconds:0} s");
            For(interval);
        }
        return Stopwatch.GetTimestamp();
    }

    [LibraryImport("libc", EntryPoint = "usleep")]
    private static partial int Sleep(uint microseconds);
}
