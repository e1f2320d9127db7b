using System.Text;
using VfsSync.Core.Content;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;

namespace VfsSync.Engine.Tests.Disk;

/// <summary>What every working folder promises. The user's side is played through a small door that each back opens.</summary>
public abstract class WorkingFolderContract : IDisposable
{
    private protected const long LongAgo = 1_700_000_000_123_456_700;

    private protected abstract IWorkingFolder Folder { get; }

    /// <summary>Whether mode bits and symlinks mean something here.</summary>
    private protected virtual bool HasModes => true;

    private protected abstract void UserWrites(string path, string text);

    private protected abstract string? UserReads(string path);

    private protected abstract void UserMakesDirectory(string path);

    private protected abstract void UserMakesSymlink(string path, string target);

    private protected abstract void UserDeletes(string path);

    private protected abstract void UserRenames(string from, string to);

    [Fact]
    public void Nothing_there_is_an_answer()
    {
        Assert.Equal(default, Folder.Look(At("nowhere")));
        Assert.Equal(default, Folder.Look(At("no/where")));
        UserWrites("file", "x");
        Assert.Equal(default, Folder.Look(At("file/below a file")));
    }

    [Fact]
    public void A_look_tells_kind_size_and_time()
    {
        UserWrites("dir/file", "12345");
        UserMakesSymlink("link", "dir/file");
        Assert.Equal(EntryKind.Directory, Folder.Look(At("dir")).Kind);
        Assert.Equal(EntryKind.Symlink, Folder.Look(At("link")).Kind);
        var file = Folder.Look(At("dir/file"));
        Assert.Equal((EntryKind.File, 5L), (file.Kind, file.Stamp.Size));
        Assert.Equal(EntryKind.Directory, Folder.Look(EntryPath.Root).Kind);
        Assert.Equal("dir/file", Folder.ReadSymlink(At("link")));
    }

    [Fact]
    public void A_listing_shows_what_is_directly_inside_and_never_the_nodes_own_folder()
    {
        UserWrites("a", "1");
        UserWrites("b/c", "2");
        UserMakesSymlink("l", "nowhere");
        using (Folder.Stage(0))
        {
            Assert.Equal(["a", "b", "l"], Folder.List(EntryPath.Root).Entries.Select(e => e.Path.Text).Order(StringComparer.Ordinal));
        }
        var (path, sighting) = Assert.Single(Folder.List(At("b")).Entries);
        Assert.Equal(At("b/c"), path);
        Assert.True(sighting.Stamp.SameAs(Folder.Look(At("b/c")).Stamp));
        Assert.Empty(Folder.List(At("b")).Problems);
    }

    [Fact]
    public void Listing_or_reading_what_is_not_there_is_a_problem()
    {
        UserWrites("file", "x");
        UserMakesDirectory("dir");
        Assert.Throws<DiskProblemException>(() => Folder.List(At("nowhere")));
        Assert.Throws<DiskProblemException>(() => Folder.List(At("file")));
        Assert.Throws<DiskProblemException>(() => Folder.OpenRead(At("nowhere")));
        Assert.Throws<DiskProblemException>(() => Folder.OpenRead(At("dir")));
        Assert.Throws<DiskProblemException>(() => Folder.ReadSymlink(At("file")));
    }

    [Fact]
    public void A_file_is_read_at_any_offset_with_the_stamp_of_what_is_open()
    {
        UserWrites("file", "0123456789");
        using var file = Folder.OpenRead(At("file"));
        var buffer = new byte[4];
        Assert.Equal(4, file.Read(buffer, 3));
        Assert.Equal("3456", Encoding.UTF8.GetString(buffer));
        Assert.Equal(2, file.Read(buffer, 8));
        Assert.Equal(0, file.Read(buffer, 10));
        Assert.True(file.Stamp().SameAs(Folder.Look(At("file")).Stamp));
    }

    [Fact]
    public void A_symlink_is_never_read_through()
    {
        UserWrites("dir/file", "x");
        UserMakesSymlink("link", "dir/file");
        UserMakesSymlink("way", "dir");
        Assert.Throws<DiskProblemException>(() => Folder.OpenRead(At("link")));
        Assert.Throws<DiskProblemException>(() => Folder.OpenRead(At("way/file")));
        Assert.Throws<DiskProblemException>(() => Folder.List(At("way")));
        Assert.Equal(default, Folder.Look(At("way/file")));
        Assert.Equal(PutResult.Surprise, Put("way/new", "x", null).Result);
        Assert.Null(UserReads("dir/new"));
    }

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
        var now = (DateTime.UtcNow.Ticks - DateTime.UnixEpoch.Ticks) * 100;
        using var staged = Folder.Stage(0);
        Assert.True(Folder.PutFile(At("new"), staged, Entry.File(Manifest.Empty, now, 0x1A4), null).Stamp.Unsure);
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
        staged.Flush();
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
    public void The_root_is_there_and_has_an_identity()
    {
        Assert.True(Folder.RootIsThere());
        Assert.NotEmpty(Folder.Identity);
    }

    [Fact]
    public void Nothing_stays_aside_that_nobody_writes()
    {
        UserWrites("file", "old");
        Put("file", "new", Stamp("file"));
        Folder.Remove(At("file"), Stamp("file"));
        Assert.Empty(Folder.SweepAside());
    }

    [Fact]
    public void The_watcher_hints_at_what_the_user_does()
    {
        using var hints = new HintLog(Folder);
        UserWrites("file", "x");
        hints.Await(At("file"), HintKind.Changed);
        UserWrites("dir/sub/file", "x");
        hints.AwaitAtOrAbove(At("dir/sub/file"));
        UserRenames("file", "other");
        hints.Await(At("file"), HintKind.Changed);
        hints.Await(At("other"), HintKind.Changed);
        UserDeletes("other");
        hints.Await(At("other"), HintKind.Changed);
    }

    [Fact]
    public void The_watcher_follows_a_renamed_directory()
    {
        UserWrites("dir/sub/file", "x");
        using var hints = new HintLog(Folder);
        UserRenames("dir", "new");
        hints.Await(At("new"), HintKind.NewTree);
        hints.Clear();
        UserWrites("new/sub/file", "longer");
        hints.Await(At("new/sub/file"), HintKind.Changed);
    }

    private protected static EntryPath At(string path) => EntryPath.Parse(path);

    private protected FileStamp Stamp(string path) => Folder.Look(At(path)).Stamp;

    private protected static Entry FileEntry(string text, int mode = 0x1A4) => Entry.File(new Manifest(text.Length, 0, []), LongAgo, mode);

    private protected PutOutcome Put(string path, string text, FileStamp? expected, int mode = 0x1A4)
    {
        using var staged = Folder.Stage(text.Length);
        staged.Write(Encoding.UTF8.GetBytes(text), 0);
        staged.Flush();
        return Folder.PutFile(At(path), staged, FileEntry(text, mode), expected);
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => Folder.Dispose();
}
