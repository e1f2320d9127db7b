namespace VfsSync.Core.Session;

/// <summary>
/// How many files may go at once, that is, within a minute: beyond it a person must say that it was meant. A node that was just told to go on takes what comes
/// until it has caught up.
/// </summary>
internal sealed class RemovalLimit(SessionContext context)
{
    private const long WithinMs = 60_000;

    private readonly Queue<(long AtMs, long Files)> _lately = new();
    private long _acceptsUntilMs = context.Settings.AcceptRemovals ? long.MaxValue : 0;

    /// <summary>Whether removals are taken as they come, however many.</summary>
    public bool Accepts => context.NowMs < _acceptsUntilMs;

    /// <summary>Everything is as it should be: what was accepted has been done, but for what may still be on its way.</summary>
    public void CaughtUp()
    {
        if (_acceptsUntilMs == long.MaxValue) _acceptsUntilMs = context.NowMs + WithinMs;
    }

    /// <summary>Whether so many files may go now, after those that went lately.</summary>
    public bool Allows(long files)
    {
        if (files == 0 || Accepts || context.Settings.RemovalLimit is not { } limit) return true;
        while (_lately.TryPeek(out var oldest) && context.NowMs - oldest.AtMs >= WithinMs) _lately.Dequeue();
        if (_lately.Sum(l => l.Files) + files > limit) return false;
        _lately.Enqueue((context.NowMs, files));
        return true;
    }
}
