using VfsSync.Core.Session;
using System.Collections.Immutable;
using System.Security.Cryptography;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Rules;
using VfsSync.Core.Wire;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Running;

/// <summary>Founding a cluster, and what a node keeps of its own place in one.</summary>
internal static class Cluster
{
    /// <summary>Makes a root key, which admits this node as the first admin, and a cluster key.</summary>
    public static void Found(NodeHome home, string name)
    {
        using var root = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var grantKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var cluster = KeyNames.ClusterIdOf(root.ExportSubjectPublicKeyInfo());
        var grant = Memberships.SignGrant(cluster, grantKey.ExportSubjectPublicKeyInfo(), Memberships.Admin, 0, 1, default, root);
        var member = Memberships.SignMembership(grant, name, home.Identity.SigningKey, home.Identity.AgreementPublicKey, grantKey);
        home.SaveRootKey(root.ExportPkcs8PrivateKey());
        home.SaveCluster(new ClusterSettings(cluster, name, RandomNumberGenerator.GetBytes(32), Encode(member, []), null));
    }

    /// <summary>A membership and the chain above it, as one value.</summary>
    public static byte[] Encode(Membership member, IEnumerable<Membership> chain) =>
        RecordCodec.EncodeStatements([new Admission(member), .. chain.Select(m => new Admission(m))]);

    /// <summary>The memberships that lead from a member's issuer to the root, as far as they are known.</summary>
    public static IEnumerable<Membership> ChainOf(Membership member, ImmutableArray<Membership> known, MemberTable members)
    {
        for (var (at, depth) = (member, 0); at.Grant.Issuer != default && depth < Memberships.MaxDepth; depth++)
        {
            var issuer = at.Grant.Issuer;
            if ((members.AsAdmin(issuer) ?? known.FirstOrDefault(m => m.Node == issuer)) is not { } above) yield break;
            yield return at = above;
        }
    }

    public static (Membership Member, ImmutableArray<Membership> Chain) Decode(byte[] bytes)
    {
        var all = RecordCodec.DecodeStatements(bytes).OfType<Admission>().Select(a => a.Membership).ToList();
        return (all[0], [.. all.Skip(1)]);
    }

    /// <summary>The versions of the policy that a log knows.</summary>
    public static IReadOnlyList<PolicyVersion> PoliciesOf(IFolderStore store, KeyRing? keys) =>
        [.. store.ClearRecords().Where(r => RecordCodec.DecodeHeader(r.Header).Policy is not null).Select(r => PolicyVersion.Of(Opened(r, keys))).OfType<PolicyVersion>()];

    /// <summary>The shares of seal keys that a log knows, in order of arrival.</summary>
    public static IReadOnlyList<(SealKeyShare Share, RecordHeader Record)> SharesOf(IFolderStore store) =>
        [.. store.ClearRecords().Select(r => Opened(r, null)).SelectMany(r => r.Statements.OfType<SealKeyShare>().Select(s => (s, r.Header)))];

    /// <summary>
    /// Puts on the ring what the policy's own records are sealed with and only the log has: a key that could not be kept in `.vfs/seal.keys` when it came.
    /// </summary>
    /// <returns>Whether there was such a key.</returns>
    public static bool RestoreKeys(IFolderStore store, KeyRing ring, ClusterId cluster, NodeIdentity self)
    {
        var missing = store.ClearRecords().Select(r => RecordCodec.DecodeHeader(r.Header)).Where(h => h.Policy is not null && !ring.Has(h.KeyId)).Select(h => h.KeyId).ToHashSet();
        if (missing.Count == 0) return false;
        var keys = SharesOf(store).Where(s => missing.Contains(s.Share.KeyId)).Select(s => KeyWrap.Unwrap(s.Share, cluster, self.Id, self.AgreementKey)).OfType<byte[]>().ToList();
        foreach (var key in keys) ring.Add(key);
        return keys.Count > 0;
    }

    // As when it was received: what cannot be read is in the log all the same.
    internal static ChangeRecord Opened(SignedRecord record, KeyRing? keys)
    {
        try
        {
            return RecordCodec.Open(record, keys);
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return new ChangeRecord(RecordCodec.IdOf(record), RecordCodec.DecodeHeader(record.Header), [], []);
        }
    }

    /// <summary>The members that a log knows.</summary>
    public static MemberTable MembersOf(IFolderStore store, ClusterId cluster, Membership self, ImmutableArray<Membership> chain)
    {
        var log = LogOf(store);
        var (records, taken) = (log().ToList(), 0);
        // As when they came: what is read again goes no further than what is known.
        var members = new MemberTable(cluster) { Log = () => records.Take(taken) };
        foreach (var member in chain.Reverse()) members.TryAdd(member, chain, out _);
        members.TryAdd(self, chain, out _);
        for (; taken < records.Count; taken++) members.Take(records[taken]);
        members.Log = log;
        return members;
    }

    private static Func<IEnumerable<ChangeRecord>> LogOf(IFolderStore store) => () => store.ClearRecords().Select(r => Opened(r, null));
}
