using System.Collections.Immutable;
using System.Security.Cryptography;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Session;

namespace VfsSync.Simulation;

/// <summary>
/// A cluster with the same keys in every process. Its founder only signs and never runs, so no record holds a signature, and record ids are the same every time.
/// </summary>
internal sealed class SimCluster
{
    private const int Nodes = 7;

    private readonly List<(Membership Membership, ECDsa Key)> _members = [];
    private readonly MemberTable?[] _forged = new MemberTable?[Nodes];
    private readonly ECDsa _root = Key("root");

    /// <param name="roleOf">The role of each node, and which node has invited it; -1 is the founder.</param>
    private SimCluster(Func<int, (string Role, int Issuer)> roleOf)
    {
        Id = KeyNames.ClusterIdOf(_root.ExportSubjectPublicKeyInfo());
        var founderKey = Key("founder");
        Founder = Admit("founder", Memberships.Admin, founderKey, default, _root);
        for (var i = 0; i < Nodes; i++)
        {
            var (role, issuer) = roleOf(i);
            var (by, byKey) = issuer < 0 ? (Founder, founderKey) : _members[issuer];
            _members.Add((Admit(((char)('A' + i)).ToString(), role, Key($"node {i}"), by.Node, byKey), Key($"node {i}")));
        }
        Ring = NewRing();
        Members = TableOf([]);
    }

    /// <summary>All are editors.</summary>
    public static SimCluster Shared { get; } = new(_ => ("editor", -1));

    /// <summary>All are admins, none above another.</summary>
    public static SimCluster Admins { get; } = new(_ => ("admin", -1));

    /// <summary>A above B, an admin as well, and both above others of all kinds.</summary>
    public static SimCluster Roled { get; } = new(i => i switch { 0 => ("admin", -1), 1 => ("admin", 0), 2 => ("editor", 0), 3 => ("editor", 1), 4 => ("reader", 1), 5 => ("writer", 0), _ => ("admin", -1) });

    public ClusterId Id { get; }

    public Membership Founder { get; }

    /// <summary>Never gets a later key.</summary>
    public KeyRing Ring { get; }

    /// <summary>The ring that every member begins with.</summary>
    public static KeyRing NewRing() => KeyRing.From(Secret("cluster key"));

    /// <summary>Opens what is wrapped for a node.</summary>
    public ECDiffieHellman AgreementOf(int index) =>
        ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = Secret($"agreement of {Member(index).Membership.Name}") });

    /// <summary>The founder and all nodes: names of copies hang on who is known, as in a log with admissions. One table for all, since nobody joins and to verify it takes as long as a run.</summary>
    public MemberTable Members { get; }

    public (Membership Membership, ECDsa Key) Member(int index) => _members[index];

    /// <summary>Who leads from a node to the root.</summary>
    public ImmutableArray<Membership> ChainOf(int index)
    {
        var chain = ImmutableArray.CreateBuilder<Membership>();
        for (var at = Member(index).Membership; at.Grant.Issuer != default;)
        {
            at = Members.Find(at.Grant.Issuer)!;
            chain.Add(at);
        }
        return chain.ToImmutable();
    }

    /// <summary>The members as a changed program sees them that takes itself for an admin, whatever it was invited as.</summary>
    public MemberTable ForgedFor(int index) => _forged[index] ??= TableOf([Admit(Member(index).Membership.Name, Memberships.Admin, Member(index).Key, default, _root)]);

    private MemberTable TableOf(IEnumerable<Membership> more)
    {
        var table = new MemberTable(Id);
        foreach (var known in _members.Select(m => m.Membership).Prepend(Founder).Concat(more)) table.TryAdd(known, [], out _);
        return table;
    }

    private Membership Admit(string name, string role, ECDsa key, NodeId issuer, ECDsa issuerKey)
    {
        var grantKey = Key($"grant for {name} as {role}");
        var grant = Memberships.SignGrant(Id, grantKey.ExportSubjectPublicKeyInfo(), role, 0, 0, issuer, issuerKey);
        return Memberships.SignMembership(grant, name, key, Key($"agreement of {name}").ExportSubjectPublicKeyInfo(), grantKey);
    }

    private static ECDsa Key(string name) =>
        ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = Secret(name) });

    private static byte[] Secret(string name) => SHA256.HashData(System.Text.Encoding.UTF8.GetBytes("VfsSync simulation: " + name));
}
