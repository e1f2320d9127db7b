using System.Security.Cryptography;
using VfsSync.Core.History;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;
using VfsSync.Engine.Running;
using VfsSync.NodeHost;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>Contents over 64 KiB are captured once they have been still, and can be brought back whatever happens to the file.</summary>
public sealed class CaptureTests : IDisposable
{
    private static readonly EntryPath s_path = EntryPath.Parse("long");
    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void What_was_overwritten_twice_comes_back()
    {
        var a = _nodes.Start("a");
        var contents = Enumerable.Range(0, 3).Select(_ => RandomNumberGenerator.GetBytes(700_000)).ToList();
        foreach (var content in contents) WriteAndCapture(a, content);
        Assert.All(a.History(s_path), v => Assert.True(v.IsHeld));
        a.Restore(a.History(s_path)[0], default);
        Assert.Equal(contents[0], File.ReadAllBytes(At(a, "long")));
        a.Restore(a.History(s_path)[1], default);
        Assert.Equal(contents[1], File.ReadAllBytes(At(a, "long")));
    }

    [Fact]
    public void What_was_removed_comes_back_after_a_restart()
    {
        var a = _nodes.Start("a");
        var content = RandomNumberGenerator.GetBytes(3_000_000);
        WriteAndCapture(a, content);
        File.Delete(At(a, "long"));
        LookAtAll(a);
        Poll.Until(() => a.File(s_path) is null, "the removal is recorded");
        a = _nodes.Restart(a);
        Assert.True(a.History(s_path)[0].IsHeld);
        a.Restore(a.History(s_path)[0], default);
        Assert.Equal(content, File.ReadAllBytes(At(a, "long")));
    }

    [Fact]
    public void What_is_not_captured_yet_when_the_node_stops_is_captured_by_the_next()
    {
        var a = _nodes.Start("a");
        var content = RandomNumberGenerator.GetBytes(3_000_000);
        File.WriteAllBytes(At(a, "long"), content);
        LookAtAll(a);
        a = _nodes.Restart(a);
        Poll.Until(() => IsCaptured(a), "it is captured");
        File.Delete(At(a, "long"));
        LookAtAll(a);
        a.Restore(a.History(s_path)[0], default);
        Assert.Equal(content, File.ReadAllBytes(At(a, "long")));
    }

    [Fact]
    public void What_a_peers_change_replaces_is_captured_also_where_nothing_else_is()
    {
        var a = _nodes.Start("a");
        var b = _nodes.Start(new NodeOptions
        {
            Path = _nodes.Folder("b"),
            Name = "b",
            Port = 0,
            InvitationToken = a.CreateInvitation("editor", 1, null).Token,
            History = path => path.Text == "none" ? HistoryScope.None : HistoryScope.Peers,
        });
        Connected(a, b);
        var content = RandomNumberGenerator.GetBytes(700_000);
        WriteAndCapture(a, content);
        File.WriteAllBytes(At(a, "none"), RandomNumberGenerator.GetBytes(500_000));
        EventuallySame(a, b);
        Poll.Until(() => !IsDue(b), "b has nothing to do");
        Assert.Equal(0, Packed(b));
        File.WriteAllBytes(At(a, "long"), RandomNumberGenerator.GetBytes(700_000));
        File.Delete(At(a, "none"));
        EventuallySame(a, b);
        Poll.Until(() => Directory.GetFiles(At(b, ".vfs/kept")).Length == 0, () => "nothing is kept as a file any more\n" + Story(a, b));
        Assert.InRange(Packed(b), 700_000, 800_000);
        Assert.Equal((true, false), (b.History(s_path)[0].IsHeld, b.History(EntryPath.Parse("none"))[0].IsHeld));
        b.Restore(b.History(s_path)[0], default);
        EventuallySame(a, b);
        Assert.Equal(content, File.ReadAllBytes(At(a, "long")));
    }

    [Fact]
    public void What_was_not_wanted_is_captured_when_it_is_wanted()
    {
        var scope = HistoryScope.Peers;
        var a = _nodes.Start(new NodeOptions { Path = _nodes.Folder("a"), Name = "a", Port = 0, History = _ => scope });
        WriteAndLook(a, RandomNumberGenerator.GetBytes(700_000));
        Poll.Until(() => !IsDue(a), "it is passed over");
        Assert.Equal(0, Packed(a));
        scope = HistoryScope.All;
        a.HistoryScopeChanged();
        Poll.Until(() => IsCaptured(a), "it is captured");
    }

    [Fact]
    public void What_was_taken_out_is_captured_by_the_next_start()
    {
        var (a, b) = _nodes.Pair();
        var content = RandomNumberGenerator.GetBytes(4 << 20);
        File.WriteAllBytes(At(a, "long"), content);
        EventuallySame(a, b);
        File.Delete(At(a, "long"));
        Poll.Until(() => !File.Exists(At(b, "long")), "b removes it");
        _nodes.Stop(a);
        b = _nodes.Restart(b);
        Poll.Until(() => IsCaptured(b), "b has it in history");
        Assert.True(b.History(s_path)[0].IsHeld);
        b.Restore(b.History(s_path)[0], default);
        Assert.Equal(content, File.ReadAllBytes(At(b, "long")));
    }

    [Fact]
    public void What_is_not_here_is_fetched_from_a_node_that_has_it_or_said_to_be_there()
    {
        var a = _nodes.Start(new NodeOptions { Path = _nodes.Folder("a"), Name = "a", Port = 0, History = _ => HistoryScope.None });
        var b = _nodes.Start("b", a);
        Connected(a, b);
        var (first, second) = (RandomNumberGenerator.GetBytes(3_000_000), RandomNumberGenerator.GetBytes(700_000));
        WriteAndLook(a, first);
        EventuallySame(a, b);
        WriteAndLook(a, second);
        EventuallySettled(a, b);
        Assert.Equal((false, true), (a.History(s_path)[0].IsHeld, b.History(s_path)[0].IsHeld));
        _nodes.Stop(b);
        Poll.Until(() => a.Members().Any(m => m.Id == b.Id && m.State != MemberState.Connected), "a sees that b is gone");
        var missing = Assert.Throws<NodeException>(() => a.Restore(a.History(s_path)[0], default));
        Assert.Equal("VfsContentMissing", missing.Id);
        Assert.Contains("It was on b, which is not connected", missing.Message, StringComparison.Ordinal);
        Assert.Equal(second, File.ReadAllBytes(At(a, "long")));
        b = _nodes.StartAgain(b.Root, AddressOf(a));
        Connected(a, b);
        a.Restore(a.History(s_path)[0], default);
        EventuallySettled(a, b);
        Assert.Equal(first, File.ReadAllBytes(At(b, "long")));
        Assert.Empty(Directory.GetFileSystemEntries(At(a, ".vfs/tmp")));
    }

    [Fact]
    public void A_file_that_keeps_changing_is_captured_when_it_is_still()
    {
        var a = _nodes.Start("a");
        var content = RandomNumberGenerator.GetBytes(8 << 20);
        for (var i = 0; i < 12; i++)
        {
            content[i * 600_000] ^= 1;
            WriteAndLook(a, content);
            Poll.Pause(300);
        }
        Poll.Until(() => IsCaptured(a), "it is captured");
        File.Delete(At(a, "long"));
        LookAtAll(a);
        a.Restore(a.History(s_path)[^2], default);
        Assert.Equal(content, File.ReadAllBytes(At(a, "long")));
    }

    [Fact]
    public void Small_files_travel_while_a_long_one_is_captured()
    {
        var (a, b) = _nodes.Pair();
        File.WriteAllBytes(At(a, "long"), RandomNumberGenerator.GetBytes(100_000_000));
        EventuallySame(a, b);
        Poll.Until(() => Packed(a) > 0, "a captures it");
        for (var i = 0; i < 50; i++)
        {
            File.WriteAllText(At(a, "small"), $"{i}");
            Poll.Until(() => File.Exists(At(b, "small")) && File.ReadAllText(At(b, "small")) == $"{i}", "it is at b");
        }
        Poll.Until(() => IsCaptured(a) && IsCaptured(b), "both have captured it", 120);
        NoConflicts(a, b);
    }

    [Fact]
    public void Nothing_is_captured_on_a_disk_that_runs_full_until_there_is_room()
    {
        using var disk = new SmallDisk(1300);
        disk.Fill(leave: 1000 << 20);
        var a = _nodes.Start(new NodeOptions { Path = disk.Folder("a"), Name = "a", Port = 0 });
        try
        {
            var content = RandomNumberGenerator.GetBytes(3_000_000);
            File.WriteAllBytes(At(a, "long"), content);
            Poll.Until(() => SaysNoRoom(a), () => "it says so\n" + Story(a));
            Assert.Equal(0, Packed(a));
            disk.FreeSpace();
            Poll.Until(() => IsCaptured(a) && !SaysNoRoom(a), () => "it goes on\n" + Story(a));
        }
        finally
        {
            _nodes.Stop(a);
        }
    }

    [Fact]
    public void Killed_in_the_middle_of_a_capture_nothing_torn_is_believed()
    {
        var folder = _nodes.Folder("killed");
        var content = RandomNumberGenerator.GetBytes(200_000_000);
        using (var node = new HostedNode(folder, HostedNode.FreePort(), "-"))
        {
            File.WriteAllBytes(Path.Combine(folder, "long"), content);
            Poll.Until(() => Packed(folder) > 20_000_000, "it is being captured", 60);
            node.Kill();
        }
        Assert.InRange(Packed(folder), 20_000_000, 199_000_000);
        // What the disk had not taken yet when the power went, too.
        var last = Directory.GetFiles(Path.Combine(folder, ".vfs/history")).Max()!;
        using (var pack = File.OpenWrite(last)) pack.SetLength(pack.Length - 30_000);
        var again = _nodes.StartAgain(folder);
        Poll.Until(() => IsCaptured(again), "the rest is captured", 60);
        File.Delete(At(again, "long"));
        LookAtAll(again);
        Poll.Until(() => again.File(s_path) is null, "the removal is recorded");
        again.Restore(again.History(s_path)[0], default);
        Assert.Equal(content, File.ReadAllBytes(At(again, "long")));
    }

    [Fact]
    public void A_new_member_is_not_sent_what_only_history_has()
    {
        var a = _nodes.Start("a");
        WriteAndCapture(a, RandomNumberGenerator.GetBytes(3_000_000));
        File.Delete(At(a, "long"));
        File.WriteAllText(At(a, "small"), "small");
        LookAtAll(a);
        var b = _nodes.Start("b", a);
        Connected(a, b);
        EventuallySettled(a, b);
        Assert.InRange(Traffic(b).Received, 1, 500_000);
        Assert.False(b.History(s_path)[0].IsHeld);
    }

    private static bool SaysNoRoom(SyncNode node) => node.Problems().Any(p => p.Kind == ProblemKind.Node && p.Message.Contains("not captured", StringComparison.Ordinal));

    private static void WriteAndLook(SyncNode node, byte[] content)
    {
        File.WriteAllBytes(At(node, "long"), content);
        LookAtAll(node);
    }

    private static void WriteAndCapture(SyncNode node, byte[] content)
    {
        WriteAndLook(node, content);
        Poll.Until(() => IsCaptured(node), () => "it is captured\n" + Story(node));
    }

    private static bool IsDue(SyncNode node) => node.AwaitsCapture;

    private static bool IsCaptured(SyncNode node) => !node.AwaitsCapture && Packed(node) > 0;

    private static long Packed(SyncNode node) => Packed(node.Root);

    private static long Packed(string folder) => Directory.GetFiles(Path.Combine(folder, ".vfs/history")).Sum(f => new FileInfo(f).Length);
}
