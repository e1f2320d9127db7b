using System.Diagnostics;

namespace VfsSync.Engine.Tests.Running;

/// <summary>The one place where tests wait.</summary>
internal static class Poll
{
    /// <summary>Waits for a condition, with a deadline.</summary>
    public static void Until(Func<bool> holds, string what, int seconds = 30) => Until(holds, () => what, seconds);

    public static void Until(Func<bool> holds, Func<string> what, int seconds = 30)
    {
        var clock = Stopwatch.StartNew();
        var pause = 2;
        while (!Holds(holds))
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(seconds)) Assert.Fail($"After {seconds} s still not: {what()}");
            Thread.Sleep(pause);
            pause = Math.Min(pause * 2, 50);
        }
    }

    // What is listed and gone when it is read, or has not its name for a moment, does not hold yet.
    private static bool Holds(Func<bool> holds)
    {
        try
        {
            return holds();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Looks on for a while; what must hold all that time is asserted by <paramref name="look"/>.</summary>
    public static void For(double seconds, Action look, int everyMs = 10)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < seconds;)
        {
            look();
            Thread.Sleep(everyMs);
        }
    }

    /// <summary>Lets a user's pause go by between two actions.</summary>
    public static void Pause(int ms) => Thread.Sleep(ms);
}
