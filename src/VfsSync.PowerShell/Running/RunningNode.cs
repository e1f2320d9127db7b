using System.Management.Automation.Runspaces;
using VfsSync.Engine.Running;

namespace VfsSync.PowerShell.Running;

/// <summary>A node of this process, with what the session adds to it: where it was started from, and its background runspace.</summary>
internal sealed class RunningNode
{
    private SyncNode _sync;
    private IDisposable? _subscription;

    /// <param name="sync">The node.</param>
    /// <param name="given">The folder as the user wrote it, absolute: symlinks in it may still be unresolved.</param>
    /// <param name="startedFrom">The runspace whose module removal stops it.</param>
    /// <param name="hook">What to run on each event, if anything.</param>
    public RunningNode(SyncNode sync, string given, Guid startedFrom, Hook? hook)
        : this(sync, sync.Name, sync.Id.ToString(), sync.Root, given)
    {
        StartedFrom = startedFrom;
        Background = new NodeRunspace(this, hook);
        Listen(sync);
    }

    internal RunningNode(SyncNode sync, string name, string id, string root, string given) => (_sync, Name, Id, Root, Given) = (sync, name, id, root, given);

    public SyncNode Sync => Volatile.Read(ref _sync);

    public string Name { get; }

    public string Id { get; }

    /// <summary>The folder, absolute, symlinks resolved.</summary>
    public string Root { get; }

    /// <summary>The folder as it was given.</summary>
    public string Given { get; }

    public Guid StartedFrom { get; }

    public NodeRunspace? Background { get; }

    /// <summary>Stops the node and its hook (within 10 s) and closes its runspace.</summary>
    /// <param name="askedFrom">The runspace that waits for it: a hook may stop its own node.</param>
    public void Stop(Runspace? askedFrom)
    {
        Background?.Close(askedFrom);
        try
        {
            Sync.Dispose();
        }
        finally
        {
            _subscription?.Dispose();
            Background?.Dispose();
        }
    }

    /// <summary>Starts the halted node anew, under the same name and for the same users.</summary>
    /// <exception cref="NodeException">It cannot go on; if it is no longer halted then, it is stopped.</exception>
    public void Resume(CancellationToken cancellation)
    {
        var resumed = SyncNode.Resume(Sync, cancellation);
        _subscription?.Dispose();
        Volatile.Write(ref _sync, resumed);
        Listen(resumed);
    }

    // The start itself came before anybody could listen.
    private void Listen(SyncNode sync)
    {
        if (sync.RecentEvents().LastOrDefault(e => e.Kind == SyncEventKind.Node) is { } started) Background?.Post(started);
        _subscription = sync.Subscribe(Deliver);
    }

    private void Deliver(SyncEvent happened)
    {
        SessionEvents.Post(this, happened);
        if (happened.Kind != SyncEventKind.Hook) Background?.Post(happened);
    }
}
