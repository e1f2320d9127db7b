using VfsSync.Core.Session;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Tests.Store;

public sealed class MemoryFolderStoreTests : FolderStoreContract
{
    private readonly MemoryFolderStore _store = new();

    private protected override IFolderStore Store => _store;

    public override void Dispose() => _store.Dispose();

    private protected override void FullDisk(bool full)
    {
        if (full) _store.FailNextCommit();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_crash_keeps_the_flushed_and_a_prefix_of_the_rest(int kept)
    {
        _store.Commit(Sample.Rows(Sample.Row("flushed")), Durability.Flushed);
        _store.Commit(Sample.Rows(Sample.Row("first"), Sample.Row("with it")), Durability.Ordered);
        _store.Commit(Sample.Rows(Sample.Row("second")), Durability.Ordered);
        using var after = Crash(commits: kept, ofCommits: 2, chunks: 0);
        Assert.NotNull(after.OnDisk(Sample.At("flushed")));
        Assert.Equal(kept > 0, after.OnDisk(Sample.At("first")) is not null);
        Assert.Equal(kept > 0, after.OnDisk(Sample.At("with it")) is not null);
        Assert.Equal(kept > 1, after.OnDisk(Sample.At("second")) is not null);
        Assert.Equal(0, after.Unflushed);
    }

    [Fact]
    public void A_flushed_commit_makes_all_before_it_durable()
    {
        _store.Commit(Sample.Rows(Sample.Row("first")), Durability.Ordered);
        _store.AddChunks([Sample.Sealed("c")]);
        _store.SetSetting("name", "value");
        using var after = Crash(commits: 0, ofCommits: 0, chunks: 0);
        Assert.NotNull(after.OnDisk(Sample.At("first")));
        Assert.True(after.HasChunk(Sample.Sealed("c").Id));
        Assert.Equal("value", after.GetSetting("name"));
    }

    [Fact]
    public void Loose_chunks_and_ordered_commits_are_lost_each_on_their_own()
    {
        _store.AddChunks([Sample.Sealed("c1"), Sample.Sealed("c2")]);
        _store.Commit(Sample.Rows(Sample.Row("row")), Durability.Ordered);
        using var after = Crash(commits: 1, ofCommits: 1, chunks: 1);
        Assert.NotNull(after.OnDisk(Sample.At("row")));
        Assert.True(after.HasChunk(Sample.Sealed("c1").Id));
        Assert.False(after.HasChunk(Sample.Sealed("c2").Id));
    }

    [Fact]
    public void A_loose_chunk_that_a_commit_names_is_as_safe_as_that_commit()
    {
        _store.AddChunks([Sample.Sealed("c")]);
        _store.Commit(new CommitBatch { Chunks = { Sample.Sealed("c") } }, Durability.Ordered);
        using var after = Crash(commits: 1, ofCommits: 1, chunks: 0);
        Assert.True(after.HasChunk(Sample.Sealed("c").Id));
    }

    [Fact]
    public void A_crash_leaves_the_store_itself_as_it_was()
    {
        _store.Commit(Sample.Rows(Sample.Row("first")), Durability.Ordered);
        using var after = _store.Crash(_ => 0);
        Assert.NotNull(_store.OnDisk(Sample.At("first")));
        Assert.Equal(1, _store.Unflushed);
    }

    private MemoryFolderStore Crash(int commits, int ofCommits, int chunks)
    {
        var asked = new Queue<int>([commits, chunks]);
        var first = true;
        return _store.Crash(count =>
        {
            if (first) Assert.Equal(ofCommits, count);
            first = false;
            return asked.Dequeue();
        });
    }
}
