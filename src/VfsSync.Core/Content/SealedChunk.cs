namespace VfsSync.Core.Content;

/// <summary>
/// A chunk as it travels and lies in a store:
/// [1 byte codec: 0 plain, 1 zstd][4 bytes id of the seal key, little-endian][12 bytes nonce][ciphertext][16 bytes tag].
/// The first five bytes are authenticated with the rest.
/// </summary>
internal readonly record struct SealedChunk(ChunkId Id, ReadOnlyMemory<byte> Bytes);
