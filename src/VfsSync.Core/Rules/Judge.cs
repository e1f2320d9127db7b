using System.Collections.Immutable;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Rules;

/// <summary>Why a change does not hold.</summary>
/// <param name="Missing">What its author may not do.</param>
/// <param name="Policy">The version of the policy that says so; none: its author was never invited to do that, or names a version that is not known here.</param>
/// <param name="Rule">The pattern of the rule that says so.</param>
/// <param name="Unknown">It names a version of the policy that is not known here (yet).</param>
internal sealed record Denial(Permissions Missing, RecordId Policy = default, string? Rule = null, bool Unknown = false);

/// <summary>
/// Which changes hold: a pure function of the set of records, so that all nodes agree whatever arrived first. A change holds if the policy that its record names grants it,
/// and so does every other version of the policy that its author did not name, unless that version's author had seen the record. So who keeps to an old policy after he was narrowed
/// changes nothing, and neither do a new epoch or an honest relay help him; and what was denied stays so, whatever is granted later.
/// A version of the policy holds if its author was an admin by what he had seen, and neither a node above him nor he himself had taken that from him. An admin is made, and narrowed, only by those
/// above it; by what others say of it, it loses nothing. Where versions did not see each other, what each of them grants holds.
/// Immutable.
/// </summary>
internal sealed partial class Judge
{
    private AdmittedNodes _nodes = null!;
    private readonly Func<Dot, RecordId> _idAt;
    private readonly Dictionary<RecordId, PolicyVersion> _known;
    private readonly Dictionary<RecordId, HashSet<RecordId>> _past = []; // of versions whose whole past is known: oldest first
    private readonly Dictionary<RecordId, bool> _holds = [];
    private readonly Dictionary<RecordId, bool> _holdsButForOwn = []; // whatever their authors say of themselves elsewhere
    private readonly Dictionary<RecordId, ImmutableArray<RecordId>> _before = [];
    private readonly Dictionary<NodeId, Dictionary<RecordId, Permissions>> _grants = [];
    private readonly List<PolicyVersion> _valid = [];
    private readonly ILookup<Hash256, ClosedBy> _closings;
    private readonly ILookup<NodeId, RootCut> _cuts;
    private readonly KeySuccessions _keys; // Inside, a node goes by its first key.

    /// <param name="admissions">Who was admitted, by which records.</param>
    /// <param name="closings">Grants that admit nobody else any more, by which records.</param>
    /// <param name="versions">All versions of the policy in the log, in any order.</param>
    /// <param name="cuts">Nodes that the root has cut off.</param>
    /// <param name="successions">Keys that other ones have taken the place of.</param>
    /// <param name="idAt">The id of a record in the log; none if it is not there.</param>
    public Judge(
        IReadOnlyCollection<AdmittedBy> admissions, IReadOnlyCollection<ClosedBy> closings, IReadOnlyCollection<PolicyVersion> versions, Func<Dot, RecordId> idAt,
        IReadOnlyCollection<RootCut>? cuts = null, IReadOnlyCollection<SucceededBy>? successions = null)
    {
        _idAt = idAt;
        _keys = new KeySuccessions(successions ?? [], admissions);
        if (!_keys.IsEmpty) versions = [.. versions.Select(v => v.For(_keys.Of))];
        // What a key shows that took another's place admits that one: whether it did take it, records say, and not what one node was shown.
        admissions = [.. admissions.Select(a => a.Membership.Before is null ? a : a with { Membership = a.Membership.First })];
        _cuts = (cuts ?? []).ToLookup(c => _keys.Of(c.Node));
        _closings = closings.ToLookup(c => c.Closing.Grant);
        _known = ByPossibleAdmins(admissions, versions).ToDictionary(v => v.Id);
        foreach (var version in _known.Keys) AddPast(version);
        _nodes = new AdmittedNodes(admissions, AdmissionHolds, _keys.Of);
        foreach (var id in _past.Keys)
            if (Holds(_known[id])) _valid.Add(_known[id]);
        foreach (var id in _past.Keys) Holds(_known[id], own: false); // Asked from several threads, it only reads from here on.
        InForce = Last(_valid.Select(v => v.Id));
        foreach (var version in _valid) _before[version.Id] = Last(_past[version.Id].Where(_holds.GetValueOrDefault));
        foreach (var node in _nodes.All) _grants[node] = GrantsTo(node);
    }

    public AdmittedNodes Nodes => _nodes;

    /// <summary>The versions that hold and that no other one follows, sorted: what a record written now names.</summary>
    public ImmutableArray<RecordId> InForce { get; }

    /// <summary>All versions known.</summary>
    public IReadOnlyCollection<PolicyVersion> Versions => _known.Values;

    /// <summary>Of versions that hold those that no other of them follows, sorted.</summary>
    public ImmutableArray<RecordId> LastOf(IEnumerable<PolicyVersion> versions) => Last(versions.Select(v => v.Id).Where(IsValid));

    public bool IsPolicy(RecordId record) => _known.ContainsKey(record);

    /// <summary>Whether a version of the policy holds.</summary>
    public bool IsValid(RecordId policy) => _holds.GetValueOrDefault(policy);

    /// <summary>What a node may do now at a path: what it may do, less what a rule keeps from it.</summary>
    public Permissions NowAt(NodeId node, EntryPath path)
    {
        var may = Now(node);
        if (PoliciesInForce.Governs(path)) return may.HasFlag(Permissions.Admin) ? may : may & Permissions.Read;
        foreach (var verb in (ReadOnlySpan<Permissions>)[Permissions.Write, Permissions.Delete])
            if (may.HasFlag(verb) && RuleNow(node, path, verb) is not null) may &= ~verb;
        return may;
    }

    /// <summary>The pattern of a rule in force that keeps a node from doing this at a path; null if none does.</summary>
    public string? RuleNow(NodeId node, EntryPath path, Permissions verb) => InForce.Select(id => RuleOf(_known[id], _keys.Of(node), path, verb)).FirstOrDefault(r => r is not null);

    /// <summary>The pattern of a rule in force about what lies below a directory, which keeps a node from renaming that; null if none does.</summary>
    public string? RuleBelowNow(NodeId node, EntryPath directory) => InForce.Select(id => RuleBelow(_known[id], _keys.Of(node), directory)).FirstOrDefault(r => r is not null);

    /// <summary>Why a version does not hold; null if it does.</summary>
    public Denial? DenialOf(RecordHeader header, Version version)
    {
        var (dot, named) = (header.Dot, header.PolicyHeads);
        var isCurrent = named.AsSpan().SequenceEqual(InForce.AsSpan());
        if (!isCurrent && !named.All(_past.ContainsKey)) return new Denial(Permissions.None, Unknown: true);
        var author = _keys.Of(dot.Author.Node);
        if (IsCut(author, dot)) return new Denial(version.Entry.IsAbsent ? Permissions.Delete : Permissions.Write);
        if (Administers(version) && !MayAdminister(author, dot, Closure(named), header.Policy is null ? default : version.Record)) return new Denial(Permissions.Admin, InForce.FirstOrDefault());
        if (isCurrent) return By(InForce, author, version);
        var past = Closure(named);
        return By(Last(past.Where(_holds.GetValueOrDefault)), author, version)
            ?? _valid.Where(v => !past.Contains(v.Id) && !v.Saw(dot, _idAt)).Select(v => By([v.Id], author, version)).FirstOrDefault(d => d is not null);
    }

    /// <summary>What keeps a grant from admitting a node; null if nothing does.</summary>
    /// <param name="grant">The grant's id.</param>
    /// <param name="issuer">Who made it.</param>
    /// <param name="node">Who was, or is to be, admitted by it; none: nobody in particular.</param>
    public GrantClosing? ClosingOf(Hash256 grant, NodeId issuer, NodeId node)
    {
        GrantClosing? closed = null;
        foreach (var (closing, record) in _closings[grant].OrderBy(c => c.Record.Dot))
        {
            if (!MayClose(record, issuer)) continue;
            if (closing.Admitted.Contains(node) || !_keys.IsEmpty && closing.Admitted.Any(n => _keys.Of(n) == _keys.Of(node))) return null;
            closed ??= closing;
        }
        return closed;
    }

    /// <summary>The same of a grant.</summary>
    public GrantClosing? ClosingOf(Grant grant, NodeId node) => _closings.Count == 0 ? null : ClosingOf(grant.Id, grant.Issuer, node);

    /// <summary>Whether a node may close a grant by what it writes now.</summary>
    public bool MayClose(NodeId node, Grant grant) => (AreOne(node, grant.Issuer) || _nodes.IsAbove(node, grant.Issuer)) && Now(node).HasFlag(Permissions.Admin);

    /// <summary>Whether a node, by a record of its own that names these versions, may act as an admin there.</summary>
    public bool MayAdminister(Dot dot, ImmutableArray<RecordId> named) => named.All(_past.ContainsKey) && MayAdminister(_keys.Of(dot.Author.Node), dot, Closure(named), default);

    /// <summary>Whether another judge may come to another verdict on records that this one has judged, for other reasons than that it knows versions which had not seen them.</summary>
    public bool DiffersOnOld(Judge later) => _known.Keys.Any(id => IsValid(id) != later.IsValid(id));

    // By what the root said without having seen this, or by a key that was none any more.
    private bool IsCut(NodeId node, Dot dot) => _cuts[node].Any(c => !PolicyVersion.Saw(c.Seen, dot, _idAt)) || _keys.IsPast(dot, _idAt);

    private static bool Administers(Version version) => PoliciesInForce.Governs(version.Path) || PoliciesInForce.Governs(version.MovedFrom) || PoliciesInForce.Governs(version.MovedTo);

    private Denial? By(IReadOnlyList<RecordId> policies, NodeId author, Version version)
    {
        var (verb, other) = version.Entry.IsAbsent ? (Permissions.Delete, version.MovedTo) : (Permissions.Write, version.MovedFrom);
        var left = version.MovedTo is not null ? version.Path : version.MovedFrom;
        if (left is { } from && policies.FirstOrDefault(id => RuleBelow(_known[id], author, from) is not null) is { IsNone: false } keeps) return new Denial(Permissions.Delete, keeps, RuleBelow(_known[keeps], author, from));
        return By(policies, author, version.Path, verb) ?? (other is { } path ? By(policies, author, path, verb ^ (Permissions.Write | Permissions.Delete)) : null);
    }

    private Denial? By(IReadOnlyList<RecordId> policies, NodeId author, EntryPath path, Permissions verb)
    {
        if (PoliciesInForce.Governs(path)) return null; // an admin's affair
        if (!Under(policies, author).HasFlag(verb)) return new Denial(verb, policies.FirstOrDefault(id => !Grants(author)[id].HasFlag(verb)));
        foreach (var id in policies)
            if (RuleOf(_known[id], author, path, verb) is { } rule) return new Denial(verb, id, rule);
        return null;
    }

    private string? RuleOf(PolicyVersion policy, NodeId node, EntryPath path, Permissions verb)
    {
        return Binds(policy, node) ? policy.Keeps(node, _nodes.RolesOf(node), path, verb) : null;
    }

    private string? RuleBelow(PolicyVersion policy, NodeId node, EntryPath directory) => Binds(policy, node) ? policy.KeepsBelow(node, _nodes.RolesOf(node), directory) : null;

    private bool Binds(PolicyVersion policy, NodeId node) =>
        !policy.Rules.IsEmpty && (policy.Author == node || !Grants(node)[policy.Id].HasFlag(Permissions.Admin) || _nodes.IsAbove(policy.Author, node));

    private Permissions Under(IReadOnlyList<RecordId> policies, NodeId node) =>
        policies.Count == 0 ? Invited(node) : policies.Aggregate((Permissions)~0, (may, id) => may & Grants(node)[id]);

    private Permissions Invited(NodeId node) => _nodes.RolesOf(node).Aggregate(Permissions.None, (may, role) => may | KnownRoles.May(role));

    // What each version that holds leaves a node, oldest first: a long row of versions must not become a deep recursion.
    private Dictionary<RecordId, Permissions> Grants(NodeId node) => _grants.TryGetValue(node, out var known) ? known : GrantsTo(node);

    private Dictionary<RecordId, Permissions> GrantsTo(NodeId node)
    {
        var grants = new Dictionary<RecordId, Permissions>();
        foreach (var version in _valid)
        {
            // Whom nobody let in, or whose invitation lets in others only, is given nothing by being named.
            if (!_nodes.Contains(node))
            {
                grants[version.Id] = Permissions.None;
                continue;
            }
            var before = _before[version.Id];
            var had = before.IsEmpty ? Invited(node) : before.Aggregate((Permissions)~0, (may, id) => may & grants[id]);
            grants[version.Id] = Leaves(version, node, had);
        }
        return grants;
    }

    private Permissions Leaves(PolicyVersion version, NodeId node, Permissions had)
    {
        var says = version.Says(node, _nodes.RolesOf(node));
        if (version.Author == node && had.HasFlag(Permissions.Admin) || _nodes.IsAbove(version.Author, node)) return says;
        return had.HasFlag(Permissions.Admin) ? had : says & ~Permissions.Admin;
    }

    private void AddPast(RecordId id)
    {
        var open = new Stack<(RecordId Id, bool Ready)>([(id, false)]);
        while (open.TryPop(out var next))
        {
            if (_past.ContainsKey(next.Id) || !_known.TryGetValue(next.Id, out var version)) continue;
            if (!next.Ready)
            {
                open.Push((next.Id, true)); // Ids are hashes of what names them: there is no circle.
                foreach (var parent in version.Parents) open.Push((parent, false));
            }
            else if (version.Parents.All(_past.ContainsKey)) _past[next.Id] = Closure(version.Parents);
        }
    }

    private HashSet<RecordId> Closure(ImmutableArray<RecordId> heads)
    {
        var all = new HashSet<RecordId>(heads);
        foreach (var head in heads) all.UnionWith(_past[head]);
        return all;
    }

    // Those that no other of them follows, sorted.
    private ImmutableArray<RecordId> Last(IEnumerable<RecordId> versions)
    {
        var (last, followed) = (new List<RecordId>(), new HashSet<RecordId>());
        foreach (var id in versions.OrderByDescending(id => _past[id].Count)) // What follows another has a longer past.
        {
            if (followed.Contains(id)) continue;
            last.Add(id);
            followed.UnionWith(_past[id]);
        }
        return [.. last.Order()];
    }

    // Asked of nodes above and of older versions only, so it comes to an end.
    private bool Holds(PolicyVersion version, bool own = true)
    {
        var all = own ? _holds : _holdsButForOwn;
        if (all.TryGetValue(version.Id, out var known)) return known;
        if (!_past.TryGetValue(version.Id, out var past)) return false;
        return all[version.Id] = MayAdminister(version.Author, version.Dot, past, version.Id, own);
    }

    // Who invited must have been an admin by what the record names that admits the node, and by whatever else says otherwise and had not seen it. Nobody admits himself.
    private bool AdmissionHolds(AdmittedNodes above, AdmittedBy admission)
    {
        _nodes = above;
        var (member, record, _) = admission;
        if (ClosingOf(admission.Grant, member.Grant.Issuer, member.Node) is not null) return false;
        return record is null || !AreOne(record.Author.Node, member.Node) && record.PolicyHeads.All(_past.ContainsKey) && MayAdminister(_keys.Of(member.Grant.Issuer), record.Dot, Closure(record.PolicyHeads), default);
    }

    private bool MayClose(RecordHeader record, NodeId issuer) =>
        (AreOne(record.Author.Node, issuer) || _nodes.IsAbove(record.Author.Node, issuer))
        && record.PolicyHeads.All(_past.ContainsKey) && MayAdminister(_keys.Of(record.Author.Node), record.Dot, Closure(record.PolicyHeads), default);

    // What anybody writes who cannot be an admin, by any version of one who can, holds under no circumstances: it must not cost anything.
    private List<PolicyVersion> ByPossibleAdmins(IReadOnlyCollection<AdmittedBy> admissions, IReadOnlyCollection<PolicyVersion> versions)
    {
        var possible = admissions.Where(a => KnownRoles.May(a.Membership.Role).HasFlag(Permissions.Admin)).Select(a => _keys.Of(a.Membership.Node)).ToHashSet();
        var (left, taken, all) = (versions.ToList(), new List<PolicyVersion>(), false);
        for (var found = true; found;)
        {
            var now = left.FindAll(v => all || possible.Contains(v.Author));
            found = now.Count > 0;
            taken.AddRange(now);
            left.RemoveAll(v => all || possible.Contains(v.Author));
            possible.UnionWith(now.SelectMany(v => v.Statement.Nodes).Where(n => n.May.HasFlag(Permissions.Admin)).Select(n => n.Node));
            all |= now.Exists(v => v.Statement.Roles.Any(r => r.May.HasFlag(Permissions.Admin)));
        }
        return taken;
    }

    // By what was named, and by whatever else takes that from it and had not seen this: what those above it say, and its own word that it is none any more. Two such words do not
    // undo each other; and whether one holds is asked as if there were no others, or two rows of versions would ask each other without end.
    private bool MayAdminister(NodeId node, Dot dot, HashSet<RecordId> past, RecordId self, bool own = true)
    {
        if (IsCut(node, dot) || !WasAdmin(node, past, own)) return false;
        own &= !_known.TryGetValue(self, out var said) || IsAdminBy(said, node);
        foreach (var other in _past.Keys)
        {
            var version = _known[other];
            var isOwn = version.Author == node;
            if (isOwn ? !own : !_nodes.IsAbove(version.Author, node)) continue;
            if (other == self || past.Contains(other) || !self.IsNone && _past[other].Contains(self) || IsAdminBy(version, node) || version.Saw(dot, _idAt)) continue;
            if (Holds(version, own && !isOwn)) return false;
        }
        return true;
    }

    private bool IsAdminBy(PolicyVersion version, NodeId node) => version.Says(node, _nodes.RolesOf(node)).HasFlag(Permissions.Admin);

    // By those versions that may say so: its own, and those of nodes above it. Oldest first, so that whatever one of them asks of was asked before: a long row must not become a deep recursion.
    private bool WasAdmin(NodeId node, HashSet<RecordId> past, bool own)
    {
        var known = own ? _holds : _holdsButForOwn;
        var ordered = past.Where(id => _known[id].Author == node || _nodes.IsAbove(_known[id].Author, node)).OrderBy(id => known.ContainsKey(id) ? -1 : _past[id].Count).ToList();
        var last = Last(ordered.Where(id => Holds(_known[id], own)));
        return last.IsEmpty ? Invited(node).HasFlag(Permissions.Admin) : last.All(id => IsAdminBy(_known[id], node));
    }

    /// <summary>What the root counts, see <see cref="WeightOf"/>.</summary>
    public const int RootWeight = 4;

    /// <summary>What a key's own last word counts for its records.</summary>
    public const int LastWordWeight = 1;

    /// <summary>What it counts, for the records of a node, that a version of the policy by another had seen them. Neither the node itself nor whom it let in keeps others to its own words.</summary>
    public int WeightOf(NodeId by, NodeId node) => AreOne(by, node) || _nodes.IsAbove(node, by) ? 0 : _nodes.IsAbove(by, node) ? 3 : 2;
}
