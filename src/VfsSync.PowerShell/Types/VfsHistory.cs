using VfsSync.Engine.Running;
using VfsSync.PowerShell.Running;

namespace VfsSync;

/// <summary>One version of a path.</summary>
public sealed class VfsHistory
{
    internal VfsHistory(RunningNode node, VersionStatus status)
    {
        Status = status;
        (Node, NodeId) = (node.Name, node.Id);
    }

    /// <summary>The path inside the folder, with '/'.</summary>
    public string Name => Status.Path.Text;

    /// <summary>Which version of this path, counted from 1.</summary>
    public int Version => Status.Number;

    /// <summary>When it was made, by its author's clock, local time.</summary>
    public DateTime Time => Status.Time.LocalDateTime;

    /// <summary>The node that made it.</summary>
    public string Author => Status.Author;

    /// <summary>Created, Modified, Removed or Renamed.</summary>
    public string Kind => Status.Kind.ToString();

    /// <summary>File, Directory, Symlink, or Absent where nothing was left.</summary>
    public string Entry => Status.Entry.Kind.ToString();

    /// <summary>Bytes of the content; 0 for what has none.</summary>
    public long Size => Status.Entry.Size;

    /// <summary>By how many bytes it is longer than the version before.</summary>
    public long Change => Status.Growth;

    /// <summary>here if all of its content is on this machine, else elsewhere.</summary>
    public string Held => Status.IsHeld ? "here" : "elsewhere";

    /// <summary>It does not hold, since its author might not make it: it is in no path's history, and its Version is 0.</summary>
    public bool Denied => Status.IsDenied;

    /// <summary>Its author, rolled back or copied, went on from another course of its history: it is in no path's history, and its Version is 0.</summary>
    public bool SetAside => Status.IsSetAside;

    /// <summary>The other end of a rename: where it came from, or, where it was renamed away, where to; null for the rest.</summary>
    public string? OldName => Status.Other?.Text;

    /// <summary>The node whose log it is from.</summary>
    public string Node { get; }

    internal string NodeId { get; }

    internal VersionStatus Status { get; }

    /// <summary>Which and what.</summary>
    public override string ToString() => $"{Name} v{Version}";
}
