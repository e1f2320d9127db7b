using System.Buffers;

namespace VfsSync.Core.Content;

/// <summary>
/// A chunk as it travels and lies in a store:
/// [1 byte codec: 0 plain, 1 zstd][4 bytes id of the seal key, little-endian][12 bytes nonce][ciphertext][16 bytes tag].
/// The first five bytes are authenticated with the rest.
/// </summary>
/// <param name="Id">Its name.</param>
/// <param name="Bytes">The sealed bytes.</param>
/// <param name="Rented">The pooled array under the bytes, which the last one to use them may give back; null if they are nobody's to give.</param>
/// <param name="By">Who says that these bytes are that chunk; null between members that can open it.</param>
internal readonly record struct SealedChunk(ChunkId Id, ReadOnlyMemory<byte> Bytes, byte[]? Rented = null, ChunkWord? By = null)
{
    // Beside the bytes: the id and what protobuf needs; the signer, and its signature.
    private const int Frame = 48, Word = 104;

    /// <summary>About as long as it is in a message.</summary>
    public int WireLength => Bytes.Length + Frame + (By is null ? 0 : Word);

    /// <summary>Gives a pooled array back. To be called once, by whoever uses the bytes last; never by one who passed them on.</summary>
    public void Return()
    {
        if (Rented is not null) ArrayPool<byte>.Shared.Return(Rented);
    }
}

/// <summary>A member's word that a chunk, as it is sealed, is what its id names: a vault, which cannot open it, goes by that.</summary>
/// <param name="Signer">The member's node id.</param>
/// <param name="Signature">ECDSA P-256, 64 bytes.</param>
internal sealed record ChunkWord(Hash256 Signer, ReadOnlyMemory<byte> Signature);

/// <summary>What a vault lets lie in its store of a chunk: [32 bytes signer][64 bytes signature][sealed bytes].</summary>
internal static class VouchedChunk
{
    /// <summary>No sealed chunk is longer.</summary>
    public const int MostSealed = Chunker.Max + 64;

    private const int SignatureLength = 64, Prefix = Hash256.Length + SignatureLength;

    /// <summary>As it is kept. The chunk must have somebody's word.</summary>
    public static SealedChunk Pack(SealedChunk chunk)
    {
        var bytes = new byte[Prefix + chunk.Bytes.Length];
        chunk.By!.Signer.CopyTo(bytes);
        chunk.By.Signature.Span.CopyTo(bytes.AsSpan(Hash256.Length));
        chunk.Bytes.Span.CopyTo(bytes.AsSpan(Prefix));
        return new SealedChunk(chunk.Id, bytes);
    }

    /// <summary>As it travels; null where what is kept is no such thing.</summary>
    public static SealedChunk? Unpack(ChunkId id, ReadOnlyMemory<byte> kept) => kept.Length < Prefix
        ? null
        : new SealedChunk(id, kept[Prefix..], null, new ChunkWord(new Hash256(kept.Span[..Hash256.Length]), kept[Hash256.Length..Prefix]));
}
