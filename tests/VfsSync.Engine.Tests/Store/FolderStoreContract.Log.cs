using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Tests.Store;

public abstract partial class FolderStoreContract
{
    [Fact]
    public void A_new_store_is_empty()
    {
        Assert.True(Store.Cursor.IsEmpty);
        Assert.Equal(0, Store.LastSequence);
        Assert.Empty(Store.AllRecords());
        Assert.Empty(Store.ClearRecords());
        Assert.Empty(Store.RecordsAfter(0, default, 10, 1 << 20));
        Assert.Empty(Store.Heads(Sample.At("a")));
        Assert.Empty(Store.LiveBelow(EntryPath.Root));
        Assert.Null(Store.OnDisk(Sample.At("a")));
        Assert.Equal((0, 0), Store.Totals());
        Assert.True(Store.RecordIdOf(Sample.Dot(1, 1)).IsNone);
    }

    [Fact]
    public void The_cursor_and_the_last_sequence_follow_the_records()
    {
        Commit(Sample.Batch(Sample.Dot(1, 1)));
        var batch = Sample.Batch(Sample.Dot(2, 1));
        Sample.AddRecord(batch, Sample.Dot(1, 2));
        Commit(batch);
        Assert.Equal(Sample.Vector((1, 2), (2, 1)), Store.Cursor);
        Assert.Equal(3, Store.LastSequence);
    }

    [Fact]
    public void Every_record_is_known_by_its_id()
    {
        for (var n = 1; n <= 3; n++) Commit(Sample.Batch(Sample.Dot(1, n)));
        for (var n = 1; n <= 3; n++) Assert.Equal(Sample.Opened(Sample.Dot(1, n), false).Id, Store.RecordIdOf(Sample.Dot(1, n)));
        Assert.True(Store.RecordIdOf(Sample.Dot(1, 4)).IsNone);
        Assert.True(Store.RecordIdOf(Sample.Dot(9, 1)).IsNone);
        Assert.True(Store.RecordIdOf(Sample.Dot(1, 0)).IsNone);
    }

    [Fact]
    public void Records_come_back_byte_for_byte_in_order_of_arrival()
    {
        Dot[] dots = [Sample.Dot(2, 1), Sample.Dot(1, 1), Sample.Dot(2, 2)];
        foreach (var dot in dots) Commit(Sample.Batch(dot));
        var all = Store.AllRecords().ToList();
        Assert.Equal(3, all.Count);
        for (var i = 0; i < 3; i++) Assert.True(Sample.SameBytes(Sample.Signed(dots[i]), all[i]));
    }

    [Fact]
    public void Records_after_leaves_out_what_the_peer_has()
    {
        foreach (var (author, number) in new[] { (1, 1), (2, 1), (1, 2), (3, 1), (2, 2) }) Commit(Sample.Batch(Sample.Dot(author, number)));
        Assert.Equal([Sample.Dot(1, 2), Sample.Dot(3, 1)], Dots(Store.RecordsAfter(0, Sample.Vector((1, 1), (2, 2)), 10, 1 << 20)));
        Assert.Empty(Store.RecordsAfter(0, Sample.Vector((1, 2), (2, 2), (3, 1)), 10, 1 << 20));
        Assert.Equal(5, Store.RecordsAfter(0, Sample.Vector((8, 5)), 10, 1 << 20).Count);
    }

    [Fact]
    public void Records_after_starts_behind_the_given_sequence_and_tells_its_own()
    {
        for (var n = 1; n <= 5; n++) Commit(Sample.Batch(Sample.Dot(1, n)));
        var found = Store.RecordsAfter(2, Sample.Vector((1, 1)), 10, 1 << 20);
        Assert.Equal([3, 4, 5], found.Select(f => f.Sequence));
        Assert.Empty(Store.RecordsAfter(5, default, 10, 1 << 20));
    }

    [Fact]
    public void Records_after_stops_at_its_limits_but_gives_one_at_least()
    {
        for (var n = 1; n <= 5; n++) Commit(Sample.Batch(Sample.Dot(1, n)));
        Assert.Equal(2, Store.RecordsAfter(0, default, 2, 1 << 20).Count);
        Assert.Single(Store.RecordsAfter(0, default, 10, 1));
        Assert.Equal(2, Store.RecordsAfter(0, default, 10, Sample.Signed(Sample.Dot(1, 1)).Length + 1).Count);
    }

    [Fact]
    public void Only_records_with_a_clear_body_are_clear()
    {
        Commit(Sample.Batch(Sample.Dot(1, 1)));
        var batch = new CommitBatch();
        batch.Records.Add((Sample.Signed(Sample.Dot(1, 2)), Sample.Opened(Sample.Dot(1, 2), clear: true)));
        Commit(batch);
        Assert.True(Sample.SameBytes(Sample.Signed(Sample.Dot(1, 2)), Assert.Single(Store.ClearRecords())));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_number_that_does_not_follow_is_refused_and_nothing_is_kept(long number)
    {
        Commit(Sample.Batch(Sample.Dot(1, 1)));
        var batch = Sample.Batch(Sample.Dot(1, number), Sample.Set("b", Sample.File("b")));
        Assert.Throws<ArgumentException>(() => Commit(batch));
        Assert.Equal(1, Store.LastSequence);
        Assert.Empty(Store.Heads(Sample.At("b")));
    }

    [Fact]
    public void A_log_of_many_records_comes_back_whole()
    {
        var batch = new CommitBatch();
        for (var n = 1; n <= 1000; n++) batch.Records.Add((Sample.Signed(Sample.Dot(1, n), bodyLength: 10), Sample.Opened(Sample.Dot(1, n), false)));
        Commit(batch);
        Assert.Equal(1000, Store.AllRecords().Count());
    }

    private static IEnumerable<Dot> Dots(IEnumerable<(long Sequence, Dot Dot, SignedRecord Record)> found) => found.Select(f => f.Dot);

    [Fact]
    public void Records_whose_key_is_not_here_are_told_until_a_commit_opens_them()
    {
        var batch = new CommitBatch();
        for (var n = 1; n <= 4; n++) batch.Records.Add((Sample.Signed(Sample.Dot(1, n)), Sample.Opened(Sample.Dot(1, n), clear: false) with { IsClosed = n > 1 }));
        Store.Commit(batch, Durability.Flushed);
        Assert.Equal([2L, 3, 4], Store.Closed(0, 10).Select(c => c.Sequence));
        Assert.Equal([3L], Store.Closed(2, 1).Select(c => c.Sequence));
        Assert.True(Sample.SameBytes(Sample.Signed(Sample.Dot(1, 3)), Store.Closed(2, 1)[0].Record));

        var (first, second) = (Sample.Opened(Sample.Dot(1, 2), clear: false, Sample.Set("a", Sample.File("x"))), Sample.Opened(Sample.Dot(1, 3), clear: false, Sample.Set("a", Sample.File("y"), Sample.Vector((1, 2))), Sample.Set("b", Sample.File("z"))));
        var opening = new CommitBatch();
        opening.Opened.AddRange([first, second]);
        var versions = Core.History.Version.Of(second).ToList();
        opening.Heads[Sample.At("a")] = [versions[0]];
        opening.Denied.Add(versions[1]);
        Store.Commit(opening, Durability.Flushed);
        Assert.Equal([4L], Store.Closed(0, 10).Select(c => c.Sequence));
        Assert.Equal([Sample.Dot(1, 3)], Store.Heads(Sample.At("a")).Select(v => v.Dot));
        Assert.Equal([Sample.Dot(1, 2), Sample.Dot(1, 3)], Store.Versions(Sample.At("a")).Select(v => v.Dot));
        Assert.Empty(Store.Versions(Sample.At("b")));
        Assert.Equal([Sample.Dot(1, 3)], Store.Denied(Sample.At("b")).Select(v => v.Dot));

        var aside = new CommitBatch();
        aside.SetAside[Sample.Dot(1, 1).Author] = 3;
        Store.Commit(aside, Durability.Flushed);
        Assert.Empty(Store.Closed(0, 10));
        Assert.Equal([Sample.Dot(1, 2)], Store.Versions(Sample.At("a")).Select(v => v.Dot));
    }
}
