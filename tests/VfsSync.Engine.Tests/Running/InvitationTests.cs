using VfsSync.Core.History;
using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>Invitations over real links: told, revoked, and used more often than they may be.</summary>
public sealed class InvitationTests : IDisposable
{
    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void They_are_told_with_who_joined_also_after_a_restart_and_by_others()
    {
        var a = _nodes.Start("a");
        var token = a.CreateInvitation("editor", 1, null, "for b").Token;
        _ = a.CreateInvitation("reader", 0, TimeSpan.FromHours(1), "open");
        _ = a.CreateInvitation("reader", 2, TimeSpan.FromMilliseconds(1), "late");
        var b = Join("b", token);
        Connected(a, b);
        Assert.Equal([("for b", InvitationState.Used, "b"), ("open", InvitationState.Open, ""), ("late", InvitationState.Expired, "")], Told(a));
        a = _nodes.Restart(a);
        Assert.Equal([("for b", InvitationState.Used, "b"), ("open", InvitationState.Open, ""), ("late", InvitationState.Expired, "")], Told(a));
        Poll.Until(() => Told(b).SequenceEqual([(null, InvitationState.Used, "b")]), () => "what was used is known to others: " + string.Join(", ", Told(b)));
        Assert.All(a.Invitations(), i => Assert.Empty(i.Token));
        Assert.DoesNotContain(token[20..60], File.ReadAllText(At(a, ".vfs/invitations.json")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_revoked_one_lets_nobody_in_anywhere_and_who_is_in_stays()
    {
        var (a, b) = _nodes.Pair();
        var made = a.CreateInvitation("editor", 0, null);
        var c = Join("c", made.Token, AddressOf(b));
        Connected(a, b, c);
        await a.RevokeInvitationAsync(made.Id, default);
        Assert.Equal(InvitationState.Revoked, a.Invitations().Single(i => i.Id == made.Id).State);
        Poll.Until(() => b.Invitations().Any(i => i.Id == made.Id && i.State == InvitationState.Revoked), "the others know it");
        Assert.Contains("revoked", Assert.Throws<NodeException>(() => Join("d", made.Token)).Message, StringComparison.Ordinal);
        _nodes.Stop(a);
        Assert.Contains("revoked", Assert.Throws<NodeException>(() => Join("e", made.Token, AddressOf(b))).Message, StringComparison.Ordinal);
        File.WriteAllText(At(c, "still"), "here");
        EventuallySame(b, c);
        Assert.Contains("VfsNotAdmin", Id(() => b.RevokeInvitationAsync(made.Id, default).GetAwaiter().GetResult()), StringComparison.Ordinal);
    }

    [Fact]
    public void One_for_a_single_node_that_was_used_twice_ends_with_one_the_same_everywhere()
    {
        var (a, b) = _nodes.Pair();
        var token = a.CreateInvitation("editor", 1, null).Token;
        Poll.Until(() => b.Members().All(m => m.Behind == 0), "b knows all");
        _nodes.Stop(a);
        var c = _nodes.Restart(b);
        var x = Join("x", token, AddressOf(c));
        File.WriteAllText(At(x, "from x"), "x");
        EventuallySame(c, x);
        _nodes.Stop(x);

        // The founder has not heard of x, and lets y in.
        _nodes.Stop(c);
        a = _nodes.StartAgain(a.Root);
        var y = Join("y", token, AddressOf(a));
        File.WriteAllText(At(y, "from y"), "y");
        EventuallySame(a, y);

        b = _nodes.StartAgain(c.Root, AddressOf(a));
        Poll.Until(() => b.Permissions(null).Any(p => p.Name == "x" && p.May == Permissions.None), () => "x is out at b\n" + Story(a, b));
        Poll.Until(() => a.Permissions(null).Any(p => p.Name == "x" && p.May == Permissions.None), () => "x is out at a\n" + Story(a, b));
        EventuallySame(a, b, y);
        Assert.False(File.Exists(At(b, "from x")));
        Assert.True(File.Exists(At(b, "from y")));
        Assert.Single(b.DeniedHistory(Core.Tree.EntryPath.Parse("from x")));
        Assert.Equal(["y"], a.Invitations().Single(i => i.Admitted.Contains("y")).Admitted);

        x = _nodes.StartAgain(x.Root, AddressOf(b));
        Poll.Until(() => x.Problems().Any(p => p.Message.Contains("lets in others only", StringComparison.Ordinal)), () => "x is told\n" + Story(x));
        Assert.Equal("x", File.ReadAllText(At(x, "from x")));
    }

    private SyncNode Join(string name, string token, params string[] peers) => _nodes.Start(new NodeOptions { Path = _nodes.Folder(name), Name = name, Port = 0, InvitationToken = token, Peers = [.. peers] });

    private static List<(string?, InvitationState, string)> Told(SyncNode node) => [.. node.Invitations().Select(i => (i.Name, i.State, string.Join(",", i.Admitted)))];

    private static string Id(Action act) => Assert.Throws<NodeException>(act).Id;
}
