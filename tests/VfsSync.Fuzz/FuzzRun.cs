using System.Diagnostics;

namespace VfsSync.Fuzz;

/// <summary>One target, input by input.</summary>
internal sealed class FuzzRun(Target target, ulong seed)
{
    private const int LongestMs = 2000, Timings = 3;
    private const long MostBytes = 64L << 20;

    private readonly IReadOnlyList<byte[]> _good = target.Good();

    /// <returns>What is wrong with the first bad input; null if all were answered as they should be.</returns>
    public string? Run(long first, long end, Action<string> tell)
    {
        var clock = Stopwatch.StartNew();
        long refused = 0;
        for (var index = first; index < end; index++)
        {
            var input = new Mutator(seed, index, target.Words).Make(_good);
            var (began, allocated) = (clock.ElapsedMilliseconds, GC.GetAllocatedBytesForCurrentThread());
            var wrong = Feed(input, ref refused);
            var ms = clock.ElapsedMilliseconds - began;
            if (GC.GetAllocatedBytesForCurrentThread() - allocated is > MostBytes and var bytes) wrong ??= $"took {bytes >> 20} MiB";
            // A machine that stands still for a while is not the reader's fault: the shortest time counts.
            for (var i = 1; wrong is null && ms > LongestMs && i < Timings; i++) ms = Math.Min(ms, TimeOf(input));
            if (ms > LongestMs) wrong ??= $"took {ms} ms";
            if (wrong is null) continue;
            var told = $"{target.Name}: input {index} of seed {seed} {wrong}\n{input.Length} bytes: {Convert.ToHexString(input.AsSpan(0, Math.Min(input.Length, 4096)))}";
            tell(told);
            return told;
        }
        tell($"{target.Name}: {end - first:N0} inputs, {refused:N0} of them refused, in {clock.Elapsed.TotalSeconds:F1} s");
        return null;
    }

    private long TimeOf(byte[] input)
    {
        var (clock, refused) = (Stopwatch.StartNew(), 0L);
        Feed(input, ref refused);
        return clock.ElapsedMilliseconds;
    }

    private string? Feed(byte[] input, ref long refused)
    {
        try
        {
            target.Read(input);
            return null;
        }
        catch (Exception e) when (target.IsRefusal(e))
        {
            refused++;
            return null;
        }
        catch (Exception e)
        {
            return $"came out as {e}";
        }
    }
}
