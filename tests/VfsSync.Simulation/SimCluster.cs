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
    private readonly List<(Membership Membership, ECDsa Key)> _members = [];

    private SimCluster()
    {
        var root = Key("root");
        Id = KeyNames.ClusterIdOf(root.ExportSubjectPublicKeyInfo());
        var founderKey = Key("founder");
        Founder = Admit("founder", Memberships.Admin, founderKey, default, root);
        for (var i = 0; i < 7; i++) _members.Add((Admit(((char)('A' + i)).ToString(), "editor", Key($"node {i}"), Founder.Node, founderKey), Key($"node {i}")));
        Ring = KeyRing.From(Secret("cluster key"));
        Members = new MemberTable(Id);
        foreach (var known in _members.Select(m => m.Membership).Prepend(Founder)) Members.TryAdd(known, Chain, out _);
    }

    public static SimCluster Shared { get; } = new();

    public ClusterId Id { get; }

    public Membership Founder { get; }

    public KeyRing Ring { get; }

    public (Membership Membership, ECDsa Key) Member(int index) => _members[index];

    public ImmutableArray<Membership> Chain => [Founder];

    /// <summary>The founder and all nodes: names of copies hang on who is known, as in a log with admissions. One table for all, since nobody joins and to verify it takes as long as a run.</summary>
    public MemberTable Members { get; }

    private Membership Admit(string name, string role, ECDsa key, NodeId issuer, ECDsa issuerKey)
    {
        var grantKey = Key($"grant for {name}");
        var grant = Memberships.SignGrant(Id, grantKey.ExportSubjectPublicKeyInfo(), role, 0, 0, issuer, issuerKey);
        return Memberships.SignMembership(grant, name, key.ExportSubjectPublicKeyInfo(), Key($"agreement of {name}").ExportSubjectPublicKeyInfo(), grantKey);
    }

    private static ECDsa Key(string name) =>
        ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = Secret(name) });

    private static byte[] Secret(string name) => SHA256.HashData(System.Text.Encoding.UTF8.GetBytes("VfsSync simulation: " + name));
}
