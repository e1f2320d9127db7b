using VfsSync.Core.Session;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Tests.Store;

/// <summary>Chunks in packs, seen through the SQLite store that keeps them.</summary>
public sealed class PackFilesTests : IDisposable
{
    private readonly StoreDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(47)]
    [InlineData(60)]
    [InlineData(1047)]
    public void A_torn_tail_is_cut_and_all_before_it_stays(int left)
    {
        long whole;
        using (var store = Open())
        {
            store.AddChunks([Sample.Sealed("whole", 1000)]);
            whole = Pack(1).Length;
            store.AddChunks([Sample.Sealed("torn", 1000)]);
            using var killed = _directory.Copy();
            using (var file = File.OpenWrite(killed["packs/000001.pack"])) file.SetLength(whole + left);
            using var again = SqliteFolderStore.Open(killed.Path);
            Assert.True(again.TryReadChunk(Sample.Sealed("whole").Id, out _));
            Assert.False(again.HasChunk(Sample.Sealed("torn").Id));
            Assert.Equal(whole, new FileInfo(killed["packs/000001.pack"]).Length);
            again.AddChunks([Sample.Sealed("torn", 1000)]);
            Assert.True(again.TryReadChunk(Sample.Sealed("torn").Id, out _));
        }
        Assert.Equal(2 * whole, Pack(1).Length);
    }

    [Fact]
    public void A_tail_of_garbage_is_cut()
    {
        using (var store = Open()) store.AddChunks([Sample.Sealed("whole", 1000)]);
        var length = Pack(1).Length;
        File.AppendAllText(_directory["packs/000001.pack"], new string('\0', 5000));
        using var again = Open();
        Assert.Equal(length, Pack(1).Length);
        Assert.True(again.TryReadChunk(Sample.Sealed("whole").Id, out _));
    }

    [Fact]
    public void What_is_gone_from_the_packs_of_history_is_forgotten_and_all_long_files_are_due_again()
    {
        var half = new string('x', 40_000);
        using (var store = Open())
        {
            var batch = Sample.Rows(Sample.Row("a", Sample.File(half, half + "2")));
            batch.Places[Sample.At("a")] = [Sample.Chunk(half), Sample.Chunk(half + "2")];
            store.Commit(batch, Durability.Ordered);
            store.Capture([Sample.Sealed("first", 1000), Sample.Sealed("second", 1000)], [store.DueForCapture(0, 1)[0].Turn]);
            Assert.Empty(store.DueForCapture(0, 1));
        }
        using (var pack = File.OpenWrite(_directory["history/000001.pack"])) pack.SetLength(pack.Length - 1);
        using (var store = Open())
        {
            Assert.True(store.TryReadChunk(Sample.Sealed("first").Id, out _));
            Assert.False(store.HasChunk(Sample.Sealed("second").Id));
            Assert.Equal("a", Assert.Single(store.DueForCapture(0, 2)).Path.Text);
            store.Capture([Sample.Sealed("second", 1000)], []);
        }
        Directory.Delete(_directory["history"], recursive: true);
        using var again = Open();
        Assert.False(again.HasChunk(Sample.Sealed("first").Id));
        again.Capture([Sample.Sealed("second", 1000)], []);
        Assert.True(again.TryReadChunk(Sample.Sealed("second").Id, out _));
    }

    [Fact]
    public void A_full_pack_is_followed_by_the_next()
    {
        using (var store = Open(maxPackBytes: 10_000))
        {
            store.Commit(new CommitBatch { Chunks = { Sample.Sealed("huge", 70_000) } }, Durability.Flushed);
            for (var i = 0; i < 25; i++) store.AddChunks([Sample.Sealed($"c{i}", 1500), Sample.Sealed($"d{i}", 1500)]);
        }
        Assert.Equal([70_048, .. Enumerable.Repeat(9288L, 8), 3096], Directory.GetFiles(_directory["packs"]).Order().Select(f => new FileInfo(f).Length));
        using var again = Open(maxPackBytes: 10_000);
        for (var i = 0; i < 25; i++) Assert.True(again.TryReadChunk(Sample.Sealed($"d{i}").Id, out _));
        Assert.True(again.TryReadChunk(Sample.Sealed("huge").Id, out _));
    }

    [Fact]
    public void A_damaged_chunk_is_gone_and_may_come_again()
    {
        using (var store = Open()) store.AddChunks([Sample.Sealed("first", 1000), Sample.Sealed("second", 1000)]);
        using (var file = File.OpenWrite(_directory["packs/000001.pack"]))
        {
            file.Position = 500;
            file.WriteByte(0xFF);
            file.WriteByte(0x00);
        }
        using var again = Open();
        Assert.False(again.TryReadChunk(Sample.Sealed("first").Id, out _));
        Assert.False(again.HasChunk(Sample.Sealed("first").Id));
        Assert.True(again.TryReadChunk(Sample.Sealed("second").Id, out _));
        again.AddChunks([Sample.Sealed("first", 1000)]);
        Assert.True(again.TryReadChunk(Sample.Sealed("first").Id, out _));
    }

    [Fact]
    public void A_pack_that_is_missing_holds_nothing()
    {
        using (var store = Open()) store.AddChunks([Sample.Sealed("c")]);
        Pack(1).Delete();
        using var again = Open();
        Assert.False(again.TryReadChunk(Sample.Sealed("c").Id, out _));
        again.AddChunks([Sample.Sealed("c")]);
        Assert.True(again.TryReadChunk(Sample.Sealed("c").Id, out _));
    }

    [Fact]
    public void A_small_commit_needs_no_pack()
    {
        using var store = Open();
        store.Commit(new CommitBatch { Chunks = { Sample.Sealed("c", ChunkStore.SmallBytes) } }, Durability.Flushed);
        Assert.Empty(Directory.GetFiles(_directory["packs"]));
    }

    [Fact]
    public void A_failed_commit_leaves_its_chunks_waiting_in_the_pack_and_the_next_one_indexes_them()
    {
        using var store = Open();
        var batch = new CommitBatch { Chunks = { Sample.Sealed("big", 100_000) } };
        for (var i = 0; i < 300; i++) batch.Index[Sample.At($"f{i}")] = Sample.Row($"f{i}");
        store.LimitPages(1);
        Assert.Throws<IOException>(() => store.Commit(batch, Durability.Flushed));
        store.LimitPages(null);
        store.Commit(batch, Durability.Flushed);
        Assert.True(store.TryReadChunk(Sample.Sealed("big").Id, out _));
        Assert.Equal(100_048, Pack(1).Length);
    }

    private FileInfo Pack(int number) => new(_directory[$"packs/{number:D6}.pack"]);

    private SqliteFolderStore Open(long maxPackBytes = PackFiles.DefaultMaxBytes) => SqliteFolderStore.Open(_directory.Path, maxPackBytes: maxPackBytes);
}
