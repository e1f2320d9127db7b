using System.Buffers.Binary;
using System.IO.Hashing;
using VfsSync.Core.Content;
using VfsSync.Core.Session;

namespace VfsSync.Engine.Store;

/// <summary>
/// How one chunk lies in a pack: [4 magic "VfsC"][4 length][32 chunk id][8 XxHash3 of length, id and bytes][bytes], numbers little-endian.
/// The sum tells a whole entry from a torn one; a pack can be indexed again from its frames alone.
/// </summary>
internal readonly record struct PackFrame(ChunkId Id, int Length)
{
    public const int HeaderLength = 48;
    private const uint Magic = 0x4373_6656;
    private const int MaxLength = 1 << 26;

    public int TotalLength => HeaderLength + Length;

    public static byte[] Header(SealedChunk chunk)
    {
        var header = new byte[HeaderLength];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), chunk.Bytes.Length);
        chunk.Id.Hash.CopyTo(header.AsSpan(8));
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(40), Sum(header, chunk.Bytes.Span));
        return header;
    }

    /// <summary>What a header says, if it can be one.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> header, out PackFrame frame)
    {
        frame = default;
        if (header.Length < HeaderLength || BinaryPrimitives.ReadUInt32LittleEndian(header) != Magic) return false;
        frame = new PackFrame(new ChunkId(header.Slice(8, Hash256.Length)), BinaryPrimitives.ReadInt32LittleEndian(header[4..]));
        return frame.Length is >= 0 and <= MaxLength;
    }

    /// <summary>Whether a frame is whole, and the one expected.</summary>
    public bool Verifies(ReadOnlySpan<byte> bytes) =>
        TryReadHeader(bytes, out var frame) && frame == this && bytes.Length == TotalLength
        && BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..]) == Sum(bytes, bytes[HeaderLength..]);

    private static ulong Sum(ReadOnlySpan<byte> header, ReadOnlySpan<byte> bytes) => XxHash3.HashToUInt64(bytes, (long)XxHash3.HashToUInt64(header[4..40]));
}

/// <summary>Where a chunk lies: pack 0 is the table of small chunks, where the offset is its id; packs of history count down from -1.</summary>
internal readonly record struct ChunkSpot(int Pack, long Offset, int Length)
{
    public bool IsHistory => Pack < 0;

    /// <summary>From the number of the file to that in the index, and back.</summary>
    public ChunkSpot InHistory => this with { Pack = -Pack };
}
