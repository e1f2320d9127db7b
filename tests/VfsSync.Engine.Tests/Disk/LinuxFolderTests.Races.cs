using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using System.Text;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;
using VfsSync.Engine.Disk.Linux;

namespace VfsSync.Engine.Tests.Disk;

/// <summary>Programs that come between, and crashes (invariant 1: nothing unrecorded is destroyed).</summary>
public sealed partial class LinuxFolderTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_write_right_before_the_exchange_is_found_in_what_came_out(bool inPlace)
    {
        UserWrites("file", "old");
        var seen = Stamp("file");
        Between("exchange", () =>
        {
            if (inPlace) UserWrites("file", "mine, written at the last moment");
            else
            {
                UserWrites("new", "mine, written at the last moment");
                File.Move(_disk["new"], _disk["file"], overwrite: true);
            }
        });
        using var staged = Staged("theirs");
        Assert.Equal(PutResult.Surprise, _folder.PutFile(At("file"), staged, FileEntry("theirs"), seen).Result);
        Assert.Equal("mine, written at the last moment", UserReads("file"));
        Assert.Empty(_folder.Aside);
        Assert.Equal(PutResult.Done, _folder.PutFile(At("file"), staged, FileEntry("theirs"), Stamp("file")).Result);
    }

    [Fact]
    public void A_directory_that_took_the_place_right_before_the_exchange_stays()
    {
        UserWrites("file", "old");
        var seen = Stamp("file");
        Between("exchange", () =>
        {
            UserDeletes("file");
            UserWrites("file/inside", "mine");
        });
        Assert.Equal(PutResult.Surprise, Put("file", "theirs", seen).Result);
        Assert.Equal("mine", UserReads("file/inside"));
    }

    [Fact]
    public void A_second_write_while_the_first_is_taken_back_is_kept_as_well()
    {
        UserWrites("file", "old");
        var seen = Stamp("file");
        Between("exchange", () => UserWrites("file", "first surprise"));
        Between("take back", () =>
        {
            UserWrites("new", "second surprise");
            File.Move(_disk["new"], _disk["file"], overwrite: true);
        });
        Assert.Equal(PutResult.Surprise, Put("file", "theirs", seen).Result);
        var aside = SweptOne();
        Assert.Equal(PutResult.Done, _folder.ReturnAside(aside, At("copy")).Result);
        Assert.Equal(["first surprise", "second surprise"], new[] { UserReads("file"), UserReads("copy") }.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_file_that_is_deleted_while_a_write_is_taken_back_comes_back()
    {
        UserWrites("file", "old");
        var seen = Stamp("file");
        Between("exchange", () => UserWrites("file", "mine"));
        Between("take back", () => UserDeletes("file"));
        Assert.Equal(PutResult.Surprise, Put("file", "theirs", seen).Result);
        Assert.Equal("mine", UserReads("file"));
    }

    [Fact]
    public void A_write_right_before_the_removal_brings_the_file_back()
    {
        UserWrites("file", "old");
        var seen = Stamp("file");
        Between("take out", () => UserWrites("file", "mine"));
        Assert.Equal(PutResult.Surprise, _folder.Remove(At("file"), seen).Result);
        Assert.Equal("mine", UserReads("file"));
        Assert.Empty(_folder.Aside);
    }

    [Fact]
    public void What_cannot_come_back_from_a_removal_is_kept_aside()
    {
        UserWrites("file", "old");
        var seen = Stamp("file");
        Between("take out", () => UserWrites("file", "first surprise"));
        Between("put back", () => UserWrites("file", "second surprise"));
        Assert.Equal(PutResult.Surprise, _folder.Remove(At("file"), seen).Result);
        Assert.Equal("second surprise", UserReads("file"));
        Assert.Equal(PutResult.Done, _folder.ReturnAside(SweptOne(), At("copy")).Result);
        Assert.Equal("first surprise", UserReads("copy"));
    }

    [Fact]
    public void A_write_right_before_a_rename_stays_where_it_was()
    {
        UserWrites("file", "old");
        var seen = Stamp("file");
        Between("rename", () => UserWrites("file", "mine"));
        Assert.Equal(PutResult.Surprise, _folder.Rename(At("file"), At("moved"), FileEntry("old"), seen).Result);
        Assert.Equal(("mine", null), (UserReads("file"), UserReads("moved")));
    }

    [Fact]
    public void A_program_that_writes_on_into_a_replaced_file_loses_no_line()
    {
        UserWrites("log", "one\n");
        using (var program = File.Open(_disk["log"], FileMode.Append, FileAccess.Write, FileShare.ReadWrite))
        {
            Assert.Equal(PutResult.Done, Put("log", "theirs", Stamp("log")).Result);
            Assert.Equal(At("log"), Assert.Single(_folder.Aside).Origin);
            Assert.Empty(Sweep());
            program.Write("two\n"u8);
            program.Flush();
            Assert.Empty(Sweep());
        }
        var back = SweptOne();
        Assert.Equal(PutResult.Done, _folder.ReturnAside(back, At("log.conflict")).Result);
        Assert.Equal(("theirs", "one\ntwo\n"), (UserReads("log"), UserReads("log.conflict")));
        Assert.Empty(_folder.Aside);
        Assert.Empty(LeftIn(".vfs/aside"));
    }

    [Fact]
    public void A_program_that_only_held_a_removed_file_open_leaves_nothing_behind()
    {
        UserWrites("log", "one\n");
        using (File.Open(_disk["log"], FileMode.Append, FileAccess.Write, FileShare.ReadWrite))
        {
            Assert.Equal(PutResult.Done, _folder.Remove(At("log"), Stamp("log")).Result);
            Assert.Single(_folder.Aside);
        }
        Assert.True(SpinWait.SpinUntil(() => Sweep().Count == 0 && _folder.Aside.Count == 0, TimeSpan.FromSeconds(10)));
        Assert.Empty(LeftIn(".vfs/aside"));
        Assert.Empty(LeftIn(".vfs/tmp"));
    }

    [Fact]
    public void What_is_written_through_mapped_memory_after_the_exchange_is_found_though_no_time_tells_of_it()
    {
        UserWrites("file", new string('a', 100));
        using (var mapped = MemoryMappedFile.CreateFromFile(_disk["file"], FileMode.Open))
        using (var view = mapped.CreateViewAccessor())
        {
            view.Write(0, (byte)'b');
            Assert.Equal(PutResult.Done, Put("file", "theirs", new Expected(Stamp("file"), Content("b" + new string('a', 99)))).Result);
            var aside = Assert.Single(_folder.Aside);
            view.Write(1, (byte)'c');
            Assert.Equal(aside.Recorded.ModifiedNs, new DateTimeOffset(File.GetLastWriteTimeUtc(_disk[$".vfs/aside/{aside.Name}"])).ToUnixTimeMilliseconds() * 1_000_000 + aside.Recorded.ModifiedNs % 1_000_000);
        }
        var back = SweptOne();
        Assert.Equal(PutResult.Done, _folder.ReturnAside(back, At("copy")).Result);
        Assert.Equal("bc" + new string('a', 98), UserReads("copy"));
    }

    [Fact]
    public void What_came_out_under_a_stamp_that_was_unsure_is_read_once_more()
    {
        foreach (var name in (string[])["file", "other", "gone", "unknown"]) UserWrites(name, "as it is");
        FileStamp Unsure(string name) => Stamp(name) with { Unsure = true };
        Assert.Equal(PutResult.Done, Put("file", "theirs", new Expected(Unsure("file"), Content("as it is"))).Result);
        Assert.Equal(PutResult.Done, Put("other", "theirs", new Expected(Unsure("other"), Content("as it was read"))).Result);
        Assert.Equal(PutResult.Done, _folder.Remove(At("gone"), new Expected(Unsure("gone"), Content("as it was read"))).Result);
        Assert.Equal(PutResult.Done, _folder.Remove(At("unknown"), Unsure("unknown")).Result);
        for (var i = 0; i < 2; i++) Assert.Equal(["gone", "other"], Sweep().Select(f => f.Origin.Text).Order());
        Assert.Equal(2, _folder.Aside.Count);
    }

    [Fact]
    public void What_cannot_be_read_aside_keeps_nothing_else_there()
    {
        UserWrites("a", "1");
        UserWrites("b", "2");
        var seen = Stamp("a");
        using var broken = new AsideShelf(_disk[".vfs"], _ => new(EntryKind.File, seen), (_, origin) => throw Refusals.Reading(origin, Errno.Access), _ => Writers.None, new KeptShelf(_disk[".vfs"]));
        var note = broken.Announce("x", At("a"), new Expected(seen with { Unsure = true }, Content("1")), 0);
        File.Move(_disk["a"], _disk[$".vfs/tmp/{note.Name}"]);
        Assert.Null(broken.Settle(note));
        Assert.Throws<DiskProblemException>(() => broken.Sweep(_ => null));
        Assert.Single(broken.Files);
    }

    [Fact]
    public void A_reader_keeps_nothing_aside()
    {
        UserWrites("file", "old");
        using var program = File.Open(_disk["file"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        Assert.Equal(PutResult.Done, Put("file", "new", Stamp("file")).Result);
        Assert.Empty(_folder.Aside);
    }

    [Fact]
    public void What_is_aside_outlives_a_restart()
    {
        UserWrites("dir/a name\nwith a break", "one");
        using var program = File.Open(_disk["dir/a name\nwith a break"], FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        var seen = Stamp("dir/a name\nwith a break");
        Assert.Equal(PutResult.Done, _folder.Remove(At("dir/a name\nwith a break"), seen).Result);
        using var again = new LinuxFolder(_disk.Root);
        again.CleanStaging();
        var aside = Assert.Single(again.Aside);
        Assert.Equal(At("dir/a name\nwith a break"), aside.Origin);
        Assert.True(aside.Recorded.SameAs(seen));
    }

    [Fact]
    public void Leftovers_of_an_earlier_run_are_cleaned()
    {
        _ = _folder.Stage(10);
        var left = (LinuxStagedFile)_folder.Stage(10);
        Directory.CreateDirectory(_disk[".vfs/tmp/made"]);
        // Announced, but the crash came before the exchange.
        File.Move(_disk[$".vfs/tmp/{left.Name}"], _disk[$".vfs/tmp/{left.Name}.{Inode($".vfs/tmp/{left.Name}"):x}"]);
        _folder.CleanStaging();
        Assert.Empty(LeftIn(".vfs/tmp"));
        Assert.Empty(_folder.Aside);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_crash_right_after_the_exchange_loses_nothing(bool noteWasKept)
    {
        UserWrites("dir/a name\nwith a break", "an old state that nobody has looked at");
        var left = (LinuxStagedFile)Staged("theirs");
        using (var shelf = new AsideShelf(_disk[".vfs"], _ => default, (_, _) => throw new UnreachableException(), _ => Writers.None, new KeptShelf(_disk[".vfs"])))
        {
            var note = shelf.Announce(left.Name, At("dir/a name\nwith a break"), default, Inode($".vfs/tmp/{left.Name}"));
            File.Replace(_disk[$".vfs/tmp/{left.Name}"], _disk["dir/a name\nwith a break"], _disk[$".vfs/tmp/{note.Name}"]);
        }
        if (!noteWasKept) File.WriteAllText(_disk[".vfs/aside/notes"], "torn");

        _folder.CleanStaging();
        var aside = SweptOne();
        Assert.Equal(noteWasKept ? At("dir/a name\nwith a break") : EntryPath.Root, aside.Origin);
        Assert.Equal(PutResult.Done, _folder.ReturnAside(aside, At("recovered")).Result);
        Assert.Equal("an old state that nobody has looked at", UserReads("recovered"));
        Assert.Empty(LeftIn(".vfs/tmp"));
    }

    [Fact]
    public void What_came_out_outlives_a_shelf_that_cannot_take_it()
    {
        UserWrites("log", "one\n");
        using var program = File.Open(_disk["log"], FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        Between("exchange", () =>
        {
            var staged = $".vfs/tmp/{Assert.Single(LeftIn(".vfs/tmp"))}";
            Directory.CreateDirectory(_disk[$".vfs/aside/{Path.GetFileName(staged)}.{Inode(staged):x}/in the way"]);
        });
        Assert.Equal(PutResult.Failed, Put("log", "theirs", Stamp("log")).Result);
        Assert.Equal("one\n", File.ReadAllText(_disk[$".vfs/tmp/{Assert.Single(LeftIn(".vfs/tmp"))}"]));
    }

    [Fact]
    public void Notes_do_not_grow_for_ever()
    {
        UserWrites("log", "x");
        using var program = File.Open(_disk["log"], FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        _folder.Remove(At("log"), Stamp("log"));
        var path = At(new string('d', 200));
        _folder.PutDirectory(path, Entry.Directory(0x1ED), null);
        for (var i = 0; i < 600; i++)
        {
            Put($"{path}/file", "x", null);
            Assert.Equal(PutResult.Done, _folder.Remove(path.Child("file"), Stamp($"{path}/file")).Result);
        }
        Assert.InRange(new FileInfo(_disk[".vfs/aside/notes"]).Length, 1, 70_000);
        // A process that another test starts holds, from fork to exec, whatever is open here: then the lease is refused, and the file stays aside until the next sweep.
        Assert.True(SpinWait.SpinUntil(() => Sweep().Count == 0 && _folder.Aside.Count == 1, TimeSpan.FromSeconds(10)));
        using var again = new LinuxFolder(_disk.Root);
        again.CleanStaging();
        Assert.Equal(At("log"), Assert.Single(again.Aside).Origin);
    }

    private ulong Inode(string path)
    {
        Assert.Equal(0, Libc.Stat(-100, _disk[path], out var stat));
        return stat.Inode;
    }

    private IEnumerable<string?> LeftIn(string directory) =>
        Directory.EnumerateFileSystemEntries(_disk[directory]).Select(Path.GetFileName).Where(name => name != "notes");

    private IStagedFile Staged(string text)
    {
        var staged = _folder.Stage(text.Length);
        staged.Write(Encoding.UTF8.GetBytes(text), 0);
        return staged;
    }

    private void Between(string step, Action act)
    {
        var before = _folder.Meanwhile;
        var done = false;
        _folder.Meanwhile = s =>
        {
            before?.Invoke(s);
            if (s != step || done) return;
            done = true;
            act();
        };
    }
}
