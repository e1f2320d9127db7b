using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;
using VfsSync.Core.Content;
using VfsSync.Core.History;

namespace VfsSync.Core.Crypto;

/// <summary>
/// The keys of one cluster: names chunks, seals and opens chunks and bodies. For all threads.
/// Rotation adds a seal key for what comes later; the id key stays. None is ever forgotten.
/// Nonces come from the caller and must be random, never derived and never used twice.
/// </summary>
internal sealed class KeyRing
{
    public const long FirstKeyId = SealKeyIds.First;

    private const int BodyPrefix = 1;

    private readonly byte[] _idKey;
    private readonly byte[] _gearKey;
    private ImmutableDictionary<long, byte[]> _sealKeys;
    private long _current = FirstKeyId;

    private KeyRing(byte[] idKey, byte[] gearKey, ImmutableDictionary<long, byte[]> sealKeys)
    {
        _idKey = idKey;
        _gearKey = gearKey;
        _sealKeys = sealKeys;
    }

    /// <summary>The seal key for what is sealed from now on.</summary>
    public long CurrentKeyId => Volatile.Read(ref _current);

    /// <summary>The ids of all seal keys.</summary>
    public IEnumerable<long> Ids => _sealKeys.Keys;

    /// <summary>For <see cref="Chunker"/>.</summary>
    public ReadOnlySpan<byte> GearKey => _gearKey;

    public static KeyRing From(ReadOnlySpan<byte> clusterKey) =>
        new(
            ClusterKey.IdKey(clusterKey),
            ClusterKey.GearKey(clusterKey),
            ImmutableDictionary<long, byte[]>.Empty.Add(FirstKeyId, ClusterKey.FirstSealKey(clusterKey)));

    /// <summary>Puts a later seal key on the ring; it is used only when <see cref="Use"/> says so.</summary>
    /// <returns>Its id.</returns>
    public long Add(ReadOnlySpan<byte> sealKey)
    {
        var (id, key) = (SealKeyIds.Of(sealKey), sealKey.ToArray());
        ImmutableInterlocked.Update(ref _sealKeys, keys => keys.ContainsKey(id) ? keys : keys.Add(id, key));
        return id;
    }

    /// <summary>From now on this one seals.</summary>
    public void Use(long keyId) => Volatile.Write(ref _current, Has(keyId) ? keyId : throw new ArgumentException($"This node does not have seal key {keyId}.", nameof(keyId)));

    /// <summary>A seal key itself: to keep it, or to give it to a member.</summary>
    public ReadOnlySpan<byte> Secret(long keyId) => SealKey(keyId);

    /// <summary>All later seal keys but one, sealed with that, which need not be on the ring: as a body.</summary>
    public byte[] SealOlder(ReadOnlySpan<byte> sealKey, ReadOnlySpan<byte> nonce)
    {
        Span<byte> key = stackalloc byte[Sealer.KeyLength];
        var keyId = SealKeyIds.Of(sealKey);
        HMACSHA256.HashData(sealKey, "vfs/1 older keys"u8, key);
        byte[] older = [.. _sealKeys.Where(k => k.Key != keyId && k.Key != FirstKeyId).OrderBy(k => k.Key).Take(SealKeyShare.MaxOlder).SelectMany(k => k.Value)];
        return Sealer.Seal(key, keyId, older, nonce, BodyPrefix, tryCompress: false);
    }

    /// <summary>Puts the keys of <see cref="SealOlder"/> on the ring.</summary>
    /// <returns>Their ids.</returns>
    /// <exception cref="CryptographicException">Tampered with, or sealed with another key.</exception>
    /// <exception cref="FormatException">Not sealed keys.</exception>
    public IReadOnlyList<long> OpenOlder(long keyId, ReadOnlySpan<byte> older)
    {
        Span<byte> key = stackalloc byte[Sealer.KeyLength];
        HMACSHA256.HashData(SealKey(keyId), "vfs/1 older keys"u8, key);
        var plain = Sealer.Open(key, keyId, older, BodyPrefix, SealKeyShare.MaxOlder * Sealer.KeyLength);
        return plain.Length % Sealer.KeyLength == 0 ? [.. plain.Chunk(Sealer.KeyLength).Select(k => Add(k))] : throw new FormatException("Older seal keys are cut off.");
    }

    public bool Has(long keyId) => _sealKeys.ContainsKey(keyId);

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
        var keyId = CurrentKeyId;
        DeriveChunkKey(keyId, id, key);
        var bytes = Sealer.Seal(key, keyId, plain, nonce, PrefixOf(keyId), tryCompress);
        SealKeyIds.Write(bytes.AsSpan(1), keyId);
        return bytes;
    }

    /// <summary>As the other, into an array of the shared pool, for whoever uses it last to give back.</summary>
    public SealedChunk SealRented(ChunkId id, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> nonce, bool tryCompress)
    {
        if (plain.Length > Chunker.Max) throw new ArgumentException($"A chunk has at most {Chunker.Max} bytes, this has {plain.Length}.", nameof(plain));
        Span<byte> key = stackalloc byte[Sealer.KeyLength];
        var keyId = CurrentKeyId;
        DeriveChunkKey(keyId, id, key);
        var bytes = Sealer.Seal(key, keyId, plain, nonce, PrefixOf(keyId), tryCompress, rent: true);
        SealKeyIds.Write(bytes.AsSpan(1), keyId);
        return new SealedChunk(id, bytes, bytes.Array);
    }

    /// <summary>Names and seals.</summary>
    public SealedChunk Seal(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> nonce, bool tryCompress)
    {
        var id = IdOf(plain);
        return new SealedChunk(id, Seal(id, plain, nonce, tryCompress));
    }

    /// <summary>The seal key that a chunk is sealed with, where that is not on the ring; null if it is, or the bytes are no chunk.</summary>
    public long? Missing(SealedChunk chunk)
    {
        try
        {
            return KeyIdOf(chunk.Bytes.Span) is > FirstKeyId and var keyId && !Has(keyId) ? keyId : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Whether a chunk can be opened and is what its id names.</summary>
    public bool Verifies(SealedChunk chunk)
    {
        var plain = ArrayPool<byte>.Shared.Rent(Chunker.Max);
        try
        {
            Open(chunk, plain);
            return true;
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(plain);
        }
    }

    /// <summary>The plain bytes, verified to be those that the id names.</summary>
    /// <exception cref="CryptographicException">Tampered with, not what the id names, or sealed with a key that is not on this ring.</exception>
    /// <exception cref="FormatException">Not a sealed chunk.</exception>
    public byte[] Open(SealedChunk chunk)
    {
        var bytes = chunk.Bytes.Span;
        var keyId = KeyIdOf(bytes);
        Span<byte> key = stackalloc byte[Sealer.KeyLength];
        DeriveChunkKey(keyId, chunk.Id, key);
        var plain = Sealer.Open(key, keyId, bytes, PrefixOf(keyId), Chunker.Max);
        return IdOf(plain) == chunk.Id ? plain : throw new CryptographicException($"A chunk does not hold what its id {chunk.Id.Hash.Short()} names.");
    }

    /// <summary>As <see cref="Open(SealedChunk)"/>, into a buffer of at least <see cref="Chunker.Max"/> bytes; what is in it when this throws is of no use.</summary>
    /// <returns>The length of the plain bytes.</returns>
    public int Open(SealedChunk chunk, Span<byte> plain)
    {
        var bytes = chunk.Bytes.Span;
        var keyId = KeyIdOf(bytes);
        Span<byte> key = stackalloc byte[Sealer.KeyLength];
        DeriveChunkKey(keyId, chunk.Id, key);
        var length = Sealer.Open(key, keyId, bytes, PrefixOf(keyId), plain[..Chunker.Max]);
        return IdOf(plain[..length]) == chunk.Id ? length : throw new CryptographicException($"A chunk does not hold what its id {chunk.Id.Hash.Short()} names.");
    }

    /// <summary>
    /// A record's body under the current key, compressed when that helps: [codec][nonce][ciphertext][tag]; the record's header tells the key.
    /// </summary>
    public byte[] SealBody(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> nonce)
    {
        if (plain.Length > SignedRecord.MaxBytes) throw new ArgumentException($"A body of {plain.Length} bytes is too long.", nameof(plain));
        Span<byte> key = stackalloc byte[Sealer.KeyLength];
        var keyId = CurrentKeyId;
        HMACSHA256.HashData(SealKey(keyId), "vfs/1 body"u8, key);
        return Sealer.Seal(key, keyId, plain, nonce, BodyPrefix, tryCompress: true);
    }

    /// <exception cref="CryptographicException">Tampered with, or sealed with a key that is not on this ring.</exception>
    /// <exception cref="FormatException">Not a sealed body.</exception>
    public byte[] OpenBody(long keyId, ReadOnlySpan<byte> body)
    {
        Span<byte> key = stackalloc byte[Sealer.KeyLength];
        HMACSHA256.HashData(SealKey(keyId), "vfs/1 body"u8, key);
        return Sealer.Open(key, keyId, body, BodyPrefix, SignedRecord.MaxBytes);
    }

    private void DeriveChunkKey(long keyId, ChunkId id, Span<byte> key)
    {
        Span<byte> label = stackalloc byte[11 + Hash256.Length];
        "vfs/1 chunk"u8.CopyTo(label);
        id.Hash.CopyTo(label[11..]);
        HMACSHA256.HashData(SealKey(keyId), label, key);
    }

    private static int PrefixOf(long keyId) => 1 + SealKeyIds.LengthOf(keyId);

    private static long KeyIdOf(ReadOnlySpan<byte> chunk) => chunk.IsEmpty ? throw new FormatException("A sealed chunk is cut off.") : SealKeyIds.Read(chunk[1..]);

    private byte[] SealKey(long keyId) =>
        _sealKeys.TryGetValue(keyId, out var key) ? key : throw new CryptographicException($"This node does not have seal key {keyId}.");
}
