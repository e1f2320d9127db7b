using System.Collections.Immutable;
using System.Security.Cryptography;
using VfsSync.Core.History;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Tests.Rules;

/// <summary>Nodes, what they write, and what they had seen of each other: without signatures, which are others' affair.</summary>
internal sealed class PolicyCluster
{
    public const Permissions Editor = Permissions.Read | Permissions.Write | Permissions.Delete, Admin = Editor | Permissions.Admin;

    private readonly List<AdmittedBy> _memberships = [];
    private readonly Dictionary<Dot, RecordId> _ids = [];
    private readonly List<(RecordHeader Header, Version Version)> _written = [];
    private int _made;

    public PolicyCluster() => Founder = Admit("founder", "admin", null);

    public Node Founder { get; }

    public List<PolicyVersion> Versions { get; } = [];

    /// <summary>Invitations that let nobody else in.</summary>
    public List<ClosedBy> Closings { get; } = [];

    /// <summary>The founder has said of itself that it may do less.</summary>
    public bool HasNarrowedItself { get; private set; }

    /// <summary>Nodes that the root has cut off.</summary>
    public List<RootCut> Cuts { get; } = [];

    /// <summary>Keys that others have taken the place of.</summary>
    public List<SucceededBy> Successions { get; } = [];

    public Judge Judge => Having(Versions);

    public Judge Without(RecordId policy) => Having([.. Versions.Where(v => v.Id != policy)]);

    public Judge Having(IReadOnlyCollection<PolicyVersion> versions) => new(_memberships, Closings, versions, IdAt, Cuts, Successions);

    public Judge Shuffled(Random random)
    {
        var (members, versions) = (_memberships.ToArray(), Versions.ToArray());
        random.Shuffle(members);
        random.Shuffle(versions);
        var (closings, successions) = (Closings.ToArray(), Successions.ToArray());
        random.Shuffle(closings);
        random.Shuffle(successions);
        return new(members, closings, versions, IdAt, Cuts, successions);
    }

    public string Verdicts(Judge judge) => string.Concat(_written.Select(w => judge.DenialOf(w.Header, w.Version) is null ? '1' : '0')) + string.Concat(Versions.Select(v => judge.IsValid(v.Id) ? 'y' : 'n'));

    public Denial? Denial((RecordHeader Header, Version Version) change) => Judge.DenialOf(change.Header, change.Version);

    public bool Holds((RecordHeader Header, Version Version) change) => Denial(change) is null;

    public Node Admit(string name, string role, Node? by)
    {
        var node = new Node(this, new NodeId(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name))), 1);
        Readmit(node, role, by);
        return node;
    }

    public void Readmit(Node node, string role, Node? by) =>
        _memberships.Add(new AdmittedBy(MembershipOf(node, role, by), null));

    private Membership MembershipOf(Node node, string role, Node? by) =>
        MembershipOf(node, Invite(role, by));

    private static Membership MembershipOf(Node node, Grant grant) => new(node.Id, "", default, default, grant, default, default);

    /// <summary>A membership that one node was shown, and no record says.</summary>
    public void IsShown(Membership membership) => _memberships.Add(new AdmittedBy(membership, null));

    public Grant Invite(string role, Node? by) => new(default, BitConverter.GetBytes(_made++), role, 0, 0, by?.Id ?? default, default, default);

    public Membership Shown(string name, Grant grant) => MembershipOf(Stranger(name), grant);

    public Membership Shown(string name, string role, Node by) => MembershipOf(Stranger(name), role, by);

    public Node Stranger(string name) => new(this, new NodeId(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name))), 1);

    private RecordId IdAt(Dot dot) => _ids.GetValueOrDefault(dot);

    /// <summary>A node in one epoch: what it knows of the policy, and what it writes.</summary>
    public sealed class Node(PolicyCluster cluster, NodeId id, ulong epoch)
    {
        private readonly List<PolicyVersion> _known = [];
        private readonly Dictionary<Author, long> _seen = [];
        private long _number;

        public NodeId Id => id;

        private Author Self => new(id, epoch);

        public Node Again() => Again(epoch + 1);

        public Node Again(ulong under) => new(cluster, id, under);

        public void Knows(IEnumerable<PolicyVersion> versions) => _known.AddRange(versions);

        public void SawAll()
        {
            foreach (var dot in cluster._ids.Keys) _seen[dot.Author] = Math.Max(_seen.GetValueOrDefault(dot.Author), dot.Number);
        }

        public void Saw((RecordHeader Header, Version Version) change) => SawUpTo(change);

        public void SawUpTo((RecordHeader Header, Version Version) change) => _seen[change.Header.Author] = change.Header.Number;

        /// <summary>A record that admits a node that another one has invited.</summary>
        public Node Admits(string name, string role, Node by)
        {
            var node = cluster.Stranger(name);
            cluster._memberships.Add(new AdmittedBy(cluster.MembershipOf(node, role, by), Record([], null).Header));
            return node;
        }

        /// <summary>A record that admits a node by a certain invitation.</summary>
        public Node Admits(string name, Grant grant)
        {
            var node = cluster.Stranger(name);
            cluster._memberships.Add(new AdmittedBy(MembershipOf(node, grant), Record([], null).Header));
            return node;
        }

        /// <summary>A record by which an invitation lets in nobody else.</summary>
        public void Closes(Grant grant, params Node[] admitted) => cluster.Closings.Add(new ClosedBy(new GrantClosing(grant.Id, [.. admitted.Select(n => n.Id)]), Record([], null).Header));

        /// <summary>Carries the root's word that a node is cut off, having seen what it has.</summary>
        public void CutsOff(Node node) => cluster.Cuts.Add(new RootCut(node.Id, Seen(), default, default));

        /// <summary>A record by which another key takes this one's place.</summary>
        public Node GivesPlaceTo(string name)
        {
            var next = new Node(cluster, cluster.Stranger(name).Id, 1000 + (ulong)cluster._made); // Also where the name is one that was there before.
            cluster._ids.Keys.Where(d => d.Author.Node == id).ToList().ForEach(d => _seen[d.Author] = Math.Max(_seen.GetValueOrDefault(d.Author), d.Number));
            var word = new Succession(Shown(next), [.. Seen().Where(s => s.Dot.Author.Node == id)]);
            cluster.Successions.Add(new SucceededBy(word, Record([], null).Header));
            next.Knows(_known);
            return next;
        }

        /// <summary>The membership of a key that takes this one's place.</summary>
        public Membership Shown(Node next)
        {
            var before = cluster._memberships.Find(m => m.Membership.Node == id)?.Membership ?? cluster.Successions.Find(s => s.Succession.Next.Node == id)!.Succession.Next;
            return before with { Node = next.Id, Before = before };
        }

        private ImmutableArray<SeenRecord> Seen() => [.. _seen.Select(s => new SeenRecord(new Dot(s.Key, s.Value), cluster.IdAt(new Dot(s.Key, s.Value))))];

        /// <summary>A record in which a node admits itself.</summary>
        public void AdmitsItself(string role, Node by) => cluster._memberships.Add(new AdmittedBy(cluster.MembershipOf(this, role, by), Record([], null).Header));

        public (RecordHeader Header, Version Version) Write(string path) => Change(new Change(0, EntryPath.Parse(path), Samples.SmallFile(), default));

        public (RecordHeader Header, Version Version) Remove(string path) => Change(new Change(0, EntryPath.Parse(path), Entry.Absent, default));

        public (RecordHeader Header, Version Version) Rename(string from, string to) => Change(new Change(0, EntryPath.Parse(to), Samples.SmallFile(), default, EntryPath.Parse(from)));

        public RecordId Policy(params (Node Node, Permissions May)[] nodes) => Policy([], [.. nodes.DistinctBy(n => n.Node.Id).Select(n => new NodeRights(n.Node.Id, "", n.May))]);

        public RecordId Policy(ImmutableArray<RoleRights> roles, ImmutableArray<NodeRights> nodes, ImmutableArray<PathRule> rules = default)
        {
            if (id == cluster.Founder.Id && nodes.Any(n => n.Node == id && !n.May.HasFlag(Permissions.Admin))) cluster.HasNarrowedItself = true;
            var statement = new PolicyStatement(roles, nodes, Seen());
            var record = Record([new Change(0, PoliciesInForce.File, Samples.SmallFile(), default)], statement) with { Rules = rules.IsDefault ? [] : rules };
            var version = PolicyVersion.Of(record)!;
            cluster.Versions.Add(version);
            _known.Add(version);
            return version.Id;
        }

        public void PolicyWithoutLooking() => cluster.Versions.Add(new PolicyVersion(new RecordId(SHA256.HashData(BitConverter.GetBytes(cluster._made++))), new Dot(Self, ++_number),
            [.. cluster.Versions.TakeLast(1).Select(v => v.Id)], new PolicyStatement([], [new NodeRights(cluster.Founder.Id, "", default)], []), []));

        /// <summary>A version that knows all before it, in a long row of which no version may be made by asking a judge.</summary>
        public void PolicyAfterTheLast() => cluster.Versions.Add(new PolicyVersion(new RecordId(SHA256.HashData(BitConverter.GetBytes(cluster._made++))), new Dot(Self, ++_number),
            [.. cluster.Versions.TakeLast(1).Select(v => v.Id)], new PolicyStatement([], [], []), []));

        private (RecordHeader, Version) Change(Change change)
        {
            var record = Record([change], null);
            var made = (record.Header, Version.Of(record).First());
            cluster._written.Add(made);
            return made;
        }

        private ChangeRecord Record(ImmutableArray<Change> changes, PolicyStatement? statement)
        {
            var judge = new Judge(cluster._memberships, cluster.Closings, [.. _known.DistinctBy(v => v.Id)], cluster.IdAt, successions: cluster.Successions);
            var header = new RecordHeader(Self, ++_number, default, HybridTime.At(1), default, 1, judge.InForce, [], null, statement);
            var record = new ChangeRecord(new RecordId(SHA256.HashData(BitConverter.GetBytes(cluster._made++))), header, changes, []);
            cluster._ids[record.Dot] = record.Id;
            return record;
        }
    }
}
