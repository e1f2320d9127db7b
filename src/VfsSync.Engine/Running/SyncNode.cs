using System.Collections.Immutable;
using VfsSync.Core.History;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Running;

/// <summary>
/// One running replica of one folder: the composition root, and the door through which cmdlets act. All members may be called from any thread.
/// </summary>
internal sealed partial class SyncNode : IDisposable
{
    /// <summary>
    /// Starts a node: opens or founds its state, joins by invitation, scans, watches, listens, dials. Returns when it is ready for local work
    /// (joined, if it was invited; the first scan done), whether or not peers are reachable.
    /// </summary>
    /// <exception cref="NodeException">It cannot start; the message says why and what to do, the id names the case.</exception>
    public static SyncNode Start(NodeOptions options, CancellationToken cancellation) => throw new NotImplementedException();

    public string Name => throw new NotImplementedException();

    /// <summary>The folder, absolute, symlinks resolved.</summary>
    public string Root => throw new NotImplementedException();

    public NodeId Id => throw new NotImplementedException();

    public ClusterId Cluster => throw new NotImplementedException();

    public string Role => throw new NotImplementedException();

    public int Port => throw new NotImplementedException();

    public NodeState State => throw new NotImplementedException();

    public string? HaltReason => throw new NotImplementedException();

    /// <summary>Whether this start founded a cluster (true), joined one (false) or went on in one (null).</summary>
    public bool? Founded => throw new NotImplementedException();

    /// <summary>Files and bytes that the folder shows.</summary>
    public (long Files, long Bytes) Totals => throw new NotImplementedException();

    /// <summary>Paths known, whose newest version is not on this disk yet.</summary>
    public long Behind => throw new NotImplementedException();

    public IReadOnlyList<MemberStatus> Members() => throw new NotImplementedException();

    /// <summary>The path as the index and log know it; null if there is nothing.</summary>
    public FileStatus? File(EntryPath path) => throw new NotImplementedException();

    /// <summary>Everything directly in (or, recursively, below) a directory, in path order. Lazy; a snapshot as of each row read.</summary>
    public IEnumerable<FileStatus> Files(EntryPath directory, bool recurse) => throw new NotImplementedException();

    /// <summary>Opens the content of a file as this folder shows it (from disk; from the store or peers where the disk does not hold it).</summary>
    /// <exception cref="NodeException">NotFound (with near matches in the message), IsDirectory, ContentMissing.</exception>
    public Stream OpenRead(EntryPath path, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>
    /// Begins a write: bytes go to a staged file; <see cref="FileWrite.Commit"/> publishes (whole, durable, recorded), disposing without it leaves all as it was.
    /// </summary>
    /// <param name="path">Where; missing directories are made at commit.</param>
    /// <param name="append">Starts with what is there.</param>
    public FileWrite BeginWrite(EntryPath path, bool append) => throw new NotImplementedException();

    /// <summary>Renames a file or directory, durably, as one change.</summary>
    /// <exception cref="NodeException">NotFound, AlreadyExists, NotWritable.</exception>
    public void Move(EntryPath from, EntryPath to, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Removes a path and, for a directory with content, all below it when <paramref name="recurse"/>.</summary>
    /// <exception cref="NodeException">NotFound, NotEmpty, NotWritable.</exception>
    public void Remove(EntryPath path, bool recurse, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>
    /// Compares the disk at and below the paths (all, when empty) with the index, records what changed, and puts what is known but missing on the disk.
    /// Returns when the local part is done.
    /// </summary>
    public Task<IReadOnlyList<SyncChange>> SyncAsync(IReadOnlyList<EntryPath> paths, bool whatIf, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Problems that stand now.</summary>
    public IReadOnlyList<Problem> Problems() => throw new NotImplementedException();

    /// <summary>The newest events, oldest first (a bounded ring of some thousands).</summary>
    public IReadOnlyList<SyncEvent> RecentEvents() => throw new NotImplementedException();

    /// <summary>Calls back for every later event, in order, on a thread of the node's own. The callback must be quick: enqueue and leave.</summary>
    public IDisposable Subscribe(Action<SyncEvent> happened) => throw new NotImplementedException();

    /// <summary>Adds an event of the host (a hook's output) to the ring and tells the subscribers.</summary>
    public void Report(SyncEvent happened) => throw new NotImplementedException();

    /// <summary>Makes an invitation; its token is the only copy of its secret.</summary>
    /// <param name="role">admin, editor, writer, reader or vault.</param>
    /// <param name="uses">How many nodes; 0 = any number.</param>
    /// <param name="expiresIn">From now; null = never.</param>
    /// <exception cref="NodeException">NotAdmin, UnknownRole.</exception>
    public InvitationStatus CreateInvitation(string role, int uses, TimeSpan? expiresIn) => throw new NotImplementedException();

    /// <summary>Adds an address to the peer book and dials it now.</summary>
    /// <returns>The member reached.</returns>
    /// <exception cref="NodeException">Unreachable, NotAMember, OtherCluster, VersionMismatch.</exception>
    public Task<MemberStatus> ConnectAsync(string address, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Ends the link to a member and dials it no more until <see cref="ConnectAsync"/> or the next start.</summary>
    public void Disconnect(NodeId member) => throw new NotImplementedException();

    /// <summary>
    /// Completes when every member named (null: those connected now; with members but none connected it waits for one) has acknowledged as shown all that was
    /// recorded when the wait began, and this node shows all it has received. With no other member it completes at once.
    /// </summary>
    public Task WaitSyncedAsync(IReadOnlyList<NodeId>? members, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Completes when the members named (null: any one) are connected.</summary>
    public Task WaitConnectedAsync(IReadOnlyList<NodeId>? members, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Stops: finishes what is in hand, says goodbye to peers, closes the store. Within 10 s.</summary>
    public Task StopAsync() => throw new NotImplementedException();

    /// <summary>As <see cref="StopAsync"/>, waiting for it.</summary>
    public void Dispose() => throw new NotImplementedException();
}

/// <summary>A planned or done change, for Sync-VfsFile.</summary>
/// <param name="Path">Where.</param>
/// <param name="Kind">Create, Modify, Remove, Rename.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Planned">Not done (what-if).</param>
/// <param name="Error">Why it failed; null when it did not.</param>
internal sealed record SyncChange(EntryPath Path, string Kind, long Size, bool Planned, string? Error);

/// <summary>An invitation as made.</summary>
internal sealed record InvitationStatus(string Token, string Role, int Uses, DateTimeOffset? Expires, string Issuer, ImmutableArray<string> Addresses);

/// <summary>A write in progress.</summary>
internal abstract class FileWrite : IDisposable
{
    public abstract void Write(ReadOnlySpan<byte> bytes);

    /// <summary>Publishes: durable on this disk and in the log when it returns.</summary>
    public abstract FileStatus Commit(CancellationToken cancellation);

    /// <summary>Without a commit: everything is as before.</summary>
    public abstract void Dispose();
}

/// <summary>A node cannot do what was asked. <paramref name="id"/> is stable: cmdlets make it the error id.</summary>
internal sealed class NodeException(string id, string message, Exception? inner = null) : Exception(message, inner)
{
    public string Id { get; } = id;
}
