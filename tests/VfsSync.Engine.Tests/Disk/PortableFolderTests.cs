using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;
using VfsSync.Engine.Disk.Portable;

namespace VfsSync.Engine.Tests.Disk;

public sealed class PortableFolderTests : WorkingFolderContract
{
    private readonly OnDisk _disk = new();
    private readonly PortableFolder _folder;

    public PortableFolderTests() => _folder = new PortableFolder(_disk.Root);

    private protected override IWorkingFolder Folder => _folder;

    private protected override bool HasModes => _folder.HoldsModes;

    private protected override void UserWrites(string path, string text) => _disk.Write(path, text);

    private protected override string? UserReads(string path) => _disk.Read(path);

    private protected override void UserMakesDirectory(string path) => Directory.CreateDirectory(_disk[path]);

    private protected override void UserMakesSymlink(string path, string target) => File.CreateSymbolicLink(_disk[path], target);

    private protected override void UserDeletes(string path) => _disk.Delete(path);

    private protected override void UserRenames(string from, string to) => _disk.Rename(from, to);

    [Theory]
    [InlineData("a:b")]
    [InlineData("dir/NUL")]
    [InlineData("com1.txt")]
    [InlineData("aux .c")]
    [InlineData("ends with a dot.")]
    [InlineData("ends with a space /x")]
    [InlineData("what?")]
    [InlineData("back\\slash")]
    [InlineData("line\nbreak")]
    public void Names_that_Windows_cannot_hold_are_known(string name) =>
        Assert.Equal(ProblemKind.NameNotHere, LocalNames.WindowsObjection(At(name))?.Kind);

    [Theory]
    [InlineData("common.txt")]
    [InlineData("con-artist/nullable.cs")]
    [InlineData(".hidden")]
    [InlineData("emoji 🎉")]
    public void Names_that_Windows_can_hold_are_known(string name) => Assert.Null(LocalNames.WindowsObjection(At(name)));

    [Fact]
    public void A_file_that_was_replaced_stays_aside_until_it_is_known_that_nobody_writes_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows tells who has a file open.");
        UserWrites("file", "old");
        using var program = new StreamWriter(_disk["file"], append: true);
        Put("file", "new", Stamp("file"));
        program.Write(" and more");
        program.Flush();
        Assert.Equal(At("file"), Assert.Single(_folder.Aside).Origin);
        Assert.Empty(Sweep());
        Assert.Single(_folder.Aside);
    }

    [Fact]
    public void A_root_that_vanishes_is_noticed()
    {
        using var hints = new HintLog(_folder);
        Directory.Move(_disk.Root, _disk.Root + "-elsewhere");
        hints.Await(EntryPath.Root, HintKind.RootGone);
        Assert.False(_folder.RootIsThere());
    }

    [Fact]
    public void Where_names_that_look_alike_are_one_the_second_is_a_problem_and_the_first_stays()
    {
        SkipUnlessOneNameOnly();
        UserWrites("name", "1");
        var outcome = Put("NAME", "2", null);
        Assert.Equal((PutResult.Failed, ProblemKind.NameNotHere), (outcome.Result, outcome.Problem?.Kind));
        Assert.Equal(default, _folder.Look(At("NAME")));
        Assert.NotEqual(PutResult.Done, _folder.Remove(At("NAME"), Stamp("name")).Result);
        Assert.NotEqual(PutResult.Done, _folder.SetAttributes(At("NAME"), FileEntry("1", 0x180), Stamp("name")).Result);
        Assert.Equal("1", UserReads("name"));
    }

    [Fact]
    public void Where_names_that_look_alike_are_one_nothing_is_put_into_or_taken_from_the_other_directory()
    {
        SkipUnlessOneNameOnly();
        UserWrites("dir/file", "1");
        Assert.Equal(PutResult.Failed, _folder.PutDirectory(At("DIR"), Entry.Directory(0x1ED), null).Result);
        Assert.Equal(ProblemKind.NameNotHere, Put("DIR/new", "2", null).Problem?.Kind);
        Assert.Equal(default, _folder.Look(At("DIR/file")));
        Assert.NotEqual(PutResult.Done, _folder.Remove(At("DIR/file"), Stamp("dir/file")).Result);
        Assert.Equal([At("dir/file")], _folder.List(At("dir")).Entries.Select(e => e.Path));
    }

    [Theory]
    [InlineData("name", "NAME")]
    [InlineData("dir/name", "dir/Name")]
    public void A_rename_may_change_but_how_a_name_is_spelled(string from, string to)
    {
        SkipUnlessOneNameOnly();
        SkipOnLinux();
        UserWrites(from, "1");
        Assert.Equal(PutResult.Done, _folder.Rename(At(from), At(to), FileEntry("1"), Stamp(from)).Result);
        Assert.Equal((default, EntryKind.File), (_folder.Look(At(from)), _folder.Look(At(to)).Kind));
    }

    [Fact]
    public void A_rename_may_change_but_how_a_directory_is_spelled()
    {
        SkipUnlessOneNameOnly();
        SkipOnLinux();
        UserWrites("dir/file", "1");
        Assert.Equal(PutResult.Done, _folder.Rename(At("dir"), At("DIR"), Entry.Directory(0x1ED), Stamp("dir")).Result);
        Assert.Equal([At("DIR")], _folder.List(EntryPath.Root).Entries.Select(e => e.Path));
        Assert.Equal("1", UserReads("DIR/file"));
    }

    private void SkipUnlessOneNameOnly() => Assert.SkipUnless(Directory.Exists(_disk[".VFS"]), "This disk tells names apart that differ in case alone.");

    private static void SkipOnLinux() => Assert.SkipWhen(OperatingSystem.IsLinux(), "To .NET on Linux this is a move onto another.");

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _disk.Dispose();
    }
}
