using System.Security.Cryptography;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Crypto;

/// <summary>
/// Vouches for sealed chunks to those who cannot open them. The word is kept with the chunk and goes wherever that goes, so that a member to whom a vault gives garbage can tell who made it.
/// </summary>
internal static class ChunkSigner
{
    public static SealedChunk Sign(SealedChunk chunk, ClusterId cluster, NodeId signer, ECDsa key) =>
        chunk with { By = new ChunkWord(signer.Hash, RecordSigner.SignBytes(Signed(cluster, chunk.Id, HashOf(chunk)), key)) };

    public static Hash256 HashOf(SealedChunk chunk) => new(SHA256.HashData(chunk.Bytes.Span));

    /// <summary>What is signed (ChunkSigned in docs/vfs.proto).</summary>
    public static byte[] Signed(ClusterId cluster, ChunkId id, Hash256 sealedHash)
    {
        var w = new ProtoWriter(stackalloc byte[160]);
        w.Text(1, "vfs/1 vouched chunk");
        w.Hash(2, cluster.Hash);
        w.Hash(3, id.Hash);
        w.Hash(4, sealedHash);
        return w.ToArrayAndDispose();
    }
}

/// <summary>Who vouched for sealed bytes that turned out to be garbage.</summary>
/// <param name="By">Whose word it was.</param>
/// <param name="SealedHash">SHA-256 of the sealed bytes.</param>
internal sealed record ChunkProof(ChunkWord By, Hash256 SealedHash);
