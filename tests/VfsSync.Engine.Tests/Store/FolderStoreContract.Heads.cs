using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Engine.Tests.Store;

public abstract partial class FolderStoreContract
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_head_comes_back_as_it_was(bool withdrawn)
    {
        var version = new Version(
            Sample.At("to"), Sample.Dot(1, 1), Sample.Opened(Sample.Dot(1, 1), false).Id, new HybridTime(long.MaxValue), Sample.Vector((1, 1), (2, 7), (3, long.MaxValue)),
            Sample.File("one", "two"), null, Sample.At("from"), Sample.Vector((2, 7)), withdrawn);
        var batch = new CommitBatch();
        batch.Records.Add((Sample.Signed(version.Dot), Sample.Opened(version.Dot, false)));
        batch.Heads[version.Path] = [version];
        Commit(batch);
        Assert.Equal(version, Assert.Single(Store.Heads(version.Path)));
    }

    [Fact]
    public void Every_kind_of_entry_comes_back_as_it_was()
    {
        var number = 0;
        foreach (var entry in Entries)
        {
            Commit(Sample.Batch(Sample.Dot(1, ++number), Sample.Set("a", entry)));
            Commit(Sample.Rows(Sample.Row("a", entry)));
            Assert.Equal(entry, Assert.Single(Store.Heads(Sample.At("a"))).Entry);
            Assert.Equal(entry, Store.OnDisk(Sample.At("a"))!.Entry);
        }
    }

    private static readonly Entry[] Entries =
    [
        Entry.Absent, Entry.Directory(0b111_101_101), Entry.Symlink("../ähm\n", -1), Entry.File(Manifest.Empty, 0, 0), Sample.File("x"),
        Entry.File(new Manifest(1L << 50, 3, [Sample.Chunk("deep")]), long.MinValue, 0x1FF),
    ];

    [Fact]
    public void New_heads_replace_the_old_ones_which_stay_in_history()
    {
        Commit(Sample.Batch(Sample.Dot(1, 1), Sample.Set("a", Sample.File("old"))));
        Commit(Sample.Batch(Sample.Dot(1, 2), Sample.Set("a", Sample.File("new"), Sample.Vector((1, 1)))));
        Assert.Equal(Sample.Dot(1, 2), Assert.Single(Store.Heads(Sample.At("a"))).Dot);
        Assert.Equal([Sample.Dot(1, 1), Sample.Dot(1, 2)], Store.Versions(Sample.At("a")).Select(v => v.Dot));
        Assert.Equal(Sample.File("old"), Store.Versions(Sample.At("a"))[0].Entry);
    }

    [Fact]
    public void Heads_that_their_rows_do_not_show_as_they_are_are_found()
    {
        string[] names = ["absent", "as it is", "another dot", "copy of another", "directory for a file", "gone", "no row", "of another", "real directory"];
        var directory = Entry.Directory(0x1ED);
        foreach (var number in (long[])[1, 2]) Commit(Sample.Batch(Sample.Dot(1, number), Sample.Set("absent", Sample.File($"{number}"))));
        Commit(Sample.Batch(Sample.Dot(1, 3), [.. names.Select(n => Sample.Set(n, n switch { "gone" => Entry.Absent, "real directory" => directory, _ => Sample.File(n) }))]));
        Commit(Sample.Rows(
            Sample.Row("absent", Entry.Absent), Sample.Row("as it is"), Sample.Row("another dot") with { Shown = Sample.Dot(1, 2) }, Sample.Row("copy of another", origin: "x"),
            Sample.Row("directory for a file", directory), Sample.Row("gone", Entry.Absent), Sample.Row("of another") with { Of = Sample.At("x") }, Sample.Row("real directory", directory),
            Sample.Row("without a head"), Sample.Row("without a head, and gone", Entry.Absent)));
        Assert.Equal(["absent", "another dot", "copy of another", "directory for a file", "no row", "of another", "without a head"], Store.HeadsNotShown().Select(p => p.Text));
    }

    [Fact]
    public void Several_heads_stand_side_by_side_sorted_by_dot()
    {
        var batch = new CommitBatch();
        Sample.AddRecord(batch, Sample.Dot(2, 1), Sample.Set("a", Sample.File("two")));
        var two = batch.Heads[Sample.At("a")][0];
        Sample.AddRecord(batch, Sample.Dot(1, 1), Sample.Set("a", Sample.File("one")));
        batch.Heads[Sample.At("a")] = [two, batch.Heads[Sample.At("a")][0]];
        Commit(batch);
        Assert.Equal(new[] { Sample.Dot(1, 1), Sample.Dot(2, 1) }.Order(), Store.Heads(Sample.At("a")).Select(v => v.Dot));
        Assert.Equal(2, Store.Versions(Sample.At("a")).Count);
    }

    [Fact]
    public void A_version_that_is_no_head_enters_history_only()
    {
        Commit(Sample.Batch(Sample.Dot(1, 1), Sample.Set("a", Sample.File("stands"))));
        var refused = Sample.Batch(Sample.Dot(2, 1), Sample.Set("a", Sample.File("refused")));
        refused.Heads.Clear();
        Commit(refused);
        Assert.Equal(Sample.Dot(1, 1), Assert.Single(Store.Heads(Sample.At("a"))).Dot);
        Assert.Equal(2, Store.Versions(Sample.At("a")).Count);
    }

    [Fact]
    public void A_past_version_may_become_a_head_again_and_is_there_once()
    {
        Commit(Sample.Batch(Sample.Dot(1, 1), Sample.Set("a", Sample.File("old"))));
        var old = Store.Heads(Sample.At("a"));
        Commit(Sample.Batch(Sample.Dot(2, 1), Sample.Set("a", Sample.File("denied later"), Sample.Vector((1, 1)))));
        var batch = new CommitBatch { Heads = { [Sample.At("a")] = old } };
        Commit(batch);
        Assert.Equal(old, Store.Heads(Sample.At("a")));
        Assert.Equal(2, Store.Versions(Sample.At("a")).Count);
    }

    [Fact]
    public void An_empty_head_set_leaves_the_path_in_history_alone()
    {
        Commit(Sample.Batch(Sample.Dot(1, 1), Sample.Set("d/a", Sample.File("x"))));
        Commit(new CommitBatch { Heads = { [Sample.At("d/a")] = [] } });
        Assert.Empty(Store.Heads(Sample.At("d/a")));
        Assert.Empty(Store.LiveBelow(Sample.At("d")));
        Assert.Single(Store.Versions(Sample.At("d/a")));
    }

    [Fact]
    public void A_rename_is_found_from_its_target()
    {
        Commit(Sample.Batch(Sample.Dot(1, 1), Sample.Set("a", Sample.File("x"))));
        Commit(Sample.Batch(Sample.Dot(1, 2), new Change(0, Sample.At("b"), Sample.File("x"), default, Sample.At("a"), Sample.Vector((1, 1)))));
        var moved = Assert.Single(Store.HeadsMovedTo(Sample.At("b")));
        Assert.Equal((Sample.At("a"), Sample.At("b")), (moved.Path, moved.MovedTo));
        Assert.Empty(Store.HeadsMovedTo(Sample.At("a")));
        Commit(Sample.Batch(Sample.Dot(1, 3), Sample.Set("a", Sample.File("again"), Sample.Vector((1, 2)))));
        Assert.Empty(Store.HeadsMovedTo(Sample.At("b")));
    }

    [Fact]
    public void Live_below_shows_what_is_there_in_path_order_without_the_directory_itself()
    {
        var n = 0;
        foreach (var path in new[] { "d", "d/b", "d/a/x", "d!", "d0", "e", "d/a" }) Commit(Sample.Batch(Sample.Dot(1, ++n), Sample.Set(path, Sample.File(path))));
        Commit(Sample.Batch(Sample.Dot(1, ++n), Sample.Set("d/gone", Entry.Absent)));
        Assert.Equal(["d/a", "d/a/x", "d/b"], Store.LiveBelow(Sample.At("d")).Select(p => p.Text));
        Assert.Equal(["d/a", "d/a/x"], Store.LiveBelow(Sample.At("d"), 2).Select(p => p.Text));
        Assert.Equal(["d", "d/a", "d/a/x", "d/b", "d!", "d0", "e"], Store.LiveBelow(EntryPath.Root).Select(p => p.Text));
    }

    [Fact]
    public void A_path_with_two_live_heads_is_live_once()
    {
        var batch = Sample.Batch(Sample.Dot(1, 1), Sample.Set("d/a", Sample.File("one")));
        var one = batch.Heads[Sample.At("d/a")][0];
        Sample.AddRecord(batch, Sample.Dot(2, 1), Sample.Set("d/a", Sample.File("two")));
        batch.Heads[Sample.At("d/a")] = [one, .. batch.Heads[Sample.At("d/a")]];
        Commit(batch);
        Assert.Single(Store.LiveBelow(Sample.At("d"), 2));
    }
}
