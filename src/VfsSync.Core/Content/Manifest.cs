using System.Collections.Immutable;

namespace VfsSync.Core.Content;

/// <summary>The name of a chunk: HMAC-SHA256 of its bytes under the cluster's id key, so that only members can test what a chunk holds.</summary>
internal readonly record struct ChunkId(Hash256 Hash) : IComparable<ChunkId>
{
    public ChunkId(ReadOnlySpan<byte> bytes) : this(new Hash256(bytes)) { }

    public int CompareTo(ChunkId other) => Hash.CompareTo(other.Hash);

    public override string ToString() => Hash.ToString();
}

/// <summary>One chunk of a content and its length in bytes.</summary>
internal readonly record struct ChunkRef(ChunkId Id, int Length);

/// <summary>A chunk of a file that is still being read, and where it begins.</summary>
internal readonly record struct OfferedChunk(ChunkId Id, int Length, long Offset);

/// <summary>
/// The ordered chunks of one content. At depth 0 they are the content's own chunks; at depth n they hold, in order, the encoded refs of depth n-1,
/// so that the manifest of a huge file stays small. Equal contents have equal manifests (the chunker and the folding are deterministic).
/// </summary>
internal sealed class Manifest : IEquatable<Manifest>
{
    /// <summary>More refs than this are folded into chunks of their own.</summary>
    public const int MaxRefs = 64;

    public Manifest(long size, int depth, ImmutableArray<ChunkRef> chunks)
    {
        Size = size;
        Depth = depth;
        Chunks = chunks;
    }

    public static Manifest Empty { get; } = new(0, 0, []);

    /// <summary>Bytes of the content.</summary>
    public long Size { get; }

    public int Depth { get; }

    public ImmutableArray<ChunkRef> Chunks { get; }

    public bool Equals(Manifest? other) =>
        ReferenceEquals(this, other) || other is not null && Size == other.Size && Depth == other.Depth && Chunks.AsSpan().SequenceEqual(other.Chunks.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as Manifest);

    public override int GetHashCode() => Chunks.IsEmpty ? 0 : HashCode.Combine(Size, Chunks[0].Id, Chunks[^1].Id);
}
