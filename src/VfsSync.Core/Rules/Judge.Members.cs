using VfsSync.Core.History;

namespace VfsSync.Core.Rules;

/// <summary>What members may do, whatever the path.</summary>
internal sealed partial class Judge
{
    /// <summary>What a node may do now.</summary>
    public Permissions Now(NodeId node) => IsCut(node) || _keys.HasNext(node) ? Permissions.None : Under(InForce, _keys.Of(node));

    /// <summary>Whether a node is an admin now, by whatever key: what it had signed with an earlier one stays its word.</summary>
    public bool IsAdmin(NodeId node) => !IsCut(node) && Under(InForce, _keys.Of(node)).HasFlag(Permissions.Admin);

    /// <summary>Whether the root has cut a node off.</summary>
    public bool IsCut(NodeId node) => _cuts.Contains(_keys.Of(node));

    /// <summary>Whether a membership's key is not the one that its node goes by now.</summary>
    public bool IsReplaced(Membership member) => _keys.HasNext(member.Node) || member.Before is { } before && _keys.HasNext(before.Node) && _keys.Of(member.Node) == member.Node;

    /// <summary>Whether a record was written with a key whose place another had taken.</summary>
    public bool IsPast(Dot dot) => _keys.IsPast(dot, _idAt);

    /// <summary>The key that a node goes by now.</summary>
    public NodeId KeyNowOf(NodeId node) => _keys.NowOf(node);

    /// <summary>Whether two keys are one node's.</summary>
    public bool AreOne(NodeId node, NodeId other) => _keys.Of(node) == _keys.Of(other);

    /// <summary>The first key of a node, which stands for all that it has had.</summary>
    public NodeId FirstKeyOf(NodeId node) => _keys.Of(node);

    /// <summary>The keys about which the root, or they themselves, have said something else since.</summary>
    public IEnumerable<NodeId> CutSince(Judge before) => _cuts.Where(c => c.Count() != before._cuts[c.Key].Count()).Select(c => c.Key).Concat(_keys.DifferingFrom(before._keys));

    /// <summary>What a node is called by what it may do: its role, 'none', or 'custom' for a list of its own.</summary>
    public string RoleOf(NodeId node)
    {
        if (IsCut(node) || _keys.HasNext(node)) return PolicyText.None;
        var (may, invited) = (Now(node), _nodes.RolesOf(node));
        node = _keys.Of(node);
        var named = InForce.Select(id => _known[id].RoleNameOf(node)).OfType<string>().Distinct().ToList();
        var name = named.Count switch { 0 => KnownRoles.All.FirstOrDefault(invited.Contains), 1 => named[0], _ => null };
        var isTrue = name is not null && (named.Count == 1 || invited.Count == 1) && (name != KnownRoles.Vault || IsVault(node)) && may.HasFlag(Permissions.Admin) == (name == KnownRoles.Admin);
        return isTrue ? name! : may == Permissions.None ? PolicyText.None : KnownRoles.All.FirstOrDefault(role => KnownRoles.May(role) == may) ?? "custom";
    }

    /// <summary>Whether a node may have links: it may read, or is a vault. One that no record has admitted yet, if who invited it is an admin.</summary>
    /// <param name="node">Which.</param>
    /// <param name="shown">The membership that it shows.</param>
    public bool MayConnect(NodeId node, Membership? shown)
    {
        if (IsCut(node) || _keys.HasNext(node)) return false;
        if (!_nodes.Contains(node)) return shown is not null && MayShow(shown);
        return Now(node).HasFlag(Permissions.Read) || IsVault(node) && InForce.All(id => _known[id].HasRole(_keys.Of(node), _nodes.RolesOf(node), KnownRoles.Vault));
    }

    // A key that says whose place it takes stands where that one does, until the log tells.
    private bool MayShow(Membership shown) => shown.Before is { } before ? MayConnect(before.Node, before)
        : ClosingOf(shown.Grant, shown.Node) is null && (shown.Grant.Issuer == default || IsAdmin(shown.Grant.Issuer)) && InForce.All(id => _known[id].Statement.Nodes.All(n => n.Node != shown.Node));

    // Without the folder's key: who has it is made no vault by being called one.
    private bool IsVault(NodeId node) => _nodes.RolesOf(node) is [KnownRoles.Vault];
}
