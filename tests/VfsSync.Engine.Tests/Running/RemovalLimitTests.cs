using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>More files go at once than the user allows: nothing is removed on the other side of that until somebody says that it was meant.</summary>
public sealed class RemovalLimitTests : IDisposable
{
    private readonly Nodes _nodes = new();
    private SyncNode _a, _b;

    public RemovalLimitTests()
    {
        (_a, _b) = _nodes.Pair();
        for (var i = 0; i < 40; i++) File.WriteAllText(Path.Combine(Directory.CreateDirectory(At(_a, $"d{i % 2}")).FullName, $"f{i}"), $"file {i}");
        EventuallySettled(_a, _b);
    }

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void What_goes_here_beyond_the_limit_goes_nowhere_else_until_it_is_resumed()
    {
        _b = Restart(_b, limit: 10);
        Directory.Delete(At(_b, "d0"), recursive: true);
        Halts(_b, "files are gone from this folder within a minute, such as 'd0/f");
        Poll.For(0.5, () => Assert.InRange(Directory.GetFiles(At(_a, "d0")).Length, 10, 20));
        _b = Resume(_b);
        Poll.Until(() => !Directory.Exists(At(_a, "d0")), () => "they go everywhere\n" + Story(_a, _b));
        EventuallySettled(_a, _b);
    }

    [Fact]
    public void What_is_put_back_before_it_is_resumed_was_never_gone()
    {
        _b = Restart(_b, limit: 10);
        Directory.Move(At(_b, "d0"), _b.Root + "-elsewhere");
        Halts(_b, "files are gone");
        Directory.Move(_b.Root + "-elsewhere", At(_b, "d0"));
        _b = Resume(_b);
        EventuallySettled(_a, _b);
        Assert.Equal(20, Directory.GetFiles(At(_a, "d0")).Length);
        Assert.DoesNotContain(_a.RecentEvents(), e => e.Kind == SyncEventKind.Removed);
    }

    [Fact]
    public void What_others_remove_beyond_the_limit_stays_here_until_it_is_resumed()
    {
        _b = Restart(_b, limit: 10);
        Directory.Delete(At(_a, "d1"), recursive: true);
        Halts(_b, "a removed ");
        Assert.InRange(Directory.GetFiles(At(_b, "d1")).Length, 10, 20); // Up to ten may come in a plan before.
        _b = Resume(_b);
        Poll.Until(() => !Directory.Exists(At(_b, "d1")), () => "they go here, too\n" + Story(_a, _b));
        EventuallySettled(_a, _b);
    }

    [Fact]
    public void Renames_what_is_removed_by_command_and_what_stays_below_the_limit_count_for_nothing()
    {
        _b = Restart(_b, limit: 10);
        Directory.Move(At(_b, "d0"), At(_b, "e"));
        EventuallySettled(_a, _b);
        for (var i = 0; i < 5; i++) File.Delete(At(_b, $"d1/f{1 + 2 * i}"));
        EventuallySettled(_a, _b);
        _b.Remove(Core.Tree.EntryPath.Parse("e"), recurse: true, default);
        EventuallySettled(_a, _b);
        Assert.Equal((NodeState.Running, 15), (_b.State, Directory.GetFiles(At(_a, "d1")).Length));
    }

    [Fact]
    public void The_limit_is_remembered_and_can_be_lifted()
    {
        _b = Restart(_b, limit: 10);
        _b = Restart(_b, limit: null);
        Assert.Equal(10, _b.RemovalLimit);
        _b = Restart(_b, limit: 0);
        Assert.Null(_b.RemovalLimit);
        Directory.Delete(At(_b, "d0"), recursive: true);
        EventuallySettled(_a, _b);
    }

    [Fact]
    public void A_folder_that_was_emptied_on_purpose_is_emptied_everywhere_once_it_is_resumed()
    {
        for (var i = 0; i < 100; i++) File.WriteAllText(At(_a, $"g{i}"), $"file {i}");
        EventuallySettled(_a, _b);
        _nodes.Stop(_b);
        foreach (var file in Directory.GetFiles(_b.Root)) File.Delete(file);
        foreach (var directory in (string[])["d0", "d1"]) Directory.Delete(At(_b, directory), recursive: true);
        _b = _nodes.StartAgain(_b.Root, AddressOf(_a));
        Assert.Equal(NodeState.Halted, _b.State);
        Assert.Contains("Resume-VfsNode", _b.HaltReason, StringComparison.Ordinal);
        Assert.Equal(140, Directory.GetFiles(_a.Root, "*", SearchOption.AllDirectories).Count(f => !f.Contains("/.vfs/", StringComparison.Ordinal)));
        _b = Resume(_b);
        EventuallySettled(_a, _b);
        Assert.Empty(Directory.GetFiles(_a.Root));
    }

    [Fact]
    public void A_node_whose_folder_is_still_gone_or_that_is_not_halted_is_not_resumed()
    {
        Assert.Equal("VfsNotHalted", Assert.Throws<NodeException>(() => SyncNode.Resume(_b, default)).Id);
        Directory.Move(_b.Root, _b.Root + "-elsewhere");
        Poll.Until(() => _b.State == NodeState.Halted, () => "b is halted\n" + Story(_a, _b));
        Assert.Equal("VfsFolderGone", Assert.Throws<NodeException>(() => SyncNode.Resume(_b, default)).Id);
        Assert.Equal(NodeState.Halted, _b.State);
        Directory.Move(_b.Root + "-elsewhere", _b.Root);
        _b = Resume(_b);
        File.WriteAllText(At(_b, "and on"), "it goes on");
        EventuallySettled(_a, _b);
    }

    private SyncNode Restart(SyncNode node, long? limit)
    {
        _nodes.Stop(node);
        var again = _nodes.Start(new NodeOptions { Path = node.Root, Port = 0, Peers = [AddressOf(_a)], RemovalLimit = limit });
        Connected(_a, again);
        return again;
    }

    private SyncNode Resume(SyncNode node)
    {
        var resumed = _nodes.Resume(node);
        Connected(_a, resumed);
        return resumed;
    }

    private void Halts(SyncNode node, string why)
    {
        Poll.Until(() => node.State == NodeState.Halted, () => "it is halted\n" + Story(_a, _b));
        Assert.Contains(why, node.HaltReason, StringComparison.Ordinal);
        Assert.Contains("Resume-VfsNode", node.HaltReason, StringComparison.Ordinal);
    }
}
