using VfsSync.Core.History;
using VfsSync.Engine.Running;
using VfsSync.PowerShell.Running;

namespace VfsSync;

/// <summary>What a node may do, by the policy in force.</summary>
public sealed class VfsPermission
{
    internal VfsPermission(RunningNode seenBy, PermissionStatus status)
    {
        (Member, Id, Role, Node, NodeId) = (status.Name, status.Node.ToString(), status.Role, seenBy.Name, seenBy.Id);
        (Read, Write, Delete, Admin) = (Has(Permissions.Read), Has(Permissions.Write), Has(Permissions.Delete), Has(Permissions.Admin));
        (IsLocal, Path, Rule) = (status.IsLocal, status.Path?.Text, status.Rule);

        bool Has(Permissions one) => status.May.HasFlag(one);
    }

    /// <summary>Whose.</summary>
    public string Member { get; }

    /// <summary>As what: admin, editor, writer, reader, vault, a role of the policy's, none, or custom for a list of its own.</summary>
    public string Role { get; }

    /// <summary>It may hold the folder.</summary>
    public bool Read { get; }

    /// <summary>It may make and change files.</summary>
    public bool Write { get; }

    /// <summary>It may remove and rename them.</summary>
    public bool Delete { get; }

    /// <summary>It may change the policy and invite.</summary>
    public bool Admin { get; }

    /// <summary>Where; null: anywhere that no rule says otherwise.</summary>
    public string? Path { get; }

    /// <summary>The pattern of the rule that narrows it there; null if none does.</summary>
    public string? Rule { get; }

    /// <summary>It is the node of this session that tells it.</summary>
    public bool IsLocal { get; }

    /// <summary>The member's identity.</summary>
    public string Id { get; }

    /// <summary>The node of this session that tells it.</summary>
    public string Node { get; }

    internal string NodeId { get; }

    /// <summary>Who may do what.</summary>
    public override string ToString() => $"{Member}: {Role}";
}
