using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Rules;

namespace VfsSync.Core.Tests.Rules;

/// <summary>Whom a word of the policy means: never another one than its author meant, whatever name somebody takes.</summary>
public sealed class MemberNamesTests
{
    private static readonly NodeId s_a = Id("3f2a9c10aa"), s_b = Id("3f2a9c10bb"), s_c = Id("77777777cc");

    [Theory]
    [InlineData("ann", "a")]
    [InlineData("ANN", "a")]
    [InlineData("3f2a9c10a", "a")]
    [InlineData("3F2A9C10B", "b")]
    [InlineData("77777777", "c")]
    [InlineData("3f2a9c10", null)] // two begin so
    [InlineData("7777777", null)]
    [InlineData("eve", null)]
    public void A_word_is_a_name_or_how_an_id_begins(string word, string? means) =>
        Assert.Equal(means switch { "a" => s_a, "b" => s_b, "c" => s_c, _ => (NodeId?)null }, NodeOf(word, ("ann", s_a), ("bob", s_b), ("cat", s_c)));

    [Fact]
    public void Nobody_becomes_another_by_the_name_that_he_takes()
    {
        Assert.Contains("line 3, column 5: '77777777' is what one node is called", Assert.Throws<PolicyException>(() => NodeOf("77777777", ("77777777", s_a), ("cat", s_c))).Message, StringComparison.Ordinal);
        Assert.Equal(s_c, NodeOf(s_c.ToString(), (s_c.ToString(), s_a), ("cat", s_c))); // a whole id is nobody else's
        Assert.Equal(s_c, NodeOf("77777777", ("77777777", s_c)));
        Assert.Contains("2 nodes are called 'bob'", Assert.Throws<PolicyException>(() => NodeOf("bob", ("bob", s_a), ("Bob", s_b))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_written_for_a_member_means_it_and_nobody_else()
    {
        (string, NodeId)[] members = [("bob", s_a), ("Bob", s_b), ("cat", s_c), ("77777777", Id("1234567890"))];
        Assert.Equal(["3f2a9c10a", "3f2a9c10b", "cat", "12345678"], members.Select(m => MemberNames.WordFor(m.Item2, m.Item1, members)));
        foreach (var (name, node) in members) Assert.Equal(node, NodeOf(MemberNames.WordFor(node, name, members), members));
    }

    [Theory]
    [InlineData("3f2a9c10", "node-3f2a9c10")]
    [InlineData("DEADBEEFCAFE", "node-DEADBEEFCAFE")]
    [InlineData("3f2a9c1", "3f2a9c1")]
    [InlineData("3f2a9c10-2", "3f2a9c10-2")]
    public void A_new_member_takes_no_name_that_could_pass_for_an_id(string wanted, string name) => Assert.Equal(name, Memberships.NewName(wanted));

    [Fact]
    public void Nor_one_that_is_too_long() => Assert.Null(Memberships.NameObjection(Memberships.NewName(s_a.ToString())));

    private static NodeId? NodeOf(string word, params (string Name, NodeId Node)[] members) => MemberNames.NodeOf(new Named(word, 3, 5), members);

    private static NodeId Id(string begins) => new(Convert.FromHexString(begins.PadRight(64, '0')));
}
