using System.Text;
using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>What others were seen to get wrong (PEERS.md).</summary>
public sealed class RivalFaultsTests : IDisposable
{
    private readonly Nodes _nodes = new();
    private readonly SyncNode _a, _b;

    public RivalFaultsTests() => (_a, _b) = _nodes.Pair();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void The_last_of_two_hundred_rapid_rewrites_arrives()
    {
        for (var i = 0; i < 200; i++) File.WriteAllText(At(_a, "f"), $"version {i}");
        EventuallySame(_a, _b);
        Assert.Equal("version 199", File.ReadAllText(At(_b, "f")));
        // Of equal length, so that nothing but the time tells them apart.
        for (var i = 0; i < 200; i++)
        {
            using var file = new FileStream(At(_b, "f"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.Write(Encoding.ASCII.GetBytes($"version {i:000}"));
        }
        EventuallySame(_a, _b);
        Assert.StartsWith("version 199", File.ReadAllText(At(_a, "f")), StringComparison.Ordinal);
        NoConflicts(_a, _b);
    }

    [Fact]
    public void Files_written_right_after_their_directory_is_made()
    {
        for (var i = 0; i < 100; i++)
        {
            Directory.CreateDirectory(At(_a, $"d{i}/s/t"));
            File.WriteAllText(At(_a, $"d{i}/one"), "1");
            File.WriteAllText(At(_a, $"d{i}/s/two"), "2");
            File.WriteAllText(At(_a, $"d{i}/s/t/three"), "3");
        }
        EventuallySame(_a, _b);
        Assert.Equal(300, Directory.GetFiles(_b.Root, "*", SearchOption.AllDirectories).Count(f => !f.Contains("/.vfs/", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_file_written_slowly_is_never_seen_half()
    {
        var line = new string('x', 99) + "\n";
        var wrong = new List<long>();
        using var done = new CancellationTokenSource();
        var watch = new Thread(() =>
        {
            while (!done.IsCancellationRequested)
            {
                foreach (var name in (string[])["slow", "copy"])
                    if (new FileInfo(At(_b, name)) is { Exists: true } seen && seen.Length is not (100 * 100 or 8_000_000)) lock (wrong) wrong.Add(seen.Length);
                Poll.Pause(1);
            }
        });
        watch.Start();
        using (var file = new FileStream(At(_a, "slow"), FileMode.Create, FileAccess.Write, FileShare.ReadWrite, 0))
        {
            for (var i = 0; i < 100; i++)
            {
                file.Write(Encoding.ASCII.GetBytes(line));
                Poll.Pause(i % 25 == 24 ? 400 : 5);
            }
        }
        using (var file = new FileStream(At(_a, "copy"), FileMode.Create, FileAccess.Write, FileShare.ReadWrite, 0))
        {
            for (var i = 0; i < 8; i++)
            {
                file.Write(new byte[1_000_000]);
                Poll.Pause(100);
            }
        }
        EventuallySame(_a, _b);
        done.Cancel();
        watch.Join();
        Assert.Empty(wrong);
    }

    [Fact]
    public void A_file_rewritten_over_and_over_is_whole_at_every_moment_at_the_other_side()
    {
        using var done = new CancellationTokenSource();
        var wrong = new List<string>();
        File.WriteAllText(At(_a, "f"), Whole(0));
        EventuallySame(_a, _b);
        var watch = new Thread(() =>
        {
            while (!done.IsCancellationRequested)
            {
                var text = File.Exists(At(_b, "f")) ? File.ReadAllText(At(_b, "f")) : "missing";
                if (text.Length != 50_000 || text.Any(c => c != text[0])) lock (wrong) wrong.Add(text.Length + text[..Math.Min(10, text.Length)]);
            }
        });
        watch.Start();
        for (var i = 0; i < 60; i++)
        {
            // As careful programs save: beside, then renamed.
            File.WriteAllText(At(_a, "f.tmp"), Whole(i));
            File.Move(At(_a, "f.tmp"), At(_a, "f"), overwrite: true);
            Poll.Pause(i % 9);
        }
        EventuallySame(_a, _b);
        done.Cancel();
        watch.Join();
        Assert.Empty(wrong);
        Assert.Equal(Whole(59), File.ReadAllText(At(_b, "f")));
        NoConflicts(_a, _b);
    }

    [Fact]
    public void Saving_as_vim_does()
    {
        File.WriteAllText(At(_a, "text"), "old");
        EventuallySame(_a, _b);
        for (var i = 0; i < 5; i++)
        {
            var node = i % 2 == 0 ? _a : _b;
            File.WriteAllText(At(node, ".text.swp"), "swap");
            File.WriteAllText(At(node, "4913"), "");
            File.Delete(At(node, "4913"));
            File.Move(At(node, "text"), At(node, "text~"));
            File.WriteAllText(At(node, "text"), $"vim {i}");
            File.Delete(At(node, "text~"));
            File.Delete(At(node, ".text.swp"));
            EventuallySame(_a, _b);
            Assert.Equal($"vim {i}", File.ReadAllText(At(_a, "text")));
            Assert.Equal(["text"], Directory.GetFiles(_b.Root).Select(Path.GetFileName));
        }
        NoConflicts(_a, _b);
    }

    [Fact]
    public void Saving_as_VS_Code_does()
    {
        File.WriteAllText(At(_a, "text"), "old and longer than the rest");
        EventuallySame(_a, _b);
        for (var i = 0; i < 5; i++)
        {
            var node = i % 2 == 0 ? _a : _b;
            // In place: truncated, written.
            using (var file = new FileStream(At(node, "text"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            {
                file.SetLength(0);
                file.Write(Encoding.ASCII.GetBytes($"code {i}"));
            }
            EventuallySame(_a, _b);
            Assert.Equal($"code {i}", File.ReadAllText(At(_a, "text")));
            // Atomic save: a new file beside, renamed over.
            File.WriteAllText(At(node, "text.vsctmp"), $"atomic {i}");
            File.Move(At(node, "text.vsctmp"), At(node, "text"), overwrite: true);
            EventuallySame(_a, _b);
            Assert.Equal($"atomic {i}", File.ReadAllText(At(_b, "text")));
        }
        NoConflicts(_a, _b);
    }

    [Fact]
    public void Nothing_is_lost_when_the_watch_overflows()
    {
        var reading = WatchOf(_a);
        reading.Reset();
        for (var i = 0; i < 6000; i++) File.WriteAllText(At(_a, $"f{i}"), $"{i}");
        Directory.CreateDirectory(At(_a, "late/sub"));
        File.WriteAllText(At(_a, "late/sub/file"), "late");
        for (var i = 0; i < 6000; i += 3) File.Delete(At(_a, $"f{i}"));
        reading.Set();
        EventuallySame(_a, _b);
        File.WriteAllText(At(_a, "late/sub/after"), "after");
        EventuallySame(_a, _b);
        Assert.Equal(4000, Directory.GetFiles(_b.Root).Length);
    }

    [Fact]
    public void Thousands_of_files_deleted_and_made_again()
    {
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 700; i++)
            {
                Directory.CreateDirectory(At(_a, $"d{i % 10}"));
                File.WriteAllText(At(_a, $"d{i % 10}/f{i}"), $"{round} {i}");
            }
            if (round < 2) for (var i = 0; i < 10; i++) Directory.Delete(At(_a, $"d{i}"), true);
        }
        EventuallySame(_a, _b);
        Assert.Equal("2 699", File.ReadAllText(At(_b, "d9/f699")));
        NoConflicts(_a, _b);
    }

    [Fact]
    public void Nothing_is_left_in_the_nodes_staging()
    {
        for (var i = 0; i < 20; i++) File.WriteAllBytes(At(_a, $"f{i}"), new byte[i * 40_000]);
        EventuallySame(_a, _b);
        Poll.Until(() => Directory.GetFileSystemEntries(At(_b, ".vfs/tmp")).Length == 0, "staging is empty");
        Assert.Equal(["notes"], Directory.GetFileSystemEntries(At(_b, ".vfs/aside")).Select(Path.GetFileName).DefaultIfEmpty("notes"));
    }

    private static string Whole(int version) => new((char)('a' + version % 26), 50_000);
}
