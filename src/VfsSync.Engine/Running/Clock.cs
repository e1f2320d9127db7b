namespace VfsSync.Engine.Running;

/// <summary>Unix milliseconds that never go back, whatever happens to the system's clock.</summary>
internal sealed class Clock
{
    private long _last;

    public long NowMs
    {
        get
        {
            var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            long last;
            while (now > (last = Interlocked.Read(ref _last)) && Interlocked.CompareExchange(ref _last, now, last) != last) { }
            return Math.Max(now, last);
        }
    }
}
