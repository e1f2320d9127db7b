using System.Text;
using VfsSync.Core.History;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Tests.Rules;

/// <summary>The text of a policy, and every mistake in it that a user may make: said where it is, and what to write.</summary>
public sealed class PolicyTextTests
{
    [Fact]
    public void Of_the_lines_that_match_the_last_holds()
    {
        var policy = Read("# ours\nconflicts:\n  \"**\": newest\n  \"*.md\": merge\n  docs/legal/: keepBoth\nhistory:\n  \"*.iso\": peers\n  cache/: none\n");
        Assert.Equal((ConflictPolicy.Newest, ConflictPolicy.Merge, ConflictPolicy.KeepBoth), (policy.ConflictsAt(P("a.txt")), policy.ConflictsAt(P("docs/a.md")), policy.ConflictsAt(P("docs/legal/a.md"))));
        Assert.Equal((HistoryScope.All, HistoryScope.Peers, HistoryScope.None), (policy.HistoryAt(P("a")), policy.HistoryAt(P("x/a.iso")), policy.HistoryAt(P("cache/a.iso"))));
    }

    [Fact]
    public void One_word_holds_for_all() => Assert.Equal(ConflictPolicy.Merge, Read("conflicts: merge").ConflictsAt(P("a/b")));

    [Theory]
    [InlineData("")]
    [InlineData("# nothing but a remark\n")]
    [InlineData("\uFEFFhistory: all\n")]
    public void What_says_nothing_keeps_all(string text) => Assert.Equal((ConflictPolicy.KeepBoth, HistoryScope.All), (Read(text).ConflictsAt(P("a")), Read(text).HistoryAt(P("a"))));

    [Theory]
    [InlineData("conflict: merge", 1, 1, "'conflict' is no key of a policy. There are 'roles', 'nodes', 'rules', 'conflicts' and 'history'.")]
    [InlineData("conflicts:\n  \"*.md\": mrge", 2, 11, "'mrge' is none of keepBoth, merge, newest.")]
    [InlineData("conflicts:\n  \"*.md\n  \"**/*.lo", 3, 4, "(**/*.lo) are not used")]
    [InlineData("conflicts:\n  \"[a\": merge", 2, 3, "the pattern '[a' opens a '[' that it does not close.")]
    [InlineData("conflicts:\n- merge", 2, 1, "'conflicts' must be a word (keepBoth, merge, newest) or lines")]
    [InlineData("conflicts:\n  \"*.md\": [merge]", 2, 11, "here must be one of keepBoth, merge, newest.")]
    [InlineData("- a", 1, 1, "must be keys and values")]
    [InlineData("just text", 1, 1, "must be keys and values")]
    [InlineData("history: all\nhistory: none", 2, 1, "history")]
    [InlineData("conflicts:\n  *.md: merge", 2, 9, "A pattern that begins with '*' must stand in quotes.")]
    [InlineData("a: 1\n---\nb: 2", 3, 1, "one document")]
    [InlineData("conflicts: {", 2, 1, "it is not YAML")]
    [InlineData("history: [[[[[[[[[[[[[[[[[[[[[[[[[", 1, 27, "nested too deeply")]
    [InlineData("roles:\n  editor: write", 2, 11, "a list such as [read, write, delete, admin]")]
    [InlineData("roles:\n  editor: [write]", 2, 11, "must be able to 'read'")]
    [InlineData("roles:\n  admin: [read]", 2, 3, "'admin' may do cannot be changed")]
    [InlineData("roles:\n  a: [read, fly]", 2, 13, "'fly' is none of read, write, delete, admin.")]
    [InlineData("nodes: bob", 1, 8, "'nodes' must be lines")]
    [InlineData("nodes:\n  bob: [delete]", 2, 8, "must be able to 'read'")]
    [InlineData("nodes:\n  bob: {a: b}", 2, 8, "a role, 'none' or a list")]
    [InlineData("rules:\n  \"*.md\": reader", 2, 11, "'rules' must be lines")]
    [InlineData("rules:\n  \"*.md\": {}", 2, 3, "this rule says nothing")]
    [InlineData("rules:\n  \"*.md\": { read: [bob] }", 2, 13, "'write' and who may 'delete', not 'read'")]
    [InlineData("rules:\n  \"[a\": { write: none }", 2, 3, "opens a '[' that it does not close")]
    [InlineData("? &a [*a]\n: x\n", 1, 7, "names of something written elsewhere (*a) are not used in a policy")]
    [InlineData("? &a {*a : b}\n: x\n", 1, 7, "(*a)")]
    [InlineData("nodes:\n  bob: &his [read]\n  eve: *his\n", 3, 8, "(*his)")]
    public void A_mistake_is_told_with_its_place(string text, long line, long column, string says)
    {
        var mistake = Assert.Throws<PolicyException>(() => Read(text));
        Assert.Contains(says, mistake.Message, StringComparison.Ordinal);
        Assert.Equal((line, column), (mistake.Line, mistake.Column));
    }

    [Fact]
    public void Members_and_paths_are_told_by_name()
    {
        var rights = Read("roles:\n  auditor: [read]\nnodes:\n  bob: auditor\n  eve: none\n  ann: [read, delete]\nrules:\n  legal/: { write: [bob, auditor], delete: none }\n").Rights;
        var (bob, eve, ann) = (Samples.Author(1).Node, Samples.Author(2).Node, Samples.Author(3).Node);
        var (roles, nodes, rules) = rights.For([("bob", bob), ("eve", eve), ("Ann", ann)]);
        Assert.Equal([new RoleRights("auditor", Permissions.Read)], roles);
        Assert.Equal([new NodeRights(bob, "auditor", Permissions.Read), new NodeRights(eve, "", Permissions.None), new NodeRights(ann, "", Permissions.Read | Permissions.Delete)], nodes);
        Assert.Equal([RuleSubject.Of(bob), RuleSubject.Of("auditor")], rules[0].Write);
        Assert.True(rules[0].Delete.IsEmpty);
        Assert.Contains("line 4, column 3: there is no node 'bob'. There are eve.", Assert.Throws<PolicyException>(() => rights.For([("eve", eve)])).Message, StringComparison.Ordinal);
        Assert.Equal(bob, Read($"nodes:\n  {bob.ToString()[..8]}: reader\n").Rights.For([("x", bob)]).Nodes[0].Node);
        Assert.Contains("there is no role 'boss'. There are admin, editor, reader, vault, writer.", Assert.Throws<PolicyException>(() => Read("nodes:\n  eve: boss\n").Rights.For([("eve", eve)])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_text_or_too_long_is_refused()
    {
        Assert.Contains("UTF-8", Assert.Throws<PolicyException>(() => PolicyText.Read([0xFF, 0xFE, 0x41])).Message, StringComparison.Ordinal);
        Assert.Contains("64 KiB", Assert.Throws<PolicyException>(() => PolicyText.Read(new byte[PolicyText.Most + 1])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Depth_without_end_ends_nothing() => Assert.Throws<PolicyException>(() => Read(new string('[', 60_000)));

    [Fact]
    public void Of_several_policies_what_keeps_more_holds()
    {
        var both = new PoliciesInForce([Read("conflicts: newest\nhistory: none"), Read("conflicts:\n  \"*.md\": merge\nhistory: peers")]);
        Assert.Equal((ConflictPolicy.KeepBoth, HistoryScope.Peers), (both.ConflictsAt(P("a")), both.HistoryAt(P("a"))));
        Assert.Equal(ConflictPolicy.Merge, both.ConflictsAt(P("a.md")));
    }

    [Fact]
    public void The_policy_itself_is_never_left_to_it() => Assert.Equal(ConflictPolicy.KeepBoth, new PoliciesInForce([Read("conflicts: newest")]).ConflictsAt(PoliciesInForce.File));

    private static Policy Read(string text) => PolicyText.Read(Encoding.UTF8.GetBytes(text));

    private static EntryPath P(string path) => EntryPath.Parse(path);
}
