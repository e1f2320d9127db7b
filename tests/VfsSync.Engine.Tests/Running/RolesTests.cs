using VfsSync.Core.Tree;
using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>What nodes may do, on real disks over real TLS: what one may not spread stays with it, and what was spread against the policy is taken back.</summary>
public sealed class RolesTests : IDisposable
{
    private const string Policy = ".vfspolicy.yaml";

    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void What_a_reader_changes_stays_with_it_is_told_and_can_be_taken_back()
    {
        var (a, b) = Pair("reader");
        File.WriteAllText(At(a, "shared"), "by the editor");
        File.WriteAllText(At(a, "other"), "x");
        EventuallySame(a, b);
        LookAtAll(b);
        File.WriteAllText(At(b, "shared"), "by the reader");
        File.WriteAllText(At(b, "new"), "by the reader");
        File.Delete(At(b, "other"));
        Poll.Until(() => b.LocalOnly(EntryPath.Root).Count == 3, () => "three paths are the reader's own\n" + Story(a, b));
        Poll.Until(() => b.Problems().Count == 3, "and told");
        Assert.Equal(FileState.LocalOnly, b.File(EntryPath.Parse("shared"))!.State);
        var problem = Assert.Single(b.Problems(), p => p.Path.Text == "shared");
        Assert.Equal(ProblemKind.Denied, problem.Kind);
        Assert.Contains("by the role that it has", problem.Message, StringComparison.Ordinal);

        // The editor goes on; the reader's disk is left as it is, and everything else arrives.
        File.WriteAllText(At(a, "shared"), "by the editor, again");
        File.WriteAllText(At(a, "third"), "3");
        Poll.Until(() => File.Exists(At(b, "third")), "the rest arrives");
        Assert.Equal(("by the reader", "by the editor, again"), (File.ReadAllText(At(b, "shared")), File.ReadAllText(At(a, "shared"))));
        Assert.False(File.Exists(At(a, "new")));

        b.TakeBack(EntryPath.Root, default);
        EventuallySame(a, b);
        Assert.Equal("by the editor, again", File.ReadAllText(At(b, "shared")));
        Assert.Empty(b.Problems());
    }

    [Fact]
    public void A_policy_that_is_no_UTF_8_is_not_written_over()
    {
        var (a, b) = _nodes.Pair();
        byte[] latin1 = [.. "# f\u00FCr alle\nconflicts: merge\n".Select(c => (byte)c)];
        File.WriteAllBytes(At(a, Policy), latin1);
        LookAtAll(a);
        var refused = Assert.Throws<NodeException>(() => a.SetPermission(b.Id, "reader", default));
        Assert.Equal(("VfsPolicyInvalid", true), (refused.Id, refused.Message.Contains("Save it as UTF-8", StringComparison.Ordinal)));
        Assert.Equal(latin1, File.ReadAllBytes(At(a, Policy)));
    }

    [Fact]
    public void Who_is_expelled_is_told_by_the_policy_itself()
    {
        for (var i = 0; i < 5; i++)
        {
            using var nodes = new Nodes();
            var (a, b) = nodes.Pair();
            a.SetPermission(b.Id, "none", default);
            Poll.Until(() => b.Role == "none", () => "the expelled node knows its role\n" + Story(a, b));
            Poll.Until(() => a.Members().Single().State != MemberState.Connected, "its links end");
            File.WriteAllText(At(b, "f"), "nobody else sees it");
            Poll.Until(() => b.LocalOnly(EntryPath.Root).Count == 1, "what it does stays with it");
        }
    }

    [Fact]
    public void A_readers_own_changes_are_still_its_own_after_a_restart_and_become_changes_when_it_may()
    {
        var (a, b) = Pair("reader");
        File.WriteAllText(At(a, "f"), "1");
        EventuallySame(a, b);
        LookAtAll(b);
        File.WriteAllText(At(b, "f"), "2");
        Poll.Until(() => b.LocalOnly(EntryPath.Root).Count == 1, "it is the reader's own");
        b = _nodes.Restart(b);
        Connected(a, b);
        Assert.Equal(FileState.LocalOnly, b.File(EntryPath.Parse("f"))!.State);
        a.SetPermission(b.Id, "editor", default);
        Poll.Until(() => File.ReadAllText(At(a, "f")) == "2", () => "what it may change by now arrives\n" + Story(a, b));
        EventuallySettled(a, b);
        Assert.Equal(("editor", 0), (b.Role, b.LocalOnly(EntryPath.Root).Count));
    }

    [Fact]
    public void A_writer_may_not_remove_and_its_renames_arrive_as_new_files()
    {
        var (a, b) = Pair("writer");
        File.WriteAllText(At(a, "f"), "1");
        EventuallySame(a, b);
        LookAtAll(b);
        File.Move(At(b, "f"), At(b, "g"));
        Poll.Until(() => File.Exists(At(a, "g")), () => "the new name arrives\n" + Story(a, b));
        Poll.Until(() => b.LocalOnly(EntryPath.Root).Count == 1, "that the old one is gone is the writer's own");
        Assert.True(File.Exists(At(a, "f")));
    }

    [Fact]
    public void Two_who_change_the_policy_at_once_do_not_take_back_each_others_lines()
    {
        var (a, b, c) = _nodes.Three();
        EventuallySame(a, b, c);
        string[] roles = ["reader", "writer", "reader", "editor"];
        foreach (var role in roles)
        {
            Parallel.Invoke(() => a.SetPermission(b.Id, role, default), () => a.SetPermission(c.Id, role, default));
            Assert.Equal((role, role), (a.Permissions(null).Single(p => p.Node == b.Id).Role, a.Permissions(null).Single(p => p.Node == c.Id).Role));
        }
    }

    [Fact]
    public void Rules_hold_at_their_paths()
    {
        var (a, b) = Pair("editor");
        Write(a, "rules:\n  legal/: { write: [a], delete: none }\n");
        Poll.Until(() => File.Exists(At(b, Policy)), "the policy arrives");
        LookAtAll(b);
        Directory.CreateDirectory(At(b, "legal"));
        File.WriteAllText(At(b, "legal/mine"), "b");
        File.WriteAllText(At(b, "free"), "b");
        Poll.Until(() => File.Exists(At(a, "free")), "what no rule keeps arrives");
        Poll.Until(() => b.LocalOnly(EntryPath.Root).Any(p => p.Text == "legal/mine"), "what a rule keeps does not");
        Poll.Until(() => b.Problems().Any(p => p.Path.Text == "legal/mine" && p.Message.Contains("('legal/')", StringComparison.Ordinal)), "and is told why");
        Assert.False(File.Exists(At(a, "legal/mine")));
        Assert.Equal("VfsDenied", Assert.Throws<NodeException>(() => b.BeginWrite(EntryPath.Parse("legal/x"), append: false)).Id);
    }

    [Fact]
    public void A_change_that_the_policys_author_had_not_seen_is_taken_back_everywhere_but_at_its_own()
    {
        var (a, b) = Pair("editor");
        var c = _nodes.Start("c", a, "editor", AddressOf(b));
        Connected(a, b, c);
        File.WriteAllText(At(a, "f"), "before");
        EventuallySettled(a, b, c);

        // B goes on by itself and tells C, which relays; A meanwhile lets B do nothing but read.
        _nodes.Stop(a);
        File.WriteAllText(At(b, "f"), "after");
        File.WriteAllText(At(b, "late"), "after");
        EventuallySettled(b, c);
        _nodes.Stop(b);
        _nodes.Stop(c);
        a = _nodes.StartAgain(a.Root);
        a.SetPermission(b.Id, "reader", default);
        c = _nodes.StartAgain(c.Root, AddressOf(a));
        ConnectedAlone(a, c);
        Poll.Until(() => File.ReadAllText(At(c, "f")) == "before" && !File.Exists(At(c, "late")), () => "it is taken back at C\n" + Story(a, c));
        b = _nodes.StartAgain(b.Root, AddressOf(a), AddressOf(c));
        Poll.Until(() => b.LocalOnly(EntryPath.Root).Count == 2, () => "its author keeps it to itself\n" + Story(a, b));
        Assert.Equal(("after", "after"), (File.ReadAllText(At(b, "f")), File.ReadAllText(At(b, "late"))));
        Poll.Until(() => b.Problems().Any(p => p.Path.Text == "late" && p.Kind == ProblemKind.Denied), "and is told");
        b.TakeBack(EntryPath.Root, default);
        Poll.Until(() => File.ReadAllText(At(b, "f")) == "before" && !File.Exists(At(b, "late")), () => "until its user takes it back\n" + Story(a, b));
        Assert.Equal("before", File.ReadAllText(At(a, "f")));
        Poll.Until(() => b.Role == "reader", "who knows by now that it is a reader");
        Poll.Until(() => a.DeniedHistory(EntryPath.Root).Count == 2, "what does not hold is kept everywhere");
        a.Restore(a.DeniedHistory(EntryPath.Parse("late")).Single(), default);
        Poll.Until(() => File.Exists(At(c, "late")) && File.ReadAllText(At(c, "late")) == "after", () => "and an admin brings it back\n" + Story(a, c));
    }

    [Fact]
    public void Who_is_expelled_loses_its_links_at_once_and_finds_no_new_ones()
    {
        var (a, b) = Pair("editor");
        var c = _nodes.Start("c", a, "editor", AddressOf(b));
        Connected(a, b, c);
        EventuallySettled(a, b, c);
        a.SetPermission(b.Id, "none", default);
        Poll.Until(() => a.Members().All(m => m.Id != b.Id || m.State != MemberState.Connected) && c.Members().All(m => m.Id != b.Id || m.State != MemberState.Connected), () => "its links end everywhere\n" + Story(a, b, c));
        File.WriteAllText(At(a, "secret"), "not for b");
        EventuallySame(a, c);
        Assert.False(File.Exists(At(b, "secret")));
        Assert.Equal("none", a.Permissions(null).Single(p => p.Node == b.Id).Role);
        var again = _nodes.Restart(b, AddressOf(a), AddressOf(c));
        Poll.For(1.5, () => Assert.All(again.Members(), m => Assert.NotEqual(MemberState.Connected, m.State)), everyMs: 50);
        Assert.False(File.Exists(At(again, "secret")));
    }

    [Fact]
    public void Only_admins_change_the_policy_and_a_mistake_changes_nothing()
    {
        var (a, b) = Pair("editor");
        EventuallySettled(a, b);
        Write(b, "nodes:\n  b: admin\n");
        Poll.Until(() => b.LocalOnly(EntryPath.Root).Any(), "an editor's policy is its own");
        Assert.Equal("editor", a.Permissions(null).Single(p => p.Node == b.Id).Role);
        b.TakeBack(EntryPath.Root, default);
        Write(a, "nodes:\n  b: reader\n");
        Poll.Until(() => b.Role == "reader", "a policy holds");
        Write(a, "nodes:\n  b: editor\n  nobody: reader\n");
        Poll.Until(() => a.Problems().Any(p => p.Kind == ProblemKind.Policy), "a mistake is told");
        Assert.Contains("line 3, column 3: there is no node 'nobody'. There are a, b.", a.Problems().Single(p => p.Kind == ProblemKind.Policy).Message, StringComparison.Ordinal);
        EventuallySettled(a, b);
        Assert.Equal("reader", b.Role);
        Write(a, "nodes:\n  a: editor\n");
        Poll.Until(() => a.Problems().Any(p => p.Message.Contains("nobody would be an admin", StringComparison.Ordinal)), "a cluster keeps an admin");
        Assert.Equal("admin", a.Role);
    }

    private static void Write(SyncNode node, string policy) => File.WriteAllText(At(node, Policy), policy);

    private (SyncNode A, SyncNode B) Pair(string role)
    {
        var a = _nodes.Start("a");
        var b = _nodes.Start("b", a, role);
        Connected(a, b);
        return (a, b);
    }

    // Of a cluster of which others are away.
    private static void ConnectedAlone(SyncNode a, SyncNode b) =>
        Poll.Until(() => a.Members().Any(m => m.Id == b.Id && m.State == MemberState.Connected) && b.Members().Any(m => m.Id == a.Id && m.State == MemberState.Connected), () => "the nodes are connected\n" + Story(a, b));

}
