using VfsSync.Core.Content;

namespace VfsSync.Core.History;

/// <summary>Who a node is: SHA-256 of its public key (SubjectPublicKeyInfo).</summary>
internal readonly record struct NodeId(Hash256 Hash) : IComparable<NodeId>
{
    public NodeId(ReadOnlySpan<byte> bytes) : this(new Hash256(bytes)) { }

    /// <summary>Fewer digits of an id name nobody.</summary>
    public const int ShortestBeginning = 8;

    /// <summary>Whether a text may be how some node's id begins.</summary>
    public static bool IsBeginning(string text) => text.Length >= ShortestBeginning && text.All(char.IsAsciiHexDigit);

    public int CompareTo(NodeId other) => Hash.CompareTo(other.Hash);

    public override string ToString() => Hash.ToString();
}

/// <summary>A node in one unbroken run of its own numbering (invariant 8): a copy or a restored backup counts under a new epoch.</summary>
/// <param name="Node">The node.</param>
/// <param name="Epoch">64 random bits.</param>
internal readonly record struct Author(NodeId Node, ulong Epoch) : IComparable<Author>
{
    public int CompareTo(Author other) => Node.CompareTo(other.Node) is not 0 and var c ? c : Epoch.CompareTo(other.Epoch);

    public override string ToString() => $"{Node.Hash.Short()}.{Epoch:x16}";
}

/// <summary>The name of a record: its author and the number it has there, from 1.</summary>
internal readonly record struct Dot(Author Author, long Number) : IComparable<Dot>
{
    public int CompareTo(Dot other) => Author.CompareTo(other.Author) is not 0 and var c ? c : Number.CompareTo(other.Number);

    public override string ToString() => $"{Author}:{Number}";
}

/// <summary>SHA-256 of a record's header bytes: what its author signed.</summary>
internal readonly record struct RecordId(Hash256 Hash) : IComparable<RecordId>
{
    public RecordId(ReadOnlySpan<byte> bytes) : this(new Hash256(bytes)) { }

    public bool IsNone => Hash.IsZero;

    public int CompareTo(RecordId other) => Hash.CompareTo(other.Hash);

    public override string ToString() => Hash.ToString();
}
