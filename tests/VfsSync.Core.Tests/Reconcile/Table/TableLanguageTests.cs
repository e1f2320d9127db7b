using VfsSync.Core.Reconcile;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Tests.Reconcile.Table;

/// <summary>What rows are written in, and that a row which is wrong fails.</summary>
public sealed class TableLanguageTests
{
    [Theory]
    [InlineData("a=1", "a=1")]
    [InlineData("a=", "a=")]
    [InlineData("a=1, b=2", "a=1 b=2")]
    [InlineData("a=1, a=2", "a=2")]
    [InlineData("a=1, a+=2", "a=12")]
    [InlineData("a=1, a:=2", "a=2")]
    [InlineData("d/", "d/")]
    [InlineData("d/e/a=1", "d/e/a=1")]
    [InlineData("d/, d/a=1, rm d/a", "d/")]
    [InlineData("d/a=1, e/b=2, rm d", "e/b=2")]
    [InlineData("l->x", "l->x")]
    [InlineData("a=1, mv a b", "b=1")]
    [InlineData("a=1, mv a d/b", "d/b=1")]
    [InlineData("a=1, b=2, mv a b", "b=1")]
    [InlineData("d/a=1, d/s/b=2, mv d e", "e/a=1 e/s/b=2")]
    [InlineData("a=1, b=2, swap a b", "a=2 b=1")]
    [InlineData("d/a=1, e/b=2, swap d e", "d/b=2 e/a=1")]
    [InlineData("a=1, chmod a 600", "a=1:600")]
    [InlineData("d/a=1, chmod d 700", "d/:700 d/a=1")]
    [InlineData("a=1, chmod a 600, a=2", "a=2:600")]
    [InlineData("a=1, touch a", "a=1~A")]
    [InlineData("a=1, touch a, a=2", "a=2")]
    public void What_users_do_and_the_tree_that_comes_of_it(string deeds, string tree) => Assert.Equal(tree, Tree(Disk(deeds)));

    [Theory]
    [InlineData("rm a")]
    [InlineData("mv a b")]
    [InlineData("a=1, a/")]
    [InlineData("d/, d=1")]
    [InlineData("a=1, a/b=2")]
    [InlineData("a=1, d/, mv a d")]
    [InlineData("d/a=1, e/b=2, mv d e")]
    [InlineData("chmod a 600")]
    public void What_no_disk_would_do_is_refused(string deeds) => Assert.Throws<InvalidOperationException>(() => Disk(deeds));

    [Theory]
    [InlineData("a")]
    [InlineData("cp a b")]
    public void What_means_nothing_is_refused(string deed) => Assert.Throws<FormatException>(() => Disk(deed));

    [Fact]
    public void A_semicolon_parts_looks() => Assert.Equal(["a=1, b=2", "rm a"], UserText.Looks("a=1, b=2; rm a"));

    [Fact]
    public void A_rename_keeps_the_inode_and_an_edit_in_place_too()
    {
        var disk = Disk("a=1, b=2");
        var inode = disk.Things[Samples.Path("a")].Inode;
        UserText.Do("a=3, mv a b", disk);
        Assert.Equal(inode, disk.Things[Samples.Path("b")].Inode);
        UserText.Do("b:=4", disk);
        Assert.NotEqual(inode, disk.Things[Samples.Path("b")].Inode);
    }

    [Theory]
    [InlineData("a.conflict-A-20270115-080010-0a1b2c", "a!A")]
    [InlineData("d/a.conflict-A-20270115-080010-0a1b2c.txt", "d/a!A.txt")]
    [InlineData("a.conflict-A-20270115-080010-0a1b2c.conflict-B-20270115-080010-0a1b2c", "a!A!B")]
    public void Names_of_copies_are_told_shortly(string name, string told) => Assert.Equal(told, TreeText.Short(name));

    [Fact]
    public void A_step_meets_a_surprise_where_the_disk_is_not_as_expected()
    {
        var disk = Disk("a=1, d/b=2");
        var row = new IndexRow(Samples.Path("a"), disk.At(Samples.Path("a")), disk.Things[Samples.Path("a")].Stamp, default, default, Samples.Path("a"));
        var directory = new IndexRow(Samples.Path("d"), disk.At(Samples.Path("d")), disk.Things[Samples.Path("d")].Stamp, default, default, Samples.Path("d"));
        UserText.Do("a=3", disk);
        Assert.Equal(Core.Session.StepResult.Surprise, disk.Take(new FileStep(Wanted("a", ModelDisk.Content("4")), row)).Result);
        Assert.Equal(Core.Session.StepResult.Surprise, disk.Take(new RemoveStep(Wanted("a", Entry.Absent), row)).Result);
        Assert.Equal(Core.Session.StepResult.Surprise, disk.Take(new RenameStep(Wanted("c", ModelDisk.Content("1")), Samples.Path("a"), row)).Result);
        Assert.Equal(Core.Session.StepResult.Surprise, disk.Take(new RemoveStep(Wanted("d", Entry.Absent), directory)).Result);
        Assert.Equal(Core.Session.StepResult.Surprise, disk.Take(new FileStep(Wanted("n/x", ModelDisk.Content("4")), null)).Result);
        Assert.Equal("a=3 d/b=2", Tree(disk));
    }

    [Fact]
    public void A_row_that_promises_something_else_fails()
    {
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => RowRun.Check(new Row("F2", "a=1", "a=2", "a=3", "a=2 a!B=3")));
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => RowRun.Check(new Row("F2", "a=1", "a=2", "", "a=2", Steps: "remove a, put a")));
        RowRun.Check(new Row("F2", "a=1", "a=2", "a=3", "a=3 a!A=2"));
    }

    private static Placement Wanted(string path, Entry entry) => new(Samples.Path(path), entry, default, default, Samples.Path(path));

    private static ModelDisk Disk(string deeds)
    {
        var disk = new ModelDisk(1);
        UserText.Do(deeds, disk);
        return disk;
    }

    private static string Tree(ModelDisk disk) => TreeText.Of(disk.Things.Select(t => KeyValuePair.Create(t.Key, t.Value.Entry)));
}
