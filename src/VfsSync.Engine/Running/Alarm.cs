namespace VfsSync.Engine.Running;

/// <summary>Rings at the moments it was set to, on a thread of its own: the runtime's timers ring in its pool, whose threads spin when they have done their work (see <see cref="Worker"/>).</summary>
internal sealed class Alarm : IDisposable
{
    private readonly object _gate = new();
    private readonly SortedSet<long> _moments = [];
    private readonly Func<long> _nowMs;
    private readonly Action _ring;
    private readonly Thread _thread;
    private bool _ending;

    /// <param name="nowMs">Unix milliseconds.</param>
    /// <param name="ring">Something was due.</param>
    public Alarm(Func<long> nowMs, Action ring)
    {
        (_nowMs, _ring) = (nowMs, ring);
        _thread = new Thread(Run) { Name = "vfs alarm", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Rings once at that moment or soon after.</summary>
    public void Set(long atMs)
    {
        lock (_gate)
            if (_moments.Add(atMs) && _moments.Min == atMs) Monitor.Pulse(_gate);
    }

    /// <summary>Never rings again, once what it rang for is done.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ending = true;
            Monitor.Pulse(_gate);
        }
        if (Thread.CurrentThread != _thread) _thread.Join(TimeSpan.FromSeconds(8));
    }

    private void Run()
    {
        while (WaitForMoment()) _ring();
    }

    private bool WaitForMoment()
    {
        lock (_gate)
        {
            while (!_ending)
            {
                var now = _nowMs();
                if (_moments.RemoveWhere(m => m <= now) > 0) return true;
                // Waits end early and clocks jump: it looks at least every minute.
                Monitor.Wait(_gate, _moments.Count == 0 ? Timeout.Infinite : (int)Math.Clamp(_moments.Min - now, 1, 60_000));
            }
            return false;
        }
    }
}
