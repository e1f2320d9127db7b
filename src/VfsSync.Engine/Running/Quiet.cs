namespace VfsSync.Engine.Running;

/// <summary>How long a node has had nothing to do, for work that must be in nobody's way.</summary>
/// <param name="isWorking">Whether something is under way right now.</param>
/// <param name="isSending">Whether something is being sent, for however long a line may take.</param>
internal sealed class Quiet(Func<bool> isWorking, Func<bool> isSending)
{
    private long _stirred = Environment.TickCount64;

    /// <summary>Something happens.</summary>
    public void Stir() => Volatile.Write(ref _stirred, Environment.TickCount64);

    /// <summary>Whether nothing is under way, and nothing has happened for so long.</summary>
    public bool For(TimeSpan time) => ButForSending(time) && !isSending();

    /// <summary>As the other, but what a slow line takes may be under way.</summary>
    public bool ButForSending(TimeSpan time) => Environment.TickCount64 - Volatile.Read(ref _stirred) >= time.TotalMilliseconds && !isWorking();
}
