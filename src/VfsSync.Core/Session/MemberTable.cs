using System.Collections.Immutable;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Rules;

namespace VfsSync.Core.Session;

/// <summary>
/// The members this node knows, each verified back to the root, and what records say of who was let in. Who was expelled stays known, since his records are. Who only shows a
/// membership that no record has admitted yet is known as long as its link lasts. Any thread may read it.
/// </summary>
internal sealed class MemberTable(ClusterId cluster)
{
    private const int MostPending = 1024, MostPendingOfOne = 64, MostWords = 16;

    private bool _isReading, _readAgain;
    private ImmutableDictionary<NodeId, Membership> _shown = ImmutableDictionary<NodeId, Membership>.Empty;

    /// <summary>All that records say: one value, to be gone back to when what was about to be recorded is not.</summary>
    public sealed record State(
        ImmutableDictionary<NodeId, Membership> Members, ImmutableDictionary<(NodeId Node, Hash256 Grant, Dot By), AdmittedBy> Admitted, ImmutableDictionary<(Hash256 Grant, Dot By), ClosedBy> Closed,
        ImmutableList<(Membership Membership, RecordHeader By)> Pending, ImmutableDictionary<(NodeId Node, Dot By), RootCut> Cuts)
    {
        /// <summary>Who was ever admitted, or is known from above, as an admin.</summary>
        public ImmutableHashSet<NodeId> Admins { get; init; } = [];

        /// <summary>Nodes' words that other keys take their places.</summary>
        public ImmutableDictionary<Dot, SucceededBy> Successions { get; init; } = ImmutableDictionary<Dot, SucceededBy>.Empty;

        /// <summary>Of whose records something is in the log alone: it is read again when it may count.</summary>
        public ImmutableHashSet<NodeId> Unkept { get; init; } = [];

        /// <summary>From here on an author's records are about to leave the log.</summary>
        public Dot Aside { get; init; }
    }

    /// <summary>What records say now.</summary>
    public State Now { get; private set; } = new(
        ImmutableDictionary<NodeId, Membership>.Empty, ImmutableDictionary<(NodeId Node, Hash256 Grant, Dot By), AdmittedBy>.Empty, ImmutableDictionary<(Hash256 Grant, Dot By), ClosedBy>.Empty, [],
        ImmutableDictionary<(NodeId Node, Dot By), RootCut>.Empty);

    /// <summary>Grows with every change of what records say.</summary>
    public long Version { get; private set; }

    public IReadOnlyCollection<Membership> All => [.. Now.Members.Values];

    public int Count => Now.Members.Count;

    /// <summary>The memberships that records say (and this node's own): what judgement goes by, since all nodes come to know the same ones.</summary>
    public IReadOnlyCollection<AdmittedBy> Admitted => [.. Now.Admitted.Values];

    /// <summary>The grants that admit nobody else any more.</summary>
    public IReadOnlyCollection<ClosedBy> Closed => [.. Now.Closed.Values];

    /// <summary>The nodes that the root has cut off.</summary>
    public IReadOnlyCollection<RootCut> Cuts => [.. Now.Cuts.Values];

    /// <summary>The keys that other ones have taken the place of.</summary>
    public IReadOnlyCollection<SucceededBy> Successions => [.. Now.Successions.Values];

    /// <summary>A member, or one that shows that it is.</summary>
    public Membership? Find(NodeId node) => Now.Members.GetValueOrDefault(node) ?? _shown.GetValueOrDefault(node);

    /// <summary>Whether a record says that a node is a member, or it is this node itself or above it: only such a node's records are taken.</summary>
    public bool IsAdmitted(NodeId node) => Now.Members.ContainsKey(node);

    /// <summary>Names and ids of all; no name for a key whose node has another by now.</summary>
    public IReadOnlyCollection<(string Name, NodeId Node)> Names(Judge judge) => [.. Now.Members.Values.Select(m => (judge.IsReplaced(m) ? "" : m.Name, m.Node))];

    public string NameOf(NodeId node) => Find(node)?.Name ?? node.Hash.Short();

    /// <summary>Goes back to what records said before.</summary>
    public void Restore(State before)
    {
        if (!ReferenceEquals(before, Now)) Set(before);
    }

    /// <summary>Notes what a node shows of itself, if it holds; says in <paramref name="reason"/> why it does not.</summary>
    public bool TryShow(Membership membership, IEnumerable<Membership> chain, out string reason)
    {
        reason = "";
        if (!IsVerified(membership, chain, isRecorded: false, ref reason)) return false;
        if (!IsAdmitted(membership.Node)) _shown = _shown.SetItem(membership.Node, membership);
        return true;
    }

    /// <summary>A node that only showed itself is gone.</summary>
    public void Forget(NodeId shown) => _shown = _shown.Remove(shown);

    /// <summary>Takes a membership in if it holds; says in <paramref name="reason"/> why it does not.</summary>
    /// <param name="membership">Whose.</param>
    /// <param name="chain">Memberships of its issuers.</param>
    /// <param name="reason">Why it does not hold.</param>
    /// <param name="by">The record that says so; null for this node itself, and those above it.</param>
    /// <returns>True if the member, or the name that it has, is new here.</returns>
    public bool TryAdd(Membership membership, IEnumerable<Membership> chain, out string reason, RecordHeader? by = null)
    {
        reason = "";
        var admission = (membership.Node, membership.Grant.Id, by?.Dot ?? default);
        var known = Now.Members.GetValueOrDefault(membership.Node)?.Name == membership.Name; // A node that joins once more keeps its key and may have another name.
        if (known && Now.Admitted.ContainsKey(admission)) return false;
        if (!IsVerified(membership, chain, isRecorded: by is not null, ref reason))
        {
            if (by is not null) Pend(membership, by);
            return false;
        }
        var isNewAdmin = membership.Role == Memberships.Admin && !Now.Admins.Contains(membership.Node); // Who says again what is known must not make others look again.
        Set(Now with
        {
            Members = known ? Now.Members : Now.Members.SetItem(membership.Node, membership),
            Admitted = Now.Admitted.SetItem(admission, new AdmittedBy(membership, by, Version)),
            Admins = isNewAdmin ? Now.Admins.Add(membership.Node) : Now.Admins,
        });
        if (isNewAdmin) RetryPending(membership.Node);
        return !known;
    }

    /// <summary>Notes that a grant admits nobody else any more.</summary>
    /// <param name="closing">What a record says.</param>
    /// <param name="by">The record.</param>
    public void Close(GrantClosing closing, RecordHeader by)
    {
        // Nobody else can have made an invitation, or stand above who did: it must not cost anything, until that is learned of its author.
        if (!Now.Admins.Contains(by.Author.Node))
        {
            Now = Now with { Unkept = Now.Unkept.Add(by.Author.Node) };
            return;
        }
        var key = (closing.Grant, by.Dot);
        if (Now.Closed.TryGetValue(key, out var known) && closing.Admitted.All(known.Closing.Admitted.Contains)) return;
        var all = known is null ? closing : closing with { Admitted = [.. known.Closing.Admitted.Union(closing.Admitted)] };
        Set(Now with { Closed = Now.Closed.SetItem(key, new ClosedBy(all, by)) });
    }

    /// <summary>The records about members in the log, read anew: for the rare case alone.</summary>
    public Func<IEnumerable<ChangeRecord>> Log { private get; set; } = static () => [];

    /// <summary>Takes all that a record says of members.</summary>
    /// <returns>The members that it admits, as far as they, or their names, are new here.</returns>
    public IReadOnlyList<Membership> Take(ChangeRecord record)
    {
        var members = new List<Membership>(Said(record).Select(s => Take(s, record.Header)).OfType<Membership>());
        // It is not in the log yet. What it said first may count by what it said last.
        for (var before = -1L; before != Version && Now.Unkept.Contains(record.Header.Author.Node); members.AddRange(TakeAgain(record))) before = Version;
        return members;
    }

    /// <summary>Takes what a record says of members.</summary>
    /// <returns>The member that it admits, if that, or its name, is new here.</returns>
    public Membership? Take(Statement statement, RecordHeader by)
    {
        switch (statement)
        {
            case Admission { Membership: { Before: null } member }: return TryAdd(member, [], out _, by) ? member : null;
            case Succession succession: return Succeed(succession, by) ? succession.Next : null;
            case GrantClosing closing: Close(closing, by); break;
            case RootCut cut when !Now.Cuts.ContainsKey((cut.Node, by.Dot)) && RootWords.Verify(cut, cluster): Set(Now with { Cuts = Now.Cuts.Add((cut.Node, by.Dot), cut) }); break;
        }
        return null;
    }

    // Nobody but the node itself gives its place away. An honest one says so once; who says it more often harms his own place alone. What cannot be verified yet is read again when another admin is known.
    private bool Succeed(Succession succession, RecordHeader by)
    {
        var next = succession.Next;
        if (next.Before?.Node != by.Author.Node || Now.Successions.ContainsKey(by.Dot) || succession.Seen.Any(s => s.Dot.Author.Node != by.Author.Node)) return false;
        // The earliest counts: of too many the latest go, whatever came first.
        var words = Now.Successions.Values.Where(w => w.Record.Author.Node == by.Author.Node).ToList();
        var last = words.Count < MostWords ? null : words.MaxBy(w => (w.Record.Time, w.Record.Dot))!.Record;
        if (last is not null && (by.Time, by.Dot).CompareTo((last.Time, last.Dot)) > 0) return false;
        var reason = "";
        if (!IsVerified(next, [], isRecorded: true, ref reason))
        {
            if (Memberships.Objection(next, cluster) is null) Now = Now with { Unkept = Now.Unkept.Add(by.Author.Node) };
            return false;
        }
        var isNew = !Now.Members.ContainsKey(next.Node);
        var isNewAdmin = !Now.Admins.Contains(next.Node) && (next.Role == Memberships.Admin || Now.Admins.Contains(by.Author.Node));
        Set(Now with
        {
            Members = Now.Members.SetItem(next.Node, next),
            Successions = (last is null ? Now.Successions : Now.Successions.Remove(last.Dot)).Add(by.Dot, new SucceededBy(succession, by)),
            Admins = isNewAdmin ? Now.Admins.Add(next.Node) : Now.Admins,
        });
        if (isNewAdmin) RetryPending(next.Node);
        return isNew;
    }

    /// <summary>Records from this one on are set aside: what they said of members is not said any more.</summary>
    public void SetAside(Author author, long first)
    {
        bool IsGone(Dot dot) => dot.Author == author && dot.Number >= first;
        Now = Now with { Pending = Now.Pending.RemoveAll(p => IsGone(p.By.Dot)), Aside = new Dot(author, first) };
        var admitted = Now.Admitted.RemoveRange(Now.Admitted.Keys.Where(k => IsGone(k.By)));
        var closed = Now.Closed.RemoveRange(Now.Closed.Keys.Where(k => IsGone(k.By)));
        var cuts = Now.Cuts.RemoveRange(Now.Cuts.Keys.Where(k => IsGone(k.By)));
        var successions = Now.Successions.RemoveRange(Now.Successions.Keys.Where(IsGone));
        if (admitted.Count == Now.Admitted.Count && closed.Count == Now.Closed.Count && cuts.Count == Now.Cuts.Count && successions.Count == Now.Successions.Count) return;
        var members = admitted.Values.Select(a => a.Membership).Concat(successions.Values.Select(s => s.Succession.Next)).ToList();
        var still = members.Select(m => m.Node).ToHashSet();
        Set(Now with
        {
            Admitted = admitted, Closed = closed, Cuts = cuts, Successions = successions,
            Admins = [.. members.Where(m => m.Role == Memberships.Admin).Select(m => m.Node)],
            Members = Now.Members.RemoveRange(Now.Members.Keys.Where(n => !still.Contains(n))),
        });
    }

    /// <summary>Records that were set aside have left the log.</summary>
    public void Replaced()
    {
        Now = Now with { Aside = default };
        ReadAgain();
    }

    /// <summary>The nodes that a grant has let in by a record, in the order in which this node learned of them: in its log.</summary>
    public IReadOnlyList<NodeId> AdmittedWith(Hash256 grant) =>
        [.. Now.Admitted.Values.Where(a => a.Record is not null && a.Grant == grant).OrderBy(a => a.Order).Select(a => a.Membership.Node).Distinct()];

    /// <summary>A name like <paramref name="wanted"/> that no other member has.</summary>
    public string FreeName(string wanted, NodeId forNode)
    {
        var own = new HashSet<NodeId> { forNode };
        for (var key = Now.Members.GetValueOrDefault(forNode)?.Before; key is not null; key = key.Before) own.Add(key.Node);
        var taken = Now.Members.Values.Where(m => !own.Contains(m.Node)).Select(m => m.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (!taken.Contains(wanted)) return wanted;
        var number = 2;
        while (taken.Contains($"{wanted}-{number}")) number++;
        return $"{wanted}-{number}";
    }

    // Who invited it may be known later: all nodes are to know the same members, whatever came first. What is too much to be kept, the log has.
    private void Pend(Membership membership, RecordHeader by)
    {
        if (Now.Pending.Exists(p => p.By.Dot == by.Dot && p.Membership.Node == membership.Node && p.Membership.Grant.Id == membership.Grant.Id)) return;
        if (Now.Pending.Count >= MostPending || Now.Pending.Count(p => p.By.Author.Node == by.Author.Node) >= MostPendingOfOne) Now = Now with { Unkept = Now.Unkept.Add(by.Author.Node) };
        else if (Memberships.Objection(membership, cluster) is null) Now = Now with { Pending = Now.Pending.Add((membership, by)) };
    }

    private void RetryPending(NodeId issuer)
    {
        var theirs = Now.Pending.FindAll(p => p.Membership.Grant.Issuer == issuer || IsAdmitted(p.Membership.Grant.Issuer));
        Now = Now with { Pending = Now.Pending.RemoveRange(theirs) };
        foreach (var (membership, by) in theirs) TryAdd(membership, [], out _, by);
        ReadAgain();
    }

    // As often as it leads to another admin: a long row of invitations must not become a deep recursion.
    private void ReadAgain()
    {
        _readAgain = true;
        if (_isReading || Now.Unkept.IsEmpty) return;
        _isReading = true;
        try
        {
            for (; _readAgain; )
            {
                _readAgain = false;
                foreach (var record in Log().Where(r => Now.Unkept.Contains(r.Dot.Author.Node) && !IsAside(r.Dot))) _ = TakeAgain(record).Count;
            }
        }
        finally
        {
            _isReading = false;
        }
    }

    private bool IsAside(Dot dot) => dot.Author == Now.Aside.Author && dot.Number >= Now.Aside.Number;

    // A record that gives one place to several says nothing of it: which of them can be verified hangs on what is known.
    private static IEnumerable<Statement> Said(ChangeRecord record) => record.Statements.OfType<Succession>().Count() > 1 ? record.Statements.Where(s => s is not Succession) : record.Statements;

    // What is known stays as it is, also what the member is called.
    private List<Membership> TakeAgain(ChangeRecord record) =>
        [.. Said(record).Where(s => s is not Admission { Membership: var m } || !Now.Admitted.ContainsKey((m.Node, m.Grant.Id, record.Dot))).Select(s => Take(s, record.Header)).OfType<Membership>()];

    private void Set(State state)
    {
        Now = state;
        Version++;
    }

    private bool IsVerified(Membership membership, IEnumerable<Membership> chain, bool isRecorded, ref string reason)
    {
        var lookup = new Dictionary<NodeId, Membership>();
        foreach (var link in chain) lookup[link.Node] = link;
        return Memberships.Verify(membership, cluster, Above, out reason);

        // Who was invited twice is an admin if it was invited as one.
        Membership? Above(NodeId node) => AsAdmin(node) ?? (isRecorded ? Now.Members.GetValueOrDefault(node) : Find(node)) ?? lookup.GetValueOrDefault(node);
    }

    /// <summary>The membership by which a node is an admin; null if it was never invited, or named, as one.</summary>
    public Membership? AsAdmin(NodeId node) => Now.Members.TryGetValue(node, out var known) && known.Role == Memberships.Admin ? known
        : Now.Admitted.Values.FirstOrDefault(a => a.Membership.Node == node && a.Membership.Role == Memberships.Admin)?.Membership;
}
