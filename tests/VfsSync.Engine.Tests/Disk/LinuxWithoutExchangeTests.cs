using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;
using VfsSync.Engine.Disk.Linux;

namespace VfsSync.Engine.Tests.Disk;

/// <summary>A disk on which two names cannot change places in one step (NFS, CIFS, exFAT): what stands there comes out first.</summary>
public sealed class LinuxWithoutExchangeTests : WorkingFolderContract
{
    private readonly OnDisk _disk = new();
    private readonly LinuxFolder _folder;

    public LinuxWithoutExchangeTests()
    {
        Assert.SkipUnless(Libc.IsSupported, "This is not Linux.");
        _folder = new LinuxFolder(_disk.Root) { Exchanges = false };
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_write_right_before_is_found_in_what_came_out(bool inPlace)
    {
        UserWrites("file", "old");
        var seen = Stamp("file");
        Between("take out", () =>
        {
            if (inPlace) UserWrites("file", "mine, written at the last moment");
            else
            {
                UserWrites("new", "mine, written at the last moment");
                File.Move(_disk["new"], _disk["file"], overwrite: true);
            }
        });
        Assert.Equal(PutResult.Surprise, Put("file", "theirs", seen).Result);
        Assert.Equal("mine, written at the last moment", UserReads("file"));
        Assert.Empty(_folder.Aside);
        Assert.Equal(PutResult.Done, Put("file", "theirs", Stamp("file")).Result);
        Assert.Equal("theirs", UserReads("file"));
    }

    [Fact]
    public void What_a_program_saves_while_nothing_has_the_name_stays()
    {
        UserWrites("file", "old");
        Between("follow", () => UserWrites("file", "mine"));
        Assert.Equal(PutResult.Surprise, Put("file", "theirs", Stamp("file")).Result);
        Assert.Equal("mine", UserReads("file"));
        Assert.Empty(Sweep());
        Assert.Empty(_folder.Aside);
    }

    [Fact]
    public void A_program_that_writes_on_into_what_was_replaced_loses_no_line()
    {
        UserWrites("log", "one\n");
        using (var program = File.Open(_disk["log"], FileMode.Append, FileAccess.Write, FileShare.ReadWrite))
        {
            Assert.Equal(PutResult.Done, Put("log", "theirs", Stamp("log")).Result);
            program.Write("two\n"u8);
        }
        Assert.Equal(PutResult.Done, _folder.ReturnAside(SweptOne(), At("copy")).Result);
        Assert.Equal(("theirs", "one\ntwo\n"), (UserReads("log"), UserReads("copy")));
    }

    [Theory]
    [InlineData("file")]
    [InlineData("symlink")]
    [InlineData("directory")]
    public void A_node_that_ends_while_nothing_has_the_name_puts_back_what_stood_there(string kind)
    {
        UserWrites("dir/file", "old");
        var seen = Stamp("dir/file");
        Between("follow", () => throw new IOException("The node is killed."));
        _ = kind switch
        {
            "file" => PutAndDie("dir/file", seen),
            "symlink" => _folder.PutSymlink(At("dir/file"), Entry.Symlink("elsewhere", LongAgo), seen),
            _ => _folder.PutDirectory(At("dir/file"), Entry.Directory(0x1ED), seen),
        };
        Assert.Null(UserReads("dir/file"));
        using var again = new LinuxFolder(_disk.Root);
        again.CleanStaging();
        Assert.Equal("old", UserReads("dir/file"));
        Assert.True(again.Look(At("dir/file")).IsMoved(seen));
        Assert.Empty(again.Aside);
    }

    [Fact]
    public void What_was_replaced_does_not_come_back_where_its_user_removed_what_followed()
    {
        UserWrites("file", "old");
        Between("followed", () => throw new IOException("The node is killed."));
        _ = Put("file", "theirs", new Expected(Stamp("file"), Content("old")));
        Assert.Equal("theirs", UserReads("file"));
        UserDeletes("file");
        using var again = new LinuxFolder(_disk.Root);
        again.CleanStaging();
        Assert.Null(UserReads("file"));
        Assert.Single(again.Aside);
    }

    [Fact]
    public void Nothing_is_renamed_over_what_came_in_the_same_moment_though_the_disk_cannot_be_asked_to_keep_it()
    {
        UserWrites("a", "mine");
        UserWrites("b", "theirs");
        Assert.Equal(-Errno.Exists, LinuxFolder.LinkToNothing(-100, _disk["a"], -100, _disk["b"]));
        Assert.Equal(("mine", "theirs"), (UserReads("a"), UserReads("b")));
        Assert.Equal(0, LinuxFolder.LinkToNothing(-100, _disk["a"], -100, _disk["c"]));
        Assert.Equal((null, "mine"), (UserReads("a"), UserReads("c")));
        UserMakesDirectory("d");
        Assert.Equal(0, LinuxFolder.LinkToNothing(-100, _disk["d"], -100, _disk["e"]));
        Assert.True(Directory.Exists(_disk["e"]));
    }

    [Fact]
    public void What_came_out_does_not_take_the_place_of_what_has_come_since()
    {
        UserWrites("file", "old");
        var seen = Stamp("file");
        Between("follow", () => throw new IOException("The node is killed."));
        _ = Put("file", "theirs", seen);
        UserWrites("file", "mine");
        using var again = new LinuxFolder(_disk.Root);
        again.CleanStaging();
        Assert.Equal("mine", UserReads("file"));
        Assert.Equal(At("file"), Assert.Single(again.Aside).Origin);
    }

    [Fact]
    public void This_disk_is_asked_whether_it_exchanges()
    {
        using var folder = new LinuxFolder(_disk.Root);
        File.WriteAllText(_disk["a"], "a");
        Directory.CreateDirectory(_disk["b"]);
        Assert.Equal(Libc.Rename(-100, _disk["a"], -100, _disk["b"], Libc.Exchange) == 0, folder.Exchanges);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_disk[".vfs/tmp"]));
    }

    // A process that is killed tidies nothing up.
    private PutOutcome PutAndDie(string path, FileStamp expected)
    {
        var staged = _folder.Stage(10);
        staged.Write("theirs"u8, 0);
        return _folder.PutFile(At(path), staged, Entry.File(Content("theirs"), LongAgo, 0x1A4), expected);
    }

    private void Between(string step, Action act)
    {
        var done = false;
        _folder.Meanwhile = s =>
        {
            if (s != step || done) return;
            done = true;
            act();
        };
    }

    private protected override IWorkingFolder Folder => _folder;

    private protected override void UserWrites(string path, string text) => _disk.Write(path, text);

    private protected override string? UserReads(string path) => _disk.Read(path);

    private protected override void UserMakesDirectory(string path) => Directory.CreateDirectory(_disk[path]);

    private protected override void UserMakesSymlink(string path, string target) => File.CreateSymbolicLink(_disk[path], target);

    private protected override void UserDeletes(string path) => _disk.Delete(path);

    private protected override void UserRenames(string from, string to) => _disk.Rename(from, to);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _disk.Dispose();
    }
}
