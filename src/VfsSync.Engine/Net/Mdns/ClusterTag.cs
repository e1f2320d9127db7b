using System.Security.Cryptography;
using System.Text;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;

namespace VfsSync.Engine.Net.Mdns;

/// <summary>
/// What a node says of itself to the network it is in: protocol version, node id, and a word by which those who know the cluster's id see that it belongs there. To everyone else
/// the words of two nodes of a cluster have nothing in common, and lead to no id.
/// </summary>
internal static class ClusterTag
{
    private const string Version = "1", VersionKey = "v", NodeKey = "id", TagKey = "tag";
    private const int Length = 16;

    public static TxtData TextOf(ClusterId cluster, NodeId node) => TxtData.Of([$"{VersionKey}={Version}", $"{NodeKey}={node}", $"{TagKey}={TagOf(cluster, node)}"]);

    /// <summary>The node that a service is, if it says that it belongs to the cluster.</summary>
    public static NodeId? NodeOf(TxtData text, ClusterId cluster)
    {
        if (text.Value(VersionKey) != Version || text.Value(NodeKey) is not { Length: 2 * Hash256.Length } id || text.Value(TagKey) is not { } tag) return null;
        if (!id.All(char.IsAsciiHexDigit)) return null;
        var node = new NodeId(new Hash256(Convert.FromHexString(id)));
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(tag), Encoding.ASCII.GetBytes(TagOf(cluster, node))) ? node : null;
    }

    private static string TagOf(ClusterId cluster, NodeId node)
    {
        Span<byte> key = stackalloc byte[Hash256.Length], text = stackalloc byte["vfs/1 here"u8.Length + Hash256.Length], tag = stackalloc byte[Hash256.Length];
        cluster.Hash.CopyTo(key);
        "vfs/1 here"u8.CopyTo(text);
        node.Hash.CopyTo(text["vfs/1 here"u8.Length..]);
        HMACSHA256.HashData(key, text, tag);
        return Convert.ToHexStringLower(tag[..Length]);
    }
}
