using System.Collections.Immutable;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;
using VfsSync.PowerShell.Running;

namespace VfsSync.ShellTests.Units;

public sealed class NodeChooserTests
{
    private static readonly RunningNode A = Node("a", "/data/a"), B = Node("b", "/data/b"), Inner = Node("inner", "/data/a/in");

    [Fact]
    public void The_node_around_the_current_folder_is_first() => Assert.Same(B, Choose([A, B], "/data/b/deep").One(null));

    [Fact]
    public void Of_nested_folders_the_innermost_counts() => Assert.Same(Inner, Choose([A, Inner], "/data/a/in/x").One(null));

    [Fact]
    public void A_folder_that_only_begins_alike_is_another() => Assert.Same(A, Choose([A, B], "/data/bb").One(null));

    [Fact]
    public void Else_the_first_started() => Assert.Same(A, Choose([A, B], "/elsewhere").One(null));

    [Fact]
    public void A_name_wins_over_the_current_folder() => Assert.Same(A, Choose([A, B], "/data/b").One(new NodeChoice("A")));

    [Fact]
    public void What_concerns_a_whole_node_is_not_guessed() => Assert.Equal("VfsNodeAmbiguous", IdOf(() => Choose([A, B], "/elsewhere").Sure("stop")));

    [Fact]
    public void With_one_node_there_is_nothing_to_guess() => Assert.Same(A, Choose([A], "/elsewhere").Sure("stop"));

    [Fact]
    public void Wildcards_must_leave_one() => Assert.Equal("VfsNodeAmbiguous", IdOf(() => Choose([A, B], null).One(new NodeChoice("*"))));

    [Fact]
    public void Nodes_of_one_name_are_told_apart_by_folder_and_id()
    {
        var twins = ImmutableList.Create(Node("a", "/data/a", 'b'), Node("a", "/data/b", 'c'));
        var e = Assert.Throws<CommandException>(() => Choose(twins, null).One(new NodeChoice("a")));
        Assert.Contains("a bbbbbbbb in /data/a, a cccccccc in /data/b", e.Message, StringComparison.Ordinal);
        Assert.Contains("passing its object", e.Message, StringComparison.Ordinal);
        Assert.Same(twins[1], Choose(twins, null).One(new NodeChoice("CCCCCCCC")));
        Assert.Equal("VfsNodeNotFound", IdOf(() => Choose(twins, null).One(new NodeChoice("ccccccc"))));
    }

    [Fact]
    public void An_unknown_name_names_those_there_are()
    {
        var e = Assert.Throws<CommandException>(() => Choose([A, B], null).One(new NodeChoice("c")));
        Assert.Contains("a, b", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_equal_name_wins_over_the_pattern()
    {
        var odd = ImmutableList.Create(Node("we ird [x] 1", "/data/a"), Node("we ird x 1", "/data/b"), Node("a[b", "/data/c"), Node("c*", "/data/d"), Node("cd", "/data/e"));
        foreach (var node in odd) Assert.Same(node, Choose(odd, null).One(new NodeChoice(node.Name.ToUpperInvariant())));
        foreach (var node in odd) Assert.Same(node, Assert.Single(Choose(odd, null).Matching(new NodeChoice(node.Name))));
        Assert.Same(odd[1], Choose(odd, null).One(new NodeChoice("we*[x] 1")));
    }

    [Fact]
    public void What_is_no_pattern_is_a_name_that_nobody_has()
    {
        Assert.Equal("VfsNodeNotFound", IdOf(() => Choose([A, B], null).One(new NodeChoice("["))));
        Assert.Equal("VfsNodeNotFound", IdOf(() => Choose([A, B], null).Matching(new NodeChoice("["))));
    }

    [Fact]
    public void Without_nodes_the_error_says_how_to_start_one() => Assert.Equal("VfsNoNode", IdOf(() => Choose([], "/data").One(null)));

    internal static RunningNode Node(string name, string root, char? digit = null) => new(null!, name, new string(digit ?? name[0], 64), root, root);

    private static NodeChooser Choose(ImmutableList<RunningNode> nodes, string? here) => new(nodes, here);

    private static string IdOf(Action act) => Assert.Throws<CommandException>(act).ToRecord().FullyQualifiedErrorId;
}
