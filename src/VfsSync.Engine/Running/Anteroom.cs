using VfsSync.Engine.Net;

namespace VfsSync.Engine.Running;

/// <summary>The port is taken before a folder becomes a node, since that may fail. Who calls before the node is ready waits here, on the call's own thread.</summary>
internal sealed class Anteroom : IDisposable
{
    private readonly TaskCompletionSource<Action<IPeerLink>?> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Enter(IPeerLink link)
    {
        if (_ready.Task.WaitHere() is { } serve) serve(link);
        else link.Dispose();
    }

    public void Open(Action<IPeerLink> serve) => _ready.TrySetResult(serve);

    /// <summary>If it never opened, who waits is sent away.</summary>
    public void Dispose() => _ready.TrySetResult(null);
}
