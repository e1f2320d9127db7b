using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using VfsSync.Core.History;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Crypto;

/// <summary>Who belongs to a cluster, told from signatures alone, back to the root key that names it.</summary>
internal static class Memberships
{
    public const string Admin = "admin";

    /// <summary>The longest way from a member to the root.</summary>
    public const int MaxDepth = 32;

    /// <summary>How often a node may renew its key; then it joins anew.</summary>
    public const int MaxRenewals = 16;

    /// <summary>Longest name of a node, bytes of UTF-8.</summary>
    public const int MaxName = 64;

    public static FrozenSet<string> Roles { get; } = FrozenSet.Create(StringComparer.Ordinal, Admin, "editor", "writer", "reader", "vault");

    /// <summary>Signs a grant with an admin's node key, or with the root key and the zero id.</summary>
    public static Grant SignGrant(ClusterId cluster, ReadOnlyMemory<byte> grantKey, string role, long expiresMs, int uses, NodeId issuer, ECDsa issuerKey)
    {
        if (!Roles.Contains(role)) throw new ArgumentException($"There is no role '{role}'.", nameof(role));
        var grant = new Grant(cluster, grantKey, role, expiresMs, uses, issuer, issuerKey.ExportSubjectPublicKeyInfo(), default);
        return grant with { Signature = RecordSigner.SignBytes(Signed(grant), issuerKey) };
    }

    /// <summary>Takes a grant up: the holder of its secret half, and the node itself, sign who the node is.</summary>
    public static Membership SignMembership(Grant grant, string name, ECDsa nodeKey, ReadOnlyMemory<byte> agreementKey, ECDsa grantKey)
    {
        if (NameObjection(name) is { } reason) throw new ArgumentException(reason, nameof(name));
        var publicKey = nodeKey.ExportSubjectPublicKeyInfo();
        var member = new Membership(KeyNames.NodeIdOf(publicKey), name, publicKey, agreementKey, grant, default, default);
        var signed = Signed(member);
        return member with { Signature = RecordSigner.SignBytes(signed, grantKey), OwnSignature = RecordSigner.SignBytes(signed, nodeKey) };
    }

    /// <summary>Gives a node's place to another key: both keys sign it.</summary>
    /// <param name="before">The node's membership.</param>
    /// <param name="nodeKey">Its key.</param>
    /// <param name="nextKey">The key that takes its place.</param>
    /// <param name="agreementKey">The agreement key beside that.</param>
    public static Membership SignSuccessor(Membership before, ECDsa nodeKey, ECDsa nextKey, ReadOnlyMemory<byte> agreementKey)
    {
        var publicKey = nextKey.ExportSubjectPublicKeyInfo();
        var member = new Membership(KeyNames.NodeIdOf(publicKey), before.Name, publicKey, agreementKey, before.Grant, default, default, before);
        var signed = Signed(member);
        return member with { Signature = RecordSigner.SignBytes(signed, nodeKey), OwnSignature = RecordSigner.SignBytes(signed, nextKey) };
    }

    /// <summary>
    /// Whether a membership leads back to the root of <paramref name="cluster"/>; if not, <paramref name="reason"/> says why. Expiry and uses are not asked.
    /// </summary>
    /// <param name="member">Whose.</param>
    /// <param name="cluster">The cluster it must be of.</param>
    /// <param name="chain">The membership of an issuer, if it is known; it need not be verified.</param>
    /// <param name="reason">Empty, or a sentence.</param>
    public static bool Verify(Membership member, ClusterId cluster, Func<NodeId, Membership?> chain, out string reason)
    {
        var way = new List<Membership>();
        for (var next = member; ; )
        {
            reason = Misfit(next, cluster) ?? "";
            if (way.Exists(m => m.Node == next.Node) || way.Count == MaxDepth) reason = "its chain of admins goes in a circle or is too long";
            way.Add(next);
            if (reason.Length > 0 || next.Grant.Issuer.Hash.IsZero) break;
            if (chain(next.Grant.Issuer) is not { } issuer || issuer.Node != next.Grant.Issuer) reason = "the admin that invited it is not known";
            else if (issuer.Role != Admin) reason = $"{issuer.Name}, which invited it, is no admin";
            else
            {
                next = issuer;
                continue;
            }
            break;
        }
        // From the root down: a stranger that makes up a long chain has no signature of the root, and costs one look at one.
        for (var i = way.Count - 1; i >= 0 && reason.Length == 0; i--) reason = Unsigned(way[i]) ?? "";
        return reason.Length == 0;
    }

    /// <summary>Why a sponsor does not take a grant now: InvitationExpired or InvitationUsed; null if it does.</summary>
    public static string? Refusal(Grant grant, long nowMs, int usesSoFar)
    {
        if (grant.ExpiresMs != 0 && nowMs > grant.ExpiresMs) return "InvitationExpired";
        return grant.Uses != 0 && usesSoFar >= grant.Uses ? "InvitationUsed" : null;
    }

    /// <summary>Why a node cannot have this name; null if it can. Names become parts of file names, in conflict copies.</summary>
    public static string? NameObjection(string name)
    {
        if (string.IsNullOrWhiteSpace(name)) return "it has no name";
        if (Encoding.UTF8.GetByteCount(name) > MaxName) return $"its name is longer than {MaxName} bytes";
        return name.Any(c => char.IsControl(c) || c is '/' or '\\') ? "its name has a slash or a control character in it" : null;
    }

    /// <summary>The name that a new member takes instead of one that could pass for another's id: a policy's line for that one would mean it. Who has such a name keeps it.</summary>
    public static string NewName(string wanted)
    {
        const string Before = "node-";
        return NodeId.IsBeginning(wanted) ? Before + wanted[..Math.Min(wanted.Length, MaxName - Before.Length)] : wanted;
    }

    /// <summary>What is wrong with a membership by itself, whoever invited it; null if nothing is.</summary>
    public static string? Objection(Membership member, ClusterId cluster) => Misfit(member, cluster) ?? Unsigned(member);

    // Told without looking at a signature.
    private static string? Misfit(Membership member, ClusterId cluster)
    {
        var grant = member.Grant;
        if (grant.Cluster != cluster) return "it belongs to another cluster";
        if (!Roles.Contains(grant.Role)) return $"its role '{grant.Role}' is not known here; a newer version may know it";
        if (NameObjection(member.Name) is { } reason) return reason;
        if (KeyNames.NodeIdOf(member.PublicKey.Span) != member.Node) return "its id is not that of its key";
        if (member.Before is { } before)
        {
            if (member.Renewals > MaxRenewals) return $"its key was renewed more than {MaxRenewals} times";
            if (before.Grant.Id != grant.Id || before.Node == member.Node) return "it takes the place of a membership that it does not fit";
            if (Misfit(before, cluster) is { } misfit) return misfit;
        }
        return IssuerFits(grant) ? null : $"its grant was signed by another {(grant.Issuer.Hash.IsZero ? "root" : "key than its admin's")}";
    }

    private static string? Unsigned(Membership member)
    {
        var grant = member.Grant;
        if (member.Before is null && !Signs(grant.IssuerKey, Signed(grant), grant.Signature)) return "the signature of its grant is wrong";
        if (member.Before is { } before && Unsigned(before) is { } unsigned) return unsigned;
        if (!PublicKeys.IsWellFormed(member.PublicKey.Span)) return "its key is not a P-256 key";
        if (!PublicKeys.IsWellFormed(member.AgreementKey.Span)) return "its agreement key is not a P-256 key";
        var signed = Signed(member);
        return !Signs(member.Before?.PublicKey ?? grant.GrantKey, signed, member.Signature) ? "its signature is wrong" : Signs(member.PublicKey, signed, member.OwnSignature) ? null : "it was not signed by the node that it is about";
    }

    private static bool IssuerFits(Grant grant) =>
        grant.Issuer.Hash.IsZero ? KeyNames.ClusterIdOf(grant.IssuerKey.Span) == grant.Cluster : KeyNames.NodeIdOf(grant.IssuerKey.Span) == grant.Issuer;

    private static bool Signs(ReadOnlyMemory<byte> spki, byte[] bytes, ReadOnlyMemory<byte> signature)
    {
        using var key = PublicKeys.Import(spki.Span);
        return key is not null && RecordSigner.VerifyBytes(bytes, signature.Span, key);
    }

    // What is signed starts with what it is, so that no signature can be passed off as one of another kind.
    internal static byte[] Signed(Grant grant)
    {
        var w = new ProtoWriter(stackalloc byte[512]);
        w.Text(1, "vfs/1 grant");
        var mark = w.Begin(2);
        MembershipCodec.WriteSigned(ref w, grant);
        w.End(mark);
        return w.ToArrayAndDispose();
    }

    internal static byte[] Signed(Membership member)
    {
        var w = new ProtoWriter(stackalloc byte[512]);
        w.Text(1, member.Before is null ? "vfs/1 membership" : "vfs/1 succession");
        w.Hash(2, member.Grant.Cluster.Hash);
        w.Bytes(3, member.PublicKey.Span);
        w.Bytes(4, member.AgreementKey.Span);
        w.Text(5, member.Name);
        w.Hash(6, member.Grant.Id);
        if (member.Before is { } before) w.Hash(7, before.Node.Hash);
        return w.ToArrayAndDispose();
    }
}
