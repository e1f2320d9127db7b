using System.Text;
using VfsSync.Core.History;
using VfsSync.Core.Rules;

namespace VfsSync.Core.Tests.Rules;

/// <summary>What a text would make of members that cannot be, told before it is written.</summary>
public sealed class PolicyDraftTests
{
    private readonly PolicyCluster _cluster = new();
    private readonly PolicyCluster.Node _laptop, _nas, _both;

    public PolicyDraftTests()
    {
        _laptop = _cluster.Admit("laptop", "editor", _cluster.Founder);
        _nas = _cluster.Admit("nas", "vault", _cluster.Founder);
        _both = _cluster.Admit("both", "vault", _cluster.Founder);
        _cluster.Readmit(_both, "reader", _cluster.Founder);
    }

    [Theory]
    [InlineData("nodes:\n  laptop: vault\n", 2, 11, "'laptop' was invited with the folder's key")]
    [InlineData("nodes:\n  both: vault\n", 2, 9, "'both' was invited with the folder's key")]
    [InlineData("nodes: {nas: reader}\n", 1, 14, "'nas' was invited as a vault")]
    [InlineData("nodes:\n  founder: reader\n  nas: admin\n", 3, 8, "'nas' was invited as a vault")]
    [InlineData("nodes:\n  nas: [read]\n", 2, 3, "'nas' was invited as a vault")]
    [InlineData("nodes:\n  founder: reader\n", 1, 1, "nobody would be an admin any more")]
    public void What_a_node_cannot_become_is_a_mistake_in_its_line(string text, long line, long column, string says)
    {
        var mistake = Assert.Throws<PolicyException>(() => Of(text));
        Assert.Contains(says, mistake.Message, StringComparison.Ordinal);
        Assert.Equal((line, column), (mistake.Line, mistake.Column));
    }

    [Theory]
    [InlineData("nodes: {nas: vault, laptop: none}\n")]
    [InlineData("nodes: {nas: none, laptop: [read]}\n")]
    [InlineData("nodes: {both: reader}\n")]
    [InlineData("rules: {a: {write: [vault, nas]}}\n")]
    public void What_it_can_is_none(string text) => Of(text);

    [Fact]
    public void Who_was_not_invited_as_a_vault_has_no_links_as_one()
    {
        _cluster.Founder.Policy([], [new NodeRights(_laptop.Id, "vault", Permissions.None), new NodeRights(_nas.Id, "vault", Permissions.None), new NodeRights(_both.Id, "vault", Permissions.None)]);
        Assert.Equal([false, true, false], new[] { _laptop, _nas, _both }.Select(n => _cluster.Judge.MayConnect(n.Id, null)));
        Assert.Equal(["none", "vault", "none"], new[] { _laptop, _nas, _both }.Select(n => _cluster.Judge.RoleOf(n.Id)));
    }

    private void Of(string text) => PolicyDraft.Of(
        PolicyText.Read(Encoding.UTF8.GetBytes(text)).Rights, [("founder", _cluster.Founder.Id), ("laptop", _laptop.Id), ("nas", _nas.Id), ("both", _both.Id)], _cluster.Judge, _cluster.Founder.Id);
}
