using System.Collections.Immutable;
using VfsSync.Core.Content;

namespace VfsSync.Core.Tests.Content;

public class ManifestTests
{
    private readonly Dictionary<ChunkId, byte[]> _store = [];

    private ChunkId Keep(byte[] bytes)
    {
        var id = Samples.Ring.IdOf(bytes);
        _store[id] = bytes;
        return id;
    }

    private ReadOnlyMemory<byte>? Read(ChunkId id) => _store.TryGetValue(id, out var bytes) ? bytes.AsMemory() : null;

    private Manifest Build(IEnumerable<ChunkRef> refs)
    {
        var builder = new ManifestBuilder();
        foreach (var r in refs) builder.Add(r);
        return builder.Build(Keep);
    }

    private static List<ChunkRef> Refs(int count) => [.. Enumerable.Range(0, count).Select(i => new ChunkRef(Samples.Chunk(i), Chunker.Min + i % Chunker.Average))];

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(64, 0)]
    [InlineData(65, 1)]
    [InlineData(20_000, 1)]
    [InlineData(100_000, 2)]
    public void Unfolds_to_what_was_added(int count, int depth)
    {
        var refs = Refs(count);
        var manifest = Build(refs);
        Assert.Equal(depth, manifest.Depth);
        Assert.InRange(manifest.Chunks.Length, count == 0 ? 0 : 1, Manifest.MaxRefs);
        Assert.Equal(refs.Sum(r => (long)r.Length), manifest.Size);
        Assert.True(ManifestReader.TryExpand(manifest, Read, out var leaves, out var missing));
        Assert.Equal(refs, leaves);
        Assert.Empty(missing);
        Assert.All(_store.Values, b => Assert.InRange(b.Length, 1, Chunker.Max));
    }

    [Fact]
    public void Content_without_end_of_one_kind_still_folds()
    {
        var refs = Enumerable.Repeat(new ChunkRef(Samples.Chunk(1), Chunker.Max), 600_000).ToList();
        Assert.True(ManifestReader.TryExpand(Build(refs), Read, out var leaves, out _));
        Assert.Equal(refs.Count, leaves.Count);
    }

    [Fact]
    public void A_small_change_touches_one_group_of_each_level()
    {
        var refs = Refs(100_000);
        Build(refs);
        var before = _store.Keys.ToHashSet();
        refs.Insert(50_000, new ChunkRef(Samples.Chunk(-1), 77));
        var manifest = Build(refs);
        Assert.Equal(2, manifest.Depth);
        Assert.InRange(_store.Keys.Count(k => !before.Contains(k)), 2, 4);
    }

    [Fact]
    public void Groups_have_about_512_refs()
    {
        Build(Refs(200_000));
        Assert.InRange(_store.Values.Average(b => b.Length / 36.0), 430, 600);
    }

    [Fact]
    public void Says_which_groups_of_the_first_incomplete_level_are_missing()
    {
        var manifest = Build(Refs(100_000));
        var top = manifest.Chunks[0].Id;
        var bytes = _store[top];
        _store.Remove(top);
        Assert.False(ManifestReader.TryExpand(manifest, Read, out var leaves, out var missing));
        Assert.Equal([top], missing);
        Assert.Empty(leaves);

        _store[top] = bytes;
        var below = new ChunkId(bytes.AsSpan(0, 32));
        var another = new ChunkId(bytes.AsSpan(36, 32));
        _store.Remove(below);
        _store.Remove(another);
        Assert.False(ManifestReader.TryExpand(manifest, Read, out _, out missing));
        Assert.Equal([below, another], missing);
    }

    [Fact]
    public void Refuses_what_contradicts_itself()
    {
        var manifest = Build(Refs(1000));
        Refused(new Manifest(manifest.Size + 1, manifest.Depth, manifest.Chunks));
        Refused(new Manifest(manifest.Size, manifest.Depth + 1, manifest.Chunks));
        Refused(new Manifest(manifest.Size, 5, manifest.Chunks));
        Refused(new Manifest(-1, 0, []));
        Refused(new Manifest(1, 0, []));
        Refused(new Manifest(1, 1, []));
        Refused(new Manifest(0, 0, [new ChunkRef(Samples.Chunk(1), 0)]));
        Refused(new Manifest(Chunker.Max + 1, 0, [new ChunkRef(Samples.Chunk(1), Chunker.Max + 1)]));
        Refused(new Manifest(65, 0, [.. Enumerable.Repeat(new ChunkRef(Samples.Chunk(1), 1), 65)]));
        Refused(new Manifest(manifest.Size, 1, [manifest.Chunks[0] with { Length = manifest.Chunks[0].Length - 36 }, .. manifest.Chunks.Skip(1)]));
        var odd = Keep(new byte[37]);
        Refused(new Manifest(1, 1, [new ChunkRef(odd, 37)]));
        var zero = Keep(new byte[36]);
        Refused(new Manifest(0, 1, [new ChunkRef(zero, 36)]));
    }

    // A few kilobytes that name themselves over and over would unfold to thousands of millions of refs.
    [Fact]
    public void Refuses_a_bomb()
    {
        var group = ChunkRefs.Encode([.. Enumerable.Repeat(new ChunkRef(Samples.Chunk(1), Chunker.Max), 5000)]);
        var id = Keep(group);
        for (var depth = 1; depth < 4; depth++) id = Keep(ChunkRefs.Encode([.. Enumerable.Repeat(new ChunkRef(id, group.Length), 5000)]));
        Refused(new Manifest(long.MaxValue, 4, [new ChunkRef(id, group.Length)]));
    }

    private void Refused(Manifest manifest) => Assert.Throws<FormatException>(() => ManifestReader.TryExpand(manifest, Read, out _, out _));
}
