using System.Text;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;
using VfsSync.Engine.Disk.InMemory;

namespace VfsSync.Engine.Tests.Disk;

public sealed class MemoryFolderTests : WorkingFolderContract
{
    private readonly MemoryFolder _folder = new(() => Stamps.NowNs);

    private protected override IWorkingFolder Folder => _folder;

    private protected override void UserWrites(string path, string text) => _folder.UserWrite(At(path), Encoding.UTF8.GetBytes(text));

    private protected override string? UserReads(string path) => Read(_folder, path);

    private protected override void UserMakesDirectory(string path) => _folder.UserMkdir(At(path));

    private protected override void UserMakesSymlink(string path, string target) => _folder.UserSymlink(At(path), target);

    private protected override void UserDeletes(string path) => _folder.UserDelete(At(path));

    private protected override void UserRenames(string from, string to) => _folder.UserRename(At(from), At(to));

    [Fact]
    public void A_power_cut_loses_what_was_not_flushed()
    {
        Put("kept", "flushed", null);
        _folder.FlushDirectories();
        Put("lost", "named, but its directory was not flushed", null);
        using (var careless = _folder.Stage(1))
        {
            careless.Write("never flushed"u8, 0);
            _folder.PutFile(At("torn"), careless, FileEntry("x"), null);
        }
        var after = _folder.Crash(_ => false);
        Assert.Equal(("flushed", null), (Read(after, "kept"), Read(after, "lost")));
        _folder.FlushDirectories();
        after = _folder.Crash(_ => false);
        Assert.Equal("", Read(after, "torn"));
        Assert.Equal("never flushed", Read(_folder.Crash(_ => true), "torn"));
    }

    [Fact]
    public void A_power_cut_keeps_order_in_each_directory()
    {
        _folder.UserMkdir(At("a"));
        _folder.UserMkdir(At("b"));
        _folder.UserSync();
        Put("a/1", "1", null);
        Put("b/1", "1", null);
        Put("a/2", "2", null);
        for (var lost = 0; lost < _folder.Unflushed; lost++)
        {
            var index = lost;
            var after = _folder.Crash(i => i != index);
            Assert.True(Read(after, "a/2") is null || Read(after, "a/1") is not null);
        }
    }

    [Fact]
    public void A_rename_survives_whole_or_not_at_all()
    {
        _folder.UserWrite(At("a/file"), "x"u8);
        _folder.UserMkdir(At("b"));
        _folder.UserSync();
        _folder.Rename(At("a/file"), At("b/file"), FileEntry("x"), Stamp("a/file"));
        Assert.Equal(("x", null), (Read(_folder.Crash(_ => false), "a/file"), Read(_folder.Crash(_ => false), "b/file")));
        _folder.FlushDirectories();
        Assert.Equal((null, "x"), (Read(_folder.Crash(_ => false), "a/file"), Read(_folder.Crash(_ => false), "b/file")));
    }

    [Fact]
    public void What_a_program_still_writes_into_comes_back()
    {
        _folder.UserWrite(At("log"), "one\n"u8);
        using (var program = _folder.UserOpen(At("log")))
        {
            Assert.Equal(PutResult.Done, Put("log", "theirs", Stamp("log")).Result);
            program.Append("two\n"u8);
            Assert.Empty(Sweep());
        }
        var back = Assert.Single(Sweep());
        Assert.Equal(At("log"), back.Origin);
        Assert.Equal(PutResult.Done, _folder.ReturnAside(back, At("log.conflict")).Result);
        Assert.Equal(("theirs", "one\ntwo\n"), (UserReads("log"), UserReads("log.conflict")));
        Assert.Empty(_folder.Aside);
    }

    [Fact]
    public void Operations_fail_on_demand()
    {
        _folder.UserWrite(At("file"), "x"u8);
        var seen = Stamp("file");
        _folder.Fails = (operation, path) => operation is "put" or "look" && path == At("file");
        Assert.Equal(PutResult.Failed, Put("file", "theirs", seen).Result);
        Assert.Throws<DiskProblemException>(() => _folder.Look(At("file")));
        _folder.Fails = null;
        Assert.Equal("x", UserReads("file"));
    }

    [Fact]
    public void Directories_that_come_with_a_file_are_told_first()
    {
        using var hints = new HintLog(_folder);
        _folder.UserWrite(At("a/b/file"), "x"u8);
        Assert.Equal([new(At("a"), HintKind.NewTree), new(At("a/b/file"), HintKind.Writing), new(At("a/b/file"), HintKind.Changed)], hints.Heard());
    }

    private static string? Read(MemoryFolder folder, string path)
    {
        if (folder.Look(At(path)).Kind != EntryKind.File) return null;
        using var file = folder.OpenRead(At(path));
        var buffer = new byte[1000];
        return Encoding.UTF8.GetString(buffer, 0, file.Read(buffer, 0));
    }
}
