using System.Collections.Immutable;
using System.Security.Cryptography;
using CsCheck;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Tests;

/// <summary>Values to test with, and generators of them.</summary>
internal static class Samples
{
    public static readonly byte[] ClusterSecret = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    public static readonly KeyRing Ring = KeyRing.From(ClusterSecret);

    public static byte[] RandomBytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static byte[] Text(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)("the quick brown fox jumps over the lazy dog "[i % 44] + (i / 997 % 3)))];

    public static byte[] Nonce(int seed = 7) => RandomBytes(12, seed);

    public static Hash256 HashOf(int seed) => new(SHA256.HashData(BitConverter.GetBytes(seed)));

    public static ChunkId Chunk(int seed) => new(HashOf(seed));

    public static Author Author(int seed) => new(new NodeId(HashOf(1000 + seed)), (ulong)seed + 1);

    public static Dot Dot(int author, long number) => new(Author(author), number);

    public static EntryPath Path(string text) => EntryPath.Parse(text);

    public static ECDsa NewKey() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static Entry SmallFile(int seed = 1, int size = 1234) =>
        Entry.File(new Manifest(size, 0, [new ChunkRef(Chunk(seed), size)]), 1_763_800_000_123_456_789, 0b110_100_100);

    private static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    public static readonly Gen<Hash256> Hashes = Gen.Byte.Array[32].Select(b => new Hash256(b));

    public static readonly Gen<Dot> Dots = Gen.Select(Gen.Int[0, 4], Gen.Long[1, 6]).Select((a, n) => Dot(a, n));

    public static readonly Gen<VersionVector> Vectors = Dots.Array[0, 6].Select(d => VersionVector.Of(d));

    public static readonly Gen<EntryPath> Paths =
        Gen.OneOf(OneOf("a", "docs", "photos", "Übergröße", "日本語", "IMG_0001.jpg", "x y", "😀"), Gen.String[Gen.Char.AlphaNumeric, 1, 12])
            .Array[1, 4].Select(parts => Path(string.Join('/', parts)));

    public static readonly Gen<Manifest> Manifests =
        Gen.Select(Gen.Int[0, 4], Gen.Select(Hashes, Gen.Int[1, Chunker.Max]).Array[0, Manifest.MaxRefs], Gen.Long[0, long.MaxValue]).Select((depth, rows, size) =>
        {
            var refs = rows.Select(r => new ChunkRef(new ChunkId(r.Item1), r.Item2)).ToImmutableArray();
            return depth == 0 || refs.IsEmpty ? new Manifest(refs.Sum(r => (long)r.Length), 0, refs) : new Manifest(size, depth, refs);
        });

    public static readonly Gen<Entry> Entries = Gen.OneOf(
        Gen.Select(Manifests, Gen.Long, Gen.Int[0, 0x1FF]).Select(Entry.File),
        Gen.Int[0, 0x1FF].Select(Entry.Directory),
        Gen.Select(OneOf("a", "../b", "/etc/passwd", "ziel/ß"), Gen.Long).Select(Entry.Symlink),
        Gen.Const(Entry.Absent));

    public static readonly Gen<Change> Changes =
        Gen.Select(Gen.Int[0, 2], Paths, Entries, Vectors, Paths, Vectors, Gen.Bool).Select((branch, path, entry, parents, from, fromParents, moved) =>
            moved && !entry.IsAbsent && from != path ? new Change(branch, path, entry, parents, from, fromParents)
                : new Change(branch, path, entry, parents, Withdrawn: moved && entry.Kind == EntryKind.File && !parents.IsEmpty));

    /// <summary>Changes of one record: no path twice.</summary>
    public static readonly Gen<Change[]> Bodies = Changes.Array[0, 12].Select(changes =>
    {
        var seen = new HashSet<(int, EntryPath)>();
        return changes.Where(c => seen.Add((c.Branch, c.Path)) && (c.MovedFrom is not { } f || seen.Add((c.Branch, f)))).ToArray();
    });

    public static RecordHeader Header(int author = 1, long number = 1) =>
        new(Author(author), number, number == 1 ? default : new RecordId(HashOf(5)), HybridTime.At(1_763_800_000_000), default, KeyRing.FirstKeyId, [], []);
}
