using VfsSync.Core.Tree;
using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>A folder that is copied by cp -a while its node runs and records (invariant 8): whatever the copy caught, nobody loses anything and no number is used twice.</summary>
public sealed class CopiedWhileRunningTests : IDisposable
{
    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_copy_starts_beside_the_original_as_a_node_of_its_own_epoch(int seed)
    {
        var (a, b) = _nodes.Pair();
        var copy = CopyWhileBusy(a, b, seed);
        var c = _nodes.StartAgain(copy, AddressOf(a));
        Assert.Contains(c.Problems(), p => p.Kind == ProblemKind.Node && p.Message.Contains("new epoch", StringComparison.Ordinal));
        File.WriteAllText(At(c, "by the copy"), "c");
        File.WriteAllText(At(b, "by b"), "b");
        EventuallySettled(a, b, c);
        Assert.Equal("c", File.ReadAllText(At(a, "by the copy")));
        Assert.Equal("b", File.ReadAllText(At(c, "by b")));
        // A second life of the copy, and one of the original.
        c = _nodes.Restart(c);
        b = _nodes.Restart(b);
        File.WriteAllText(At(c, "f1"), "c again");
        EventuallySettled(a, b, c);
        File.WriteAllText(At(b, "f2"), "b again");
        EventuallySettled(a, b, c);
        Assert.Equal(("c again", "b again"), (File.ReadAllText(At(a, "f1")), File.ReadAllText(At(c, "f2"))));
        NoForks(a, b, c);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void Restored_in_place_it_goes_on_and_what_was_done_since_is_there(int seed)
    {
        var (a, b) = _nodes.Pair();
        var backup = CopyWhileBusy(a, b, seed);
        for (var i = 0; i < 10; i++) File.WriteAllText(At(b, $"since{i}"), $"after the backup {i}");
        EventuallySettled(a, b);
        _nodes.Stop(b);
        Directory.Delete(b.Root, true);
        Directory.Move(backup, b.Root);
        b = _nodes.StartAgain(b.Root);
        File.WriteAllText(At(b, "restored"), "after the restore");
        EventuallySettled(a, b);
        Assert.Equal("after the restore", File.ReadAllText(At(a, "restored")));
        for (var i = 0; i < 10; i++) Assert.Equal($"after the backup {i}", File.ReadAllText(At(b, $"since{i}")));
        NoForks(a, b);
    }

    // Work goes on at both sides from before cp begins until after it has ended.
    private string CopyWhileBusy(SyncNode a, SyncNode b, int seed)
    {
        for (var i = 0; i < 40; i++) File.WriteAllText(At(b, $"f{i}"), $"first {i}");
        EventuallySame(a, b);
        using var stop = new CancellationTokenSource();
        var threads = new[] { a, b }.Select((node, n) => new Thread(() => Work(node, new Random(seed * 2 + n), stop.Token))).ToList();
        threads.ForEach(t => t.Start());
        Poll.Pause(100);
        var copy = _nodes.Outside("copy");
        // Files that go while cp reads are no fault of cp's.
        Shell.Run("cp -a \"$1\" \"$2\" 2>/dev/null || true", b.Root, copy);
        Poll.Pause(50);
        stop.Cancel();
        threads.ForEach(t => t.Join());
        EventuallySettled(a, b);
        return copy;
    }

    private static void Work(SyncNode node, Random random, CancellationToken until)
    {
        for (var i = 0; !until.IsCancellationRequested; i++)
        {
            var bytes = new byte[random.Next(8) == 0 ? 200_000 : 500];
            random.NextBytes(bytes);
            File.WriteAllBytes(At(node, $"{node.Name}-{i % 50}"), bytes);
            if (i % 7 == 0) File.Delete(At(node, $"{node.Name}-{random.Next(50)}"));
            Poll.Pause(random.Next(4));
        }
    }

    private static void NoForks(params SyncNode[] nodes)
    {
        foreach (var node in nodes) Assert.DoesNotContain(node.Problems(), p => p.Message.Contains("two histories", StringComparison.Ordinal));
    }
}
