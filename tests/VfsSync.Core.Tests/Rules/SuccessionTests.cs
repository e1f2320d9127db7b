using VfsSync.Core.History;
using VfsSync.Core.Rules;

namespace VfsSync.Core.Tests.Rules;

/// <summary>Another key takes a node's place: it is that node, and the old key is nobody.</summary>
public sealed class SuccessionTests
{
    private readonly PolicyCluster _cluster = new();
    private readonly PolicyCluster.Node _founder, _alice, _bob;

    public SuccessionTests()
    {
        _founder = _cluster.Founder;
        _alice = _cluster.Admit("alice", "admin", _founder);
        _bob = _cluster.Admit("bob", "editor", _alice);
    }

    [Fact]
    public void The_new_key_may_what_the_old_one_might_and_what_that_wrote_until_then_holds()
    {
        var (before, earlier) = (_bob.Write("a"), _bob.Again().Write("b"));
        var next = _bob.GivesPlaceTo("bob 2");
        var after = _bob.Write("c");
        Assert.Equal((true, true, false), (_cluster.Holds(before), _cluster.Holds(earlier), _cluster.Holds(after)));
        Assert.True(_cluster.Holds(next.Write("d")));
        var judge = _cluster.Judge;
        Assert.Equal((PolicyCluster.Editor, "editor", true), (judge.Now(next.Id), judge.RoleOf(next.Id), judge.MayConnect(next.Id, null)));
        Assert.Equal((Permissions.None, "none", false), (judge.Now(_bob.Id), judge.RoleOf(_bob.Id), judge.MayConnect(_bob.Id, null)));
    }

    [Fact]
    public void An_epoch_of_the_old_key_that_its_last_word_does_not_list_holds_nowhere()
    {
        _bob.Write("a");
        _bob.GivesPlaceTo("bob 2");
        Assert.False(_cluster.Holds(_bob.Again().Write("b")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_the_policy_says_of_either_key_is_said_of_the_node(bool ofTheOld)
    {
        var next = _bob.GivesPlaceTo("bob 2");
        _alice.Policy((ofTheOld ? _bob : next, Permissions.Read));
        Assert.Equal(Permissions.Read, _cluster.Judge.Now(next.Id));
        Assert.False(_cluster.Holds(next.Write("a")));
        Assert.Equal(Permissions.None, _cluster.Judge.Now(_bob.Id));
    }

    [Fact]
    public void A_rule_for_the_node_is_one_for_its_new_key()
    {
        var docs = new PathRule("docs/**", [RuleSubject.Of(_bob.Id)], default);
        _alice.Policy([], [], [docs]);
        var (next, other) = (_bob.GivesPlaceTo("bob 2"), _cluster.Admit("other", "editor", _founder));
        other.Knows(_cluster.Versions);
        Assert.True(_cluster.Holds(next.Write("docs/a")));
        Assert.False(_cluster.Holds(other.Write("docs/a")));
    }

    [Fact]
    public void Whom_an_admin_let_in_and_narrowed_stays_so_under_its_new_key()
    {
        _alice.Policy((_bob, Permissions.Read));
        var next = _alice.GivesPlaceTo("alice 2");
        Assert.Equal(Permissions.Read, _cluster.Judge.Now(_bob.Id));
        var again = next.Policy((_bob, PolicyCluster.Editor));
        Assert.True(_cluster.Judge.IsValid(again));
        Assert.Equal(PolicyCluster.Editor, _cluster.Judge.Now(_bob.Id));
        // Above the node stands who stood above it: the founder, not whom it let in.
        Assert.True(_cluster.Judge.Nodes.IsAbove(_founder.Id, next.Id));
        Assert.True(_cluster.Judge.Nodes.IsAbove(next.Id, _bob.Id));
        _founder.Knows(_cluster.Versions);
        _founder.Policy((next, Permissions.Read));
        Assert.Equal(Permissions.Read, _cluster.Judge.Now(next.Id));
    }

    [Fact]
    public void An_invitation_that_the_old_key_signed_lets_in_and_the_new_key_closes_it()
    {
        var grant = _cluster.Invite("editor", _alice);
        var next = _alice.GivesPlaceTo("alice 2");
        Assert.True(_cluster.Judge.MayConnect(_cluster.Stranger("guest").Id, _cluster.Shown("guest", grant)));
        var guest = _founder.Admits("guest", grant);
        Assert.True(_cluster.Holds(guest.Write("a")));
        next.Closes(grant);
        Assert.Equal(Permissions.None, _cluster.Judge.Now(guest.Id));
    }

    [Fact]
    public void Who_stays_by_a_closing_stays_under_its_new_key()
    {
        var grant = _cluster.Invite("editor", _alice);
        var guest = _founder.Admits("guest", grant);
        _alice.Closes(grant, guest);
        var next = guest.GivesPlaceTo("guest 2");
        Assert.Equal(PolicyCluster.Editor, _cluster.Judge.Now(next.Id));
    }

    [Fact]
    public void The_roots_word_about_either_key_ends_the_node()
    {
        var next = _alice.GivesPlaceTo("alice 2");
        var unseen = next.Write("a");
        _founder.CutsOff(_alice);
        Assert.Equal(Permissions.None, _cluster.Judge.Now(next.Id));
        Assert.False(_cluster.Holds(unseen));
    }

    // It may be the first that others hear of it: the log comes over the very link.
    [Fact]
    public void A_key_that_only_shows_that_it_takes_a_place_may_connect_unless_another_has_it()
    {
        var next = _cluster.Stranger("bob 2");
        var shown = _bob.Shown(next);
        Assert.True(_cluster.Judge.MayConnect(next.Id, shown));
        _alice.Policy((_bob, Permissions.None));
        Assert.False(_cluster.Judge.MayConnect(next.Id, shown));
        _alice.Policy((_bob, PolicyCluster.Editor));
        Assert.True(_cluster.Judge.MayConnect(next.Id, shown));
        _bob.GivesPlaceTo("bob 3");
        Assert.False(_cluster.Judge.MayConnect(next.Id, shown));
    }

    [Fact]
    public void Of_two_words_of_one_key_the_first_counts_and_the_other_key_is_nobody()
    {
        var first = _bob.GivesPlaceTo("bob 2");
        var second = _bob.GivesPlaceTo("bob 3");
        Assert.Equal((PolicyCluster.Editor, Permissions.None), (_cluster.Judge.Now(first.Id), _cluster.Judge.Now(second.Id)));
        Assert.False(_cluster.Holds(second.Write("a")));
    }

    // Others were not shown it, and must come to the same verdicts.
    [Fact]
    public void A_key_that_one_node_was_shown_is_the_nodes_until_a_record_names_another()
    {
        var next = _cluster.Stranger("bob 2");
        _cluster.IsShown(_bob.Shown(next));
        Assert.Equal((PolicyCluster.Editor, Permissions.None), (_cluster.Judge.Now(next.Id), _cluster.Judge.Now(_bob.Id)));
        var named = _bob.GivesPlaceTo("bob 3");
        Assert.Equal((Permissions.None, PolicyCluster.Editor), (_cluster.Judge.Now(next.Id), _cluster.Judge.Now(named.Id)));
        Assert.False(_cluster.Holds(next.Write("a")));
    }

    [Fact]
    public void A_row_of_keys_is_one_node_and_a_circle_is_none()
    {
        var third = _bob.GivesPlaceTo("bob 2").GivesPlaceTo("bob 3");
        Assert.Equal(PolicyCluster.Editor, _cluster.Judge.Now(third.Id));
        Assert.True(_cluster.Judge.AreOne(_bob.Id, third.Id));
        third.GivesPlaceTo("bob");
        Assert.Equal(PolicyCluster.Editor, _cluster.Judge.Now(third.Id));
        Assert.Equal(Permissions.None, _cluster.Judge.Now(_bob.Id));
    }

    [Fact]
    public void The_verdicts_do_not_hang_on_the_order_in_which_things_came()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var (random, cluster) = (new Random(seed), new PolicyCluster());
            var nodes = new List<PolicyCluster.Node> { cluster.Founder };
            for (var step = 0; step < 25; step++)
            {
                var node = nodes[random.Next(nodes.Count)];
                if (random.Next(3) == 0) node.SawAll();
                if (random.Next(2) == 0) node.Knows(cluster.Versions);
                switch (random.Next(6))
                {
                    case 0: nodes.Add(node.Admits($"n{step}", random.Next(2) == 0 ? "admin" : "editor", nodes[random.Next(nodes.Count)])); break;
                    case 1: nodes.Add(node.GivesPlaceTo(random.Next(4) == 0 ? "founder" : $"k{step}")); break;
                    case 2: node.Policy((nodes[random.Next(nodes.Count)], (Permissions)random.Next(16))); break;
                    case 3: nodes.Add(node.Again(100 + (ulong)step)); break;
                    default: node.Write($"f{step}"); break;
                }
            }
            var verdicts = cluster.Verdicts(cluster.Judge);
            for (var turn = 0; turn < 5; turn++) Assert.Equal(verdicts, cluster.Verdicts(cluster.Shuffled(random)));
        }
    }
}
