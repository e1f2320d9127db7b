using System.Buffers;
using System.Security.Cryptography;

namespace VfsSync.Core.Crypto;

/// <summary>
/// AES-256-GCM around bytes that may have been compressed first: [prefix][12 bytes nonce][ciphertext][16 bytes tag].
/// The prefix starts with the codec; it and the id of the seal key are authenticated.
/// </summary>
internal static class Sealer
{
    public const int NonceLength = 12;
    public const int TagLength = 16;
    public const int KeyLength = 32;

    private const byte Plain = 0;
    private const byte Zstd = 1;

    /// <summary>Seals under a key; the prefix's first byte, the codec, is filled in here, and <paramref name="keyId"/> is authenticated beside it.</summary>
    public static byte[] Seal(ReadOnlySpan<byte> key, long keyId, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> nonce, int prefix, bool tryCompress) =>
        Seal(key, keyId, plain, nonce, prefix, tryCompress, rent: false).Array!;

    /// <summary>As the other; <paramref name="rent"/>: into an array of the shared pool.</summary>
    public static ArraySegment<byte> Seal(ReadOnlySpan<byte> key, long keyId, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> nonce, int prefix, bool tryCompress, bool rent)
    {
        if (nonce.Length != NonceLength) throw new ArgumentException($"A nonce has {NonceLength} bytes.", nameof(nonce));
        var squeezed = tryCompress ? Squeezer.Squeeze(plain) : [];
        var codec = squeezed.IsEmpty ? Plain : Zstd;
        var inner = squeezed.IsEmpty ? plain : squeezed;

        var length = prefix + NonceLength + inner.Length + TagLength;
        var array = rent ? ArrayPool<byte>.Shared.Rent(length) : GC.AllocateUninitializedArray<byte>(length);
        var bytes = array.AsSpan(0, length);
        bytes[0] = codec;
        nonce.CopyTo(bytes[prefix..]);
        Span<byte> room = stackalloc byte[1 + SealKeyIds.MostBytes];
        var clear = Clear(room, codec, keyId);
        using var aes = new AesGcm(key, TagLength);
        aes.Encrypt(nonce, inner, bytes.Slice(prefix + NonceLength, inner.Length), bytes[^TagLength..], clear);
        return new ArraySegment<byte>(array, 0, length);
    }

    /// <exception cref="CryptographicException">Another key sealed it, or it was tampered with.</exception>
    /// <exception cref="FormatException">Too short, an unknown codec, or too long when expanded.</exception>
    public static byte[] Open(ReadOnlySpan<byte> key, long keyId, ReadOnlySpan<byte> bytes, int prefix, int maxPlain)
    {
        var length = bytes.Length - prefix - NonceLength - TagLength;
        if (length < 0) throw new FormatException($"Sealed data of {bytes.Length} bytes is cut off.");
        if (length > maxPlain) throw new FormatException($"Sealed data of {bytes.Length} bytes is too long.");
        if (bytes[0] is not (Plain or Zstd)) throw new FormatException($"Sealed data has the unknown codec {bytes[0]}.");

        Span<byte> room = stackalloc byte[1 + SealKeyIds.MostBytes];
        var clear = Clear(room, bytes[0], keyId);
        var inner = GC.AllocateUninitializedArray<byte>(length);
        using var aes = new AesGcm(key, TagLength);
        aes.Decrypt(bytes.Slice(prefix, NonceLength), bytes.Slice(prefix + NonceLength, length), bytes[^TagLength..], inner, clear);
        return bytes[0] == Zstd ? Squeezer.Expand(inner, maxPlain) : inner;
    }

    /// <summary>As the other, into room for the longest plain text; returns its length.</summary>
    public static int Open(ReadOnlySpan<byte> key, long keyId, ReadOnlySpan<byte> bytes, int prefix, Span<byte> plain)
    {
        if (bytes.IsEmpty || bytes[0] != Plain)
        {
            var expanded = Open(key, keyId, bytes, prefix, plain.Length);
            expanded.CopyTo(plain);
            return expanded.Length;
        }
        var length = bytes.Length - prefix - NonceLength - TagLength;
        if (length < 0) throw new FormatException($"Sealed data of {bytes.Length} bytes is cut off.");
        if (length > plain.Length) throw new FormatException($"Sealed data of {bytes.Length} bytes is too long.");
        Span<byte> room = stackalloc byte[1 + SealKeyIds.MostBytes];
        var clear = Clear(room, Plain, keyId);
        using var aes = new AesGcm(key, TagLength);
        aes.Decrypt(bytes.Slice(prefix, NonceLength), bytes.Slice(prefix + NonceLength, length), bytes[^TagLength..], plain[..length], clear);
        return length;
    }

    private static Span<byte> Clear(Span<byte> room, byte codec, long keyId)
    {
        room[0] = codec;
        SealKeyIds.Write(room[1..], keyId);
        return room[..(1 + SealKeyIds.LengthOf(keyId))];
    }
}
