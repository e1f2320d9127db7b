using VfsSync.Core.Tree;
using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>A node whose log forked, and others that hold one course of it each (invariant 8): the one that it does not acknowledge is set aside everywhere.</summary>
public sealed class ForkTests : IDisposable
{
    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Theory]
    [InlineData(2, true)]
    [InlineData(2, false)]
    [InlineData(14, false)]
    public void A_third_node_takes_the_course_that_its_author_acknowledges(int alone, bool founder)
    {
        var (a, b, c) = Forked(alone, founder);
        b = _nodes.StartAgain(b.Root, AddressOf(a), AddressOf(c));
        Poll.Until(() => a.State == NodeState.Halted, () => "the fork is found out\n" + Story(a, b, c));
        var onA = Contents(a);
        a = _nodes.Restart(a, AddressOf(b), AddressOf(c));
        Settled(a, b, c, onA);
        File.WriteAllText(At(a, "and on"), "goes on");
        File.WriteAllText(At(c, "and back"), "goes on");
        EventuallySame(a, b, c);
        (a, c) = (_nodes.Restart(a, AddressOf(b)), _nodes.Restart(c, AddressOf(b)));
        File.WriteAllText(At(b, "after restart"), "goes on");
        EventuallySame(a, b, c);
        NoProblems(a, b, c);
    }

    [Fact]
    public void The_author_itself_may_get_back_what_it_wrote_alone_before_the_rest()
    {
        var (a, b, c) = Forked(3);
        _nodes.Stop(c);
        b = _nodes.StartAgain(b.Root, AddressOf(a));
        Poll.Until(() => a.State == NodeState.Halted, () => "the fork is found out\n" + Story(a, b));
        _nodes.Stop(b);
        var onA = Contents(a);
        c = _nodes.StartAgain(c.Root);
        a = _nodes.Restart(a, AddressOf(c));
        EventuallySettled(a, c);
        b = _nodes.StartAgain(b.Root, AddressOf(a), AddressOf(c));
        Settled(a, b, c, onA);
    }

    [Fact]
    public void A_node_that_met_the_fork_before_its_author_spoke_asks_once_more()
    {
        var (a, b, c) = Forked(3);
        _nodes.Stop(a);
        b = _nodes.StartAgain(b.Root, AddressOf(c));
        Poll.Until(() => c.Problems().Any(IsFork), () => "c sees the fork\n" + Story(b, c));
        a = _nodes.StartAgain(a.Root, AddressOf(b));
        Poll.Until(() => a.State == NodeState.Halted, () => "the fork is found out\n" + Story(a, b, c));
        var onA = Contents(a);
        a = _nodes.Restart(a, AddressOf(b), AddressOf(c));
        Settled(a, b, c, onA);
    }

    [Fact]
    public void An_author_with_nothing_on_its_disk_says_its_word_all_the_same()
    {
        var (a, b, c) = Forked(2);
        b = _nodes.StartAgain(b.Root, AddressOf(a), AddressOf(c));
        Poll.Until(() => a.State == NodeState.Halted, () => "the fork is found out\n" + Story(a, b, c));
        _nodes.Stop(a);
        foreach (var file in Directory.GetFiles(a.Root)) File.Delete(file);
        a = _nodes.StartAgain(a.Root, AddressOf(b), AddressOf(c));
        Settled(a, b, c, []);
        // What it had written alone is on no disk any more, but can be had.
        Poll.Until(() => c.SetAsideHistory(EntryPath.Root).Count(v => v.IsHeld) >= 4, () => "it is kept: " + string.Join(", ", c.SetAsideHistory(EntryPath.Root).Select(v => $"{v.Path} {v.IsHeld}")));
        Assert.False(File.Exists(At(c, "alone1")));
        Assert.Empty(c.History(EntryPath.Parse("alone1")));
        foreach (var path in new[] { "alone1", "big alone" })
            c.Restore(c.SetAsideHistory(EntryPath.Parse(path)).Single(), default);
        EventuallySame(a, b, c);
        Assert.Equal(("alone 1", 300_000), (File.ReadAllText(At(a, "alone1")), (int)new FileInfo(At(b, "big alone")).Length));
        Assert.DoesNotContain(c.SetAsideHistory(EntryPath.Root), v => v.Path.Text is "alone1" or "big alone");
    }

    [Fact]
    public void A_node_that_was_off_when_its_author_spoke_is_set_right_when_it_comes()
    {
        var (a, b, c) = Forked(12);
        _nodes.Stop(c);
        b = _nodes.StartAgain(b.Root, AddressOf(a));
        Poll.Until(() => a.State == NodeState.Halted, () => "the fork is found out\n" + Story(a, b));
        var onA = Contents(a);
        a = _nodes.Restart(a, AddressOf(b));
        EventuallySettled(a, b);
        _nodes.Stop(a);
        c = _nodes.StartAgain(c.Root, AddressOf(b));
        EventuallySettled(b, c);
        c = _nodes.Restart(c, AddressOf(b));
        a = _nodes.StartAgain(a.Root, AddressOf(b), AddressOf(c));
        Settled(a, b, c, onA);
    }

    // b holds what a wrote before it was rolled back in place; c, away meanwhile, holds what it wrote afterwards. b is off.
    private (SyncNode A, SyncNode B, SyncNode C) Forked(int alone, bool founder = false)
    {
        var (a, b, c) = _nodes.Three();
        if (!founder) (a, b) = (b, a);
        for (var i = 0; i < 10; i++) File.WriteAllText(At(a, $"f{i}"), $"first {i}");
        EventuallySame(a, b, c);
        _nodes.Stop(c);
        _nodes.Stop(a);
        Shell.Run("cp -a \"$1\" \"$2\"", a.Root, _nodes.Outside("backup"));
        a = _nodes.StartAgain(a.Root, AddressOf(b));
        WriteOn(a, b);
        _nodes.Stop(a);
        _nodes.Stop(b);
        Shell.Run("find \"$1\" -mindepth 1 -delete && cp -a \"$2\"/. \"$1\"", a.Root, _nodes.Outside("backup"));
        a = _nodes.StartAgain(a.Root);
        c = _nodes.StartAgain(c.Root, AddressOf(a));
        TwoConnected(a, c);
        File.WriteAllText(At(a, "f1"), "changed alone");
        File.WriteAllBytes(At(a, "big alone"), [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i / 7))]);
        File.Move(At(a, "f3"), At(a, "renamed alone"));
        File.Delete(At(a, "f4"));
        for (var i = 0; i < alone; i++)
        {
            File.WriteAllText(At(a, $"alone{i}"), $"alone {i}");
            EventuallySame(a, c);
        }
        File.WriteAllText(At(c, "by c"), "by c");
        File.WriteAllText(At(c, "alone0"), "alone, changed by c");
        EventuallySettled(a, c);
        return (a, b, c);
    }

    private static void WriteOn(SyncNode a, SyncNode b)
    {
        File.WriteAllText(At(a, "f1"), "after the backup");
        File.WriteAllBytes(At(a, "big"), [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i / 5))]);
        File.Move(At(a, "f2"), At(a, "moved"));
        EventuallySame(a, b);
        for (var i = 0; i < 8; i++)
        {
            File.WriteAllText(At(a, $"later{i}"), $"after the backup {i}");
            EventuallySame(a, b);
        }
        EventuallySettled(a, b);
    }

    private static void Settled(SyncNode a, SyncNode b, SyncNode c, IReadOnlyCollection<string> onA)
    {
        Poll.Until(() => !c.Problems().Any(IsFork) && Enumerable.Range(0, 8).All(i => File.Exists(At(c, $"later{i}"))), () => "c has what b has\n" + Story(b, a, c));
        EventuallySettled(a, b, c);
        foreach (var node in new[] { a, b, c })
        {
            for (var i = 0; i < 8; i++) Assert.Equal($"after the backup {i}", File.ReadAllText(At(node, $"later{i}")));
            var all = Contents(node);
            Assert.Superset(onA.ToHashSet(), all.ToHashSet());
            Assert.Contains(all, text => text == "after the backup");
            Assert.Equal(300_000, new FileInfo(At(node, "big")).Length);
        }
        NoProblems(a, b, c);
    }

    private static void NoProblems(params SyncNode[] nodes)
    {
        foreach (var node in nodes) Assert.DoesNotContain(node.Problems(), p => IsFork(p) || p.Kind == ProblemKind.ContentMissing);
    }

    private static bool IsFork(Problem problem) => problem.Message.Contains("two histories", StringComparison.Ordinal);

    private static List<string> Contents(SyncNode node) => [.. Directory.GetFiles(node.Root).Select(File.ReadAllText)];

    private static void TwoConnected(SyncNode a, SyncNode c) =>
        Poll.Until(() => a.Members().Any(m => m.Id == c.Id && m.State == MemberState.Connected) && c.Members().Any(m => m.Id == a.Id && m.State == MemberState.Connected), "a and c are connected");
}
