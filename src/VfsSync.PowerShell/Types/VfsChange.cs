using VfsSync.Engine.Running;
using VfsSync.PowerShell.Running;

namespace VfsSync;

/// <summary>One change of one path: planned, made, or failed.</summary>
public sealed class VfsChange
{
    internal VfsChange(RunningNode node, SyncChange change)
    {
        Node = node.Name;
        Name = change.Path.Text;
        Kind = change.Kind;
        Size = change.Size;
        State = change.Planned ? "Planned" : change.Error is null ? "Applied" : "Failed";
        Error = change.Error;
    }

    /// <summary>The path inside the folder.</summary>
    public string Name { get; }

    /// <summary>Create, Modify, Remove or Rename.</summary>
    public string Kind { get; }

    /// <summary>The version there was; null for none.</summary>
    public int? From { get; init; }

    /// <summary>The version there is then; null for none.</summary>
    public int? To { get; init; }

    /// <summary>Bytes.</summary>
    public long Size { get; }

    /// <summary>Planned, Applied or Failed.</summary>
    public string State { get; }

    /// <summary>Why it failed; null when it did not.</summary>
    public string? Error { get; }

    /// <summary>The node in whose folder.</summary>
    public string Node { get; }

    /// <summary>What and where.</summary>
    public override string ToString() => $"{Kind} {Name}";
}
