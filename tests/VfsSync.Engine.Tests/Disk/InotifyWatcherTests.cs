using System.Globalization;
using VfsSync.Core.Content;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;
using VfsSync.Engine.Disk.Linux;

namespace VfsSync.Engine.Tests.Disk;

public sealed class InotifyWatcherTests : IDisposable
{
    private readonly OnDisk _disk = new();
    private readonly LinuxFolder _folder;

    public InotifyWatcherTests()
    {
        Assert.SkipUnless(Libc.IsSupported, "This is not Linux.");
        _folder = new LinuxFolder(_disk.Root);
    }

    [Fact]
    public void A_writer_at_work_is_told_from_one_that_closed()
    {
        using var hints = new HintLog(_folder);
        using (var file = File.Create(_disk["file"]))
        {
            hints.Await(At("file"), HintKind.Writing);
            file.Write("x"u8);
            file.Flush();
        }
        hints.Await(At("file"), HintKind.Changed);
        Assert.Equal(1, hints.Heard().Count(h => h.Kind == HintKind.Changed));
    }

    [Fact]
    public void What_is_never_closed_is_told_at_once()
    {
        _disk.Write("file", "x");
        using var hints = new HintLog(_folder);
        File.CreateSymbolicLink(_disk["link"], "file");
        hints.Await(At("link"), HintKind.Changed);
        _folder.SetAttributes(At("file"), Entry.File(Manifest.Empty, 0, 0x124), _folder.Look(At("file")).Stamp);
        hints.Await(At("file"), HintKind.Changed);
    }

    [Fact]
    public void The_nodes_own_folder_is_not_watched()
    {
        using var hints = new HintLog(_folder);
        using (var staged = _folder.Stage(1))
        {
            staged.Write("x"u8, 0);
            Directory.CreateDirectory(_disk[".vfs/more"]);
            File.WriteAllText(_disk[".vfs/more/file"], "x");
        }
        _disk.Write("last", "x");
        hints.Await(At("last"), HintKind.Changed);
        Assert.All(hints.Heard(), h => Assert.Equal(At("last"), h.Path));
    }

    [Fact]
    public void Files_made_right_after_their_directories_are_all_found()
    {
        var found = new HashSet<EntryPath>();
        using var allFound = new ManualResetEventSlim();
        using var watcher = _folder.Watch(hints =>
        {
            foreach (var hint in hints) Find(hint);
            if (found.Count == 400) allFound.Set();
        });
        for (var i = 0; i < 200; i++)
        {
            _disk.Write($"a{i}/b/c/d/file", "x");
            _disk.Write($"a{i}/b/later", "x");
        }
        Assert.True(allFound.Wait(TimeSpan.FromSeconds(20)), $"found {found.Count} of 400");

        void Find(WatchHint hint)
        {
            if (hint.Kind == HintKind.NewTree) Walk(hint.Path);
            else if (_folder.Look(hint.Path).Kind == EntryKind.File) found.Add(hint.Path);
        }

        void Walk(EntryPath directory)
        {
            foreach (var (path, sighting) in _folder.List(directory).Entries)
                if (sighting.Kind == EntryKind.Directory) Walk(path);
                else found.Add(path);
        }
    }

    [Fact]
    public void A_directory_may_move_about_and_is_heard_where_it_is()
    {
        _disk.Write("a/sub/file", "x");
        Directory.CreateDirectory(_disk["b/c"]);
        using var hints = new HintLog(_folder);
        _disk.Rename("a/sub", "b/c/sub");
        hints.Await(At("b/c/sub"), HintKind.NewTree);
        _disk.Rename("b", "d");
        hints.Await(At("d"), HintKind.NewTree);
        hints.Clear();
        _disk.Write("d/c/sub/file", "longer");
        hints.Await(At("d/c/sub/file"), HintKind.Changed);
        Assert.DoesNotContain(hints.Heard(), h => h.Path == At("b/c/sub/file") || h.Path == At("a/sub/file"));
    }

    [Fact]
    public void A_directory_that_left_is_heard_no_more_and_one_that_comes_back_is()
    {
        _disk.Write("dir/sub/file", "x");
        using var hints = new HintLog(_folder);
        var watches = ((InotifyWatcher)hints.Watcher).WatchCount;
        var outside = Path.Combine(_disk.Outside, "dir");
        Directory.Move(_disk["dir"], outside);
        hints.Await(At("dir"), HintKind.Changed);
        Eventually(() => ((InotifyWatcher)hints.Watcher).WatchCount == watches - 2);
        File.WriteAllText(Path.Combine(outside, "sub/file"), "unheard");
        Directory.Move(outside, _disk["back"]);
        hints.Await(At("back"), HintKind.NewTree);
        Assert.DoesNotContain(hints.Heard(), h => h.Path.Name == "file");
        _disk.Write("back/sub/file", "heard");
        hints.Await(At("back/sub/file"), HintKind.Changed);
    }

    [Fact]
    public void A_directory_made_again_under_its_old_name_is_watched_again()
    {
        _disk.Write("dir/file", "x");
        using var hints = new HintLog(_folder);
        for (var i = 0; i < 20; i++)
        {
            _disk.Delete("dir");
            Directory.CreateDirectory(_disk["dir"]);
        }
        _disk.Write("last", "x");
        hints.Await(At("last"), HintKind.Changed);
        hints.Clear();
        _disk.Write("dir/file", "y");
        hints.Await(At("dir/file"), HintKind.Changed);
    }

    [Fact]
    public void An_overflow_asks_for_a_look_at_everything_and_watches_what_came_meanwhile()
    {
        using var hints = new HintLog(_folder);
        var watcher = (InotifyWatcher)hints.Watcher;
        watcher.Reading.Reset();
        for (var i = 0; i < 20_000; i++)
        {
            using var file = File.OpenHandle(_disk[$"f{i % 4}"], FileMode.OpenOrCreate, FileAccess.Write);
        }
        Directory.CreateDirectory(_disk["late/sub"]);
        watcher.Reading.Set();
        hints.Await(EntryPath.Root, HintKind.Lost);
        hints.Clear();
        _disk.Write("late/sub/file", "x");
        hints.Await(At("late/sub/file"), HintKind.Changed);
    }

    [Fact]
    public void A_root_that_is_renamed_or_removed_is_gone()
    {
        using (var hints = new HintLog(_folder))
        {
            Directory.Move(_disk.Root, _disk.Root + "-elsewhere");
            hints.Await(EntryPath.Root, HintKind.RootGone);
            Assert.False(_folder.RootIsThere());
            Directory.Move(_disk.Root + "-elsewhere", _disk.Root);
            Assert.True(_folder.RootIsThere());
        }
        using (var hints = new HintLog(_folder))
        {
            Directory.Delete(_disk.Root, recursive: true);
            hints.Await(EntryPath.Root, HintKind.RootGone);
            Directory.CreateDirectory(_disk.Root);
            Assert.False(_folder.RootIsThere());
        }
    }

    [Fact]
    public void A_root_whose_parent_is_renamed_is_gone()
    {
        using var hints = new HintLog(_folder);
        Directory.Move(_disk.Outside, _disk.Outside + "-elsewhere");
        hints.Await(EntryPath.Root, HintKind.RootGone);
        Directory.Move(_disk.Outside + "-elsewhere", _disk.Outside);
    }

    [Fact]
    public void Ten_thousand_directories_are_watched_from_the_start()
    {
        for (var i = 0; i < 10_000; i++) Directory.CreateDirectory(_disk[$"a{i / 100}/d{i % 100}"]);
        using var hints = new HintLog(_folder);
        Assert.Equal(10_101, ((InotifyWatcher)hints.Watcher).WatchCount);
        _disk.Write("a99/d99/file", "x");
        hints.Await(At("a99/d99/file"), HintKind.Changed);
    }

    [Fact]
    public void A_batch_holds_what_one_read_brought()
    {
        var batches = new List<int>();
        using var done = new ManualResetEventSlim();
        using var watcher = (InotifyWatcher)_folder.Watch(hints =>
        {
            batches.Add(hints.Count);
            if (batches.Sum() >= 200) done.Set();
        });
        watcher.Reading.Reset();
        for (var i = 0; i < 100; i++) _disk.Write($"f{i}", "x");
        watcher.Reading.Set();
        Assert.True(done.Wait(TimeSpan.FromSeconds(20)));
        Assert.True(batches.Count <= 3, $"{batches.Count} batches");
    }

    [Fact]
    public void Where_watches_run_out_the_user_is_told_what_to_do()
    {
        // unshare -Ur sh -c 'echo 50 >/proc/sys/user/max_inotify_watches; exec dotnet test --filter InotifyWatcherTests'
        Assert.SkipWhen(int.Parse(File.ReadAllText("/proc/sys/user/max_inotify_watches"), CultureInfo.InvariantCulture) > 1_000, "There are too many watches here to run out of them.");
        for (var i = 0; i < 1_000; i++) Directory.CreateDirectory(_disk[$"d{i}"]);
        using var hints = new HintLog(_folder);
        Assert.Contains("max_user_watches", hints.AwaitProblem().Message, StringComparison.Ordinal);
        hints.Await(EntryPath.Root, HintKind.Lost);
    }

    [Fact]
    public void Stopping_is_quick_and_final()
    {
        var heard = 0;
        var watcher = _folder.Watch(_ => Interlocked.Increment(ref heard));
        watcher.Dispose();
        _disk.Write("file", "x");
        Assert.Equal(0, heard);
    }

    private static EntryPath At(string path) => EntryPath.Parse(path);

    private static void Eventually(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(20)));

    public void Dispose()
    {
        _folder.Dispose();
        _disk.Dispose();
    }
}
