namespace VfsSync.Engine.Net;

/// <summary>How long to wait before dialling again: doubles with each failure up to a cap, with chance in it so that nodes do not knock in step.</summary>
/// <param name="Failures">In a row.</param>
internal readonly record struct Backoff(int Failures)
{
    public static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);

    public static readonly TimeSpan Cap = TimeSpan.FromSeconds(5);

    public Backoff Failed() => new(Math.Min(Failures + 1, 30));

    /// <summary>Half of the step for certain, the other half by chance.</summary>
    /// <param name="jitter">A random number from 0 up to 1.</param>
    public TimeSpan Delay(double jitter)
    {
        if (Failures <= 0) return TimeSpan.Zero;
        var step = TimeSpan.FromTicks(Math.Min(First.Ticks << Math.Min(Failures - 1, 20), Cap.Ticks));
        return step * (0.5 + Math.Clamp(jitter, 0, 1) / 2);
    }
}
