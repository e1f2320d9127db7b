using System.Diagnostics;
using VfsSync.Core.Tree;
using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>A folder that is taken away as a whole, by whatever means, takes nothing away from others (invariant 9).</summary>
public sealed class VanishingTests : IDisposable
{
    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Theory]
    [InlineData(3)]
    [InlineData(20)]
    [InlineData(700)]
    public void A_folder_that_is_removed_with_all_in_it_removes_nothing_elsewhere(int files)
    {
        var (a, b) = Filled(files);
        Shell.Run("nice -n -10 rm -rf \"$1\" 2>&- || rm -rf \"$1\"", b.Root); // At one go; the node may be writing into .vfs at that moment.
        Poll.Until(() => b.State == NodeState.Halted, () => "b is halted\n" + Story(a, b));
        Assert.Contains("removed nowhere else", b.HaltReason, StringComparison.Ordinal);
        Poll.For(1.5, () => Assert.Equal(files, Directory.GetFiles(a.Root, "*", SearchOption.AllDirectories).Count(f => !f.Contains(".vfs", StringComparison.Ordinal))));
    }

    [Fact]
    public void Who_is_halted_is_not_believed_there()
    {
        var (a, b) = Filled(5);
        Directory.Move(b.Root, b.Root + "-elsewhere");
        Poll.Until(() => b.State == NodeState.Halted, () => "b is halted\n" + Story(a, b));
        Poll.Until(() => a.Members().Single().State != MemberState.Connected, () => "a knows\n" + Story(a, b));
        File.WriteAllText(At(a, "while b is halted"), "for later");
        Poll.For(1, () => Assert.NotEqual(MemberState.Connected, a.Members().Single().State));
        if (Directory.Exists(b.Root)) Directory.Delete(b.Root, true);
        Directory.Move(b.Root + "-elsewhere", b.Root);
        b = _nodes.Resume(b);
        EventuallySame(a, b);
    }

    [Fact]
    public void A_node_whose_state_is_removed_halts()
    {
        var (a, b) = Filled(20);
        Shell.Run("rm -rf \"$1\" 2>&- || rm -rf \"$1\"", At(b, ".vfs")); // The node may be writing into it at that moment.
        Poll.Until(() => b.State == NodeState.Halted, () => "b is halted\n" + Story(a, b));
        Assert.Contains(".vfs", b.HaltReason, StringComparison.Ordinal);
        Assert.Equal(20, Directory.GetFiles(b.Root, "f*", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public void What_users_remove_goes_everywhere_much_of_it_a_moment_later()
    {
        var (a, b) = Filled(300);
        var clock = Stopwatch.StartNew();
        File.Delete(At(b, "d1/f1"));
        Poll.Until(() => !File.Exists(At(a, "d1/f1")), "one file goes at once");
        Assert.InRange(clock.ElapsedMilliseconds, 0, 10_000);
        Shell.Run("rm -r \"$1\"/d2 \"$1\"/d3", b.Root);
        File.WriteAllText(At(b, "and on"), "it goes on");
        EventuallySame(a, b);
        Assert.False(Directory.Exists(At(a, "d2")));
    }

    [Fact]
    public void What_comes_back_in_that_moment_was_never_gone()
    {
        var (a, b) = Filled(300);
        Directory.Move(At(b, "d1"), b.Root + "-elsewhere");
        Poll.Pause(300);
        Directory.Move(b.Root + "-elsewhere", At(b, "d1"));
        File.WriteAllText(At(b, "and on"), "it goes on");
        Poll.Until(() => File.Exists(At(a, "and on")), () => "nothing is held up\n" + Story(a, b));
        EventuallySettled(a, b);
        Assert.DoesNotContain(a.RecentEvents(), e => e.Kind == SyncEventKind.Removed);
        Assert.Equal(100, Directory.GetFiles(At(a, "d1")).Length);
    }

    [Fact]
    public void A_move_into_a_directory_made_for_it_is_a_rename_every_time()
    {
        var (a, b) = Filled(30);
        for (var i = 0; i < 10; i++)
        {
            Directory.CreateDirectory(At(b, $"new{i}"));
            File.Move(At(b, $"d1/f{i}"), At(b, $"new{i}/g"));
            Poll.Until(() => File.Exists(At(a, $"new{i}/g")) && !File.Exists(At(a, $"d1/f{i}")), () => $"{i} is moved\n" + Story(a, b));
        }
        Poll.Until(() => a.RecentEvents().Count(e => e.Path?.Name == "g") >= 10, () => "all are told of\n" + Story(a, b)); // The event comes just after the name.
        Assert.All(a.RecentEvents().Where(e => e.Path?.Name == "g"), e => Assert.Equal(SyncEventKind.Renamed, e.Kind));
    }

    // Files in three directories.
    private (SyncNode A, SyncNode B) Filled(int files)
    {
        var (a, b) = _nodes.Pair();
        for (var i = 0; i < files; i++)
        {
            var directory = Directory.CreateDirectory(At(a, $"d{1 + i * 3 / files}")).FullName;
            File.WriteAllText(Path.Combine(directory, $"f{i}"), $"file {i}");
        }
        LookAtAll(a);
        EventuallySettled(a, b);
        return (a, b);
    }
}
