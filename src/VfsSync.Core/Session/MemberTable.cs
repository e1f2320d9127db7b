using System.Collections.Immutable;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;

namespace VfsSync.Core.Session;

/// <summary>The members this node knows, each verified back to the root. A set that only grows (removal comes with the policy); any thread may read it.</summary>
internal sealed class MemberTable(ClusterId cluster)
{
    private ImmutableDictionary<NodeId, Membership> _members = ImmutableDictionary<NodeId, Membership>.Empty;

    public IReadOnlyCollection<Membership> All => [.. _members.Values];

    public int Count => _members.Count;

    public Membership? Find(NodeId node) => _members.GetValueOrDefault(node);

    public string NameOf(NodeId node) => Find(node)?.Name ?? node.Hash.Short();

    /// <summary>Takes a membership in if it holds; says in <paramref name="reason"/> why it does not.</summary>
    /// <returns>True if the member is new here.</returns>
    public bool TryAdd(Membership membership, IEnumerable<Membership> chain, out string reason)
    {
        if (_members.TryGetValue(membership.Node, out var known))
        {
            // A node that joins once more keeps its key and may have another name.
            reason = "";
            return known.Name != membership.Name && Verified(membership, chain, ref reason);
        }
        reason = "";
        return Verified(membership, chain, ref reason);
    }

    /// <summary>How many members a grant has let in.</summary>
    public int UsesOf(Grant grant) => _members.Values.Count(m => m.Grant.GrantKey.Span.SequenceEqual(grant.GrantKey.Span));

    /// <summary>A name like <paramref name="wanted"/> that no other member has.</summary>
    public string FreeName(string wanted, NodeId forNode)
    {
        var taken = _members.Values.Where(m => m.Node != forNode).Select(m => m.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (!taken.Contains(wanted)) return wanted;
        var number = 2;
        while (taken.Contains($"{wanted}-{number}")) number++;
        return $"{wanted}-{number}";
    }

    private bool Verified(Membership membership, IEnumerable<Membership> chain, ref string reason)
    {
        var lookup = new Dictionary<NodeId, Membership>();
        foreach (var link in chain) lookup[link.Node] = link;
        if (!Memberships.Verify(membership, cluster, node => Find(node) ?? lookup.GetValueOrDefault(node), out reason)) return false;
        _members = _members.SetItem(membership.Node, membership);
        return true;
    }
}
