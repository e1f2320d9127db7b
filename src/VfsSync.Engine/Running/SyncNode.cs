using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Rules;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;
using VfsSync.Engine.Net;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Running;

/// <summary>
/// One running replica of one folder: the composition root, and the door through which cmdlets act. All members may be called from any thread.
/// </summary>
internal sealed partial class SyncNode : IDisposable
{
    private readonly NodeHome _home;
    private readonly NodeOptions _options;
    private readonly IFolderStore _store;
    private readonly IWorkingFolder _folder, _disk;
    private readonly FolderSession _session;
    private readonly MemberTable _members;
    private readonly ContentSource _source;
    private readonly Stager _stager;
    private readonly Leftovers _left;
    private readonly Lane _lane;
    private readonly EffectRunner _effects;
    private readonly AsideSweep _aside;
    private readonly KeptSweep _kept;
    private readonly HistoryCapture _capture;
    private readonly Quiet _quiet;
    private readonly Func<EntryPath, HistoryScope> _history;
    private readonly LinkTable _links;
    private readonly Dialling _dialling;
    private readonly TlsTransport _transport;
    private readonly PeerBookFile _book;
    private readonly Worker _eventWorker, _mergeWorker;
    private readonly EventLog _events;
    private readonly ProblemBook _problems;
    private readonly Waiting _waiting = new();
    private readonly Clock _clock = new();
    private IDisposable? _watch;
    private int _stopped, _broken;

    public string Name { get; }

    /// <summary>The folder, absolute, symlinks resolved.</summary>
    public string Root => _home.Root;

    public NodeId Id => _home.Identity.Id;

    public ClusterId Cluster => _home.Cluster!.Cluster;

    /// <summary>What it may do, by the policy in force.</summary>
    public string Role { get; private set; }

    public int Port { get; private set; }

    public NodeState State { get; private set; } = NodeState.Starting;

    public string? HaltReason { get; private set; }

    /// <summary>How many files may go within a minute before it halts; null = any number.</summary>
    public long? RemovalLimit { get; private set; }

    /// <summary>Whether it holds sealed data only, and no keys.</summary>
    public bool IsVault { get; }

    /// <summary>Whether this start founded a cluster (true), joined one (false) or went on in one (null).</summary>
    public bool? Founded { get; }

    /// <summary>Files and bytes that the folder shows.</summary>
    public (long Files, long Bytes) Totals => _store.Totals();

    /// <summary>Paths known, whose newest version is not on this disk yet.</summary>
    public long Behind => _lane.Ask(() => (long)_session.Behind);

    /// <summary>Which they are, and whether it is for a content that no connected node has: for diagnosis.</summary>
    internal IReadOnlyList<(EntryPath Path, bool MissingContent)> BehindPaths() =>
        _lane.Ask(() => (IReadOnlyList<(EntryPath, bool)>)[.. _session.BehindPaths.Select(p => (p, _session.IsMissingContent(p)))]);

    /// <summary>Problems that stand now.</summary>
    public IReadOnlyList<Problem> Problems() => _problems.All();

    /// <summary>The newest events, oldest first (a bounded ring of some thousands).</summary>
    public IReadOnlyList<SyncEvent> RecentEvents() => _events.Recent();

    /// <summary>Whether subscribers are still to be told of something that has happened.</summary>
    public bool OwesEvents => _eventWorker.IsBusy;

    /// <summary>Calls back for every later event, in order, on a thread of the node's own. The callback must be quick: enqueue and leave.</summary>
    public IDisposable Subscribe(Action<SyncEvent> happened) => _events.Subscribe(happened);

    /// <summary>Adds an event of the host (a hook's output) to the ring and tells the subscribers.</summary>
    public void Report(SyncEvent happened) => _events.Add(happened);

    /// <summary>The links that are up: for tests and diagnosis.</summary>
    internal IReadOnlyCollection<LinkDriver> Links => _links.All;

    /// <summary>What watches the folder: for tests.</summary>
    internal IDisposable? Watcher => _watch;

    /// <summary>What lies in a vault's store of the chunks that its log names: for tests.</summary>
    internal IReadOnlyList<Core.Content.SealedChunk> SealedChunks() =>
        [.. _store.AllRecords().SelectMany(r => Core.Wire.RecordCodec.DecodeHeader(r.Header).Needed).Distinct().Select(_source.ReadSealed).OfType<Core.Content.SealedChunk>()];

    /// <summary>The folder as the engine sees it: for tests.</summary>
    internal IWorkingFolder Disk => _folder;

    /// <summary>Stops: finishes what is in hand, says goodbye to peers, closes the store. Within 10 s.</summary>
    public Task StopAsync() => Task.Run(Dispose);

    /// <summary>As <see cref="StopAsync"/>, waiting for it.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0) return;
        _watch?.Dispose();
        _capture.Stop();
        EndDiscovery();
        _dialling.Dispose();
        _transport.Dispose();
        _links.CloseAll("Stopping", $"{Name} is stopping.");
        _lane.Ask(KeepWords);
        _aside.Dispose();
        _effects.Dispose();
        State = NodeState.Stopped;
        _events.Add(new SyncEvent(DateTimeOffset.Now, SyncEventKind.Node, Name, Message: "stopped"));
        _waiting.Stop();
        _kept.Dispose();
        EndRequests();
        _mergeWorker.Abandon();
        _mergeWorker.Dispose();
        _capture.Dispose();
        _eventWorker.Dispose();
        _stager.Dispose();
        _left.Dispose();
        _folder.Dispose();
        if (_disk != _folder) _disk.Dispose();
        _store.Dispose();
        _home.Dispose();
    }

    private void Halt(string reason)
    {
        (HaltReason, State) = (reason, NodeState.Halted); // in this order: whoever sees the state asks for the reason
        _problems.Set(EntryPath.Root, new Problem(EntryPath.Root, ProblemKind.Node, reason));
        _events.Add(new SyncEvent(DateTimeOffset.Now, SyncEventKind.Node, Name, Message: $"halted: {reason}"));
        _capture.Stop();
        _waiting.Changed();
        // Others would send to it, wait for it and believe it there. Not on this thread: it may be the lane's.
        ThreadPool.UnsafeQueueUserWorkItem(_ =>
        {
            EndDiscovery();
            _dialling.Dispose();
            _links.CloseAll("Stopping", $"{Name} has halted.");
        }, null);
    }

    // After a bug nothing that the session believes can be relied on: it is told nothing more.
    private void Failed(Exception e)
    {
        // What is interrupted by stopping is no failure: the next start finds it again.
        if (Volatile.Read(ref _stopped) != 0 || Interlocked.Exchange(ref _broken, 1) != 0) return;
        if (Damage(e) is { } damage) HaltForDamage(damage);
        else Halt($"An internal error: {e.Message} Go on with Resume-VfsNode; if it comes again, report this: {e}");
        EndRequests();
    }

    private static StoreCorruptException? Damage(Exception? e) => e is null or StoreCorruptException ? e as StoreCorruptException : Damage(e.InnerException);

    // What a start checks of the state may be whole all the same: it is told to build it anew.
    private void HaltForDamage(StoreCorruptException damage)
    {
        try
        {
            _epochs.Keep(new HaltEffect(damage.Message, Rebuild: true));
        }
        catch (Exception e) when (e is IOException or StoreException)
        {
            // Too damaged for that: the start sees it by itself.
        }
        Halt(damage.Message);
    }

    private NodeException Stopped() =>
        State == NodeState.Halted ? new NodeException("VfsNodeHalted", $"{Name} is halted: {HaltReason}") : new NodeException("VfsNodeStopped", $"{Name} is not running. Start it with Start-VfsNode.");
}

/// <summary>A planned or done change, for Sync-VfsFile.</summary>
/// <param name="Path">Where.</param>
/// <param name="Kind">Create, Modify, Remove, Rename.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Planned">Not done (what-if).</param>
/// <param name="Error">Why it failed; null when it did not.</param>
internal sealed record SyncChange(EntryPath Path, string Kind, long Size, bool Planned, string? Error);

/// <summary>A node cannot do what was asked. <paramref name="id"/> is stable: cmdlets make it the error id.</summary>
internal sealed class NodeException(string id, string message, Exception? inner = null) : Exception(message, inner)
{
    public string Id { get; } = id;
}
