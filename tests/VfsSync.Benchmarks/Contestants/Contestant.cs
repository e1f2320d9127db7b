using VfsSync.Benchmarks.Harness;

namespace VfsSync.Benchmarks.Contestants;

/// <summary>Something that brings what is done in A to B. One instance serves one round.</summary>
internal abstract class Contestant : IDisposable
{
    private const double IdleShare = 0.03;

    public abstract string Name { get; }

    /// <summary>Makes both sides ready; returns when they are connected.</summary>
    public abstract void Start(Round round);

    /// <summary>Something was changed: the moment to run, for those that do not watch.</summary>
    public virtual void Changed() { }

    /// <summary>The change has arrived: the moment to see a run to its end.</summary>
    public virtual void Arrived() { }

    public abstract Usage Usage();

    public virtual void ForgetPeaks() { }

    /// <summary>Waits until both sides have used less than 3 % of a core for two seconds.</summary>
    public virtual void WaitIdle()
    {
        var limit = Environment.TickCount64 + 60_000;
        for (var quiet = 0; quiet < 2 && Environment.TickCount64 < limit;)
        {
            var before = Usage();
            Pause.For(TimeSpan.FromSeconds(0.99));
            var used = Usage().Since(before);
            quiet = used.CpuA <= IdleShare && used.CpuB <= IdleShare ? quiet + 1 : 0;
        }
    }

    public abstract void Dispose();
}
