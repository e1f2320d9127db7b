using VfsSync.Core.Tree;
using VfsSync.Engine.Running;

namespace VfsSync;

/// <summary>One thing that happened at a node.</summary>
public sealed class VfsActivity
{
    internal VfsActivity(string seenBy, SyncEvent happened)
    {
        SeenBy = seenBy;
        Time = happened.Time.LocalDateTime;
        Node = happened.Node;
        Kind = happened.Kind.ToString();
        Name = happened.Path?.Text;
        OldName = happened.From?.Text;
        Size = happened.Size;
        Took = happened.Took;
        Message = happened.Message ?? (happened is { Kind: SyncEventKind.Recorded, Entry: EntryKind.Absent } ? "removed" : null);
    }

    /// <summary>When, local time.</summary>
    public DateTime Time { get; }

    /// <summary>The node that caused it: the author, the peer, or the node itself.</summary>
    public string Node { get; }

    /// <summary>Recorded, Received, Removed, Renamed, Conflict, Withdrawn, Denied, Problem, ProblemCleared, NodeJoined, NodeConnected, NodeLost, Synced, Node or Hook.</summary>
    public string Kind { get; }

    /// <summary>The path inside the folder; null when no path is concerned.</summary>
    public string? Name { get; }

    /// <summary>Where a renamed path was before.</summary>
    public string? OldName { get; }

    /// <summary>Bytes of what is there now; null when it has none.</summary>
    public long? Size { get; }

    /// <summary>From the first word of it to done; null where that has no meaning.</summary>
    public TimeSpan? Took { get; }

    /// <summary>In words, where the rest does not say it all.</summary>
    public string? Message { get; }

    /// <summary>The node of this session that saw it.</summary>
    public string SeenBy { get; }

    /// <summary>What happened, in a line.</summary>
    public override string ToString() => string.Join(' ', new[] { Node, Kind, Name, Message }.Where(s => !string.IsNullOrEmpty(s)));
}
