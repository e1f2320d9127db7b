using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Tests.Store;

/// <summary>A tail that its author does not acknowledge makes room for the one that it does (invariant 8).</summary>
public abstract partial class FolderStoreContract
{
    [Fact]
    public void A_tail_set_aside_makes_room_for_another_in_one_commit()
    {
        var (_, right) = Replaced();
        Assert.Equal(Sample.Vector((1, 3), (2, 1)), Store.Cursor);
        Assert.Equal(7, Store.LastSequence);
        for (var n = 1; n <= 3; n++) Assert.Equal(right[n - 1].Opened.Id, Store.RecordIdOf(Sample.Dot(1, n)));
        Assert.True(Store.RecordIdOf(Sample.Dot(1, 4)).IsNone);
        Assert.Equal([Sample.Dot(1, 1), Sample.Dot(2, 1), Sample.Dot(1, 2), Sample.Dot(1, 3)], Store.RecordsAfter(0, default, 10, 1 << 20).Select(r => r.Dot));
        Assert.Equal([1, 5, 6, 7], Store.RecordsAfter(0, default, 10, 1 << 20).Select(r => r.Sequence));
        Assert.Equal([6, 7], Store.RecordsAfter(0, Sample.Vector((1, 1), (2, 1)), 10, 1 << 20).Select(r => r.Sequence));
        Assert.Equal(4, Store.AllRecords().Count());
        Assert.Equal([Sample.Dot(1, 2), Sample.Dot(1, 3), Sample.Dot(1, 4)], Store.SetAsideRecords().Select(r => RecordCodec.DecodeHeader(r.Header).Dot));
        Assert.True(Sample.SameBytes(right[2].Signed, Store.AllRecords().Last()));
    }

    [Fact]
    public void A_log_of_which_something_was_set_aside_is_to_be_judged_anew()
    {
        Commit(Sample.Batch(Sample.Dot(1, 1), Sample.Set("a", Sample.File("a"))));
        Store.SetSetting(IFolderStore.Judged, "1");
        Commit(Sample.Batch(Sample.Dot(1, 2), Sample.Set("b", Sample.File("b"))));
        Assert.Equal("1", Store.GetSetting(IFolderStore.Judged));
        Commit(new CommitBatch { SetAside = { [Sample.Author(1)] = 2 } });
        Assert.Null(Store.GetSetting(IFolderStore.Judged));
    }

    [Fact]
    public void What_was_set_aside_is_in_no_path_any_more()
    {
        Replaced();
        Assert.Equal(Sample.Dot(1, 1), Assert.Single(Store.Heads(Sample.At("a"))).Dot);
        Assert.Equal([Sample.Dot(1, 1)], Store.Versions(Sample.At("a")).Select(v => v.Dot));
        Assert.Empty(Store.Heads(Sample.At("alone")));
        Assert.Empty(Store.Versions(Sample.At("alone")));
        Assert.Empty(Store.HeadsMovedTo(Sample.At("moved")));
        Assert.Equal(["a", "b", "right"], Store.LiveBelow(EntryPath.Root).Select(p => p.Text));
        Assert.Equal(Sample.File("right"), Assert.Single(Store.Heads(Sample.At("right"))).Entry);
        Assert.Equal([Sample.Dot(1, 3)], Store.VersionsFrom(Sample.Dot(1, 3)).Select(v => v.Dot));
    }

    [Fact]
    public void Versions_are_found_by_their_author()
    {
        Commit(Sample.Batch(Sample.Dot(1, 1), Sample.Set("a", Sample.File("old"))));
        Commit(Sample.Batch(Sample.Dot(1, 2), Sample.Set("a", Sample.File("new"), Sample.Vector((1, 1)))));
        Commit(Sample.Batch(Sample.Dot(2, 1), Sample.Set("b", Sample.File("b"))));
        Assert.Equal([Sample.Dot(1, 1), Sample.Dot(1, 2)], Store.VersionsFrom(Sample.Dot(1, 1)).Select(v => v.Dot));
        Assert.Equal([Sample.Dot(1, 2)], Store.VersionsFrom(Sample.Dot(1, 2)).Select(v => v.Dot));
        Assert.Empty(Store.VersionsFrom(Sample.Dot(3, 1)));
    }

    [Fact]
    public void A_whole_log_may_be_set_aside_and_numbers_of_arrival_still_grow()
    {
        Commit(Sample.Batch(Sample.Dot(1, 1), Sample.Set("a", Sample.File("a"))));
        Commit(new CommitBatch { SetAside = { [Sample.Author(1)] = 1 } });
        Assert.True(Store.Cursor.IsEmpty);
        Assert.True(Store.RecordIdOf(Sample.Dot(1, 1)).IsNone);
        Assert.Empty(Store.RecordsAfter(0, default, 10, 1 << 20));
        Assert.Empty(Store.FirstHeaders());
        Commit(Course(1, 1, 1, null));
        Assert.Equal(2, Assert.Single(Store.RecordsAfter(0, default, 10, 1 << 20)).Sequence);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void What_is_not_in_the_log_cannot_be_set_aside(long first)
    {
        Commit(Sample.Batch(Sample.Dot(1, 1)));
        Assert.Throws<ArgumentException>(() => Commit(new CommitBatch { SetAside = { [Sample.Author(1)] = first } }));
        Assert.Equal(1, Store.LastSequence);
    }

    [Fact]
    public void The_first_record_of_an_epoch_says_how_the_one_before_ended()
    {
        var end = new EpochEnd(77, 80, new RecordId(Sample.Hash("end")));
        Commit(Course(1, 1, 1, null));
        Commit(Course(1, 1, 2, Store.RecordIdOf(Sample.Dot(1, 1))));
        var batch = new CommitBatch();
        var header = new RecordHeader(Sample.Author(2), 1, default, new HybridTime(5), Sample.Hash("body"), 1, [], [], end);
        batch.Records.Add((new SignedRecord(RecordCodec.EncodeHeader(header), new byte[64], new byte[9]), new ChangeRecord(new RecordId(Sample.Hash("any")), header, [], [])));
        Commit(batch);
        Assert.Equal([null, end], Store.FirstHeaders().OrderBy(h => h.Continues?.Number).Select(h => h.Continues));
    }

    // Author 1 wrote 1, then alone 2 to 4 (a change of a, a new file, a rename); with author 2's record in between. Then 2 and 3 of another course came.
    private (CommitBatch Replacement, List<(SignedRecord Signed, ChangeRecord Opened)> Right) Replaced()
    {
        var first = Course(1, 1, 1, null, Sample.Set("a", Sample.File("a")), Sample.Set("b", Sample.File("b")));
        Commit(first);
        var id = first.Records[0].Opened.Id;
        Commit(Course(2, 1, 2, id, Sample.Set("a", Sample.File("changed alone"), Sample.Vector((1, 1))), Sample.Set("alone", Sample.File("alone"))));
        Commit(Course(2, 1, 3, Store.RecordIdOf(Sample.Dot(1, 2)), Sample.Set("alone", Sample.File("again"), Sample.Vector((1, 2)))));
        Commit(Course(2, 1, 4, Store.RecordIdOf(Sample.Dot(1, 3)), new Change(0, Sample.At("moved"), Sample.File("b"), default, Sample.At("b"), Sample.Vector((1, 1)))));
        Commit(Course(1, 2, 1, null));
        var replacement = Course(1, 1, 2, id);
        var second = replacement.Records[0];
        replacement.Records.AddRange(Course(1, 1, 3, second.Opened.Id, Sample.Set("right", Sample.File("right"))).Records);
        replacement.SetAside[Sample.Author(1)] = 2;
        var old = Store.Versions(Sample.At("a"))[0];
        foreach (var path in new[] { "a", "b" }) replacement.Heads[Sample.At(path)] = [Store.Versions(Sample.At(path)).Single(v => v.Dot == old.Dot)];
        foreach (var path in new[] { "alone", "moved" }) replacement.Heads[Sample.At(path)] = [];
        replacement.Heads[Sample.At("right")] = [.. Core.History.Version.Of(replacement.Records[1].Opened)];
        Commit(replacement);
        return (replacement, [first.Records[0], .. replacement.Records]);
    }

    private static CommitBatch Course(int course, int author, long number, RecordId? previous, params Change[] changes)
    {
        var header = new RecordHeader(Sample.Author(author), number, previous ?? default, new HybridTime(course), Sample.Hash("body"), 1, [], []);
        var signed = new SignedRecord(RecordCodec.EncodeHeader(header), new byte[64], new byte[20]);
        var batch = new CommitBatch();
        var opened = new ChangeRecord(RecordCodec.IdOf(signed), header, [.. changes], []);
        batch.Records.Add((signed, opened));
        foreach (var version in Core.History.Version.Of(opened)) batch.Heads[version.Path] = [version];
        return batch;
    }
}
