using System.Collections.Immutable;
using System.Security.Cryptography;
using VfsSync.Core.History;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Crypto;

/// <summary>What the root key signs beside grants: that a node is out.</summary>
internal static class RootWords
{
    public static RootCut SignCut(ClusterId cluster, NodeId node, ImmutableArray<SeenRecord> seen, ECDsa rootKey) =>
        new(node, seen, rootKey.ExportSubjectPublicKeyInfo(), RecordSigner.SignBytes(Signed(cluster, node, seen), rootKey));

    public static bool Verify(RootCut cut, ClusterId cluster)
    {
        if (KeyNames.ClusterIdOf(cut.RootKey.Span) != cluster) return false;
        using var key = PublicKeys.Import(cut.RootKey.Span);
        return key is not null && RecordSigner.VerifyBytes(Signed(cluster, cut.Node, cut.Seen), cut.Signature.Span, key);
    }

    internal static byte[] Signed(ClusterId cluster, NodeId node, ImmutableArray<SeenRecord> seen)
    {
        var w = new ProtoWriter(stackalloc byte[1024]);
        w.Text(1, "vfs/1 root cut");
        w.Hash(2, cluster.Hash);
        w.Hash(3, node.Hash);
        foreach (var one in seen) PolicyWire.WriteSeen(ref w, 4, one);
        return w.ToArrayAndDispose();
    }
}
