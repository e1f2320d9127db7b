using VfsSync.Core.Tree;
using VfsSync.Engine.Disk.Linux;
using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>Folders that were copied, restored, or lost their state (invariant 8): no number is used twice, nobody loses anything.</summary>
public sealed class BackupTests : IDisposable
{
    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void A_copied_folder_is_a_node_of_its_own_epoch()
    {
        var (a, b) = _nodes.Pair();
        Fill(a, "first");
        EventuallySame(a, b);
        _nodes.Stop(b);
        var copy = Copy(b.Root, "copy");
        b = _nodes.StartAgain(b.Root);
        File.WriteAllText(At(b, "by b"), "b");
        EventuallySame(a, b);
        var c = _nodes.StartAgain(copy, AddressOf(a));
        Assert.Contains(c.Problems(), p => p.Kind == ProblemKind.Node && p.Message.Contains("new epoch", StringComparison.Ordinal));
        File.WriteAllText(At(c, "by the copy"), "c");
        EventuallySame(a, b, c);
        File.WriteAllText(At(b, "f1"), "b again");
        File.WriteAllText(At(a, "by a"), "a");
        EventuallySame(a, b, c);
        NoConflicts(a, b, c);
        NoForks(a, b, c);
    }

    [Fact]
    public void A_node_restored_from_an_older_backup_loses_nothing()
    {
        var (a, b) = _nodes.Pair();
        Fill(b, "first");
        EventuallySame(a, b);
        _nodes.Stop(b);
        var backup = Copy(b.Root, "backup");
        b = _nodes.StartAgain(b.Root);
        File.WriteAllText(At(b, "f1"), "after the backup");
        File.WriteAllText(At(b, "later"), "after the backup");
        File.Delete(At(b, "f2"));
        EventuallySame(a, b);
        _nodes.Stop(b);
        Directory.Delete(b.Root, true);
        Copy(backup, Path.GetFileName(b.Root));
        b = _nodes.StartAgain(b.Root);
        File.WriteAllText(At(b, "restored"), "after the restore");
        EventuallySettled(a, b);
        Assert.Contains(b.Problems(), p => p.Kind == ProblemKind.Node && p.Message.Contains("new epoch", StringComparison.Ordinal));
        Assert.Equal("after the backup", File.ReadAllText(At(b, "later")));
        Assert.Equal("after the backup", File.ReadAllText(At(b, "f1")));
        Assert.Equal("after the restore", File.ReadAllText(At(a, "restored")));
        NoConflicts(a, b);
        NoForks(a, b);
    }

    [Fact]
    public void A_rolled_back_machine_is_found_out_by_its_peers()
    {
        // The state alone goes back, in place: same disk, same inode; only another node can tell.
        var (a, b) = _nodes.Pair();
        Fill(b, "first");
        EventuallySame(a, b);
        _nodes.Stop(b);
        var backup = Copy(At(b, ".vfs"), "state");
        b = _nodes.StartAgain(b.Root);
        for (var i = 0; i < 5; i++)
        {
            File.WriteAllText(At(b, $"later{i}"), "after the backup");
            EventuallySame(a, b);
        }
        _nodes.Stop(b);
        Directory.Delete(At(b, ".vfs"), true);
        Shell.Run("cp -a \"$1\" \"$2\"", backup, At(b, ".vfs"));
        // Offline at first, it numbers on where the backup ended.
        _nodes.Stop(a);
        b = _nodes.StartAgain(b.Root);
        File.WriteAllText(At(b, "alone"), "alone");
        File.WriteAllText(At(b, "later1"), "changed alone");
        LookAtAll(b);
        a = _nodes.StartAgain(a.Root, AddressOf(b));
        Poll.Until(() => b.State == NodeState.Halted, () => "the fork is found out\n" + Story(a, b));
        Assert.Contains("Start it again", b.HaltReason, StringComparison.Ordinal);
        b = _nodes.Restart(b);
        EventuallySettled(a, b);
        Assert.Equal("alone", File.ReadAllText(At(a, "alone")));
        Assert.Contains("changed alone", Directory.GetFiles(a.Root, "later1*").Select(File.ReadAllText));
        Assert.Contains(b.Problems(), p => p.Kind == ProblemKind.Node && p.Message.Contains("new epoch", StringComparison.Ordinal));
        File.WriteAllText(At(b, "and on"), "goes on");
        File.WriteAllText(At(a, "and back"), "goes on");
        EventuallySame(a, b);
        b = _nodes.Restart(b);
        File.WriteAllText(At(b, "after restart"), "goes on");
        EventuallySame(a, b);
    }

    [Fact]
    public void A_folder_without_its_state_joins_again_without_conflicts()
    {
        var (a, b) = _nodes.Pair();
        Fill(a, "first");
        File.WriteAllBytes(At(a, "big"), new byte[2_000_000]);
        EventuallySame(a, b);
        _nodes.Stop(b);
        Directory.Delete(At(b, ".vfs"), true);
        File.WriteAllText(At(b, "f1"), "changed without state");
        File.WriteAllText(At(b, "new"), "new");
        b = _nodes.Start("b2", null);
        _nodes.Stop(b);
        var again = _nodes.Start(new NodeOptions { Path = _nodes.Folder("b"), Name = "b3", Port = 0, InvitationToken = a.CreateInvitation("editor", 1, null).Token });
        EventuallySettled(a, again);
        Assert.Equal("new", File.ReadAllText(At(a, "new")));
        Assert.Contains("changed without state", Directory.GetFiles(a.Root, "f1*").Select(File.ReadAllText));
        Assert.InRange(Directory.GetFiles(a.Root, "*.conflict-*").Length, 0, 1);
        Assert.DoesNotContain(Directory.GetFiles(a.Root, "*.conflict-*"), f => !Path.GetFileName(f).StartsWith("f1.", StringComparison.Ordinal));
    }

    [Fact]
    public void Two_folders_with_equal_files_join_without_conflicts()
    {
        var a = _nodes.Start("a");
        var other = _nodes.Folder("b");
        for (var i = 0; i < 30; i++)
        {
            File.WriteAllText(At(a, $"f{i}"), $"{i}");
            File.WriteAllText(Path.Combine(other, $"f{i}"), $"{i}");
        }
        LookAtAll(a);
        var b = _nodes.Start("b", a);
        EventuallySettled(a, b);
        NoConflicts(a, b);
        Assert.Equal(30, Directory.GetFiles(b.Root).Length);
    }

    [Fact]
    public void A_corrupted_database_is_kept_aside_and_rebuilt()
    {
        var (a, b) = _nodes.Pair();
        Fill(b, "first");
        Fill(a, "second");
        EventuallySame(a, b);
        _nodes.Stop(b);
        var database = At(b, ".vfs/vfs.db");
        var bytes = File.ReadAllBytes(database);
        new Random(7).NextBytes(bytes.AsSpan(0, bytes.Length / 2));
        File.WriteAllBytes(database, bytes);
        File.WriteAllText(At(b, "f1"), "changed meanwhile");
        b = _nodes.StartAgain(b.Root);
        Assert.Contains(b.Problems(), p => p.Kind == ProblemKind.Node && p.Message.Contains("kept in", StringComparison.Ordinal) && !p.Message.Contains("rebuild", StringComparison.Ordinal));
        Assert.NotEmpty(Directory.GetDirectories(At(b, ".vfs"), "corrupt-*"));
        EventuallySettled(a, b);
        Assert.Contains("changed meanwhile", Directory.GetFiles(a.Root, "f1*").Select(File.ReadAllText));
        File.WriteAllText(At(b, "on"), "it goes on");
        EventuallySame(a, b);
        NoForks(a, b);
    }

    [Fact]
    public void A_vanished_root_halts_the_node_and_nothing_is_removed_elsewhere()
    {
        var (a, b) = _nodes.Pair();
        Fill(a, "first");
        EventuallySame(a, b);
        Directory.Move(b.Root, b.Root + "-away");
        Poll.Until(() => b.State == NodeState.Halted, "b is halted");
        Assert.Equal(20, Directory.GetFiles(a.Root).Length);
        _nodes.Stop(b);
        Directory.Move(b.Root + "-away", b.Root);
        b = _nodes.StartAgain(b.Root);
        File.WriteAllText(At(a, "f3"), "on");
        EventuallySame(a, b);
    }

    [Fact]
    public void An_emptied_folder_halts_the_node_at_its_start()
    {
        var (a, b) = _nodes.Pair();
        for (var i = 0; i < 150; i++) File.WriteAllText(At(a, $"f{i}"), $"{i}");
        EventuallySame(a, b);
        _nodes.Stop(b);
        foreach (var file in Directory.GetFiles(b.Root)) File.Delete(file);
        b = _nodes.StartAgain(b.Root, AddressOf(a));
        Assert.Equal(NodeState.Halted, b.State);
        Assert.Contains("held 150 files", b.HaltReason, StringComparison.Ordinal);
        Poll.For(0.5, () => Assert.Equal(150, Directory.GetFiles(a.Root).Length));
    }

    [Fact]
    public void What_is_removed_through_the_node_is_no_vanished_disk_whenever_the_folder_is_looked_at()
    {
        var (a, b) = _nodes.Pair();
        Directory.CreateDirectory(At(a, "all"));
        for (var i = 0; i < 150; i++) File.WriteAllText(At(a, $"all/f{i}"), $"{i}");
        EventuallySame(a, b);
        WatchOf(a).Reset(); // else its hints may tell of each file as it goes
        ((LinuxFolder)a.Disk).Meanwhile = step =>
        {
            if (step == "flush" && !Directory.Exists(At(a, "all"))) LookAtAll(a);
        };
        a.Remove(EntryPath.Parse("all"), recurse: true, default);
        WatchOf(a).Set();
        Poll.Until(() => !Directory.Exists(At(b, "all")), "b removes it, too");
        LookAtAll(b);
        EventuallySame(a, b);
        // What was removed everywhere is not missed at the next start, either.
        EventuallySame(_nodes.Restart(a), _nodes.Restart(b));
    }

    private static void Fill(SyncNode node, string text)
    {
        for (var i = 0; i < 20; i++) File.WriteAllText(At(node, $"f{i}"), $"{text} {i}");
    }

    private string Copy(string folder, string name)
    {
        Shell.Run("cp -a \"$1\" \"$2\"", folder, _nodes.Outside(name));
        return _nodes.Outside(name);
    }

    private static void NoForks(params SyncNode[] nodes)
    {
        foreach (var node in nodes) Assert.DoesNotContain(node.Problems(), p => p.Message.Contains("two histories", StringComparison.Ordinal));
    }
}
