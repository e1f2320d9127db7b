using System.Collections.Immutable;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Rules;

namespace VfsSync.Core.Session;

/// <summary>The members this node knows, each verified back to the root. A set that only grows: who was expelled stays known, since his records are. Any thread may read it.</summary>
internal sealed class MemberTable(ClusterId cluster)
{
    private ImmutableDictionary<NodeId, Membership> _members = ImmutableDictionary<NodeId, Membership>.Empty;
    private ImmutableDictionary<(NodeId Node, Hash256 Grant, Dot By), AdmittedBy> _admitted = ImmutableDictionary<(NodeId Node, Hash256 Grant, Dot By), AdmittedBy>.Empty;

    public IReadOnlyCollection<Membership> All => [.. _members.Values];

    public int Count => _members.Count;

    /// <summary>The memberships that records say (and this node's own): what judgement goes by, since all nodes come to know the same ones.</summary>
    public IReadOnlyCollection<AdmittedBy> Admitted => [.. _admitted.Values];

    public int AdmittedCount => _admitted.Count;

    public Membership? Find(NodeId node) => _members.GetValueOrDefault(node);

    /// <summary>Names and ids of all.</summary>
    public IReadOnlyCollection<(string Name, NodeId Node)> Names() => [.. _members.Values.Select(m => (m.Name, m.Node))];

    public string NameOf(NodeId node) => Find(node)?.Name ?? node.Hash.Short();

    /// <summary>Takes a membership in if it holds; says in <paramref name="reason"/> why it does not.</summary>
    /// <param name="membership">Whose.</param>
    /// <param name="chain">Memberships of its issuers.</param>
    /// <param name="reason">Why it does not hold.</param>
    /// <param name="admitted">A record says so, or it is this node itself; otherwise it is only shown by whom it is about.</param>
    /// <param name="by">The record; default for this node itself, and those above it.</param>
    /// <returns>True if the member, or the name that it has, is new here.</returns>
    public bool TryAdd(Membership membership, IEnumerable<Membership> chain, out string reason, bool admitted = true, RecordHeader? by = null)
    {
        reason = "";
        var admission = (membership.Node, KeyNames.GrantIdOf(membership.Grant), by?.Dot ?? default);
        var known = Find(membership.Node)?.Name == membership.Name; // A node that joins once more keeps its key and may have another name.
        var isAdmitted = !admitted || _admitted.ContainsKey(admission);
        if (known && isAdmitted || !IsVerified(membership, chain, ref reason)) return false;
        if (!known) _members = _members.SetItem(membership.Node, membership);
        if (!isAdmitted) _admitted = _admitted.Add(admission, new AdmittedBy(membership, by));
        return !known;
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

    private bool IsVerified(Membership membership, IEnumerable<Membership> chain, ref string reason)
    {
        var lookup = new Dictionary<NodeId, Membership>();
        foreach (var link in chain) lookup[link.Node] = link;
        return Memberships.Verify(membership, cluster, node => Find(node) ?? lookup.GetValueOrDefault(node), out reason);
    }
}
