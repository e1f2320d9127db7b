using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using VfsSync.Core.Content;
using VfsSync.Core.History;

namespace VfsSync.Core.Crypto;

/// <summary>
/// The keys of one cluster: names chunks, seals and opens chunks and bodies. Immutable, for all threads.
/// Rotation adds a seal key for what comes later; the id key stays.
/// Nonces come from the caller and must be random, never derived and never used twice.
/// </summary>
internal sealed class KeyRing
{
    public const int FirstKeyId = 1;

    private const int Prefix = 1 + sizeof(int);
    private const int BodyPrefix = 1;

    private readonly byte[] _idKey;
    private readonly byte[] _gearKey;
    private readonly ImmutableDictionary<int, byte[]> _sealKeys;

    private KeyRing(byte[] idKey, byte[] gearKey, ImmutableDictionary<int, byte[]> sealKeys)
    {
        _idKey = idKey;
        _gearKey = gearKey;
        _sealKeys = sealKeys;
        CurrentKeyId = sealKeys.Keys.Max();
    }

    /// <summary>The seal key for what is sealed from now on.</summary>
    public int CurrentKeyId { get; }

    /// <summary>For <see cref="Chunker"/>.</summary>
    public ReadOnlySpan<byte> GearKey => _gearKey;

    public static KeyRing From(ReadOnlySpan<byte> clusterKey) =>
        new(
            ClusterKey.IdKey(clusterKey),
            ClusterKey.GearKey(clusterKey),
            ImmutableDictionary<int, byte[]>.Empty.Add(FirstKeyId, ClusterKey.FirstSealKey(clusterKey)));

    /// <summary>This ring with one more seal key; the highest id is the current one.</summary>
    public KeyRing With(int keyId, ReadOnlySpan<byte> sealKey)
    {
        if (keyId <= FirstKeyId) throw new ArgumentException("A later seal key has an id above the first.", nameof(keyId));
        if (sealKey.Length != Sealer.KeyLength) throw new ArgumentException($"A seal key has {Sealer.KeyLength} bytes.", nameof(sealKey));
        return new(_idKey, _gearKey, _sealKeys.SetItem(keyId, sealKey.ToArray()));
    }

    public bool Has(int keyId) => _sealKeys.ContainsKey(keyId);

    public ChunkId IdOf(ReadOnlySpan<byte> plain)
    {
        Span<byte> hash = stackalloc byte[Hash256.Length];
        HMACSHA256.HashData(_idKey, plain, hash);
        return new ChunkId(hash);
    }

    /// <summary>The bytes of a <see cref="SealedChunk"/>.</summary>
    public byte[] Seal(ChunkId id, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> nonce, bool tryCompress)
    {
        if (plain.Length > Chunker.Max) throw new ArgumentException($"A chunk has at most {Chunker.Max} bytes, this has {plain.Length}.", nameof(plain));
        Span<byte> key = stackalloc byte[Sealer.KeyLength];
        DeriveChunkKey(CurrentKeyId, id, key);
        var bytes = Sealer.Seal(key, CurrentKeyId, plain, nonce, Prefix, tryCompress);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(1), CurrentKeyId);
        return bytes;
    }

    /// <summary>As the other, into an array of the shared pool, for whoever uses it last to give back.</summary>
    public SealedChunk SealRented(ChunkId id, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> nonce, bool tryCompress)
    {
        if (plain.Length > Chunker.Max) throw new ArgumentException($"A chunk has at most {Chunker.Max} bytes, this has {plain.Length}.", nameof(plain));
        Span<byte> key = stackalloc byte[Sealer.KeyLength];
        DeriveChunkKey(CurrentKeyId, id, key);
        var bytes = Sealer.Seal(key, CurrentKeyId, plain, nonce, Prefix, tryCompress, rent: true);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(1), CurrentKeyId);
        return new SealedChunk(id, bytes, bytes.Array);
    }

    /// <summary>Names and seals.</summary>
    public SealedChunk Seal(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> nonce, bool tryCompress)
    {
        var id = IdOf(plain);
        return new SealedChunk(id, Seal(id, plain, nonce, tryCompress));
    }

    /// <summary>The plain bytes, verified to be those that the id names.</summary>
    /// <exception cref="CryptographicException">Tampered with, not what the id names, or sealed with a key that is not on this ring.</exception>
    /// <exception cref="FormatException">Not a sealed chunk.</exception>
    public byte[] Open(SealedChunk chunk)
    {
        var bytes = chunk.Bytes.Span;
        if (bytes.Length < Prefix) throw new FormatException("A sealed chunk is cut off.");
        var keyId = BinaryPrimitives.ReadInt32LittleEndian(bytes[1..]);
        Span<byte> key = stackalloc byte[Sealer.KeyLength];
        DeriveChunkKey(keyId, chunk.Id, key);
        var plain = Sealer.Open(key, keyId, bytes, Prefix, Chunker.Max);
        return IdOf(plain) == chunk.Id ? plain : throw new CryptographicException($"A chunk does not hold what its id {chunk.Id.Hash.Short()} names.");
    }

    /// <summary>As <see cref="Open(SealedChunk)"/>, into a buffer of at least <see cref="Chunker.Max"/> bytes; what is in it when this throws is of no use.</summary>
    /// <returns>The length of the plain bytes.</returns>
    public int Open(SealedChunk chunk, Span<byte> plain)
    {
        var bytes = chunk.Bytes.Span;
        if (bytes.Length < Prefix) throw new FormatException("A sealed chunk is cut off.");
        var keyId = BinaryPrimitives.ReadInt32LittleEndian(bytes[1..]);
        Span<byte> key = stackalloc byte[Sealer.KeyLength];
        DeriveChunkKey(keyId, chunk.Id, key);
        var length = Sealer.Open(key, keyId, bytes, Prefix, plain[..Chunker.Max]);
        return IdOf(plain[..length]) == chunk.Id ? length : throw new CryptographicException($"A chunk does not hold what its id {chunk.Id.Hash.Short()} names.");
    }

    /// <summary>
    /// A record's body under the current key, compressed when that helps: [codec][nonce][ciphertext][tag]; the record's header tells the key.
    /// </summary>
    public byte[] SealBody(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> nonce)
    {
        if (plain.Length > SignedRecord.MaxBytes) throw new ArgumentException($"A body of {plain.Length} bytes is too long.", nameof(plain));
        Span<byte> key = stackalloc byte[Sealer.KeyLength];
        HMACSHA256.HashData(SealKey(CurrentKeyId), "vfs/1 body"u8, key);
        return Sealer.Seal(key, CurrentKeyId, plain, nonce, BodyPrefix, tryCompress: true);
    }

    /// <exception cref="CryptographicException">Tampered with, or sealed with a key that is not on this ring.</exception>
    /// <exception cref="FormatException">Not a sealed body.</exception>
    public byte[] OpenBody(int keyId, ReadOnlySpan<byte> body)
    {
        Span<byte> key = stackalloc byte[Sealer.KeyLength];
        HMACSHA256.HashData(SealKey(keyId), "vfs/1 body"u8, key);
        return Sealer.Open(key, keyId, body, BodyPrefix, SignedRecord.MaxBytes);
    }

    private void DeriveChunkKey(int keyId, ChunkId id, Span<byte> key)
    {
        Span<byte> label = stackalloc byte[11 + Hash256.Length];
        "vfs/1 chunk"u8.CopyTo(label);
        id.Hash.CopyTo(label[11..]);
        HMACSHA256.HashData(SealKey(keyId), label, key);
    }

    private byte[] SealKey(int keyId) =>
        _sealKeys.TryGetValue(keyId, out var key) ? key : throw new CryptographicException($"This node does not have seal key {keyId}.");
}
