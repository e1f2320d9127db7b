using System.Security.Cryptography;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;

namespace VfsSync.Engine.Running;

/// <summary>
/// How chunks go out: what a vault keeps comes with the word of whoever vouched for it, and goes so to everyone; a node that can open chunks gives its own word to a vault.
/// </summary>
/// <param name="cluster">The cluster.</param>
/// <param name="node">This node.</param>
/// <param name="key">Its key.</param>
/// <param name="isVault">Whether it keeps chunks as a vault does.</param>
internal sealed class OutgoingChunks(ClusterId cluster, NodeId node, ECDsa key, bool isVault)
{
    // Of its own: the platform's key objects promise nothing to several threads.
    private readonly Lazy<ECDsa> _key = new(() =>
    {
        var own = ECDsa.Create();
        own.ImportPkcs8PrivateKey(key.ExportPkcs8PrivateKey(), out _);
        return own;
    });

    /// <summary>What lies in the store of a chunk, as it travels; null if it is damaged.</summary>
    public SealedChunk? Kept(ChunkId id, ReadOnlyMemory<byte> bytes) => isVault ? VouchedChunk.Unpack(id, bytes) : new SealedChunk(id, bytes);

    /// <summary>For a vault.</summary>
    public SealedChunk Vouched(SealedChunk chunk)
    {
        if (chunk.By is not null) return chunk;
        lock (_key) return ChunkSigner.Sign(chunk, cluster, node, _key.Value);
    }
}
