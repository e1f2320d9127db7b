using VfsSync.Core.Content;
using VfsSync.Core.Session;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Tests.Store;

public abstract partial class FolderStoreContract
{
    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(70_000)]
    public void Chunks_of_a_commit_come_back(int length)
    {
        var chunk = Sample.Sealed("c", length);
        Assert.False(Store.HasChunk(chunk.Id));
        Assert.False(Store.TryReadChunk(chunk.Id, out _));
        Commit(new CommitBatch { Chunks = { chunk, Sample.Sealed("other", 5), chunk } });
        Expect(chunk);
        Expect(Sample.Sealed("other", 5));
    }

    [Fact]
    public void Added_chunks_are_there_at_once_and_after_the_next_commit()
    {
        var chunks = Enumerable.Range(0, 20).Select(i => Sample.Sealed($"c{i}", i * 1000)).ToArray();
        Store.AddChunks(chunks);
        Store.AddChunks([chunks[3], Sample.Sealed("late")]);
        foreach (var chunk in chunks) Expect(chunk);
        Commit(new CommitBatch { Chunks = { chunks[7] } });
        foreach (var chunk in chunks) Expect(chunk);
        Expect(Sample.Sealed("late"));
    }

    [Fact]
    public void A_failed_commit_keeps_nothing_and_may_be_tried_again()
    {
        Commit(Sample.Batch(Sample.Dot(1, 1), Sample.Set("a", Sample.File("a"))));
        var batch = Sample.Batch(Sample.Dot(5, 1), Sample.Set("a", Sample.File("b"), Sample.Vector((1, 1))));
        batch.Index[Sample.At("a")] = Sample.Row("a");
        batch.Places[Sample.At("a")] = [Sample.Chunk("b")];
        for (var i = 0; i < 100; i++) batch.Chunks.Add(Sample.Sealed($"c{i}", 600));
        FullDisk(true);
        Assert.Throws<IOException>(() => Commit(batch));
        FullDisk(false);
        Assert.Equal(Sample.Vector((1, 1)), Store.Cursor);
        Assert.Equal(Sample.Dot(1, 1), Assert.Single(Store.Heads(Sample.At("a"))).Dot);
        Assert.Null(Store.OnDisk(Sample.At("a")));
        Assert.Equal((0, 0), Store.Totals());
        Assert.False(Store.HasChunk(batch.Chunks[0].Id));
        Assert.Empty(Store.PlacesOf(Sample.Chunk("b").Id));
        Commit(batch);
        Assert.Equal(Sample.Vector((1, 1), (5, 1)), Store.Cursor);
        Assert.Equal(Sample.Row("a"), Store.OnDisk(Sample.At("a")));
        foreach (var chunk in batch.Chunks) Expect(chunk);
    }

    [Fact]
    public void Settings_are_kept_replaced_and_removed()
    {
        Assert.Null(Store.GetSetting("epoch"));
        Store.SetSetting("epoch", "1\0ü");
        Store.SetSetting("empty", "");
        Assert.Equal("1\0ü", Store.GetSetting("epoch"));
        Assert.Equal("", Store.GetSetting("empty"));
        Store.SetSetting("epoch", "2");
        Assert.Equal("2", Store.GetSetting("epoch"));
        Store.SetSetting("epoch", null);
        Assert.Null(Store.GetSetting("epoch"));
    }

    [Fact]
    public void An_empty_commit_changes_nothing()
    {
        Commit(new CommitBatch());
        Store.Commit(new CommitBatch(), Durability.Ordered);
        Store.AddChunks([]);
        Assert.True(Store.Cursor.IsEmpty);
    }

    private void Expect(SealedChunk chunk)
    {
        Assert.True(Store.HasChunk(chunk.Id));
        Assert.True(Store.TryReadChunk(chunk.Id, out var bytes));
        Assert.True(chunk.Bytes.Span.SequenceEqual(bytes.Span));
    }
}
