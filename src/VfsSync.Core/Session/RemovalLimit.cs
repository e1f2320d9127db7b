namespace VfsSync.Core.Session;

/// <summary>
/// How many files may go at once, that is, within a minute: beyond it a person must say that it was meant. A node that was just told to go on takes what comes
/// until what was due to go is gone; at most ten minutes after its first look at the disk.
/// </summary>
internal sealed class RemovalLimit(SessionContext context)
{
    private const long WithinMs = 60_000, LongestMs = 10 * WithinMs;

    private readonly Queue<(long AtMs, long Files)> _lately = new();
    private long _acceptsUntilMs = context.Settings.AcceptRemovals ? long.MaxValue : 0;

    /// <summary>Whether removals are taken as they come, however many.</summary>
    public bool Accepts => context.NowMs < _acceptsUntilMs;

    /// <summary>The disk has been looked at: what was accepted is recorded, and done, unless some is still due; more of it may be on its way.</summary>
    public void LookedAround(bool someIsDue)
    {
        if (Accepts) _acceptsUntilMs = Math.Min(_acceptsUntilMs, context.NowMs + (someIsDue ? LongestMs : WithinMs));
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
