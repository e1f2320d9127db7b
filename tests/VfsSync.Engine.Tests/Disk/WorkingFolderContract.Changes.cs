using System.Text;
using VfsSync.Core.Content;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;

namespace VfsSync.Engine.Tests.Disk;

/// <summary>Putting in place, and what stays because it is not what was expected.</summary>
public abstract partial class WorkingFolderContract
{
    [Fact]
    public void A_new_file_stands_there_whole_with_its_time_and_mode()
    {
        UserMakesDirectory("dir");
        var outcome = Put("dir/new", "hello", null, mode: 0b101_000_000);
        Assert.Equal(PutResult.Done, outcome.Result);
        Assert.Equal("hello", UserReads("dir/new"));
        var there = Folder.Look(At("dir/new"));
        Assert.True(there.Stamp.SameAs(outcome.Stamp), $"{there.Stamp} is not {outcome.Stamp}");
        Assert.False(outcome.Stamp.Unsure);
        Assert.Equal(LongAgo, there.Stamp.ModifiedNs);
        if (HasModes) Assert.Equal(0b101_000_000, there.Stamp.Mode & 0x1FF);
    }

    [Fact]
    public void A_file_with_a_time_of_this_moment_is_looked_at_again()
    {
        const long FinestGrainNs = 4_000_000;
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            using var staged = Folder.Stage(0);
            var now = Stamps.NowNs;
            var outcome = Folder.PutFile(At($"new {attempt}"), staged, Entry.File(Manifest.Empty, now, 0x1A4), null);
            if (Stamps.NowNs - now >= FinestGrainNs) continue;   // the machine stood still: it is no longer "this moment"
            Assert.True(outcome.Stamp.Unsure);
            return;
        }
        Assert.Fail("No file was put within 4 ms, in 1,000 attempts.");
    }

    [Fact]
    public void A_file_is_replaced_by_a_file()
    {
        UserWrites("file", "old");
        var outcome = Put("file", "new", Stamp("file"));
        Assert.Equal(PutResult.Done, outcome.Result);
        Assert.Equal("new", UserReads("file"));
        Assert.True(Folder.Look(At("file")).Stamp.SameAs(outcome.Stamp));
        Assert.Single(Folder.List(EntryPath.Root).Entries);
    }

    [Fact]
    public void What_stands_where_nothing_was_expected_stays()
    {
        UserWrites("file", "mine");
        Assert.Equal(PutResult.Surprise, Put("file", "theirs", null).Result);
        Assert.Equal("mine", UserReads("file"));
    }

    [Fact]
    public void A_file_that_changed_since_it_was_looked_at_stays()
    {
        UserWrites("file", "old");
        var seen = Stamp("file");
        UserWrites("file", "mine!");
        Assert.Equal(PutResult.Surprise, Put("file", "theirs", seen).Result);
        Assert.Equal("mine!", UserReads("file"));
        Assert.Equal(PutResult.Surprise, Folder.Remove(At("file"), seen).Result);
        Assert.Equal(PutResult.Surprise, Folder.SetAttributes(At("file"), FileEntry("old"), seen).Result);
        Assert.Equal(PutResult.Surprise, Folder.Rename(At("file"), At("other"), FileEntry("old"), seen).Result);
        Assert.Equal("mine!", UserReads("file"));
    }

    [Fact]
    public void Where_the_expected_file_is_gone_nothing_is_put()
    {
        UserWrites("file", "old");
        var seen = Stamp("file");
        UserDeletes("file");
        Assert.Equal(PutResult.Surprise, Put("file", "theirs", seen).Result);
        Assert.Null(UserReads("file"));
        Assert.Equal(PutResult.Surprise, Folder.Remove(At("file"), seen).Result);
    }

    [Fact]
    public void A_missing_directory_is_a_surprise()
    {
        Assert.Equal(PutResult.Surprise, Put("no/file", "x", null).Result);
        Assert.Equal(PutResult.Surprise, Folder.PutDirectory(At("no/dir"), Entry.Directory(0x1ED), null).Result);
        Assert.Equal(PutResult.Surprise, Folder.PutSymlink(At("no/link"), Entry.Symlink("t", LongAgo), null).Result);
    }

    [Fact]
    public void A_staged_file_that_met_a_surprise_can_be_put_again()
    {
        UserWrites("file", "mine");
        using var staged = Folder.Stage(6);
        staged.Write("theirs"u8, 0);
        Assert.Equal(PutResult.Surprise, Folder.PutFile(At("file"), staged, FileEntry("theirs"), null).Result);
        Assert.Equal(PutResult.Done, Folder.PutFile(At("file"), staged, FileEntry("theirs"), Stamp("file")).Result);
        Assert.Equal("theirs", UserReads("file"));
    }

    [Fact]
    public void A_staged_file_is_read_back_as_written()
    {
        using var staged = Folder.Stage(8);
        staged.Write("5678"u8, 4);
        staged.Write("1234"u8, 0);
        staged.Flush(FileEntry("12345678"));
        var buffer = new byte[10];
        Assert.Equal(8, staged.Read(buffer, 0));
        Assert.Equal("12345678", Encoding.UTF8.GetString(buffer, 0, 8));
    }

    [Fact]
    public void A_directory_is_made_and_an_old_one_gets_the_mode()
    {
        var made = Folder.PutDirectory(At("dir"), Entry.Directory(0b111_000_000), null);
        Assert.Equal(PutResult.Done, made.Result);
        UserWrites("dir/file", "x");
        Assert.True(Folder.Look(At("dir")).Is(made.Stamp));
        var again = Folder.PutDirectory(At("dir"), Entry.Directory(0b111_101_000), made.Stamp);
        Assert.Equal(PutResult.Done, again.Result);
        Assert.Equal("x", UserReads("dir/file"));
        if (HasModes) Assert.Equal(0b111_101_000, Folder.Look(At("dir")).Stamp.Mode & 0x1FF);
        Assert.True(Folder.Look(At("dir")).Stamp.SameAs(again.Stamp));
    }

    [Fact]
    public void A_directory_looks_the_same_whatever_comes_into_it()
    {
        UserMakesDirectory("dir");
        var before = Stamp("dir");
        UserWrites("dir/file", "x");
        Assert.True(Stamp("dir").SameAs(before));
    }

    [Fact]
    public void Kinds_replace_each_other()
    {
        UserWrites("x", "file");
        Assert.Equal(PutResult.Done, Folder.PutDirectory(At("x"), Entry.Directory(0x1ED), Stamp("x")).Result);
        Assert.Equal(EntryKind.Directory, Folder.Look(At("x")).Kind);
        Assert.Equal(PutResult.Done, Folder.PutSymlink(At("x"), Entry.Symlink("target", LongAgo), Stamp("x")).Result);
        Assert.Equal("target", Folder.ReadSymlink(At("x")));
        Assert.Equal(PutResult.Done, Put("x", "again", Stamp("x")).Result);
        Assert.Equal("again", UserReads("x"));
    }

    [Fact]
    public void A_directory_with_something_in_it_is_never_replaced_or_removed()
    {
        UserWrites("dir/file", "mine");
        Assert.Equal(PutResult.Surprise, Put("dir", "theirs", Stamp("dir")).Result);
        Assert.Equal(PutResult.Surprise, Folder.Remove(At("dir"), Stamp("dir")).Result);
        Assert.Equal("mine", UserReads("dir/file"));
    }

    [Fact]
    public void A_symlink_is_put_with_its_time_and_replaced()
    {
        var first = Folder.PutSymlink(At("link"), Entry.Symlink("one", LongAgo), null);
        Assert.Equal(PutResult.Done, first.Result);
        Assert.Equal(LongAgo, Folder.Look(At("link")).Stamp.ModifiedNs);
        Assert.True(Folder.Look(At("link")).Stamp.SameAs(first.Stamp));
        Assert.Equal(PutResult.Done, Folder.PutSymlink(At("link"), Entry.Symlink("../two", LongAgo), first.Stamp).Result);
        Assert.Equal("../two", Folder.ReadSymlink(At("link")));
    }

    [Fact]
    public void Attributes_are_set_on_what_is_expected()
    {
        UserWrites("file", "x");
        var outcome = Folder.SetAttributes(At("file"), Entry.File(Manifest.Empty, LongAgo, 0b111_000_000), Stamp("file"));
        Assert.Equal(PutResult.Done, outcome.Result);
        var there = Stamp("file");
        Assert.True(there.SameAs(outcome.Stamp));
        Assert.Equal(LongAgo, there.ModifiedNs);
        if (HasModes) Assert.Equal(0b111_000_000, there.Mode & 0x1FF);
    }

    [Fact]
    public void A_rename_takes_file_time_and_mode_along()
    {
        UserWrites("a", "x");
        UserMakesDirectory("dir");
        var outcome = Folder.Rename(At("a"), At("dir/b"), Entry.File(Manifest.Empty, LongAgo, 0b110_000_000), Stamp("a"));
        Assert.Equal(PutResult.Done, outcome.Result);
        Assert.Null(UserReads("a"));
        Assert.Equal("x", UserReads("dir/b"));
        Assert.True(Stamp("dir/b").SameAs(outcome.Stamp));
        Assert.Equal(LongAgo, outcome.Stamp.ModifiedNs);
    }

    [Fact]
    public void A_rename_never_replaces()
    {
        UserWrites("a", "from");
        UserWrites("b", "to");
        Assert.Equal(PutResult.Surprise, Folder.Rename(At("a"), At("b"), FileEntry("from"), Stamp("a")).Result);
        Assert.Equal(("from", "to"), (UserReads("a"), UserReads("b")));
        Assert.Equal(PutResult.Surprise, Folder.Rename(At("a"), At("no/where"), FileEntry("from"), Stamp("a")).Result);
    }

    [Fact]
    public void A_directory_is_renamed_with_all_in_it()
    {
        UserWrites("dir/sub/file", "x");
        var seen = Stamp("dir");
        UserWrites("dir/more", "y");
        Assert.Equal(PutResult.Done, Folder.Rename(At("dir"), At("new"), Entry.Directory(0x1ED), seen).Result);
        Assert.Equal("x", UserReads("new/sub/file"));
        Assert.Equal(default, Folder.Look(At("dir")));
    }

    [Fact]
    public void What_is_expected_is_removed()
    {
        UserWrites("file", "x");
        UserMakesSymlink("link", "file");
        UserMakesDirectory("dir");
        foreach (var name in new[] { "file", "link", "dir" })
            Assert.Equal(PutResult.Done, Folder.Remove(At(name), Stamp(name)).Result);
        Assert.Empty(Folder.List(EntryPath.Root).Entries);
    }

    [Fact]
    public void Directories_of_changes_are_flushed_also_when_they_are_gone_by_then()
    {
        UserMakesDirectory("dir");
        Put("dir/a", "x", null);
        Assert.Equal(PutResult.Done, Folder.Remove(At("dir/a"), Stamp("dir/a")).Result);
        Assert.Equal(PutResult.Done, Folder.Remove(At("dir"), Stamp("dir")).Result);
        Folder.FlushDirectories();
        Folder.FlushDirectories();
    }

    [Fact]
    public void Nothing_stays_aside_that_nobody_writes()
    {
        UserWrites("file", "old");
        Put("file", "new", Stamp("file"));
        Folder.Remove(At("file"), Stamp("file"));
        Assert.Empty(Sweep());
    }

    [Fact]
    public void A_file_that_has_to_be_read_once_more_still_has_to_after_a_rename()
    {
        UserWrites("a", "x");
        var seen = Stamp("a") with { Unsure = true };
        var outcome = Folder.Rename(At("a"), At("b"), Entry.File(Manifest.Empty, seen.ModifiedNs, seen.Mode & 0x1FF), seen);
        Assert.True(outcome.Stamp.Unsure);
    }
}
