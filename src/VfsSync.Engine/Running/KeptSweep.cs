using VfsSync.Core.History;

namespace VfsSync.Engine.Running;

/// <summary>Drops what was kept for others once nobody needs it. Looks every five seconds, as long as there is anything.</summary>
internal sealed class KeptSweep(KeptContents kept, Func<VersionVector, bool> shownByAll) : IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private Timer? _timer;
    private bool _armed, _ended;

    /// <summary>Something may have been kept.</summary>
    public void Arm()
    {
        if (kept.IsEmpty) return;
        lock (_lock)
        {
            if (_armed || _ended) return;
            _armed = true;
            _timer ??= new Timer(_ => Sweep());
            _timer.Change(s_pause, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _ended = true;
            _timer?.Dispose();
        }
    }

    // Under the lock, so that a sweep is over before the folder is closed.
    private void Sweep()
    {
        lock (_lock)
        {
            if (_ended) return;
            try
            {
                kept.Sweep(shownByAll);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It stays for the next time.
            }
            _armed = false;
        }
        Arm();
    }
}
