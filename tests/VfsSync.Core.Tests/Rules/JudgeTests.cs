using System.Collections.Immutable;
using System.Security.Cryptography;
using VfsSync.Core.History;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Tests.Rules;

/// <summary>Which changes hold: by who was admitted, by what the policy's versions say, and by what their authors had seen.</summary>
public sealed class JudgeTests
{
    private readonly PolicyCluster _cluster = new();
    private readonly PolicyCluster.Node _founder, _alice, _bob, _reader;

    public JudgeTests()
    {
        _founder = _cluster.Founder;
        _alice = _cluster.Admit("alice", "admin", _founder);
        _bob = _cluster.Admit("bob", "editor", _alice);
        _reader = _cluster.Admit("reader", "reader", _founder);
    }

    [Theory]
    [InlineData("admin", true, true)]
    [InlineData("editor", true, true)]
    [InlineData("writer", true, false)]
    [InlineData("reader", false, false)]
    [InlineData("vault", false, false)]
    public void Without_a_policy_each_may_do_what_it_was_invited_as(string role, bool writes, bool deletes)
    {
        var node = _cluster.Admit("x", role, _founder);
        Assert.Equal((writes, deletes), (_cluster.Holds(node.Write("a")), _cluster.Holds(node.Remove("a"))));
        Assert.Equal(writes && deletes, _cluster.Holds(node.Rename("a", "b")));
    }

    [Fact]
    public void Who_was_never_admitted_may_do_nothing() => Assert.False(_cluster.Holds(_cluster.Stranger("nobody").Write("a")));

    [Fact]
    public void Whom_the_root_cuts_off_may_nothing_any_more_whoever_says_otherwise_and_what_had_been_seen_holds()
    {
        var (seen, unseen) = (_founder.Write("a"), _founder.Write("b"));
        _bob.SawUpTo(seen);
        _bob.CutsOff(_founder); // Anybody may carry it.
        Assert.True(_cluster.Holds(seen));
        Assert.False(_cluster.Holds(unseen));
        Assert.False(_cluster.Holds(_founder.Again().Write("c")));
        Assert.Equal((Permissions.None, "none", false), (_cluster.Judge.Now(_founder.Id), _cluster.Judge.RoleOf(_founder.Id), _cluster.Judge.MayConnect(_founder.Id, null)));
        Assert.Equal(PolicyCluster.Admin, _cluster.Judge.Now(_alice.Id)); // Whom it had invited stays.
        _alice.Policy((_founder, PolicyCluster.Admin), (_bob, Permissions.Read));
        Assert.Equal((Permissions.None, Permissions.Read), (_cluster.Judge.Now(_founder.Id), _cluster.Judge.Now(_bob.Id)));
    }

    [Fact]
    public void What_a_node_that_the_root_cut_off_says_of_others_holds_only_as_far_as_it_had_been_seen()
    {
        var before = _founder.Policy((_reader, PolicyCluster.Editor));
        _bob.SawAll();
        _bob.CutsOff(_founder);
        var late = _founder.Policy((_bob, Permissions.None), (_reader, PolicyCluster.Editor));
        var friend = _founder.Admits("friend", "editor", _founder);
        Assert.True(_cluster.Judge.IsValid(before));
        Assert.False(_cluster.Judge.IsValid(late));
        Assert.Equal((PolicyCluster.Editor, PolicyCluster.Editor, Permissions.None), (_cluster.Judge.Now(_bob.Id), _cluster.Judge.Now(_reader.Id), _cluster.Judge.Now(friend.Id)));
    }

    [Fact]
    public void A_node_is_narrowed_from_what_the_policys_author_had_not_seen_on()
    {
        var (seen, unseen) = (_bob.Write("a"), _bob.Write("b"));
        _founder.SawUpTo(seen);
        _founder.Policy((_bob, Permissions.Read));
        Assert.True(_cluster.Holds(seen));
        Assert.False(_cluster.Holds(unseen)); // also if it arrived, and was shown, before
        Assert.False(_cluster.Holds(_bob.Write("c"))); // naming the old policy, as a program that keeps to it would
        _bob.Knows(_cluster.Versions);
        Assert.False(_cluster.Holds(_bob.Write("d")));
    }

    [Fact]
    public void An_invitation_that_was_used_twice_lets_in_whom_its_maker_names()
    {
        var grant = _cluster.Invite("admin", _alice);
        var (first, second) = (_bob.Admits("first", grant), _reader.Admits("second", grant));
        var below = second.Admits("below", "editor", second);
        _bob.Knows([]);
        second.Policy((_bob, Permissions.Read));
        var (kept, lost, theirs) = (first.Write("a"), second.Write("b"), below.Write("c"));
        Assert.True(_cluster.Holds(kept) && _cluster.Holds(lost) && _cluster.Holds(theirs));
        _alice.Closes(grant, first);
        Assert.True(_cluster.Holds(kept));
        Assert.False(_cluster.Holds(lost) || _cluster.Holds(theirs) || _cluster.Judge.IsValid(_cluster.Versions[^1].Id));
        Assert.True(_cluster.Judge.MayConnect(first.Id, _cluster.Shown("first", grant)));
        Assert.False(_cluster.Judge.MayConnect(second.Id, _cluster.Shown("second", grant)));
        Assert.False(_cluster.Judge.MayConnect(_cluster.Stranger("third").Id, _cluster.Shown("third", grant)));
        _alice.Again().Closes(grant); // what she forgot of it under another epoch, or had not heard of yet, throws nobody out
        Assert.True(_cluster.Holds(kept));
        _founder.Policy((second, PolicyCluster.Editor));
        second.Knows(_cluster.Versions);
        Assert.False(_cluster.Holds(second.Write("d"))); // nor does it help to be named
    }

    [Theory]
    [InlineData("founder", true)]
    [InlineData("alice", true)]
    [InlineData("carol", false)]
    [InlineData("bob", false)]
    [InlineData("reader", false)]
    [InlineData("invited", false)]
    public void Only_its_maker_and_those_above_close_an_invitation(string who, bool holds)
    {
        var carol = _cluster.Admit("carol", "admin", _founder);
        var grant = _cluster.Invite("admin", _alice);
        var invited = _founder.Admits("invited", grant);
        var node = who switch { "founder" => _founder, "alice" => _alice, "carol" => carol, "bob" => _bob, "reader" => _reader, _ => invited };
        Assert.Equal(holds, _cluster.Judge.MayClose(node.Id, grant));
        node.Closes(grant);
        Assert.NotEqual(holds, _cluster.Holds(invited.Write("a")));
    }

    [Fact]
    public void Who_was_an_admin_no_more_closes_nothing()
    {
        var grant = _cluster.Invite("editor", _alice);
        var invited = _founder.Admits("invited", grant);
        _founder.Policy((_alice, PolicyCluster.Editor));
        _alice.Closes(grant);
        Assert.True(_cluster.Holds(invited.Write("a")));
    }

    [Fact]
    public void A_new_epoch_does_not_help()
    {
        _founder.Saw(_bob.Write("a"));
        _founder.Policy((_bob, Permissions.None));
        Assert.False(_cluster.Holds(_bob.Again().Write("b")));
    }

    [Fact]
    public void What_was_denied_stays_denied_whatever_is_granted_later()
    {
        _founder.Policy((_bob, Permissions.Read));
        var denied = _bob.Write("a");
        _founder.Saw(denied);
        _founder.Policy((_bob, PolicyCluster.Editor));
        Assert.False(_cluster.Holds(denied));
        _bob.Knows(_cluster.Versions);
        Assert.True(_cluster.Holds(_bob.Write("b")));
    }

    [Fact]
    public void Where_versions_did_not_see_each_other_what_each_of_them_grants_holds()
    {
        _alice.Policy((_bob, Permissions.Read | Permissions.Write));
        _founder.Policy((_bob, Permissions.Read | Permissions.Delete), (_reader, PolicyCluster.Editor));
        Assert.Equal(2, _cluster.Judge.InForce.Length);
        Assert.Equal((Permissions.Read, Permissions.Read), (_cluster.Judge.Now(_bob.Id), _cluster.Judge.Now(_reader.Id)));
        _founder.Knows(_cluster.Versions);
        _founder.Policy((_bob, Permissions.Read | Permissions.Write));
        Assert.Equal(Permissions.Read | Permissions.Write, _cluster.Judge.Now(_bob.Id));
    }

    [Fact]
    public void Only_an_admins_policy_holds()
    {
        _bob.Policy((_reader, PolicyCluster.Editor));
        _reader.Policy((_reader, PolicyCluster.Admin));
        Assert.Empty(_cluster.Judge.InForce);
        Assert.Equal(Permissions.Read, _cluster.Judge.Now(_reader.Id));
        Assert.False(_cluster.Holds(_bob.Write(".vfspolicy.yaml")));
        Assert.False(_cluster.Holds(_bob.Rename(".vfspolicy.yaml", "mine.yaml")));
        Assert.True(_cluster.Holds(_alice.Write(".vfspolicy.yaml")));
    }

    [Fact]
    public void An_admin_is_narrowed_by_those_above_it_alone()
    {
        var carol = _cluster.Admit("carol", "admin", _founder);
        carol.Policy((_alice, Permissions.Read), (_founder, Permissions.None));
        Assert.Equal((PolicyCluster.Admin, PolicyCluster.Admin), (_cluster.Judge.Now(_alice.Id), _cluster.Judge.Now(_founder.Id)));
        _founder.Policy((_alice, Permissions.Read));
        Assert.Equal(Permissions.Read, _cluster.Judge.Now(_alice.Id));
    }

    [Fact]
    public void An_admin_is_made_by_those_above_it_alone()
    {
        var carol = _cluster.Admit("carol", "admin", _founder);
        carol.Policy((_bob, PolicyCluster.Admin));
        Assert.Equal(PolicyCluster.Editor, _cluster.Judge.Now(_bob.Id));
        _alice.Policy((_bob, PolicyCluster.Admin)); // she has invited him
        _alice.Knows(_cluster.Versions);
        _alice.Policy((_bob, PolicyCluster.Admin));
        Assert.Equal(PolicyCluster.Admin, _cluster.Judge.Now(_bob.Id));
        _bob.Knows(_cluster.Versions);
        _bob.Policy((_reader, PolicyCluster.Editor), (_bob, PolicyCluster.Admin));
        Assert.Equal(PolicyCluster.Editor, _cluster.Judge.Now(_reader.Id));
    }

    [Fact]
    public void Two_admins_who_narrow_each_other_end_with_the_upper_one()
    {
        _alice.Policy((_founder, Permissions.None), (_bob, PolicyCluster.Admin));
        _founder.Policy((_alice, Permissions.Read));
        Assert.Equal((PolicyCluster.Admin, Permissions.Read, PolicyCluster.Editor), (_cluster.Judge.Now(_founder.Id), _cluster.Judge.Now(_alice.Id), _cluster.Judge.Now(_bob.Id)));
        Assert.Single(_cluster.Judge.InForce); // hers does not hold: he had not seen it when he took that from her
    }

    [Fact]
    public void What_an_expelled_admin_had_said_before_stays_said()
    {
        _alice.Policy((_reader, PolicyCluster.Editor));
        _founder.Knows(_cluster.Versions);
        _founder.SawAll();
        _founder.Policy((_alice, Permissions.None), (_reader, PolicyCluster.Editor));
        _reader.Knows(_cluster.Versions);
        Assert.True(_cluster.Holds(_reader.Write("a")));
        Assert.False(_cluster.Judge.MayConnect(_alice.Id, null));
        var late = _alice.Policy((_bob, Permissions.Read));
        Assert.False(_cluster.Judge.IsValid(late));
        Assert.Equal(PolicyCluster.Editor, _cluster.Judge.Now(_bob.Id));
    }

    [Fact]
    public void A_version_whose_past_is_not_here_counts_for_nothing_yet_and_neither_does_what_names_it()
    {
        var first = _founder.Policy((_reader, PolicyCluster.Editor));
        _founder.Knows(_cluster.Versions);
        _founder.Policy((_reader, PolicyCluster.Editor), (_bob, Permissions.Read));
        _reader.Knows(_cluster.Versions);
        var write = _reader.Write("a");
        var without = _cluster.Without(first);
        Assert.Empty(without.InForce);
        Assert.True(without.DenialOf(write.Header, write.Version)?.Unknown);
        Assert.True(_cluster.Holds(write));
    }

    [Fact]
    public void A_role_means_what_the_policy_says_also_for_those_who_come_later()
    {
        _founder.Policy([new RoleRights("editor", Permissions.Read)], []);
        var late = _cluster.Admit("late", "editor", _founder);
        Assert.False(_cluster.Holds(late.Write("a"))); // though it names no policy
        Assert.Equal((Permissions.Read, "editor"), (_cluster.Judge.Now(late.Id), _cluster.Judge.RoleOf(late.Id)));
    }

    [Fact]
    public void Rules_keep_all_others_from_writing_and_removing_at_their_paths()
    {
        _founder.Policy([], [], [new PathRule("legal/**", [RuleSubject.Of(_bob.Id)], []), new PathRule("*.lock", default, [RuleSubject.Of("editor")]), new PathRule("legal/open/**", [RuleSubject.Of("writer"), RuleSubject.Of("editor")], default)]);
        var (eve, walter) = (_cluster.Admit("eve", "editor", _founder), _cluster.Admit("walter", "writer", _founder));
        foreach (var node in new[] { _bob, eve, walter, _alice }) node.Knows(_cluster.Versions);
        Assert.True(_cluster.Holds(_bob.Write("legal/a")));
        Assert.False(_cluster.Holds(eve.Write("legal/a")));
        Assert.False(_cluster.Holds(_alice.Write("legal/a"))); // who is above her says so
        Assert.False(_cluster.Holds(_bob.Remove("legal/a")));
        Assert.False(_cluster.Holds(_bob.Rename("legal/a", "b")));
        Assert.False(_cluster.Holds(eve.Rename("a", "legal/b")));
        Assert.True(_cluster.Holds(eve.Write("legal/open/a")));
        Assert.True(_cluster.Holds(walter.Write("legal/open/a")));
        Assert.True(_cluster.Holds(eve.Write("a.lock")));
        Assert.True(_cluster.Holds(eve.Remove("a.lock")));
        Assert.Equal(Permissions.Read, _cluster.Judge.NowAt(eve.Id, EntryPath.Parse("legal/x")));
        Assert.Equal("legal/**", _cluster.Judge.RuleNow(eve.Id, EntryPath.Parse("legal/x"), Permissions.Write));
        Assert.Equal("legal/**", _cluster.Denial(eve.Write("legal/a"))?.Rule);
    }

    [Theory]
    [InlineData("legal/**", "legal", true)]
    [InlineData("legal/", "legal", true)]
    [InlineData("a/legal/*.md", "a", true)]
    [InlineData("a/legal/*.md", "a/legal", true)]
    [InlineData("a/legal/*.md", "a/other", false)]
    [InlineData("legal/", "x/legal", true)]
    [InlineData("*.md", "a", false)] // its files are of that name wherever they go
    [InlineData("**/legal/*", "a", false)]
    public void What_a_rule_keeps_is_not_taken_out_of_its_reach_with_its_directory(string pattern, string directory, bool kept)
    {
        _founder.Policy([], [], [new PathRule(pattern, default, [RuleSubject.Of(_founder.Id)])]);
        foreach (var node in new[] { _bob, _founder }) node.Knows(_cluster.Versions);
        Assert.Equal(!kept, _cluster.Holds(_bob.Rename(directory, "elsewhere")));
        Assert.True(_cluster.Holds(_founder.Rename(directory, "elsewhere")));
    }

    [Fact]
    public void An_admins_rules_bind_no_admin_that_is_not_below_it()
    {
        var carol = _cluster.Admit("carol", "admin", _founder);
        carol.Policy([], [], [new PathRule("**", [RuleSubject.Of(carol.Id)], [])]);
        foreach (var node in new[] { _founder, _alice, _bob, carol }) node.Knows(_cluster.Versions);
        Assert.True(_cluster.Holds(_founder.Write("a")));
        Assert.True(_cluster.Holds(_alice.Remove("a")));
        Assert.False(_cluster.Holds(_bob.Write("a")));
        Assert.False(_cluster.Holds(carol.Remove("a")));
    }

    [Fact]
    public void Whom_an_expelled_admin_invites_is_no_member_however_it_is_admitted()
    {
        var early = _bob.Admits("early", "editor", _alice);
        _founder.SawAll();
        _founder.Policy((_alice, Permissions.None));
        Assert.True(_cluster.Holds(early.Write("a"))); // he had seen that it was admitted
        var late = _alice.Admits("late", "admin", _alice); // naming the policy of before
        Assert.False(_cluster.Holds(late.Write("a")));
        late.Policy((_alice, PolicyCluster.Admin));
        Assert.Equal(Permissions.None, _cluster.Judge.Now(_alice.Id));
        var relayed = _bob.Admits("relayed", "editor", _alice); // bob knows no better
        Assert.False(_cluster.Holds(relayed.Write("a")));
        Assert.False(_cluster.Judge.MayConnect(_cluster.Stranger("new").Id, _cluster.Shown("new", "editor", _alice)));
        Assert.True(_cluster.Judge.MayConnect(_cluster.Stranger("new").Id, _cluster.Shown("new", "editor", _founder)));
    }

    [Fact]
    public void Nobody_admits_itself()
    {
        var self = _cluster.Stranger("self");
        self.AdmitsItself("editor", _alice);
        Assert.False(_cluster.Holds(self.Write("a")));
    }

    [Fact]
    public void What_lies_in_the_policys_place_is_the_policys()
    {
        Assert.False(_cluster.Holds(_bob.Write(".vfspolicy.yaml/x")));
        Assert.True(_cluster.Holds(_alice.Write(".vfspolicy.yaml/x")));
    }

    [Fact]
    public void Policies_of_those_who_never_could_be_admins_cost_nothing()
    {
        for (var i = 0; i < 3000; i++) _bob.PolicyWithoutLooking();
        Assert.Empty(_cluster.Judge.Versions);
    }

    [Fact]
    public void A_long_row_of_versions_needs_no_deep_stack()
    {
        var cluster = new PolicyCluster();
        for (var i = 0; i < 1000; i++) cluster.Founder.PolicyAfterTheLast();
        cluster.Founder.Knows(cluster.Versions);
        var late = cluster.Founder.Admits("late", "editor", cluster.Founder); // asks of the last version first
        var valid = 0;
        var thread = new Thread(
            () =>
            {
                var judge = cluster.Judge;
                valid = judge.Nodes.Contains(late.Id) ? cluster.Versions.Count(v => judge.IsValid(v.Id)) : 0;
            },
            maxStackSize: 256 * 1024);
        thread.Start();
        thread.Join();
        Assert.Equal(1000, valid);
    }

    [Fact]
    public void An_admin_that_narrowed_itself_is_none_any_more_whatever_it_names()
    {
        var before = _alice.Policy((_bob, PolicyCluster.Admin), (_alice, PolicyCluster.Admin));
        var early = _alice.Admits("early", "editor", _alice);
        var old = _alice.Again();
        _alice.Policy((_alice, Permissions.None), (_bob, PolicyCluster.Editor));
        var late = old.Policy((_reader, PolicyCluster.Editor), (_alice, PolicyCluster.Admin), (_bob, PolicyCluster.Admin)); // as one who kept a copy from before would
        var (invited, relayed) = (old.Admits("invited", "editor", _alice), _founder.Admits("relayed", "editor", _alice));
        Assert.Equal((true, false), (_cluster.Judge.IsValid(before), _cluster.Judge.IsValid(late)));
        Assert.Equal([true, false, false], new[] { early, invited, relayed }.Select(n => _cluster.Judge.Nodes.Contains(n.Id)));
        Assert.False(_cluster.Holds(old.Write(".vfspolicy.yaml")));
        Assert.Equal((Permissions.None, PolicyCluster.Editor, Permissions.Read), (_cluster.Judge.Now(_alice.Id), _cluster.Judge.Now(_bob.Id), _cluster.Judge.Now(_reader.Id)));

        _founder.Knows(_cluster.Versions);
        _founder.Policy((_alice, PolicyCluster.Admin));
        _alice.Knows(_cluster.Versions);
        var again = _alice.Policy((_alice, PolicyCluster.Admin), (_reader, PolicyCluster.Editor));
        Assert.True(_cluster.Judge.IsValid(again)); // who is above makes it one again
    }

    [Fact]
    public void Who_narrows_itself_twice_is_narrowed_and_makes_nobody_an_admin_by_it()
    {
        var old = _alice.Again();
        var narrow = _alice.Policy((_alice, Permissions.None));
        var other = old.Policy((_alice, Permissions.Read), (_bob, PolicyCluster.Admin));
        Assert.Equal((true, true), (_cluster.Judge.IsValid(narrow), _cluster.Judge.IsValid(other)));
        _bob.Knows(_cluster.Versions.TakeLast(1));
        var bobs = _bob.Policy((_bob, PolicyCluster.Admin), (_reader, PolicyCluster.Editor));
        Assert.False(_cluster.Judge.IsValid(bobs));
        Assert.Equal((Permissions.None, PolicyCluster.Editor), (_cluster.Judge.Now(_alice.Id), _cluster.Judge.Now(_bob.Id)));
    }

    [Fact]
    public void All_agree_on_who_narrowed_itself_in_whatever_order_its_versions_came()
    {
        var other = _alice.Again();
        foreach (var epoch in (PolicyCluster.Node[])[_alice, other])
        {
            epoch.Policy((_alice, PolicyCluster.Admin), (_bob, PolicyCluster.Admin)); // each stands against what the other one says after it
            epoch.Policy((_alice, Permissions.Read));
            epoch.Admits($"x{_cluster.Versions.Count}", "editor", _alice);
        }
        var verdicts = new HashSet<string>();
        foreach (var order in Orders([.. _cluster.Versions]))
        {
            var judge = _cluster.Having(order);
            verdicts.Add(_cluster.Verdicts(judge) + string.Join(',', judge.Nodes.All.Order()) + judge.Now(_alice.Id) + judge.Now(_bob.Id));
        }
        Assert.EndsWith($"{Permissions.Read}{PolicyCluster.Editor}", Assert.Single(verdicts), StringComparison.Ordinal);

        static IEnumerable<PolicyVersion[]> Orders(PolicyVersion[] all) =>
            all.Length < 2 ? [all] : all.SelectMany(first => Orders([.. all.Where(v => v != first)]).Select(rest => (PolicyVersion[])[first, .. rest]));
    }

    [Fact]
    public void Patterns_of_a_policy_cost_nothing_before_they_are_asked_and_are_made_once()
    {
        var header = new RecordHeader(new Author(_bob.Id, 1), 1, default, HybridTime.At(1), default, 1, [], [], null, new PolicyStatement([], [], []));
        var record = new ChangeRecord(default, header, [], []) { Rules = [.. Enumerable.Range(0, PathRule.Most).Select(i => new PathRule($"**/[a-z]*/{{x,y,z}}{i}*", [], []))] };
        var before = GC.GetAllocatedBytesForCurrentThread();
        var version = PolicyVersion.Of(record)!;
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        Assert.Equal("**/[a-z]*/{x,y,z}7*", version.Keeps(_bob.Id, [], EntryPath.Parse("b/x7"), Permissions.Write));
        Assert.Same(version, PolicyVersion.Of(record));
    }

    [Fact]
    public void Whoever_is_invited_twice_has_both_roles()
    {
        _cluster.Readmit(_reader, "writer", _founder);
        Assert.Equal(Permissions.Read | Permissions.Write, _cluster.Judge.Now(_reader.Id));
    }

    [Fact]
    public void All_nodes_agree_whatever_arrived_first()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var cluster = new PolicyCluster();
            var nodes = new List<PolicyCluster.Node> { cluster.Founder };
            while (nodes.Count < 5) nodes.Add(cluster.Admit($"n{nodes.Count}", random.Next(2) == 0 ? "admin" : "editor", nodes[random.Next(nodes.Count)]));
            var grants = new List<Grant>();
            for (var step = 0; step < 25; step++)
            {
                var node = nodes[random.Next(nodes.Count)];
                switch (random.Next(7))
                {
                    case 0: node.Policy([.. nodes.Where(_ => random.Next(3) == 0).Select(n => (n, (Permissions)random.Next(16)))]); break;
                    case 1: node.Knows(cluster.Versions.Where(_ => random.Next(2) == 0)); break;
                    case 2: node.SawAll(); break;
                    case 3: nodes[nodes.IndexOf(node)] = node.Again(); break;
                    case 4:
                        if (grants.Count == 0 || random.Next(2) == 0) grants.Add(cluster.Invite(random.Next(2) == 0 ? "admin" : "editor", node));
                        nodes.Add(nodes[random.Next(nodes.Count)].Admits($"g{step}", grants[random.Next(grants.Count)]));
                        break;
                    case 5 when grants.Count > 0: node.Closes(grants[random.Next(grants.Count)], [.. nodes.Where(_ => random.Next(2) == 0)]); break;
                    default: _ = random.Next(3) switch { 0 => node.Remove("a"), 1 => node.Rename("a", "b"), _ => node.Write(random.Next(4) == 0 ? ".vfspolicy.yaml" : "a") }; break;
                }
            }
            var verdicts = cluster.Verdicts(cluster.Judge);
            for (var turn = 0; turn < 4; turn++) Assert.Equal(verdicts, cluster.Verdicts(cluster.Shuffled(random)));
            Assert.True(cluster.Judge.Now(cluster.Founder.Id).HasFlag(Permissions.Admin) || cluster.HasNarrowedItself, $"seed {seed}: the founder was narrowed by others");
        }
    }
}
