using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>Nodes that were away: stopped, cut off, or only reachable through a third.</summary>
public sealed class AwayTests : IDisposable
{
    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void A_node_stopped_while_the_other_changes_and_deletes_things()
    {
        var (a, b) = _nodes.Pair();
        for (var i = 0; i < 60; i++) Write(At(a, $"d{i % 3}/f{i}"), $"{i}");
        EventuallySame(a, b);
        _nodes.Stop(b);
        for (var i = 0; i < 60; i += 4) File.Delete(At(a, $"d{i % 3}/f{i}"));
        for (var i = 1; i < 60; i += 4) File.WriteAllText(At(a, $"d{i % 3}/f{i}"), "changed");
        Directory.Move(At(a, "d2"), At(a, "moved"));
        Directory.Delete(At(a, "d1"), true);
        Write(At(a, "new/deep/file"), "new");
        LookAtAll(a);
        b = _nodes.StartAgain(b.Root);
        EventuallySame(a, b);
        NoConflicts(a, b);
    }

    [Fact]
    public void Changes_made_while_a_node_is_stopped_are_its_own()
    {
        var (a, b) = _nodes.Pair();
        for (var i = 0; i < 20; i++) Write(At(a, $"d/f{i}"), $"{i}");
        EventuallySame(a, b);
        _nodes.Stop(b);
        File.Delete(At(b, "d/f1"));
        File.WriteAllText(At(b, "d/f2"), "changed at b");
        Directory.Move(At(b, "d"), At(b, "e"));
        File.WriteAllText(At(a, "d/f3"), "changed at a");
        File.Delete(At(a, "d/f4")); // b moved it: as an edit does, a move beats a removal
        LookAtAll(a);
        b = _nodes.StartAgain(b.Root);
        EventuallySettled(a, b);
        Assert.Equal("changed at a", File.ReadAllText(At(a, "e/f3")));
        Assert.Equal("changed at b", File.ReadAllText(At(a, "e/f2")));
        Assert.False(File.Exists(At(a, "e/f1")));
        Assert.True(File.Exists(At(a, "e/f4")));
        NoConflicts(a, b);
    }

    [Fact]
    public void Both_stopped_and_changed()
    {
        var (a, b) = _nodes.Pair();
        for (var i = 0; i < 20; i++) Write(At(a, $"f{i}"), $"{i}");
        EventuallySame(a, b);
        _nodes.Stop(a);
        _nodes.Stop(b);
        File.WriteAllText(At(a, "f1"), "a");
        File.WriteAllText(At(b, "f2"), "b");
        File.Delete(At(a, "f3"));
        File.Delete(At(b, "f3"));
        Write(At(b, "f4.d/x"), "new");
        a = _nodes.StartAgain(a.Root);
        b = _nodes.StartAgain(b.Root, AddressOf(a));
        EventuallySettled(a, b);
        NoConflicts(a, b);
    }

    [Fact]
    public void Catching_up_through_a_third_node()
    {
        var (a, b, c) = _nodes.Three();
        Write(At(a, "before"), "before");
        EventuallySame(a, b, c);
        _nodes.Stop(c);
        for (var i = 0; i < 40; i++) Write(At(a, $"d/f{i}"), new string('x', i * 5000));
        File.Delete(At(a, "before"));
        EventuallySame(a, b);
        _nodes.Stop(a);
        c = _nodes.StartAgain(c.Root, AddressOf(b));
        EventuallySame(b, c);
        Write(At(c, "from c"), "c");
        EventuallySame(b, c);
        a = _nodes.StartAgain(a.Root, AddressOf(b));
        EventuallySame(a, b, c);
        NoConflicts(a, b, c);
    }

    [Fact]
    public void Links_that_are_cut_come_up_again_and_nothing_is_missing()
    {
        var (a, b) = _nodes.Pair();
        for (var round = 0; round < 6; round++)
        {
            for (var i = 0; i < 30; i++) Write(At(round % 2 == 0 ? a : b, $"r{round}/f{i}"), new string('y', i * 9000));
            Cut(round % 3 == 0 ? b : a);
            for (var i = 0; i < 30; i += 2) Write(At(a, $"r{round}/g{i}"), $"{i}");
        }
        EventuallySame(a, b);
        Connected(a, b);
        NoConflicts(a, b);
    }

    [Fact]
    public void The_other_sides_end_does_not_disturb_a_node()
    {
        var (a, b) = _nodes.Pair();
        _nodes.Stop(b);
        Write(At(a, "alone"), "alone");
        LookAtAll(a);
        Assert.Equal(NodeState.Running, a.State);
        b = _nodes.StartAgain(b.Root);
        EventuallySame(a, b);
    }

    [Fact]
    public void Who_ended_a_link_is_told_right_on_both_sides()
    {
        var (a, b) = _nodes.Pair();
        for (var round = 1; round <= 5; round++)
        {
            var (ends, other) = round % 2 == 0 ? (a, b) : (b, a);
            var (here, there) = (Lost(ends).Count, Lost(other).Count);
            ends.DisconnectAsync(other.Id, default).WaitHere();
            Poll.Until(() => Lost(ends).Count > here && Lost(other).Count > there, "the link is gone"); // A second one that was on its way may have come and gone after it.
            Assert.Equal(("closed here", "closed by the other side"), (Lost(ends)[here], Lost(other)[there]));
            a.ConnectAsync(AddressOf(b), default).WaitHere();
            Connected(a, b);
        }
        var (stopping, staying) = (Lost(b).Count, Lost(a).Count);
        _nodes.Stop(b);
        Poll.Until(() => Lost(a).Count > staying, "b is gone");
        Assert.Equal(("closed here", "closed by the other side"), (Lost(b)[stopping], Lost(a)[staying]));
    }

    [Fact]
    public void Who_is_sent_away_while_links_are_coming_up_is_told_so()
    {
        for (var round = 0; round < 5; round++)
        {
            var a = _nodes.Start($"a{round}");
            var b = _nodes.Start($"b{round}", a);
            Connected(a, b);
            a.DisconnectAsync(b.Id, default).WaitHere();
            Poll.Until(() => b.Problems().Any(p => p.Message.Contains("Disconnect-VfsNode", StringComparison.Ordinal)), () => Story(a, b));
            _nodes.Stop(b);
            _nodes.Stop(a);
        }
    }

    [Fact]
    public void When_a_member_was_last_heard_of_is_known_after_a_restart_also_by_the_side_that_dialled()
    {
        var (a, b) = _nodes.Pair();
        Poll.Pause(1100);
        Write(At(a, "f"), "late");
        EventuallySettled(a, b);
        var before = Member(b, a).LastSeen!.Value;
        _nodes.Stop(b);
        _nodes.Stop(a);
        b = _nodes.StartAgain(b.Root);
        var away = Member(b, a);
        Assert.InRange(away.LastSeen!.Value, before.AddMilliseconds(-1), before.AddSeconds(30));
        Assert.Equal((1L, 4L, 0L), (away.Files, away.Bytes, away.Behind));
    }

    private static List<string?> Lost(SyncNode node) => [.. node.RecentEvents().Where(e => e.Kind == SyncEventKind.NodeLost).Select(e => e.Message)];

    private static MemberStatus Member(SyncNode node, SyncNode member) => node.Members().Single(m => m.Id == member.Id);

    private static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
