using System.Buffers.Binary;

namespace VfsSync.Core.Content;

/// <summary>The bytes of a group of refs: for each, 32 bytes of id and 4 bytes of length, little-endian.</summary>
internal static class ChunkRefs
{
    public const int Length = Hash256.Length + sizeof(int);

    public static byte[] Encode(IReadOnlyList<ChunkRef> refs)
    {
        var bytes = new byte[refs.Count * Length];
        for (var i = 0; i < refs.Count; i++)
        {
            var row = bytes.AsSpan(i * Length, Length);
            refs[i].Id.Hash.CopyTo(row);
            BinaryPrimitives.WriteInt32LittleEndian(row[Hash256.Length..], refs[i].Length);
        }
        return bytes;
    }

    /// <exception cref="FormatException">Not a group of refs.</exception>
    public static void Decode(ReadOnlySpan<byte> bytes, List<ChunkRef> into)
    {
        if (bytes.IsEmpty || bytes.Length % Length != 0) throw new FormatException($"A group of refs cannot have {bytes.Length} bytes.");
        for (; !bytes.IsEmpty; bytes = bytes[Length..])
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[Hash256.Length..]);
            if (length is < 1 or > Chunker.Max) throw new FormatException($"A manifest names a chunk of {length} bytes.");
            into.Add(new ChunkRef(new ChunkId(bytes[..Hash256.Length]), length));
        }
    }

    /// <summary>16 bits of an id that are the same on every machine.</summary>
    public static int LowBits(ChunkId id)
    {
        Span<byte> bytes = stackalloc byte[Hash256.Length];
        id.Hash.CopyTo(bytes);
        return BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }
}
