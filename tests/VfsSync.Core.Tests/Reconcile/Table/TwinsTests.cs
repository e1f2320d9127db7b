using VfsSync.Core.Tests.Session;

namespace VfsSync.Core.Tests.Reconcile.Table;

/// <summary>Two names that one of two disks takes for one: there the first to come stands, the other is a problem, and none of it is ever told as a change.</summary>
public sealed class TwinsTests
{
    private const string Nfc = "\u00e9", Nfd = "e\u0301";

    private readonly TableNode _linux, _mac;
    private long _nowMs = SessionBench.Noon;

    public TwinsTests()
    {
        var cluster = new Cluster();
        _linux = new TableNode(cluster, cluster.Admit("linux", "editor", cluster.Founder), 1, []);
        _mac = new TableNode(cluster, cluster.Admit("mac", "editor", cluster.Founder), 2, [], oneNameOnly: true);
    }

    [Theory]
    [InlineData("x=1; X=2", "x=1", "X")]
    [InlineData("x=1; X/a=2", "x=1", "X X/a")]
    [InlineData("d/a=1; D/b=2", "d/a=1", "D D/b")]
    [InlineData("d/a=1; D/a=2", "d/a=1", "D D/a")]
    [InlineData($"{Nfc}=1; {Nfd}=2", $"{Nfc}=1", Nfd)]
    [InlineData("x=1, X=2", "X=2", "x")]
    public void The_first_to_come_stands_and_the_other_is_a_problem(string deeds, string shown, string refused)
    {
        var tree = Linux(deeds);
        Assert.Equal((shown, refused), (_mac.Tree, _mac.Refused));
        AssertUntold(tree);
    }

    [Theory]
    [InlineData("x=1; X=2", "rm X", "x=1")]
    [InlineData("d/a=1; D/b=2", "rm D", "d/a=1")]
    [InlineData("d/a=1; D/a=2", "rm D/a", "d/a=1")]
    [InlineData($"{Nfc}=1; {Nfd}=2", $"rm {Nfd}", $"{Nfc}=1")]
    public void To_remove_the_one_that_is_not_here_removes_nothing_here(string deeds, string removes, string shown)
    {
        Linux(deeds);
        var tree = Linux(removes);
        Assert.Equal(shown, _mac.Tree);
        AssertUntold(tree);
    }

    [Theory]
    [InlineData("x=1; X=2", "rm x", "X=2")]
    [InlineData("d/a=1; D/b=2", "rm d", "D/b=2")]
    [InlineData($"{Nfc}=1; {Nfd}=2", $"rm {Nfc}", $"{Nfd}=2")]
    public void When_the_one_goes_the_other_comes_at_the_next_try(string deeds, string removes, string shown)
    {
        Linux(deeds);
        var tree = Linux(removes);
        _mac.TryAgain();
        Assert.Equal((shown, ""), (_mac.Tree, _mac.Refused));
        AssertUntold(tree);
    }

    [Theory]
    [InlineData("x=9", "X=2 x=9")]
    [InlineData("rm x", "X=2")]
    [InlineData("mv x y", "X=2 y=1")]
    [InlineData("mv x X", "X!linux=2 X=1")]
    public void What_the_user_does_to_the_one_does_nothing_to_the_other(string does, string tree)
    {
        Linux("x=1; X=2");
        _mac.UserDoes(does, Later());
        _linux.Receive(_mac.Records, Later());
        Assert.Equal(tree, _linux.Tree);
    }

    [Theory]
    [InlineData("x=1", "mv x X", "X=1", "rename x X")]
    [InlineData("d/a=1", "mv d D", "D/a=1", "rename d D")]
    [InlineData($"{Nfc}=1", $"mv {Nfc} {Nfd}", $"{Nfd}=1", $"rename {Nfc} {Nfd}")]
    public void A_rename_to_a_name_that_looks_alike_is_a_rename(string stood, string renames, string shown, string steps)
    {
        Linux(stood);
        var before = _mac.Steps.Count;
        var tree = Linux(renames);
        Assert.Equal((shown, ""), (_mac.Tree, _mac.Refused));
        Assert.Equal(steps, string.Join(", ", _mac.Steps.Skip(before).Select(ReconcilerTests.Tell)));
        AssertUntold(tree);
    }

    [Fact]
    public void Both_users_give_it_a_name_that_looks_alike()
    {
        Linux("x=1");
        _mac.UserDoes("mv x X", Later());
        _linux.UserDoes("x=2", Later());
        Exchange();
        Assert.Equal(("X=2", "X=2"), (_linux.Tree, _mac.Tree));
        _linux.AssertAtRest();
        _mac.AssertAtRest();
    }

    private string Linux(string deeds)
    {
        foreach (var look in UserText.Looks(deeds))
        {
            _linux.UserDoes(look, Later());
            Exchange();
        }
        return _linux.Tree;
    }

    private void Exchange()
    {
        _mac.Receive(_linux.Records, Later());
        _linux.Receive(_mac.Records, Later());
    }

    // What this disk cannot show is no change.
    private void AssertUntold(string tree)
    {
        Assert.Equal(0, _mac.Look());
        Assert.All(_mac.Records, r => Assert.Contains(r, _linux.Records));
        Exchange();
        Assert.Equal(tree, _linux.Tree);
    }

    private long Later() => _nowMs += 10_000;
}
