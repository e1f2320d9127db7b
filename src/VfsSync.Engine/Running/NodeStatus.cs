using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Running;

/// <summary>How a node of this process is.</summary>
internal enum NodeState
{
    Starting,
    Running,
    Halted,
    Stopped,
}

/// <summary>How a member is reached.</summary>
internal enum MemberState
{
    Connecting,
    Connected,
    Offline,
}

/// <summary>A member of the cluster other than the node itself, as the node sees it now.</summary>
/// <param name="Id">Who.</param>
/// <param name="Name">Its name.</param>
/// <param name="Role">Its role.</param>
/// <param name="State">How it is reached.</param>
/// <param name="Address">Where it was dialled, or listens as it said, or the last known address; null if none is known.</param>
/// <param name="Outgoing">This side dialled.</param>
/// <param name="RoundTrip">Measured by the last ping; null before.</param>
/// <param name="Behind">Records of ours it has not acknowledged as shown; null if it never told.</param>
/// <param name="Files">Files it shows, by its own word or that of others; null if nobody told.</param>
/// <param name="Bytes">Bytes of them.</param>
/// <param name="LastSeen">When it was last heard of, from itself or from others; null if never.</param>
/// <param name="Via">The connected member over which the way to it is shortest when this node has no link to it; null if none says that there is one.</param>
/// <param name="LastError">Why there is no link: the last attempt failed, or who ended it; null if there is one, and if nothing is known.</param>
/// <param name="FoundBy">How its address came to be known: Address, Invitation, Incoming, mDNS; null if none is.</param>
internal sealed record MemberStatus(
    NodeId Id, string Name, string Role, MemberState State, string? Address, bool Outgoing, TimeSpan? RoundTrip, long? Behind,
    long? Files, long? Bytes, DateTimeOffset? LastSeen, string? Via, string? LastError, string? FoundBy = null);

/// <summary>How a path stands.</summary>
internal enum FileState
{
    /// <summary>On this disk as the newest known version says.</summary>
    Synced,

    /// <summary>A newer version is known and on its way.</summary>
    Receiving,

    /// <summary>A version is known whose content no connected node has.</summary>
    Remote,

    /// <summary>Changed here, not recorded yet.</summary>
    Changed,

    /// <summary>It is, or has, a conflict copy.</summary>
    Conflict,

    /// <summary>A local change that may not spread.</summary>
    LocalOnly,

    /// <summary>There is a problem with it on this disk.</summary>
    Problem,
}

/// <summary>One path of a node's folder, as the log and the index know it.</summary>
/// <param name="Path">Where.</param>
/// <param name="Kind">File, Directory or Symlink.</param>
/// <param name="Size">Bytes.</param>
/// <param name="ModifiedNs">Nanoseconds since 1970.</param>
/// <param name="Mode">Permission bits.</param>
/// <param name="Target">A symlink's text.</param>
/// <param name="State">How it stands.</param>
/// <param name="Version">Which version of this path, counted from 1.</param>
/// <param name="Author">Name of the version's author.</param>
/// <param name="HeldBy">How many members, this node included, are known to show it.</param>
/// <param name="Members">Of how many.</param>
/// <param name="OnDisk">Whether this disk holds it.</param>
internal sealed record FileStatus(
    EntryPath Path, EntryKind Kind, long Size, long ModifiedNs, int Mode, string? Target, FileState State, int Version, string Author, int HeldBy, int Members, bool OnDisk);

/// <summary>What happened.</summary>
internal enum SyncEventKind
{
    /// <summary>A local change was recorded.</summary>
    Recorded,

    /// <summary>A change of another node was put on this disk.</summary>
    Received,

    /// <summary>A path was removed here because another node removed it.</summary>
    Removed,

    /// <summary>A path was renamed here because another node renamed it.</summary>
    Renamed,

    /// <summary>Concurrent versions of a path.</summary>
    Conflict,

    /// <summary>A version of this node's own is held nowhere any more: it was replaced or removed before another node had its content.</summary>
    Withdrawn,

    /// <summary>A change that its author might not make: it holds nowhere, and was taken back where it had been applied.</summary>
    Denied,

    /// <summary>Trouble with a path or peer appeared.</summary>
    Problem,

    /// <summary>A problem went.</summary>
    ProblemCleared,

    /// <summary>A node became a member.</summary>
    NodeJoined,

    /// <summary>A link came up.</summary>
    NodeConnected,

    /// <summary>A link went down.</summary>
    NodeLost,

    /// <summary>All connected members have acknowledged everything.</summary>
    Synced,

    /// <summary>The node started, stopped, halted or resumed; see Message.</summary>
    Node,

    /// <summary>Output of a hook (its streams, or its error).</summary>
    Hook,
}

/// <summary>One thing that happened.</summary>
/// <param name="Time">When, by this machine's clock.</param>
/// <param name="Kind">What.</param>
/// <param name="Node">The name of the node that caused it (the author, the peer, or this node).</param>
/// <param name="Path">The path concerned; null when none is.</param>
/// <param name="Entry">Kind of what is at the path now.</param>
/// <param name="Size">Bytes of it; null when it has none.</param>
/// <param name="Took">From receipt of the record (or the hint of the change) to done; null where it has no meaning.</param>
/// <param name="Message">In words; null when the rest says it all.</param>
/// <param name="From">A rename's source.</param>
internal sealed record SyncEvent(
    DateTimeOffset Time, SyncEventKind Kind, string Node, EntryPath? Path = null, EntryKind Entry = EntryKind.Absent, long? Size = null,
    TimeSpan? Took = null, string? Message = null, EntryPath? From = null);
