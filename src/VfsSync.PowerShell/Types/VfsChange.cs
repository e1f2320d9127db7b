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

    internal static VfsChange Of(RunningNode node, SyncChange change)
    {
        var (from, to) = Versions(change.Kind, change is { Planned: false, Error: null }, node.Sync.VersionCount(change.Path));
        return new VfsChange(node, change) { From = from, To = to };
    }

    // The newest version known is the one before what is planned, and the one after what was made.
    internal static (int? From, int? To) Versions(string kind, bool made, int known)
    {
        var before = made ? known - 1 : known;
        return (kind is "Modify" or "Remove" && before > 0 ? before : null, kind != "Remove" ? before + 1 : null);
    }

    /// <summary>The path inside the folder.</summary>
    public string Name { get; }

    /// <summary>Create, Modify, Remove or Rename.</summary>
    public string Kind { get; }

    /// <summary>Which version of the path there was; null if nothing was there.</summary>
    public int? From { get; init; }

    /// <summary>Which there is then, of Restore-VfsFile the one that is brought back; null if nothing is there.</summary>
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
