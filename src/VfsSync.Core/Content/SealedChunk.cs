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
internal readonly record struct SealedChunk(ChunkId Id, ReadOnlyMemory<byte> Bytes, byte[]? Rented = null)
{
    /// <summary>Gives a pooled array back. To be called once, by whoever uses the bytes last; never by one who passed them on.</summary>
    public void Return()
    {
        if (Rented is not null) ArrayPool<byte>.Shared.Return(Rented);
    }
}
