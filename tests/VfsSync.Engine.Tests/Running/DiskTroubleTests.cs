using VfsSync.Core.Tree;
using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>Disks that are full or take nothing more: what is wrong is said, nothing is lost, and it goes on when the disk does.</summary>
public sealed class DiskTroubleTests : IDisposable
{
    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void A_disk_that_fills_up_while_it_receives_goes_on_when_there_is_space()
    {
        using var disk = new SmallDisk(96);
        var (a, b) = Pair(disk.Folder("b"));
        try
        {
            File.WriteAllText(At(a, "before"), "before");
            EventuallySame(a, b);
            disk.Fill(leave: 12 << 20);
            for (var i = 0; i < 12; i++) File.WriteAllBytes(At(a, $"big{i}"), Bytes(3_000_000, i));
            for (var i = 0; i < 200; i++) File.WriteAllBytes(At(a, $"small{i}"), Bytes(20_000, 100 + i));
            Poll.Until(() => SaysFull(b), () => "b says that its disk is full\n" + Story(a, b));
            File.SetLastWriteTimeUtc(At(b, "before"), DateTime.UnixEpoch); // of all that users do, what takes no space
            NothingHalf(a, b, "before");
            Assert.Equal("before", File.ReadAllText(At(b, "before")));
            Assert.True(b.State == NodeState.Running, b.HaltReason);
            disk.FreeSpace();
            Poll.Until(() => Trees.Difference(a.Root, b.Root).Length == 0, () => "the trees are the same\n" + Story(a, b), 60);
            Well(b);
        }
        finally
        {
            _nodes.Stop(b);
        }
    }

    [Fact]
    public void Small_files_fill_a_disk_to_the_last_byte_and_nothing_is_lost()
    {
        using var disk = new SmallDisk(48);
        var (a, b) = Pair(disk.Folder("b"));
        try
        {
            disk.Fill(leave: 1 << 20);
            for (var i = 0; i < 300; i++) File.WriteAllBytes(At(a, $"f{i}"), Bytes(15_000, i));
            Poll.Until(() => SaysFull(b), () => "b says that its disk is full\n" + Story(a, b));
            disk.Fill(leave: 0);
            for (var i = 0; i < 20; i++) File.WriteAllText(At(a, $"more{i}"), $"{i}");
            NothingHalf(a, b);
            disk.FreeSpace();
            Poll.Until(() => Trees.Difference(a.Root, b.Root).Length == 0, () => "the trees are the same\n" + Story(a, b), 60);
            Well(b);
        }
        finally
        {
            _nodes.Stop(b);
        }
    }

    [Fact]
    public void What_is_written_on_an_authors_full_disk_is_recorded_when_there_is_space()
    {
        using var disk = new SmallDisk(48);
        var (a, b) = Pair(disk.Folder("b"));
        try
        {
            for (var i = 0; i < 50; i++) File.WriteAllText(At(b, $"f{i}"), $"first {i}");
            EventuallySame(a, b);
            disk.Fill(leave: 0);
            // There is room for names and in blocks that files have already, none for the state.
            for (var i = 0; i < 50; i++) File.SetLastWriteTimeUtc(At(b, $"f{i}"), DateTime.UnixEpoch.AddDays(i));
            for (var i = 0; i < 10; i++) File.Move(At(b, $"f{i}"), At(b, $"moved{i}"));
            File.WriteAllText(At(a, "f40"), "by a");
            Poll.Until(() => SaysFull(b), () => "b says that its disk is full\n" + Story(a, b));
            Assert.True(b.State == NodeState.Running, b.HaltReason);
            disk.FreeSpace();
            EventuallySettled(a, b);
            for (var i = 0; i < 10; i++) Assert.Equal($"first {i}", File.ReadAllText(At(a, $"moved{i}")));
            Assert.Contains(Directory.GetFiles(b.Root, "f40*"), f => File.ReadAllText(f) == "by a");
            Well(b);
        }
        finally
        {
            _nodes.Stop(b);
        }
    }

    [Fact]
    public void A_node_does_not_start_on_a_read_only_disk_and_says_what_to_do()
    {
        using var disk = new SmallDisk(48);
        var (a, b) = Pair(disk.Folder("b"));
        File.WriteAllText(At(a, "f"), "f");
        EventuallySame(a, b);
        _nodes.Stop(b);
        disk.Remount("ro");
        var refused = Assert.Throws<NodeException>(() => _nodes.StartAgain(b.Root));
        Assert.Equal("VfsNotWritable", refused.Id);
        Assert.Contains("read-only", refused.Message, StringComparison.OrdinalIgnoreCase);
        disk.Remount("rw");
        File.WriteAllText(At(a, "f"), "changed meanwhile");
        b = _nodes.StartAgain(b.Root);
        EventuallySame(a, b);
        _nodes.Stop(b);
    }

    [Fact]
    public void A_disk_that_becomes_read_only_loses_nothing()
    {
        using var disk = new SmallDisk(48);
        var (a, b) = Pair(disk.Folder("b"));
        try
        {
            File.WriteAllText(At(a, "f"), "before");
            EventuallySame(a, b);
            disk.BecomeReadOnly();
            File.WriteAllText(At(a, "f"), "after");
            File.WriteAllBytes(At(a, "big"), Bytes(3_000_000, 1));
            File.WriteAllText(At(a, "new"), "new");
            Poll.Until(() => b.Problems().Any(p => p.Message.Contains("read-only", StringComparison.OrdinalIgnoreCase) || p.Message.Contains("readonly", StringComparison.OrdinalIgnoreCase)), () => "b says that its disk is read-only\n" + Story(a, b));
            Assert.Equal("before", File.ReadAllText(At(b, "f")));
            Assert.Equal("after", File.ReadAllText(At(a, "f")));
        }
        finally
        {
            _nodes.Stop(b);
        }
        disk.Remount("rw");
        b = _nodes.StartAgain(b.Root);
        EventuallySame(a, b);
        NoConflicts(a, b);
        Well(b);
        _nodes.Stop(b);
    }

    [Fact]
    public void A_node_whose_disk_failed_right_after_it_joined_still_knows_whom_to_dial()
    {
        using var disk = new SmallDisk(48);
        var (a, b) = Pair(disk.Folder("b"));
        disk.BecomeReadOnly();
        _nodes.Stop(b);
        disk.Remount("rw");
        b = _nodes.StartAgain(b.Root);
        Connected(a, b);
        _nodes.Stop(b);
    }

    private (SyncNode A, SyncNode B) Pair(string folder)
    {
        var a = _nodes.Start("a");
        var b = _nodes.Start(new NodeOptions { Path = folder, Name = "b", Port = 0, InvitationToken = a.CreateInvitation("editor", 1, null).Token });
        Connected(a, b);
        return (a, b);
    }

    private static bool SaysFull(SyncNode node) =>
        node.Problems().Any(p => p.Kind == ProblemKind.Unwritable && p.Message.Contains("full", StringComparison.Ordinal) && p.Message.Contains("free some space", StringComparison.OrdinalIgnoreCase));

    private static void Well(SyncNode node)
    {
        Poll.Until(() => node.Problems().All(p => p.Kind != ProblemKind.Unwritable), () => "the problem is gone\n" + Story(node));
        Poll.Until(() => Directory.GetFileSystemEntries(At(node, ".vfs/tmp")).Length == 0, "no staged file is left");
    }

    // What is at the receiver at all is whole.
    private static void NothingHalf(SyncNode author, SyncNode receiver, string? but = null)
    {
        var whole = Trees.Describe(author.Root)!;
        Assert.All(Trees.Describe(receiver.Root)!.Where(e => whole.ContainsKey(e.Key) && e.Key != but), e => Assert.Equal(whole[e.Key], e.Value));
    }

    private static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
