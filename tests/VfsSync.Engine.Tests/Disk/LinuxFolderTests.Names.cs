using System.Runtime.InteropServices;
using System.Text;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;
using VfsSync.Engine.Disk.Linux;

namespace VfsSync.Engine.Tests.Disk;

/// <summary>Names, long ways and things that are no files.</summary>
public sealed partial class LinuxFolderTests
{
    [Theory]
    [InlineData("two\nlines")]
    [InlineData("quotes \" ' ` and $(rm -rf)")]
    [InlineData("emoji 🎉")]
    [InlineData("caf\u00e9")]
    [InlineData("cafe\u0301")]
    [InlineData(" spaces ")]
    [InlineData("-rf")]
    [InlineData("a:b\\c*?")]
    public void Any_text_is_a_name(string name)
    {
        Assert.Equal(PutResult.Done, Put(name, "x", null).Result);
        Assert.Equal("x", UserReads(name));
        Assert.Equal(At(name), Assert.Single(_folder.List(EntryPath.Root).Entries).Path);
        Assert.Equal(PutResult.Done, _folder.Remove(At(name), Stamp(name)).Result);
    }

    [Fact]
    public void Composed_and_decomposed_names_are_two_files()
    {
        Put("caf\u00e9", "composed", null);
        Put("cafe\u0301", "decomposed", null);
        Assert.Equal(("composed", "decomposed"), (UserReads("caf\u00e9"), UserReads("cafe\u0301")));
        Assert.Equal(2, _folder.List(EntryPath.Root).Entries.Count);
    }

    [Fact]
    public void A_name_of_255_bytes_is_the_longest()
    {
        var longest = new string('ä', 127) + "x";
        Assert.Equal(255, Encoding.UTF8.GetByteCount(longest));
        Assert.Equal(PutResult.Done, Put(longest, "x", null).Result);
        var outcome = Put(longest + "y", "x", null);
        Assert.Equal((PutResult.Failed, ProblemKind.NameNotHere), (outcome.Result, outcome.Problem!.Kind));
        Assert.Equal(ProblemKind.NameNotHere, _folder.PutDirectory(At(longest + "y"), Entry.Directory(0x1ED), null).Problem!.Kind);
        Assert.Equal(default, _folder.Look(At(longest + "y")));
        Assert.Equal(default, _folder.Look(At($"{longest}y/below")));
    }

    [Fact]
    public void A_path_may_be_longer_than_the_kernel_takes_at_once()
    {
        var path = EntryPath.Root;
        using var hints = new HintLog(_folder);
        while (path.Text.Length < 6_000)
        {
            path = path.Child(new string('d', 200));
            Assert.Equal(PutResult.Done, _folder.PutDirectory(path, Entry.Directory(0x1ED), null).Result);
        }
        var file = path.Child("file");
        Assert.Equal(PutResult.Done, Put(file.Text, "deep", null).Result);
        hints.AwaitAtOrAbove(file);
        Assert.Equal(file, Assert.Single(_folder.List(path).Entries).Path);
        using (var read = _folder.OpenRead(file)) Assert.Equal(4, read.Read(new byte[10], 0));
        Assert.Equal(PutResult.Done, Put(file.Text, "again", _folder.Look(file).Stamp).Result);
        _folder.FlushDirectories();
        Assert.Equal(PutResult.Done, _folder.Remove(file, _folder.Look(file).Stamp).Result);
        for (; !path.IsRoot; path = path.Parent) Assert.Equal(PutResult.Done, _folder.Remove(path, _folder.Look(path).Stamp).Result);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_way_is_walked_in_steps_where_the_kernel_cannot_do_it_at_once(bool hasOpenAt2)
    {
        UserWrites("a/b/file", "x");
        UserMakesSymlink("a/link", "b");
        UserMakesSymlink("a/b/also", "file");
        var root = Open("", 0);
        Assert.True(root >= 0);
        Assert.Equal([true, true, false, false, false, false],
            new[] { "a/b/file", "a/b", "a/link/file", "a/b/also", "a/none/file", "a/b/file/x" }.Select(p => Open(p, root) >= 0));
        Libc.Close(root);

        int Open(string path, int from) => path.Length == 0
            ? Libc.Open(-100, _disk.Root, Libc.Directory)
            : Beneath.OpenByParts(from, path, Libc.NonBlock | Libc.NoFollow, hasOpenAt2);
    }

    [Fact]
    public void Names_that_are_no_text_are_told_and_left_alone()
    {
        byte[] bad = [.. Encoding.UTF8.GetBytes(_disk["bad-"]), 0xff, 0xfe, 0];
        using (var hints = new HintLog(_folder))
        {
            Assert.Equal(0, mkdir(bad, 0x1ED));
            UserWrites("good", "x");
            hints.Await(At("good"), HintKind.Changed);
            Assert.Contains("bad-\\xff\\xfe", hints.AwaitProblem().Message, StringComparison.Ordinal);
        }
        var listing = _folder.List(EntryPath.Root);
        Assert.Equal(At("good"), Assert.Single(listing.Entries).Path);
        var problem = Assert.Single(listing.Problems);
        Assert.Equal(ProblemKind.NameNotHere, problem.Kind);
        Assert.Contains("bad-\\xff\\xfe", problem.Message, StringComparison.Ordinal);
        Assert.Equal(0, rmdir(bad)); // .NET cannot name it
    }

    [Fact]
    public void A_reserved_name_further_down_is_told_and_left_alone()
    {
        UserWrites("dir/.VFS/x", "x");
        var listing = _folder.List(At("dir"));
        Assert.Empty(listing.Entries);
        Assert.Equal(ProblemKind.NameNotHere, Assert.Single(listing.Problems).Kind);
    }

    [Fact]
    public async Task Pipes_sockets_and_devices_are_told_and_never_opened()
    {
        const uint pipe = 0x1000, device = 0x2000, socket = 0xC000;
        Assert.Equal(0, mknod(_disk["pipe"], pipe | 0x1B6, 0));
        Assert.Equal(0, mknod(_disk["socket"], socket | 0x1B6, 0));
        var count = 2 + (mknod(_disk["device"], device | 0x1B6, 0x103) == 0 ? 1 : 0); // only root may
        var listing = _folder.List(EntryPath.Root);
        Assert.Empty(listing.Entries);
        Assert.Equal(count, listing.Problems.Count(p => p.Kind == ProblemKind.Unsupported));
        Assert.Equal(ProblemKind.Unsupported, Assert.Throws<DiskProblemException>(() => _folder.Look(At("pipe"))).Problem.Kind);
        var opening = Task.Run(() => Assert.Throws<DiskProblemException>(() => _folder.OpenRead(At("pipe"))));
        await opening.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(PutResult.Failed, Put("pipe", "x", default(FileStamp)).Result);
        Assert.Equal(PutResult.Surprise, Put("pipe", "x", null).Result);
    }

    [Theory]
    [InlineData(1_700_000_000_123_456_789)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(7_000_000_000_000_000_001)]
    public void Times_are_kept_to_the_nanosecond(long ns)
    {
        using var staged = _folder.Stage(0);
        var outcome = _folder.PutFile(At("file"), staged, FileEntry("") with { ModifiedNs = ns }, null);
        Assert.Equal((ns, ns), (outcome.Stamp.ModifiedNs, Stamp("file").ModifiedNs));
    }

    [Fact]
    public void Nothing_is_reached_through_a_symlink_that_was_swapped_in()
    {
        UserWrites("dir/file", "mine");
        Directory.CreateDirectory(Path.Combine(_disk.Outside, "victim"));
        File.WriteAllText(Path.Combine(_disk.Outside, "victim", "file"), "outside");
        var (dir, file) = (Stamp("dir"), Stamp("dir/file"));
        UserRenames("dir", "elsewhere");
        UserMakesSymlink("dir", "../victim");

        Assert.Equal(default, _folder.Look(At("dir/file")));
        Assert.Throws<DiskProblemException>(() => _folder.List(At("dir")));
        Assert.Throws<DiskProblemException>(() => _folder.OpenRead(At("dir/file")));
        Assert.Equal(PutResult.Surprise, Put("dir/file", "x", null).Result);
        Assert.Equal(PutResult.Surprise, Put("dir/file", "x", file).Result);
        Assert.Equal(PutResult.Surprise, Put("dir/new", "x", null).Result);
        Assert.Equal(PutResult.Surprise, _folder.PutDirectory(At("dir/sub"), Entry.Directory(0x1ED), null).Result);
        Assert.Equal(PutResult.Surprise, _folder.PutDirectory(At("dir"), Entry.Directory(0), dir).Result);
        Assert.Equal(PutResult.Surprise, _folder.Remove(At("dir/file"), file).Result);
        Assert.Equal(PutResult.Surprise, _folder.SetAttributes(At("dir/file"), FileEntry("x"), file).Result);
        Assert.Equal(PutResult.Surprise, _folder.Rename(At("dir/file"), At("moved"), FileEntry("x"), file).Result);
        Assert.Equal(["file"], Directory.GetFiles(Path.Combine(_disk.Outside, "victim")).Select(Path.GetFileName));
        Assert.Equal("outside", File.ReadAllText(Path.Combine(_disk.Outside, "victim", "file")));
    }

    [Fact]
    public void A_file_that_cannot_fit_is_refused_before_a_byte_is_written()
    {
        var problem = Assert.Throws<DiskProblemException>(() => _folder.Stage(1L << 60)).Problem;
        Assert.Equal(ProblemKind.Unwritable, problem.Kind);
        Assert.Contains("disk is full", problem.Message, StringComparison.Ordinal);
        Assert.Empty(LeftIn(".vfs/tmp"));
    }

    [Fact]
    public void A_directory_synced_without_write_permission_still_takes_its_files()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can act as somebody else.");
        _folder.PutDirectory(At("dir"), Entry.Directory(0b101_101_101), null);
        foreach (var path in new[] { _disk.Root, _disk["dir"], _disk[".vfs"], _disk[".vfs/tmp"], _disk[".vfs/aside"] }) Assert.Equal(0, chown(path, 65534, 65534));
        var (outcome, refused) = AsNobody(() => (Put("dir/file", "x", null), Put("dir/file", "y", Stamp("dir/file"))));
        Assert.Equal((PutResult.Done, PutResult.Done), (outcome.Result, refused.Result));
        Assert.Equal("y", UserReads("dir/file"));
        Assert.Equal(0b101_101_101, Stamp("dir").Mode & 0x1FF);
    }

    [Fact]
    public void A_directory_of_somebody_else_is_a_problem_that_says_whose()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can act as somebody else.");
        UserWrites("dir/file", "x");
        foreach (var path in new[] { _disk[".vfs"], _disk[".vfs/tmp"], _disk[".vfs/aside"] }) Assert.Equal(0, chown(path, 65534, 65534));
        var outcome = AsNobody(() => Put("dir/new", "x", null));
        Assert.Equal((PutResult.Failed, ProblemKind.Unwritable), (outcome.Result, outcome.Problem!.Kind));
        Assert.Contains("uid 0, mode 755", outcome.Problem.Message, StringComparison.Ordinal);
    }

    // The file system's user is one of each thread.
    private static T AsNobody<T>(Func<T> act)
    {
        _ = setfsgid(65534);
        _ = setfsuid(65534);
        try
        {
            return act();
        }
        finally
        {
            _ = setfsuid(0);
            _ = setfsgid(0);
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mknod(string path, uint mode, ulong device);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int chown(string path, uint user, uint group);

    [LibraryImport("libc")]
    private static partial int mkdir(byte[] path, uint mode);

    [LibraryImport("libc")]
    private static partial int rmdir(byte[] path);

    [LibraryImport("libc")]
    private static partial int setfsuid(uint user);

    [LibraryImport("libc")]
    private static partial int setfsgid(uint group);
}
