using System.Security.Cryptography;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;

namespace VfsSync.Core.Tests;

/// <summary>A cluster with its root, a founder, and whoever is invited.</summary>
internal sealed class Cluster
{
    public Cluster()
    {
        Root = Samples.NewKey();
        Id = KeyNames.ClusterIdOf(Root.ExportSubjectPublicKeyInfo());
        Founder = Admit("founder", Memberships.Admin, null);
    }

    public ECDsa Root { get; }

    public ClusterId Id { get; }

    public Member Founder { get; }

    public Dictionary<NodeId, Membership> Known { get; } = [];

    public sealed record Member(Membership Membership, ECDsa Key, ECDiffieHellman Agreement);

    /// <summary>A grant by a member (by the root without one) and its secret half.</summary>
    public (Grant Grant, ECDsa Key) Grant(string role, Member? by, long expiresMs = 0, int uses = 0)
    {
        var key = Samples.NewKey();
        return (Memberships.SignGrant(Id, key.ExportSubjectPublicKeyInfo(), role, expiresMs, uses, by?.Membership.Node ?? default, by?.Key ?? Root), key);
    }

    public Member Admit(string name, string role, Member? by)
    {
        var (grant, grantKey) = Grant(role, by);
        var key = Samples.NewKey();
        var agreement = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var member = new Member(Memberships.SignMembership(grant, name, key, agreement.ExportSubjectPublicKeyInfo(), grantKey), key, agreement);
        Known[member.Membership.Node] = member.Membership;
        return member;
    }

    public string Verdict(Membership member) => Memberships.Verify(member, Id, id => Known.GetValueOrDefault(id), out var reason) ? "" : reason;

    public Invitation Invite(string role = "editor", params string[] addresses)
    {
        var (grant, key) = Grant(role, Founder, 1_900_000_000_000, 1);
        return new Invitation(grant, key.ExportPkcs8PrivateKey(), role == "vault" ? default(ReadOnlyMemory<byte>) : Samples.ClusterSecret, [Founder.Membership], [.. addresses]);
    }
}
