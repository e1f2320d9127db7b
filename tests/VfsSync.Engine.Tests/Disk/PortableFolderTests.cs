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
        Assert.Empty(_folder.SweepAside());
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

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _disk.Dispose();
    }
}
