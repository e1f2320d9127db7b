namespace VfsSync.Core.Tree;

/// <summary>What kind of trouble a path is in.</summary>
public enum ProblemKind
{
    /// <summary>The file or directory cannot be read.</summary>
    Unreadable,

    /// <summary>The change cannot be written to this disk (permission, full disk, locked file).</summary>
    Unwritable,

    /// <summary>This disk cannot hold that name.</summary>
    NameNotHere,

    /// <summary>Neither a file, a directory nor a symlink; left alone.</summary>
    Unsupported,

    /// <summary>No reachable node has the content yet.</summary>
    ContentMissing,

    /// <summary>An author's clock is far ahead.</summary>
    ClockAhead,

    /// <summary>Something about a peer: refused, another version, another cluster.</summary>
    Peer,

    /// <summary>This node may not make that change: it stays on this disk, or was taken back into history.</summary>
    Denied,

    /// <summary>The folder's policy, <c>.vfspolicy.yaml</c>, has a mistake in it; the last good one stays in force.</summary>
    Policy,

    /// <summary>Something about this node's own state: rebuilt, a copy, a restored backup.</summary>
    Node,
}

/// <summary>Trouble with one path (or, with the root path, with one peer or the node), as data. It goes when its cause goes.</summary>
/// <param name="Path">Where.</param>
/// <param name="Kind">What kind.</param>
/// <param name="Message">What is wrong and what to do, in one or two sentences.</param>
/// <param name="Peer">Of a problem with a peer: its identity, or the host of one that is no member. One stands for each, until the peer is connected.</param>
internal sealed record Problem(EntryPath Path, ProblemKind Kind, string Message, string? Peer = null);
