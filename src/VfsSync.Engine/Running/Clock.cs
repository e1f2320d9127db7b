namespace VfsSync.Engine.Running;

/// <summary>
/// Unix milliseconds that never go back, whatever happens to the system's clock, and never stand still: a clock that was set back by an hour must not hold up
/// for an hour what waits for a moment. Until the system's clock has caught up, this one goes at half its pace.
/// </summary>
/// <param name="systemMs">The system's clock.</param>
/// <param name="passedMs">Milliseconds that have passed since whenever; nobody sets them.</param>
internal sealed class Clock(Func<long> systemMs, Func<long> passedMs)
{
    private readonly Lock _lock = new();
    private long _atMs = systemMs(), _passedMs = passedMs();

    public Clock() : this(() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), () => Environment.TickCount64) { }

    public long NowMs
    {
        get
        {
            lock (_lock)
            {
                var (system, passed) = (systemMs(), passedMs());
                var slow = _atMs + (passed - _passedMs) / 2;
                if (system < slow) return slow;
                (_atMs, _passedMs) = (system, passed);
                return system;
            }
        }
    }
}
