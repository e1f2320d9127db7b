using VfsSync.Engine.Net;

namespace VfsSync.Engine.Running;

/// <summary>The port is taken before a folder becomes a node, since that may fail. Who calls before the node is ready waits here, on the call's own thread.</summary>
internal sealed class Anteroom : IDisposable
{
    private const int Most = 128;

    private int _waiting;
    private readonly TaskCompletionSource<Action<IPeerLink>?> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Enter(IPeerLink link)
    {
        // Who was turned away at the door meanwhile still waits here, with its thread.
        var waits = !_ready.Task.IsCompleted;
        if (waits && Interlocked.Increment(ref _waiting) > Most)
        {
            Interlocked.Decrement(ref _waiting);
            link.Dispose();
            return;
        }
        var serve = _ready.Task.WaitHere();
        if (waits) Interlocked.Decrement(ref _waiting);
        if (serve is not null) serve(link);
        else link.Dispose();
    }

    public void Open(Action<IPeerLink> serve) => _ready.TrySetResult(serve);

    /// <summary>If it never opened, who waits is sent away.</summary>
    public void Dispose() => _ready.TrySetResult(null);
}
