using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Tests.Store;

/// <summary>Versions that do not hold are in no path's history, and are kept all the same.</summary>
public abstract partial class FolderStoreContract
{
    [Fact]
    public void What_does_not_hold_enters_no_history_and_is_kept()
    {
        var batch = Sample.Batch(Sample.Dot(1, 1), Sample.Set("a", Sample.File("denied")));
        batch.Heads.Clear();
        batch.Denied.AddRange(Core.History.Version.Of(batch.Records[0].Opened));
        Commit(batch);
        Assert.Empty(Store.Heads(Sample.At("a")));
        Assert.Empty(Store.Versions(Sample.At("a")));
        Assert.Empty(Store.VersionsFrom(Sample.Dot(1, 1)));
        Assert.Equal(batch.Denied, Store.Denied(Sample.At("a")));
        Assert.Equal(batch.Denied, Store.DeniedFrom(Sample.Dot(1, 1)));
        Assert.Empty(Store.DeniedFrom(Sample.Dot(1, 2)));
        Assert.Empty(Store.DeniedFrom(Sample.Dot(2, 1)));
        Assert.Equal(1, Store.Cursor[Sample.Author(1)]);
    }

    [Fact]
    public void A_verdict_may_turn_and_turn_again()
    {
        Commit(Sample.Batch(Sample.Dot(1, 1), Sample.Set("a", Sample.File("old"))));
        Commit(Sample.Batch(Sample.Dot(1, 2), Sample.Set("a", Sample.File("new"), Sample.Vector((1, 1)))));
        var (old, turned) = (Store.Versions(Sample.At("a")).Single(v => v.Dot.Number == 1), Store.Heads(Sample.At("a")).Single());
        Commit(new CommitBatch { Denied = { turned }, Heads = { [Sample.At("a")] = [old] } });
        Assert.Equal([old], Store.Heads(Sample.At("a")));
        Assert.Equal([old], Store.Versions(Sample.At("a")));
        Assert.Equal([turned], Store.Denied(Sample.At("a")));
        Commit(new CommitBatch { Granted = { turned }, Heads = { [Sample.At("a")] = [turned] } });
        Assert.Equal([turned], Store.Heads(Sample.At("a")));
        Assert.Equal([old, turned], Store.Versions(Sample.At("a")));
        Assert.Empty(Store.Denied(Sample.At("a")));
        Commit(new CommitBatch { Denied = { old, turned }, Heads = { [Sample.At("a")] = [] } });
        Assert.Empty(Store.Versions(Sample.At("a")));
        Assert.Empty(Store.LiveBelow(EntryPath.Root));
        Commit(new CommitBatch { SetAside = { [Sample.Author(1)] = 2 } });
        Assert.Equal([old], Store.Denied(Sample.At("a")));
    }

    [Fact]
    public void Rows_of_changes_that_stay_here_are_found()
    {
        Commit(Sample.Rows(Sample.Row("b") with { LocalOnly = true }, Sample.Row("a") with { LocalOnly = true, LocalName = "A", Of = Sample.At("x") }, Sample.Row("c"), Sample.Row("d", Entry.Absent) with { LocalOnly = true, Placed = false }));
        Assert.Equal(["a", "b", "d"], Store.LocalOnly().Select(r => r.Path.Text));
        Assert.Equal(Store.OnDisk(Sample.At("a")), Store.LocalOnly()[0]);
        Commit(Sample.Rows(Sample.Row("b")));
        Assert.Equal(["a", "d"], Store.LocalOnly().Select(r => r.Path.Text));
    }

    [Fact]
    public void Headers_are_found_by_their_name()
    {
        var (signed, opened) = Sample.Real(Sample.Dot(1, 1));
        Commit(new CommitBatch { Records = { (signed, opened) } });
        Assert.Equal(opened.Header.Time, Store.HeaderOf(Sample.Dot(1, 1))!.Time);
        Assert.Null(Store.HeaderOf(Sample.Dot(1, 2)));
        Assert.Null(Store.HeaderOf(Sample.Dot(2, 1)));
    }
}
