using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>Three nodes.</summary>
public sealed class ThirdNodeTests : IDisposable
{
    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void Three_nodes_change_at_once()
    {
        var (a, b, c) = _nodes.Three();
        Parallel.ForEach((SyncNode[])[a, b, c], node =>
        {
            for (var i = 0; i < 60; i++) Write(At(node, $"d{i % 5}/{node.Name}{i}"), $"{node.Name} {i}");
        });
        EventuallySame(a, b, c);
        File.WriteAllBytes(At(b, "big"), new byte[5_000_000]);
        Directory.Move(At(a, "d1"), At(a, "m1"));
        Directory.Delete(At(c, "d2"), true);
        EventuallySame(a, b, c);
        NoConflicts(a, b, c);
        Silent(1, a, b, c);
    }

    [Fact]
    public void Simultaneous_edits_on_three_nodes_are_shown_alike()
    {
        var (a, b, c) = _nodes.Three();
        Write(At(a, "f"), "base");
        EventuallySame(a, b, c);
        SyncNode[] all = [a, b, c];
        foreach (var node in all) WatchOf(node).Reset();
        foreach (var node in all) File.WriteAllText(At(node, "f"), $"by {node.Name}");
        foreach (var node in all) WatchOf(node).Set();
        EventuallySettled(a, b, c);
        Assert.Contains(Directory.GetFiles(a.Root, "f*").Select(File.ReadAllText), t => t.StartsWith("by ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_joiner_learns_everything_from_a_node_that_did_not_write_it()
    {
        var a = _nodes.Start("a");
        for (var i = 0; i < 30; i++) Write(At(a, $"d/f{i}"), new string('z', i * 7000));
        var b = _nodes.Start("b", a, "admin");
        EventuallySame(a, b);
        _nodes.Stop(a);
        var c = _nodes.Start("c", b);
        EventuallySame(b, c);
        a = _nodes.StartAgain(a.Root, AddressOf(c));
        Write(At(c, "hello"), "from one that a has never met");
        EventuallySame(a, b, c);
    }

    [Fact]
    public async Task Who_waits_for_a_member_behind_two_others_hears_of_it()
    {
        var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;
        var a = _nodes.Start("a");
        var b = _nodes.Start("b", a, "admin");
        var c = _nodes.Start("c", b, "admin");
        var d = _nodes.Start("d", c);
        Connected(a, b);
        Connected(b, c);
        Connected(c, d);
        Write(At(a, "f"), "far");
        Poll.Until(() => a.Members().Any(m => m.Id == d.Id), "a knows d");
        await a.WaitSyncedAsync([d.Id], deadline);
        Assert.Equal("far", File.ReadAllText(At(d, "f")));
        var seen = a.Members().Single(m => m.Id == d.Id);
        Assert.Equal((MemberState.Offline, "b", 0L, 1L, 3L), (seen.State, seen.Via, seen.Behind, seen.Files, seen.Bytes));
        Poll.Until(() => a.File(Core.Tree.EntryPath.Parse("f")) is { HeldBy: 4, Members: 4 }, "a knows that all hold the file");
        _nodes.Stop(d);
        Poll.Until(() => a.Members().Single(m => m.Id == d.Id).Via is null, "a knows that d is gone");
        Write(At(a, "g"), "later");
        var brief = new CancellationTokenSource(TimeSpan.FromMilliseconds(500)).Token;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => a.WaitSyncedAsync([d.Id], brief));
        d = _nodes.StartAgain(d.Root, AddressOf(c));
        await a.WaitSyncedAsync([d.Id], deadline);
        Silent(2, a, b, c, d);
    }

    [Fact]
    public async Task Who_is_gone_is_gone_for_all_also_when_the_others_are_linked_in_a_ring()
    {
        var (a, b, c) = _nodes.Three();
        var d = _nodes.Start("d", a);
        Connected(a, d);
        Write(At(d, "f"), "far");
        Poll.Until(() => Of(b, d) is { Via: "a", Files: 1 } && Of(c, d) is { Via: "a", Files: 1 }, () => $"b and c hear of d through a: {Of(b, d)} {Of(c, d)}");
        _nodes.Stop(d);
        // While the rumour counts up, one or the other may have lost it for a moment.
        var gone = 0;
        Poll.Until(() => (gone = ((SyncNode[])[a, b, c]).All(n => Of(n, d).Via is null) ? gone + 1 : 0) >= 12, () => $"all know that d is gone: {Of(a, d)} {Of(b, d)} {Of(c, d)}");
        Write(At(b, "g"), "later");
        var brief = new CancellationTokenSource(TimeSpan.FromMilliseconds(500)).Token;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => b.WaitSyncedAsync([d.Id], brief));
        _nodes.Stop(a);
        Poll.Until(() => Of(b, a).State == MemberState.Offline, "a is gone");
        Assert.Equal((1L, 3L, 1L), (Of(b, d).Files, Of(b, d).Bytes, Of(b, d).Behind));
        Silent(1, b, c);
    }

    private static MemberStatus Of(SyncNode node, SyncNode member) => node.Members().FirstOrDefault(m => m.Id == member.Id) ?? new(default, "", "", default, null, false, null, null, null, null, null, null, null);

    private static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
