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
    private ImmutableDictionary<(Hash256 Grant, Dot By), ClosedBy> _closed = ImmutableDictionary<(Hash256 Grant, Dot By), ClosedBy>.Empty;

    public IReadOnlyCollection<Membership> All => [.. _members.Values];

    public int Count => _members.Count;

    /// <summary>The memberships that records say (and this node's own): what judgement goes by, since all nodes come to know the same ones.</summary>
    public IReadOnlyCollection<AdmittedBy> Admitted => [.. _admitted.Values];

    /// <summary>The grants that admit nobody else any more.</summary>
    public IReadOnlyCollection<ClosedBy> Closed => [.. _closed.Values];

    /// <summary>How much records have said of members; what was said stays.</summary>
    public int Said => _admitted.Count + _closed.Count;

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
        var admission = (membership.Node, membership.Grant.Id, by?.Dot ?? default);
        var known = Find(membership.Node)?.Name == membership.Name; // A node that joins once more keeps its key and may have another name.
        var isAdmitted = !admitted || _admitted.ContainsKey(admission);
        if (known && isAdmitted || !IsVerified(membership, chain, ref reason)) return false;
        if (!known) _members = _members.SetItem(membership.Node, membership);
        if (!isAdmitted) _admitted = _admitted.Add(admission, new AdmittedBy(membership, by));
        return !known;
    }

    /// <summary>Takes back an admission that could not be recorded.</summary>
    public void Remove(Membership membership, RecordHeader by)
    {
        _admitted = _admitted.Remove((membership.Node, membership.Grant.Id, by.Dot));
        if (_admitted.Values.All(a => a.Membership.Node != membership.Node)) _members = _members.Remove(membership.Node);
    }

    /// <summary>Notes that a grant admits nobody else any more.</summary>
    /// <param name="closing">What a record says.</param>
    /// <param name="by">The record.</param>
    public void Close(GrantClosing closing, RecordHeader by) => _closed = _closed.SetItem((closing.Grant, by.Dot), new ClosedBy(closing, by));

    /// <summary>Takes back what was noted: it could not be recorded.</summary>
    public void Open(GrantClosing closing, RecordHeader by) => _closed = _closed.Remove((closing.Grant, by.Dot));

    /// <summary>The nodes that a grant has let in by a record, in the order of those records' times.</summary>
    public IReadOnlyList<NodeId> AdmittedWith(Hash256 grant) =>
        [.. _admitted.Values.Where(a => a.Record is not null && a.Membership.Grant.Id == grant).OrderBy(a => a.Record!.Time).ThenBy(a => a.Membership.Node).Select(a => a.Membership.Node).Distinct()];

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
