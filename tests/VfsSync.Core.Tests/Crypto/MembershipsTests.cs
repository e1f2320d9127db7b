using System.Security.Cryptography;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Tests.Crypto;

public class MembershipsTests
{
    private readonly Cluster _cluster = new();

    [Fact]
    public void Everyone_leads_back_to_the_root()
    {
        var admin = _cluster.Admit("second", Memberships.Admin, _cluster.Founder);
        foreach (var role in Memberships.Roles) Assert.Equal("", _cluster.Verdict(_cluster.Admit("n", role, admin).Membership));
        Assert.Equal("", _cluster.Verdict(_cluster.Founder.Membership));
    }

    [Fact]
    public void Only_admins_invite()
    {
        var editor = _cluster.Admit("ed", "editor", _cluster.Founder);
        Assert.Contains("is no admin", _cluster.Verdict(_cluster.Admit("friend", "reader", editor).Membership), StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_admin_is_named_as_the_reason()
    {
        var admin = _cluster.Admit("second", Memberships.Admin, _cluster.Founder);
        var member = _cluster.Admit("third", "editor", admin);
        _cluster.Known.Remove(admin.Membership.Node);
        Assert.Contains("not known", _cluster.Verdict(member.Membership), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_cluster_is_another_cluster()
    {
        var other = new Cluster();
        Assert.Contains("another cluster", _cluster.Verdict(other.Founder.Membership), StringComparison.Ordinal);
    }

    // The forger signs a grant with a root of its own, but names this cluster.
    [Fact]
    public void A_forged_root_does_not_count()
    {
        var (grant, key) = _cluster.Grant("admin", null);
        using var root = Samples.NewKey();
        var forged = Memberships.SignGrant(_cluster.Id, key.ExportSubjectPublicKeyInfo(), "admin", 0, 0, default, root);
        Assert.Contains("another root", _cluster.Verdict(Take(forged, key)), StringComparison.Ordinal);
        Assert.Contains("signature of its grant", _cluster.Verdict(Take(forged with { IssuerKey = grant.IssuerKey }, key)), StringComparison.Ordinal);
    }

    // Whoever makes up a chain has no signature of the root: looked at from the other end, each of its own would have to be checked first.
    [Fact]
    public void A_chain_is_checked_from_the_root_down()
    {
        var (grant, key) = _cluster.Grant("admin", null);
        using var root = Samples.NewKey();
        var top = _cluster.Admit("top", "admin", null);
        var forged = top.Membership with { Grant = top.Membership.Grant with { Signature = Memberships.SignGrant(_cluster.Id, key.ExportSubjectPublicKeyInfo(), "admin", 0, 0, default, root).Signature } };
        _cluster.Known[forged.Node] = forged;
        var leaf = _cluster.Admit("leaf", "editor", top).Membership;
        Assert.Contains("signature of its grant", _cluster.Verdict(leaf with { OwnSignature = leaf.Signature }), StringComparison.Ordinal);
    }

    // The forger names an admin, but signs with a key of its own.
    [Fact]
    public void A_forged_admin_does_not_count()
    {
        var founder = _cluster.Founder.Membership;
        using var own = Samples.NewKey();
        using var key = Samples.NewKey();
        var forged = Memberships.SignGrant(_cluster.Id, key.ExportSubjectPublicKeyInfo(), "admin", 0, 0, founder.Node, own);
        Assert.Contains("another key", _cluster.Verdict(Take(forged, key)), StringComparison.Ordinal);
        Assert.Contains("signature of its grant", _cluster.Verdict(Take(forged with { IssuerKey = founder.PublicKey }, key)), StringComparison.Ordinal);
    }

    // The lookup holds what peers sent: an issuer in it is verified like everyone else.
    [Fact]
    public void A_forged_link_in_the_chain_does_not_count()
    {
        var mallory = new Cluster();
        var (grant, key) = _cluster.Grant("reader", _cluster.Founder);
        var reader = new Cluster.Member(Take(grant, key, out var nodeKey), nodeKey, _cluster.Founder.Agreement);
        var promoted = reader.Membership with { Grant = reader.Membership.Grant with { Role = "admin" } };
        _cluster.Known[promoted.Node] = promoted;
        Assert.Contains("signature of its grant", _cluster.Verdict(_cluster.Admit("x", "editor", reader).Membership), StringComparison.Ordinal);
        _cluster.Known[mallory.Founder.Membership.Node] = mallory.Founder.Membership;
        Assert.Contains("another cluster", _cluster.Verdict(_cluster.Admit("y", "editor", mallory.Founder).Membership), StringComparison.Ordinal);
    }

    [Fact]
    public void No_signed_field_can_be_changed()
    {
        var member = _cluster.Admit("honest", "reader", _cluster.Founder).Membership;
        var other = _cluster.Admit("other", "admin", _cluster.Founder).Membership;
        var grant = member.Grant;
        foreach (var forged in new[]
        {
            member with { Name = other.Name },
            member with { Name = "" },
            member with { Node = other.Node },
            member with { PublicKey = other.PublicKey },
            member with { Node = other.Node, PublicKey = other.PublicKey },
            member with { AgreementKey = other.AgreementKey },
            member with { Grant = other.Grant },
            member with { Signature = other.Signature },
            member with { Grant = grant with { Role = "admin" } },
            member with { Grant = grant with { Role = "emperor" } },
            member with { Grant = grant with { ExpiresMs = 1 } },
            member with { Grant = grant with { Uses = 99 } },
            member with { Grant = grant with { GrantKey = other.Grant.GrantKey } },
            member with { Grant = grant with { Issuer = other.Node } },
            member with { Grant = grant with { Issuer = default } },
            member with { Grant = grant with { Signature = new byte[64] } },
        })
            Assert.NotEqual("", _cluster.Verdict(forged));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("../../x")]
    [InlineData("a\\b")]
    [InlineData("a\u001B[2Jb")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    public void Names_that_would_harm_file_names_or_consoles_are_refused(string name)
    {
        var (grant, key) = _cluster.Grant("reader", _cluster.Founder);
        Assert.Throws<ArgumentException>(() => Memberships.SignMembership(grant, name, key, default, key));
        Assert.NotEqual("", _cluster.Verdict(_cluster.Founder.Membership with { Name = name }));
    }

    [Fact]
    public void Another_admin_cannot_put_its_own_conditions_under_a_membership()
    {
        var (good, mallory) = (_cluster.Admit("good", "admin", _cluster.Founder), _cluster.Admit("mallory", "admin", _cluster.Founder));
        var node = _cluster.Admit("node", "editor", good).Membership;
        var grant = Memberships.SignGrant(_cluster.Id, node.Grant.GrantKey, "reader", 0, 0, mallory.Membership.Node, mallory.Key);
        Assert.NotEqual(node.Grant.Id, grant.Id);
        Assert.NotEqual("", _cluster.Verdict(node with { Grant = grant }));
        foreach (var other in (Grant[])[node.Grant with { Role = "reader" }, node.Grant with { Uses = 7 }, node.Grant with { ExpiresMs = 7 }, node.Grant with { Issuer = default }, node.Grant with { IssuerKey = grant.IssuerKey }])
            Assert.NotEqual(node.Grant.Id, other.Id);
    }

    [Fact]
    public void Only_the_node_itself_says_what_it_is_called()
    {
        var (grant, key) = _cluster.Grant("editor", _cluster.Founder);
        using var node = Samples.NewKey();
        using var holder = Samples.NewKey();
        var member = Memberships.SignMembership(grant, "node", node, node.ExportSubjectPublicKeyInfo(), key);
        var other = Memberships.SignMembership(grant, "other", holder, node.ExportSubjectPublicKeyInfo(), key);
        Assert.Equal("", _cluster.Verdict(member));
        // Who holds the token signs a name for the node's key, and has nothing but its own key to sign with beside it.
        Assert.Contains("the node that it is about", _cluster.Verdict(member with { Name = "other", Signature = Signed(member with { Name = "other" }, key), OwnSignature = other.OwnSignature }), StringComparison.Ordinal);
    }

    private static byte[] Signed(Membership member, ECDsa key) => RecordSigner.SignBytes(Memberships.Signed(member), key);

    [Fact]
    public void A_circle_of_admins_ends()
    {
        using var a = Samples.NewKey();
        using var b = Samples.NewKey();
        var first = Made(a, b);
        var second = Made(b, a);
        _cluster.Known[first.Node] = first;
        _cluster.Known[second.Node] = second;
        Assert.Contains("circle", _cluster.Verdict(first), StringComparison.Ordinal);
    }

    [Fact]
    public void A_chain_without_end_ends()
    {
        var last = _cluster.Founder;
        for (var i = 0; i < Memberships.MaxDepth - 1; i++) last = _cluster.Admit($"admin{i}", "admin", last);
        Assert.Equal("", _cluster.Verdict(last.Membership));
        Assert.Contains("too long", _cluster.Verdict(_cluster.Admit("one more", "reader", last).Membership), StringComparison.Ordinal);
    }

    [Fact]
    public void A_sponsor_refuses_what_expired_or_was_used()
    {
        var (grant, _) = _cluster.Grant("reader", _cluster.Founder, expiresMs: 1000, uses: 2);
        Assert.Null(Memberships.Refusal(grant, 1000, 1));
        Assert.Equal("InvitationExpired", Memberships.Refusal(grant, 1001, 0));
        Assert.Equal("InvitationUsed", Memberships.Refusal(grant, 1000, 2));
        Assert.Null(Memberships.Refusal(_cluster.Grant("reader", _cluster.Founder).Grant, long.MaxValue, int.MaxValue));
    }

    private Membership Made(ECDsa node, ECDsa issuer)
    {
        var key = Samples.NewKey();
        var issuerId = KeyNames.NodeIdOf(issuer.ExportSubjectPublicKeyInfo());
        var grant = Memberships.SignGrant(_cluster.Id, key.ExportSubjectPublicKeyInfo(), "admin", 0, 0, issuerId, issuer);
        return Memberships.SignMembership(grant, "x", node, node.ExportSubjectPublicKeyInfo(), key);
    }

    private static Membership Take(Grant grant, ECDsa grantKey) => Take(grant, grantKey, out _);

    private static Membership Take(Grant grant, ECDsa grantKey, out ECDsa nodeKey)
    {
        nodeKey = Samples.NewKey();
        return Memberships.SignMembership(grant, "mallory", nodeKey, nodeKey.ExportSubjectPublicKeyInfo(), grantKey);
    }

    [Fact]
    public void Another_key_takes_a_members_place_by_the_signatures_of_both()
    {
        var (member, key, agreement) = _cluster.Admit("laptop", "editor", _cluster.Founder);
        using var nextKey = Samples.NewKey();
        using var other = Samples.NewKey();
        var next = Memberships.SignSuccessor(member, key, nextKey, agreement.ExportSubjectPublicKeyInfo());
        Assert.Equal(("", "laptop", "editor", 1), (_cluster.Verdict(next), next.Name, next.Role, next.Renewals));
        Assert.Contains("signature is wrong", _cluster.Verdict(next with { Signature = Memberships.SignSuccessor(member, other, nextKey, next.AgreementKey).Signature }), StringComparison.Ordinal);
        Assert.Contains("not signed by the node", _cluster.Verdict(next with { OwnSignature = next.Signature }), StringComparison.Ordinal);
        Assert.Contains("signature is wrong", _cluster.Verdict(next with { Name = "other" }), StringComparison.Ordinal);
        Assert.NotEqual("", _cluster.Verdict(next with { Before = null }));
        Assert.NotEqual("", _cluster.Verdict(member with { Before = next }));
        var admin = _cluster.Admit("admin", "admin", _cluster.Founder).Membership;
        Assert.Contains("does not fit", _cluster.Verdict(next with { Grant = admin.Grant }), StringComparison.Ordinal);
        Assert.NotEqual("", _cluster.Verdict(next with { Grant = admin.Grant, Before = admin }));
        Assert.Contains("signature is wrong", _cluster.Verdict(next with { Before = member with { Signature = next.Signature } }), StringComparison.Ordinal);
    }

    [Fact]
    public void An_admins_new_key_invites_and_keys_are_renewed_only_so_often()
    {
        var admin = _cluster.Admit("second", Memberships.Admin, _cluster.Founder);
        for (var time = 1; time <= Memberships.MaxRenewals + 1; time++)
        {
            var key = Samples.NewKey();
            var next = Memberships.SignSuccessor(admin.Membership, admin.Key, key, admin.Membership.AgreementKey);
            if (time > Memberships.MaxRenewals)
            {
                Assert.Contains("more than 16 times", _cluster.Verdict(next), StringComparison.Ordinal);
                break;
            }
            Assert.Equal("", _cluster.Verdict(next));
            admin = admin with { Membership = next, Key = key };
            _cluster.Known[next.Node] = next;
        }
        Assert.Equal("", _cluster.Verdict(_cluster.Admit("third", "editor", admin).Membership));
        var bytes = RecordCodec.EncodeStatements([new Admission(admin.Membership)]);
        var read = ((Admission)RecordCodec.DecodeStatements(bytes).Single()).Membership;
        Assert.Equal((admin.Membership.Node, Memberships.MaxRenewals, ""), (read.Node, read.Renewals, _cluster.Verdict(read)));
        Assert.InRange(bytes.Length, 1, 8 * 1024);
        Assert.Equal(bytes, RecordCodec.EncodeStatements([new Admission(read)]));
    }
}
