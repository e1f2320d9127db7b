using VfsSync.Core.Reconcile;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Engine.Store;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Engine.Tests.Store;

/// <summary>The same made-up commits go into both stores; all they answer must be equal, also after reopening and after a kill.</summary>
public sealed class StoresAgreeTests
{
    private static readonly EntryPath[] Paths = [.. new[] { "a", "b", "a/x", "a/y", "a/x/deep", "a!", "\uE000", "\U0001F600", "b/\n" }.Select(Sample.At)];
    private static readonly string[] Contents = ["1", "22", "333"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Both_stores_answer_alike(int seed)
    {
        var random = new Random(seed);
        var directory = new StoreDirectory();
        var sqlite = SqliteFolderStore.Open(directory.Path);
        using var memory = new MemoryFolderStore();
        for (var step = 0; step < 60; step++)
        {
            var batch = Batch(random, memory.Cursor);
            var durability = random.Next(2) == 0 ? Durability.Flushed : Durability.Ordered;
            sqlite.Commit(batch, durability);
            memory.Commit(batch, durability);
            SealedChunk[] loose = [Sample.Sealed($"loose {random.Next(30)}", random.Next(40_000))];
            sqlite.AddChunks(loose);
            memory.AddChunks(loose);
            if (step % 10 == 9) (sqlite, directory) = Reopen(sqlite, directory, killed: step % 20 == 9);
            Compare(memory, sqlite);
        }
        sqlite.Dispose();
        directory.Dispose();
    }

    private static (SqliteFolderStore, StoreDirectory) Reopen(SqliteFolderStore store, StoreDirectory directory, bool killed)
    {
        if (!killed) store.Dispose();
        var copy = directory.Copy();
        store.Dispose();
        directory.Dispose();
        return (SqliteFolderStore.Open(copy.Path), copy);
    }

    private static CommitBatch Batch(Random random, VersionVector cursor)
    {
        var batch = new CommitBatch();
        var forked = Sample.Author(random.Next(3));
        if (random.Next(6) == 0 && cursor[forked] > 0)
        {
            batch.SetAside[forked] = 1 + random.NextInt64(cursor[forked]);
            cursor = cursor.UpTo(new Dot(forked, batch.SetAside[forked] - 1));
        }
        for (var records = random.Next(4); records > 0; records--)
        {
            var author = Sample.Author(random.Next(3));
            var dot = new Dot(author, cursor[author] + 1);
            cursor = cursor.With(dot);
            var opened = Sample.Opened(dot, random.Next(5) == 0, Change(random));
            batch.Records.Add((Sample.Signed(dot, random.Next(300)), opened));
            foreach (var version in Version.Of(opened)) SetHeads(random, batch, version);
        }
        foreach (var path in Paths.Where(_ => random.Next(4) == 0)) batch.Index[path] = random.Next(3) == 0 ? null : Row(random, path);
        foreach (var path in Paths.Where(_ => random.Next(4) == 0)) batch.Places[path] = [.. Contents.Where(_ => random.Next(3) > 0).Select(Sample.Chunk)];
        for (var chunks = random.Next(3); chunks > 0; chunks--) batch.Chunks.Add(Sample.Sealed($"chunk {random.Next(40)}", random.Next(60_000)));
        return batch;
    }

    private static void SetHeads(Random random, CommitBatch batch, Version version)
    {
        var standing = batch.Heads.GetValueOrDefault(version.Path, []);
        batch.Heads[version.Path] = random.Next(4) switch { 0 => [], 1 => [version, .. standing], _ => [version] };
    }

    private static Change Change(Random random)
    {
        var (path, from) = (random.Next(Paths.Length), random.Next(Paths.Length));
        var entry = random.Next(3) == 0 ? Entry.Absent : Sample.File(Contents[random.Next(3)]);
        return path == from || random.Next(3) > 0
            ? new Change(0, Paths[path], entry, Sample.Vector((random.Next(3), 1)))
            : new Change(0, Paths[path], Sample.File("moved"), default, Paths[from], Sample.Vector((random.Next(3), 1)));
    }

    private static IndexRow Row(Random random, EntryPath path) =>
        Sample.Row(path.Text, Sample.File(Contents[random.Next(3)]), (ulong)random.Next(4), Paths[random.Next(Paths.Length)].Text, placed: random.Next(4) > 0) with { LocalOnly = random.Next(5) == 0, Of = random.Next(3) == 0 ? Sample.At(Paths[random.Next(Paths.Length)].Text) : null };

    private static void Compare(MemoryFolderStore expected, SqliteFolderStore actual)
    {
        Assert.Equal(expected.Cursor, actual.Cursor);
        Assert.Equal(expected.LastSequence, actual.LastSequence);
        Assert.Equal(expected.Totals(), actual.Totals());
        Assert.Equal(expected.Rows(), actual.Rows());
        Assert.Equal(expected.LocalOnly(), actual.LocalOnly());
        Assert.Equal(expected.LiveBelow(EntryPath.Root), actual.LiveBelow(EntryPath.Root));
        foreach (var path in Paths) Compare(expected, actual, path);
        for (var inode = 0UL; inode < 4; inode++) Assert.Equal(expected.WithInode(inode), actual.WithInode(inode));
        foreach (var content in Contents) Assert.Equal(expected.PlacesOf(Sample.Chunk(content).Id), actual.PlacesOf(Sample.Chunk(content).Id));
        for (var i = 0; i < 40; i++)
            foreach (var id in new[] { Sample.Sealed($"chunk {i}").Id, Sample.Sealed($"loose {i}").Id })
            {
                Assert.Equal(expected.HasChunk(id), actual.TryReadChunk(id, out var bytes));
                Assert.True(!expected.TryReadChunk(id, out var same) || same.Span.SequenceEqual(bytes.Span));
            }
        var peer = Sample.Vector((0, expected.Cursor[Sample.Author(0)] / 2), (1, expected.Cursor[Sample.Author(1)]));
        Assert.Equal(expected.RecordsAfter(3, peer, 20, 5000).Select(r => (r.Sequence, r.Dot)), actual.RecordsAfter(3, peer, 20, 5000).Select(r => (r.Sequence, r.Dot)));
        for (var author = 0; author < 3; author++) Assert.Equal(expected.VersionsFrom(Sample.Dot(author, 2)), actual.VersionsFrom(Sample.Dot(author, 2)));
        Assert.Equal(expected.AllRecords().Count(), actual.AllRecords().Count());
        foreach (var (x, y) in expected.AllRecords().Zip(actual.AllRecords())) Assert.True(Sample.SameBytes(x, y));
        Assert.Equal(expected.ClearRecords().Count, actual.ClearRecords().Count);
    }

    private static void Compare(MemoryFolderStore expected, SqliteFolderStore actual, EntryPath path)
    {
        Assert.Equal(expected.Heads(path), actual.Heads(path));
        Assert.Equal(expected.Versions(path), actual.Versions(path));
        Assert.Equal(expected.HeadsMovedTo(path), actual.HeadsMovedTo(path));
        Assert.Equal(Math.Min(1, expected.HeadsMovedBelow(path).Count), actual.HeadsMovedBelow(path, 1).Count);
        Assert.Equal(expected.HeadsMovedBelow(path).Select(h => (h.Path, h.Dot)).Order(), actual.HeadsMovedBelow(path).Select(h => (h.Path, h.Dot)).Order());
        Assert.Equal(expected.LiveBelow(path), actual.LiveBelow(path));
        Assert.Equal(expected.OnDisk(path), actual.OnDisk(path));
        Assert.Equal(expected.OnDiskBelow(path), actual.OnDiskBelow(path));
        Assert.Equal(expected.ShownFor(path), actual.ShownFor(path));
    }
}
