using VfsSync.Core.Content;
using VfsSync.Core.History;

namespace VfsSync.Core.Rules;

/// <summary>A membership, and the record that admits it; without one it is this node's own, or one of those above it.</summary>
/// <param name="Membership">Whose.</param>
/// <param name="Record">Says so.</param>
/// <param name="Order">Grows in the order in which this node learned of them; no matter of judgement.</param>
internal sealed record AdmittedBy(Membership Membership, RecordHeader? Record, long Order = 0)
{
    /// <summary>The id of the grant that let it in.</summary>
    public Hash256 Grant { get; } = Membership.Grant.Id;
}

/// <summary>A grant that admits nobody else any more, and the record that says so.</summary>
internal sealed record ClosedBy(GrantClosing Closing, RecordHeader Record);

/// <summary>
/// The nodes that are members: with which roles, and by whose invitation. By that they form a tree below the root; a node that was invited more than once stands where the way to the root
/// is shortest, and has the roles that it was invited as there.
/// </summary>
internal sealed class AdmittedNodes
{
    private readonly Dictionary<NodeId, (NodeId Above, int Depth, string[] Roles)> _places = [];
    private readonly Func<NodeId, NodeId> _first;

    /// <param name="admissions">All admissions whose signatures were verified, in any order.</param>
    /// <param name="holds">Whether an admission holds, of a node whose issuer, and all above that, stand in this tree already.</param>
    /// <param name="first">The key that stands for all of a node.</param>
    public AdmittedNodes(IReadOnlyCollection<AdmittedBy> admissions, Func<AdmittedNodes, AdmittedBy, bool> holds, Func<NodeId, NodeId> first)
    {
        _first = first;
        for (var depth = 1; ; depth++)
        {
            var next = admissions.Where(a => !Contains(a.Membership.Node) && IsBelow(first(a.Membership.Grant.Issuer), depth) && (depth == 1 || holds(this, a)))
                .Select(a => a.Membership).GroupBy(m => first(m.Node)).ToList();
            if (next.Count == 0) break;
            foreach (var node in next) _places[node.Key] = (node.Min(m => first(m.Grant.Issuer)), depth, [.. node.Select(m => m.Role).Distinct().Order(StringComparer.Ordinal)]);
        }
    }

    public bool Contains(NodeId node) => _places.ContainsKey(_first(node));

    /// <summary>Each by its first key.</summary>
    public IEnumerable<NodeId> All => _places.Keys;

    /// <summary>The roles that a node was invited as; none if it never was.</summary>
    public IReadOnlyList<string> RolesOf(NodeId node) => _places.TryGetValue(_first(node), out var place) ? place.Roles : [];

    /// <summary>Whether <paramref name="upper"/> invited <paramref name="lower"/>, or one who did, and so on.</summary>
    public bool IsAbove(NodeId upper, NodeId lower)
    {
        upper = _first(upper);
        for (var at = _first(lower); _places.TryGetValue(at, out var place) && place.Above != default; at = place.Above)
            if (place.Above == upper) return true;
        return false;
    }

    /// <summary>Whether a node stands elsewhere than in another tree, or has other roles there.</summary>
    public bool Differs(AdmittedNodes other, NodeId node) =>
        !(_places.TryGetValue(_first(node), out var here)
            ? other._places.TryGetValue(other._first(node), out var there) && here.Above == there.Above && here.Roles.SequenceEqual(there.Roles)
            : !other.Contains(node));

    private bool IsBelow(NodeId issuer, int depth) => depth == 1 ? issuer == default : _places.TryGetValue(issuer, out var place) && place.Depth == depth - 1;
}
