using ZstdSharp;

namespace VfsSync.Core.Crypto;

/// <summary>zstd level 1, where it is worth it, and back again within bounds.</summary>
internal static class Squeezer
{
    private const int Probe = 4096;

    [ThreadStatic] private static Compressor? _compressor;
    [ThreadStatic] private static Decompressor? _decompressor;
    [ThreadStatic] private static byte[]? _buffer;

    /// <summary>
    /// The compressed bytes, good until this thread's next call; empty when less than 5 % would be saved. The first bytes are asked before all are tried.
    /// </summary>
    public static ReadOnlySpan<byte> Squeeze(ReadOnlySpan<byte> plain)
    {
        if (plain.Length > 2 * Probe && Wrap(plain[..Probe]).IsEmpty) return [];
        return Wrap(plain);
    }

    private static ReadOnlySpan<byte> Wrap(ReadOnlySpan<byte> plain)
    {
        var room = Compressor.GetCompressBound(plain.Length);
        if (_buffer is null || _buffer.Length < room) _buffer = new byte[room];
        var length = (_compressor ??= new Compressor(1)).Wrap(plain, _buffer);
        return length < plain.Length - plain.Length / 20 ? _buffer.AsSpan(0, length) : [];
    }

    /// <exception cref="FormatException">Not one zstd frame that says its length and keeps to it, or longer than <paramref name="max"/>.</exception>
    public static byte[] Expand(ReadOnlySpan<byte> squeezed, int max)
    {
        if (squeezed.IsEmpty) throw new FormatException("Compressed data is missing.");
        try
        {
            var length = Decompressor.GetDecompressedSize(squeezed);
            if (length > (ulong)max) throw new FormatException($"Compressed data would become {length} bytes; at most {max} are allowed.");
            var plain = GC.AllocateUninitializedArray<byte>((int)length);
            var got = (_decompressor ??= new Decompressor()).Unwrap(squeezed, plain);
            return got == plain.Length ? plain : throw new FormatException("Compressed data is shorter than it says.");
        }
        catch (ZstdException e)
        {
            throw new FormatException("Compressed data is damaged.", e);
        }
    }
}
