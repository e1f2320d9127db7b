using VfsSync.Core.Reconcile;
using System.Buffers.Binary;
using System.Security.Cryptography;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Engine.Tests.Store;

/// <summary>Small made-up values for the tests of the store.</summary>
internal static class Sample
{
    public static Hash256 Hash(string text) => new(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));

    public static Author Author(int n) => new(new NodeId(Hash($"node {n}")), (ulong)(n * 7919));

    public static Dot Dot(int author, long number) => new(Author(author), number);

    public static VersionVector Vector(params (int Author, long Number)[] dots) => VersionVector.Of(dots.Select(d => Dot(d.Author, d.Number)));

    public static EntryPath At(string path) => EntryPath.Parse(path);

    public static ChunkRef Chunk(string content) => new(new ChunkId(Hash(content)), content.Length);

    public static SealedChunk Sealed(string name, int length = 40)
    {
        var bytes = new byte[length];
        new Random(string.GetHashCode(name, StringComparison.Ordinal)).NextBytes(bytes);
        return new SealedChunk(new ChunkId(Hash(name)), bytes);
    }

    public static Entry File(params string[] chunks) =>
        Entry.File(new Manifest(chunks.Sum(c => (long)c.Length), 0, [.. chunks.Select(Chunk)]), 1_700_000_000_123_456_789, 0b110_100_100);

    public static Change Set(string path, Entry entry, VersionVector parents = default) => new(0, At(path), entry, parents);

    public static ChangeRecord Opened(Dot dot, bool clear, params Change[] changes)
    {
        var header = new RecordHeader(dot.Author, dot.Number, default, new HybridTime(dot.Number << 20), Hash("body"), clear ? 0 : 1, [], []);
        return new ChangeRecord(new RecordId(SHA256.HashData(HeaderBytes(dot))), header, [.. changes], []);
    }

    public static SignedRecord Signed(Dot dot, int bodyLength = 200)
    {
        var body = new byte[bodyLength];
        body.AsSpan().Fill((byte)dot.Number);
        return new SignedRecord(HeaderBytes(dot), new byte[64], body);
    }

    /// <summary>A record whose header can be read.</summary>
    public static (SignedRecord Signed, ChangeRecord Opened) Real(Dot dot)
    {
        var header = new RecordHeader(dot.Author, dot.Number, default, new HybridTime(77), Hash("body"), 1, [], []);
        var signed = new SignedRecord(Core.Wire.RecordCodec.EncodeHeader(header), new byte[64], new byte[9]);
        return (signed, new ChangeRecord(Core.Wire.RecordCodec.IdOf(signed), header, [], []));
    }

    /// <summary>A batch of one record whose versions become the only heads of their paths.</summary>
    public static CommitBatch Batch(Dot dot, params Change[] changes)
    {
        var batch = new CommitBatch();
        AddRecord(batch, dot, changes);
        return batch;
    }

    public static void AddRecord(CommitBatch batch, Dot dot, params Change[] changes)
    {
        var opened = Opened(dot, clear: false, changes);
        batch.Records.Add((Signed(dot), opened));
        foreach (var version in Version.Of(opened)) batch.Heads[version.Path] = [version];
    }

    public static IndexRow Row(string path, Entry? entry = null, ulong inode = 0, string? origin = null, string? localName = null, bool placed = true) =>
        new(At(path), entry ?? File(path), new FileStamp(path.Length, -5, inode, 77, 0x81A4, Unsure: true), Vector((1, 3), (2, 9)), Dot(1, 3), At(origin ?? path), localName, placed);

    public static CommitBatch Rows(params IndexRow[] rows)
    {
        var batch = new CommitBatch();
        foreach (var row in rows) batch.Index[row.Path] = row;
        return batch;
    }

    public static bool SameBytes(SignedRecord x, SignedRecord y) =>
        x.Header.Span.SequenceEqual(y.Header.Span) && x.Signature.Span.SequenceEqual(y.Signature.Span) && x.Body.Span.SequenceEqual(y.Body.Span);

    private static byte[] HeaderBytes(Dot dot)
    {
        var bytes = new byte[48];
        dot.Author.Node.Hash.CopyTo(bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(32), dot.Author.Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(40), dot.Number);
        return bytes;
    }
}
