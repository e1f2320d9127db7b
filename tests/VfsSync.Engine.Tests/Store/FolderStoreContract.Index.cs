using System.Text;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Tests.Store;

public abstract partial class FolderStoreContract
{
    [Fact]
    public void A_row_comes_back_as_it_was()
    {
        var plain = Sample.Row("a/b");
        var odd = Sample.Row("a/c:", inode: ulong.MaxValue, origin: "z", localName: "c_", placed: false) with { LocalOnly = true };
        Commit(Sample.Rows(plain, odd));
        Assert.Equal(plain, Store.OnDisk(plain.Path));
        Assert.Equal(odd, Store.OnDisk(odd.Path));
    }

    [Fact]
    public void A_row_is_replaced_and_removed()
    {
        Commit(Sample.Rows(Sample.Row("a", inode: 1, origin: "x")));
        var changed = Sample.Row("a", Sample.File("more"), inode: 2);
        Commit(Sample.Rows(changed));
        Assert.Equal(changed, Store.OnDisk(changed.Path));
        Assert.Empty(Store.WithInode(1));
        Assert.Empty(Store.ShownFor(Sample.At("x")));
        Commit(new CommitBatch { Index = { [changed.Path] = null } });
        Assert.Null(Store.OnDisk(changed.Path));
        Commit(new CommitBatch { Index = { [changed.Path] = null } });
        Assert.Empty(Store.Rows());
    }

    [Fact]
    public void Rows_are_found_below_a_directory_in_path_order()
    {
        Commit(Sample.Rows(new[] { "d", "d/b", "d/a/x", "d!", "d0", "d/a" }.Select(p => Sample.Row(p)).ToArray()));
        Assert.Equal(["d/a", "d/a/x", "d/b"], Store.OnDiskBelow(Sample.At("d")).Select(r => r.Path.Text));
        Assert.Equal(["d", "d/a", "d/a/x", "d/b", "d!", "d0"], Store.OnDiskBelow(EntryPath.Root).Select(r => r.Path.Text));
        Assert.Equal(Store.OnDiskBelow(EntryPath.Root), Store.Rows());
        Assert.Empty(Store.OnDiskBelow(Sample.At("d/b")));
    }

    [Fact]
    public void Rows_are_found_by_the_path_whose_version_they_show()
    {
        Commit(Sample.Rows(Sample.Row("b"), Sample.Row("b.conflict", origin: "b"), Sample.Row("a.conflict", origin: "b"), Sample.Row("c")));
        Assert.Equal(["a.conflict", "b", "b.conflict"], Store.ShownFor(Sample.At("b")).Select(r => r.Path.Text));
        Assert.Empty(Store.ShownFor(Sample.At("b.conflict")));
    }

    [Fact]
    public void Rows_are_found_by_inode_and_inode_zero_is_none()
    {
        Commit(Sample.Rows(Sample.Row("a", inode: 5), Sample.Row("b", inode: 5), Sample.Row("c", inode: ulong.MaxValue), Sample.Row("d", inode: 0)));
        Assert.Equal(["a", "b"], Store.WithInode(5).Select(r => r.Path.Text));
        Assert.Equal("c", Assert.Single(Store.WithInode(ulong.MaxValue)).Path.Text);
        Assert.Empty(Store.WithInode(0));
    }

    [Fact]
    public void Totals_count_the_files_that_are_on_this_disk()
    {
        Commit(Sample.Rows(Sample.Row("a", Sample.File("four")), Sample.Row("d", Entry.Directory(0)), Sample.Row("n", placed: false)));
        Assert.Equal((1, 4), Store.Totals());
        Commit(Sample.Rows(Sample.Row("a", Sample.File("sixsix")), Sample.Row("b", Entry.File(Manifest.Empty, 0, 0))));
        Assert.Equal((2, 6), Store.Totals());
        Commit(new CommitBatch { Index = { [Sample.At("a")] = null, [Sample.At("nothing")] = null } });
        Assert.Equal((1, 0), Store.Totals());
        Commit(Sample.Rows(Sample.Row("b", Entry.Directory(0))));
        Assert.Equal((0, 0), Store.Totals());
    }

    [Fact]
    public void Places_tell_where_each_chunk_lies()
    {
        Place("b", "one", "three");
        Place("a", "three", "one", "three");
        Assert.Equal([("a", 0L, 5), ("a", 8L, 5), ("b", 3L, 5)], Places("three"));
        Assert.Equal([("a", 5L, 3), ("b", 0L, 3)], Places("one"));
        Assert.Empty(Places("other"));
    }

    [Theory]
    [InlineData("one two", "one two three")]
    [InlineData("one two three", "one two")]
    [InlineData("one two three", "zero one two three")]
    [InlineData("one two three", "one 2 three")]
    [InlineData("one two", "")]
    public void Places_of_a_file_are_replaced(string before, string after)
    {
        Place("f", before.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Place("f", after.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        foreach (var chunk in new[] { "zero", "one", "two", "2", "three" })
        {
            var at = after.Split(' ').TakeWhile(c => c != chunk).Sum(c => c.Length);
            Assert.Equal(after.Contains(chunk, StringComparison.Ordinal) ? [("f", at, chunk.Length)] : [], Places(chunk));
        }
    }

    [Fact]
    public void Removing_a_row_removes_its_places()
    {
        Place("f", "one");
        Commit(new CommitBatch { Index = { [Sample.At("f")] = null } });
        Assert.Empty(Places("one"));
        Commit(Sample.Rows(Sample.Row("f")));
        Assert.Empty(Places("one"));
    }

    [Fact]
    public void Places_of_a_path_without_a_row_are_dropped()
    {
        Commit(new CommitBatch { Places = { [Sample.At("f")] = [Sample.Chunk("one")] } });
        Commit(Sample.Rows(Sample.Row("f")));
        Assert.Empty(Places("one"));
    }

    [Fact]
    public void Hostile_names_are_names_like_any_other()
    {
        string[] names = ["new\nline", "tab\t", "'; drop table shown; --", "\u0001", "\uFFFF", "\uE000", "\U0001F600", "é", "e\u0301", "%", "_", "*", "CON", "a:b", "\\", "~", " ", "x\u007F"];
        var paths = names.Select(n => Sample.At($"dir/{n}/leaf")).ToArray();
        Commit(Sample.Rows([.. paths.Select(p => Sample.Row(p.Text))]));
        Commit(Sample.Batch(Sample.Dot(1, 1), [.. paths.Select(p => Sample.Set(p.Text, Sample.File(p.Text)))]));
        Assert.Equal(paths.Order(), Store.OnDiskBelow(Sample.At("dir")).Select(r => r.Path));
        Assert.Equal(paths.Order(), Store.LiveBelow(Sample.At("dir")));
        foreach (var path in paths)
        {
            Assert.Equal(path, Store.OnDisk(path)!.Path);
            Assert.Equal([path], Store.LiveBelow(path.Parent));
        }
    }

    [Fact]
    public void The_longest_path_fits()
    {
        var path = Sample.At(new StringBuilder().Insert(0, "é/", 10_666).Append("xx").ToString());
        Assert.Equal(EntryPath.MaxBytes, Encoding.UTF8.GetByteCount(path.Text));
        Commit(Sample.Rows(Sample.Row(path.Text, origin: path.Parent.Text, inode: 3)));
        Commit(Sample.Batch(Sample.Dot(1, 1), new Change(0, Sample.At("to"), Sample.File("x"), default, path, default)));
        Assert.Equal(path, Store.OnDisk(path)!.Path);
        Assert.Equal(path, Assert.Single(Store.ShownFor(path.Parent)).Path);
        Assert.Equal(path, Assert.Single(Store.HeadsMovedTo(Sample.At("to"))).Path);
    }

    [Fact]
    public void Many_rows_come_back_whole_and_in_order()
    {
        var paths = Enumerable.Range(0, 1000).Select(i => Sample.At($"d{i % 7}/f{i}")).ToArray();
        Commit(Sample.Rows([.. paths.Select(p => Sample.Row(p.Text))]));
        Assert.Equal(paths.Order(), Store.Rows().Select(r => r.Path));
    }

    private void Place(string path, params string[] chunks)
    {
        var batch = Sample.Rows(Sample.Row(path));
        batch.Places[Sample.At(path)] = [.. chunks.Select(Sample.Chunk)];
        Store.Commit(batch, Durability.Ordered);
    }

    private IEnumerable<(string, long, int)> Places(string chunk) => Store.PlacesOf(Sample.Chunk(chunk).Id).Select(p => (p.Path.Text, p.Offset, p.Length));
}
