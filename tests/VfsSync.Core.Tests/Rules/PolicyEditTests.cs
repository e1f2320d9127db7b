using VfsSync.Core.History;
using VfsSync.Core.Rules;

namespace VfsSync.Core.Tests.Rules;

/// <summary>One line of a policy is changed; what its author wrote around it stays.</summary>
public sealed class PolicyEditTests
{
    [Theory]
    [InlineData("", "nodes:\n  bob: reader\n")]
    [InlineData("# ours\nconflicts: merge", "# ours\nconflicts: merge\nnodes:\n  bob: reader\n")]
    [InlineData("nodes:\n  # the old one\n  bob: editor   # until May\n  eve: writer\n", "nodes:\n  # the old one\n  bob: reader   # until May\n  eve: writer\n")]
    [InlineData("nodes:\n  bob: [read, write] # x\nhistory: all\n", "nodes:\n  bob: reader # x\nhistory: all\n")]
    [InlineData("nodes:\n  \"BOB\": 'editor'\n", "nodes:\n  \"BOB\": reader\n")]
    [InlineData("nodes:\n    eve: writer # hers\n# end\n", "nodes:\n    bob: reader\n    eve: writer # hers\n# end\n")]
    [InlineData("nodes: { eve: writer }\n", "nodes: { bob: reader, eve: writer }\n")]
    [InlineData("nodes: {bob: editor, eve: writer}\n", "nodes: {bob: reader, eve: writer}\n")]
    [InlineData("conflicts: merge\r\nnodes:\r\n  eve: writer\r\n", "conflicts: merge\r\nnodes:\r\n  bob: reader\r\n  eve: writer\r\n")]
    [InlineData("{conflicts: merge}\n", "{ nodes: { bob: reader },conflicts: merge}\n")]
    [InlineData("{}", "{ nodes: { bob: reader } }")]
    [InlineData("{ conflicts: merge, nodes: {eve: writer} }\n", "{ conflicts: merge, nodes: { bob: reader,eve: writer} }\n")]
    [InlineData("---\n  conflicts: merge # ours\n", "---\n  conflicts: merge # ours\n  nodes:\n    bob: reader\n")]
    [InlineData("nodes:\n  bob: editor\n...\n", "nodes:\n  bob: reader\n...\n")]
    public void The_rest_stays_as_it_was(string before, string after) => Assert.Equal(after, Edited(before, "reader"));

    [Theory]
    [InlineData("nodes:\n  bob:\n  - read\n  - write\n", "line 3, column 3: this list stands in lines of its own")]
    [InlineData("nodes:\nhistory: all\n", "'nodes' is empty here")]
    [InlineData("nodes: [bob]\n", "'nodes' must be lines")]
    [InlineData("conflicts: merge\n...\n", "cannot be put into this text as it stands. Write it by hand (bob: reader, under nodes:), or remove what ends the text before its end (...).")]
    [InlineData("\"\"\n", "cannot be put into this text as it stands")]
    public void What_only_its_author_can_change_is_told(string before, string says) =>
        Assert.Contains(says, Assert.Throws<PolicyException>(() => Edited(before, "reader")).Message, StringComparison.Ordinal);

    [Fact]
    public void What_is_written_is_read()
    {
        foreach (var name in new[] { "bob", "Ünï", "a b", "12345678", "true", "x: y", "\"q\"", "#1", "-" })
        {
            var text = PolicyEdit.WithNode("nodes:\n  eve: writer\n", n => n == name, name, PolicyEdit.ValueOf(Permissions.Read | Permissions.Delete));
            var line = PolicyText.Read(System.Text.Encoding.UTF8.GetBytes(text)).Rights.Nodes.Single(n => n.Node.Text != "eve");
            Assert.Equal((name, Permissions.Read | Permissions.Delete), (line.Node.Text, line.May));
        }
        Assert.Equal("none", PolicyEdit.ValueOf(Permissions.None));
    }

    private static string Edited(string before, string value) => PolicyEdit.WithNode(before, n => n.Equals("bob", StringComparison.OrdinalIgnoreCase), "bob", value);
}
