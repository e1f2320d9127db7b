using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Rules;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;
using static VfsSync.Core.Tests.Session.SessionBench;

namespace VfsSync.Core.Tests.Session;

/// <summary>Links, as the founder of a cluster sees them: who may stay, what goes to whom.</summary>
public sealed class PeerTableTests
{
    private readonly Cluster _cluster = new();
    private readonly Cluster.Member _b, _c;
    private readonly SessionBench _bench, _other;
    private readonly PeerTable _table;

    public PeerTableTests()
    {
        (_b, _c) = (_cluster.Admit("b", "editor", _cluster.Founder), _cluster.Admit("c", "editor", _cluster.Founder));
        (_bench, _other) = (new SessionBench(_cluster, settings: new SessionSettings { MostEpochs = 20 }), new SessionBench(_cluster, _b, epoch: 20));
        var fetcher = new Fetcher(_bench.Context);
        _table = new PeerTable(_bench.Context, _bench.Authoring, new Placing(_bench.Context, fetcher, _ => { }), fetcher, new Offers(_bench.Context, fetcher), new Forks(_bench.Context));
    }

    [Fact]
    public void Both_greet_compare_what_they_have_and_then_push()
    {
        _bench.Author(Put("a"));
        _table.Up(Link(1, _b));
        Assert.Equal(_bench.Self.Membership.Node, Sent<HelloMessage>(_bench.Effects()).Message.Membership!.Node);
        Say(1, Hello(_b));
        Assert.Equal(_bench.View.Cursor.Dots.Single(), Assert.Single(Sent<CursorMessage>(_bench.Effects()).Message.Received).Dot);
        Assert.Empty(_table.Live);
        Say(1, new CursorMessage([]));
        var effects = _bench.Effects();
        Assert.Equal((1, true), (The<PushEffect>(effects).Link, The<PushEffect>(effects).Restart));
        Assert.Equal(Happening.Connected, The<HappenedEffect>(effects).What);
        Assert.Equal(_b.Membership.Node, Assert.Single(_table.Live).Peer);
    }

    [Theory]
    [InlineData("VersionMismatch")]
    [InlineData("OtherCluster")]
    [InlineData("NotAMember")]
    [InlineData("Self")]
    public void Who_does_not_belong_here_is_told_why(string reason)
    {
        var stranger = new Cluster();
        _table.Up(reason == "Self" ? Link(1, _bench.Self) : Link(1, reason == "NotAMember" ? stranger.Founder : _b));
        Say(1, reason switch
        {
            "VersionMismatch" => Hello(_b) with { MajorVersion = PeerMessage.Major + 1 },
            "OtherCluster" => Hello(_b) with { Cluster = stranger.Id },
            "NotAMember" => Hello(stranger.Founder),
            _ => Hello(_bench.Self) with { Epoch = _bench.Authoring.Author.Epoch },
        });
        var effects = _bench.Effects();
        Assert.Equal(reason, The<CloseEffect>(effects).Reason);
        Assert.Equal(reason != "Self", effects.OfType<ProblemEffect>().Any(p => p.Problem!.Kind == ProblemKind.Peer));
        Assert.Empty(_table.Live);
    }

    [Fact]
    public void Who_shows_another_nodes_membership_is_refused()
    {
        _table.Up(Link(1, _c));
        Say(1, Hello(_b));
        Assert.Equal("NotAMember", The<CloseEffect>(_bench.Effects()).Reason);
    }

    [Fact]
    public void Nothing_is_taken_before_the_greeting()
    {
        _table.Up(Link(1, _b));
        Say(1, new PingMessage(1));
        Assert.Equal("Protocol", The<CloseEffect>(_bench.Effects()).Reason);
        Say(1, Hello(_b));
        Assert.Empty(_bench.Effects());
    }

    [Fact]
    public void Whom_the_root_named_is_known_by_its_own_record_and_nobody_else_is()
    {
        Live(1, _b);
        foreach (var (grant, taken) in new[] { (_cluster.Grant("admin", null), true), (_cluster.Grant("admin", _cluster.Founder), false), (new Cluster().Grant("admin", null), false) })
        {
            var named = Member("named", grant.Grant, grant.Key);
            var theirs = new SessionBench(_cluster, named, epoch: 30);
            Say(1, new RecordsMessage([theirs.Say(new Admission(named.Membership)).Signed], []));
            _bench.Effects();
            Assert.Equal(taken, _bench.View.Records.Exists(r => r.Dot.Author.Node == named.Membership.Node));
            Assert.Equal(taken, _bench.Members.IsAdmitted(named.Membership.Node));
        }
    }

    // Whoever relays a record, a vault above all, could try: once it is in the log, the right one would never be asked for again.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_record_with_another_body_than_the_signed_one_is_not_taken(bool sealedBody)
    {
        var (signed, _) = sealedBody ? _other.Author(Put("x")) : _other.Say(new Admission(Member("new", _cluster.Grant("editor", _cluster.Founder).Grant, _cluster.Grant("editor", _cluster.Founder).Key).Membership));
        Live(1, _b);
        var body = signed.Body.ToArray();
        body[^1] ^= 1;
        Say(1, new RecordsMessage([signed with { Body = body }], []));
        Assert.Equal("Protocol", The<CloseEffect>(_bench.Effects()).Reason);
        Assert.Equal(0, _bench.View.LastSequence);
        Live(2, _c);
        Say(2, new RecordsMessage([signed], []));
        _bench.Effects();
        Assert.Equal(1, _bench.View.LastSequence);
    }

    [Fact]
    public void An_invited_node_is_admitted_by_a_record_and_welcomed()
    {
        var member = Joining("new", out var join);
        _table.Up(Link(1, member));
        Say(1, Hello(member) with { Membership = null });
        Say(1, join);
        var effects = _bench.Effects();
        Assert.Equal("new", Sent<WelcomeMessage>(effects).Message.Name);
        Assert.IsType<Admission>(_bench.View.Records[^1].Statements[0]);
        Say(1, new CursorMessage([]));
        Assert.Equal(member.Membership.Node, Assert.Single(_table.Live).Peer);
    }

    [Fact]
    public void An_invitation_for_one_node_is_closed_by_the_record_that_admits_it()
    {
        var (grant, key) = _cluster.Grant("editor", _bench.Self, uses: 1);
        var member = Member("new", grant, key);
        Join(1, member);
        Assert.IsType<Admission>(_bench.View.Records[^1].Statements[0]);
        var closing = Assert.IsType<GrantClosing>(_bench.View.Records[^1].Statements[1]);
        Assert.Equal((grant.Id, member.Membership.Node), (closing.Grant, Assert.Single(closing.Admitted)));
        _table.SettleGrants();
        Assert.Empty(_bench.Effects());
        Assert.Equal("InvitationUsed", The<CloseEffect>(Join(2, Member("other", grant, key))).Reason);
    }

    [Fact]
    public void An_admission_that_cannot_be_recorded_leaves_the_invitation_open()
    {
        var (grant, key) = _cluster.Grant("editor", _bench.Self, uses: 1);
        var effects = Join(1, Member("new", grant, key), "The disk is full.");
        Assert.Equal("Stopping", The<CloseEffect>(effects).Reason);
        Assert.Equal("other", Sent<WelcomeMessage>(Join(2, Member("other", grant, key))).Message.Name);
    }

    [Fact]
    public void What_others_let_in_is_settled_in_the_order_in_which_it_is_learned()
    {
        Live(1, _b);
        var (grant, key) = _cluster.Grant("editor", _bench.Self, uses: 1);
        var (first, second) = (Member("first", grant, key), Member("second", grant, key));
        Say(1, new RecordsMessage([_other.Say(new Admission(first.Membership)).Signed], []));
        _bench.Effects();
        _table.SettleGrants();
        _bench.Effects();
        Assert.Equal(first.Membership.Node, Assert.Single(Assert.IsType<GrantClosing>(Assert.Single(_bench.View.Records[^1].Statements)).Admitted));
        Say(1, new RecordsMessage([_other.Say(new Admission(second.Membership)).Signed], []));
        _bench.Effects();
        _table.SettleGrants();
        Assert.Empty(_bench.Effects());
        var judge = _bench.Context.Judgement.Now;
        Assert.Equal((true, false), (judge.Nodes.Contains(first.Membership.Node), judge.Nodes.Contains(second.Membership.Node)));
    }

    [Fact]
    public void What_cannot_be_recorded_of_invitations_is_tried_again_in_a_while()
    {
        Live(1, _b);
        var (grant, key) = _cluster.Grant("editor", _bench.Self, uses: 1);
        Say(1, new RecordsMessage([_other.Say(new Admission(Member("first", grant, key).Membership)).Signed], []));
        _bench.Effects();
        _table.SettleGrants();
        Assert.Contains(_bench.Effects("The disk is full."), e => e is ProblemEffect { Problem: not null });
        _table.SettleGrants();
        Assert.Empty(_bench.Effects());
        _bench.Context.NowMs += 1000;
        _table.SettleGrants();
        _bench.Effects();
        Assert.IsType<GrantClosing>(Assert.Single(_bench.View.Records[^1].Statements));
    }

    [Fact]
    public void Who_only_shows_a_membership_writes_nothing_into_the_log()
    {
        var (grant, key) = _cluster.Grant("admin", _cluster.Founder);
        var shown = Member("shown", grant, key);
        Live(2, _b);
        Live(1, shown);
        var theirs = new SessionBench(_cluster, shown);
        Say(1, new RecordsMessage([theirs.Say(new Admission(Member("friend", grant, key).Membership)).Signed], []));
        _bench.Effects();
        Assert.Empty(_bench.View.Records);
        Assert.Null(_bench.Members.Find(Member("friend", grant, key).Membership.Node));
        // Once a record says that it was let in, what it wrote is asked for again.
        Say(2, new RecordsMessage([_other.Say(new Admission(shown.Membership)).Signed], []));
        Assert.Contains(_bench.Effects().OfType<SendEffect>(), s => s is { Link: 1, Message: CursorMessage });
        Assert.True(_bench.Members.IsAdmitted(shown.Membership.Node));
    }

    [Fact]
    public void Who_only_showed_a_membership_is_forgotten_with_its_link()
    {
        var (grant, key) = _cluster.Grant("editor", _cluster.Founder);
        var shown = Member("shown", grant, key);
        _table.Up(Link(1, shown));
        Say(1, Hello(shown));
        Assert.NotNull(_bench.Members.Find(shown.Membership.Node));
        Assert.DoesNotContain(_bench.Members.All, m => m.Node == shown.Membership.Node);
        _table.Down(new LinkDownInput(1, "gone"));
        Assert.Null(_bench.Members.Find(shown.Membership.Node));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_a_message_says_of_members_counts_only_if_it_is_recorded(bool refusedByDisk)
    {
        Live(1, _b);
        var (grant, key) = _cluster.Grant("editor", _bench.Self);
        var said = _other.Say(new Admission(Member("new", grant, key).Membership)).Signed;
        var broken = _other.Author(Put("a")).Signed with { Signature = new byte[64] };
        var before = _bench.Members.Version;
        Say(1, refusedByDisk ? new RecordsMessage([said], []) : new RecordsMessage([said, broken], []));
        _bench.Effects(commitError: refusedByDisk ? "The disk is full." : null);
        Assert.Equal(!refusedByDisk, _bench.Members.All.Any(m => m.Name == "new"));
        Assert.Equal(_bench.View.Records.Count == 1, _bench.Members.All.Any(m => m.Name == "new"));
        Assert.NotEqual(before, _bench.Members.Version);
    }

    [Fact]
    public void Who_is_no_admin_any_more_closes_nothing_however_often_it_is_looked_at()
    {
        Live(1, _b);
        var admin = _cluster.Admit("admin", "admin", _cluster.Founder);
        var bench = new SessionBench(_cluster, admin);
        var table = new PeerTable(bench.Context, bench.Authoring, new Placing(bench.Context, new Fetcher(bench.Context), _ => { }), new Fetcher(bench.Context), new Offers(bench.Context, new Fetcher(bench.Context)), new Forks(bench.Context));
        var (grant, key) = _cluster.Grant("editor", admin, uses: 1);
        bench.View.Add(_bench.Say(new Admission(Member("first", grant, key).Membership)).Opened);
        Assert.True(bench.Members.TryAdd(Member("second", grant, key).Membership, [], out _, Samples.Header()));
        // The founder, whose policy it is, has narrowed the admin.
        var policy = _bench.Author(new Change(0, PoliciesInForce.File, Samples.SmallFile(), default)).Opened;
        var statement = new PolicyStatement([], [new NodeRights(admin.Membership.Node, "", Permissions.Read)], []);
        var narrowed = policy with { Header = policy.Header with { Policy = statement } };
        bench.View.Add(narrowed);
        var batch = new CommitBatch();
        batch.Records.Add((new SignedRecord(default, default, default), narrowed));
        Assert.True(bench.Context.Judgement.Learn(batch));
        Assert.False(bench.Context.Judgement.Now.Now(admin.Membership.Node).HasFlag(Permissions.Admin));
        for (var i = 0; i < 3; i++) table.SettleGrants();
        Assert.Empty(bench.Effects());
    }

    [Fact]
    public void Records_that_came_before_their_authors_admission_over_the_same_link_are_asked_for_again()
    {
        var (grant, key) = _cluster.Grant("editor", _bench.Self);
        var late = Member("late", grant, key);
        Live(1, _b);
        var theirs = new SessionBench(_cluster, late);
        Say(1, new RecordsMessage([theirs.Author(Put("own")).Signed], []));
        Say(1, new RecordsMessage([_other.Author(Put("x")).Signed], []));
        _bench.Effects();
        Say(1, new RecordsMessage([_other.Say(new Admission(late.Membership)).Signed], []));
        Assert.Contains(_bench.Effects().OfType<SendEffect>(), s => s is { Link: 1, Message: CursorMessage });
    }

    [Fact]
    public void What_stays_refused_is_told_after_a_while()
    {
        var (grant, key) = _cluster.Grant("editor", _bench.Self);
        Live(1, _b);
        var unknown = Member("unknown", grant, key);
        Say(1, new RecordsMessage([new SessionBench(_cluster, unknown).Author(Put("own")).Signed], []));
        _bench.Effects();
        _bench.Context.NowMs += 30_000;
        _table.Tick();
        var problem = The<ProblemEffect>(_bench.Effects()).Problem!;
        Assert.Contains("no record lets in", problem.Message, StringComparison.Ordinal);
        _table.Tick();
        Assert.DoesNotContain(_bench.Effects(), e => e is ProblemEffect);
        Say(1, new RecordsMessage([_other.Say(new Admission(Member("another", grant, key).Membership)).Signed], []));
        Assert.DoesNotContain(_bench.Effects(), e => e is SettledEffect or SendEffect { Message: CursorMessage });
        Say(1, new RecordsMessage([_other.Say(new Admission(unknown.Membership)).Signed], []));
        var effects = _bench.Effects();
        Assert.Equal(problem, The<SettledEffect>(effects).Problem);
        Assert.Contains(effects.OfType<SendEffect>(), s => s.Message is CursorMessage);
    }

    [Fact]
    public void Who_was_counted_first_stays_whatever_time_others_write_over_their_records()
    {
        Live(1, _b);
        var (grant, key) = _cluster.Grant("editor", _bench.Self, uses: 2);
        var (first, second, late) = (Member("first", grant, key), Member("second", grant, key), Member("late", grant, key));
        _bench.Context.NowMs += 3_600_000;
        Join(2, first);
        foreach (var other in (Cluster.Member[])[second, late])
        {
            Say(1, new RecordsMessage([_other.Say(new Admission(other.Membership)).Signed], []));
            _bench.Effects();
        }
        _table.SettleGrants();
        _bench.Effects();
        Assert.Equal([first.Membership.Node, second.Membership.Node], Assert.IsType<GrantClosing>(Assert.Single(_bench.View.Records[^1].Statements)).Admitted);
    }

    [Fact]
    public void Members_whose_inviter_is_learned_of_later_are_members_all_the_same()
    {
        Live(1, _b);
        var (grant, key) = _cluster.Grant("admin", _bench.Self);
        var inviter = Member("inviter", grant, key);
        var (below, belowKey) = _cluster.Grant("editor", inviter);
        var member = Member("member", below, belowKey);
        Say(1, new RecordsMessage([_other.Say(new Admission(member.Membership)).Signed], []));
        _bench.Effects();
        Assert.False(_bench.Members.IsAdmitted(member.Membership.Node));
        Say(1, new RecordsMessage([_other.Say(new Admission(inviter.Membership)).Signed], []));
        _bench.Effects();
        Assert.True(_bench.Members.IsAdmitted(member.Membership.Node));
    }

    [Fact]
    public void Who_was_let_in_by_a_revoked_invitation_goes_unless_it_was_known()
    {
        var (grant, key) = _cluster.Grant("editor", _bench.Self);
        var (known, unknown) = (Member("known", grant, key), Member("unknown", grant, key));
        Join(1, known);
        _table.Revoke(grant.Id);
        _bench.Effects();
        Assert.Contains("revoked", The<CloseEffect>(Join(2, unknown)).Text, StringComparison.Ordinal);
        Assert.True(_bench.Context.Judgement.Now.Nodes.Contains(known.Membership.Node));
    }

    [Fact]
    public void A_revoked_invitation_whose_maker_is_away_keeps_as_many_as_it_may_and_nobody_who_was_out()
    {
        Live(1, _b);
        var (grant, key) = _cluster.Grant("admin", _bench.Self);
        var maker = Member("maker", grant, key);
        var (once, onceKey) = _cluster.Grant("editor", maker, uses: 1);
        var (open, openKey) = _cluster.Grant("editor", maker);
        var (first, second, known, late) = (Member("first", once, onceKey), Member("second", once, onceKey), Member("known", open, openKey), Member("late", open, openKey));
        foreach (var member in (Cluster.Member[])[maker, first, second, known]) Hear(member);
        _table.Revoke(once.Id);
        _table.Revoke(open.Id);
        _bench.Effects();
        Hear(late);
        _table.Revoke(open.Id);
        _table.Revoke(once.Id);
        _bench.Effects();
        var nodes = _bench.Context.Judgement.Now.Nodes;
        Assert.Equal([true, false, true, false], ((Cluster.Member[])[first, second, known, late]).Select(m => nodes.Contains(m.Membership.Node)));

        void Hear(Cluster.Member member)
        {
            Say(1, new RecordsMessage([_other.Say(new Admission(member.Membership)).Signed], []));
            _bench.Effects();
        }
    }

    private IReadOnlyList<SessionEffect> Join(int link, Cluster.Member member, string? commitError = null)
    {
        _table.Up(Link(link, member));
        Say(link, Hello(member) with { Membership = null });
        Say(link, new JoinMessage(member.Membership, [_cluster.Founder.Membership]));
        return commitError is null ? _bench.Effects() : _bench.Effects(commitError: commitError);
    }

    // It is no newcomer: by an open invitation of the one whose place it names it would be let in anew.
    [Fact]
    public void Who_takes_anothers_place_does_not_join()
    {
        var first = Joining("new", out _);
        var next = Samples.NewKey();
        var member = first with { Membership = VfsSync.Core.Crypto.Memberships.SignSuccessor(first.Membership, first.Key, next, first.Membership.AgreementKey), Key = next };
        Assert.Equal("InvitationInvalid", The<CloseEffect>(Join(1, member)).Reason);
        Assert.Empty(_bench.View.Records);
    }

    [Fact]
    public void Who_asks_with_a_name_that_could_pass_for_an_id_is_told_another()
    {
        var asks = Joining("3f2a9c10", out _);
        var refused = The<CloseEffect>(Join(1, asks));
        Assert.Equal(("NameTaken", "node-3f2a9c10"), (refused.Reason, refused.Text));
    }

    [Theory]
    [InlineData("InvitationExpired", 1, 1, "new")]
    [InlineData("InvitationUsed", 0, 1, "new")]
    [InlineData("NameTaken", 0, 0, "b")]
    public void An_invitation_that_does_not_hold_is_refused(string reason, long expires, int uses, string name)
    {
        var (grant, key) = _cluster.Grant("editor", _cluster.Founder, expires, uses);
        if (reason == "InvitationUsed") Assert.True(_bench.Members.TryAdd(Member("first", grant, key).Membership, [], out _, by: Samples.Header()));
        var member = Member(name, grant, key);
        _table.Up(Link(1, member));
        Say(1, Hello(member) with { Membership = null });
        Say(1, new JoinMessage(member.Membership, [_cluster.Founder.Membership]));
        Assert.Equal(reason, The<CloseEffect>(_bench.Effects()).Reason);
        Assert.Empty(_bench.View.Records);
    }

    [Fact]
    public void Records_are_committed_before_anything_else_comes_of_them()
    {
        Live(1, _b);
        var (signed, opened) = _other.Author(Put("a"));
        Say(1, new RecordsMessage([signed], []));
        Assert.True(The<CommitEffect>(_bench.Effects()).Flushed);
        Assert.Equal(opened.Dot, Assert.Single(_bench.View.Records).Dot);
        _table.Acknowledge();
        Assert.Equal([opened.Dot], Sent<HaveMessage>(_bench.Effects()).Message.Received);
    }

    [Fact]
    public void What_cannot_be_kept_ends_the_link_and_is_said()
    {
        Live(1, _b);
        Say(1, new RecordsMessage([_other.Author(Put("a")).Signed], []));
        var effects = _bench.Effects(commitError: "The disk is full; free some space.");
        Assert.Equal("Stopping", The<CloseEffect>(effects).Reason);
        Assert.Contains("free some space", The<ProblemEffect>(effects).Problem!.Message, StringComparison.Ordinal);
        Assert.Empty(_bench.View.Records);
    }

    [Fact]
    public void A_gap_is_asked_for_once_and_nothing_is_guessed()
    {
        Live(1, _b);
        _other.Author(Put("a"));
        var second = _other.Author(Put("b")).Signed;
        Say(1, new RecordsMessage([second], []));
        Say(1, new RecordsMessage([second], []));
        var effects = _bench.Effects();
        Sent<CursorMessage>(effects);
        Assert.Empty(effects.OfType<CommitEffect>());
    }

    [Fact]
    public void A_forged_record_ends_the_link()
    {
        Live(1, _b);
        var record = _other.Author(Put("a")).Signed;
        Say(1, new RecordsMessage([record with { Signature = new byte[64] }], []));
        var effects = _bench.Effects();
        Assert.Equal("Protocol", The<CloseEffect>(effects).Reason);
        Assert.Empty(effects.OfType<CommitEffect>());
    }

    [Fact]
    public void What_came_from_one_goes_to_the_others_after_a_moment_but_not_back()
    {
        Live(1, _b);
        Live(2, _c);
        Say(1, new RecordsMessage([_other.Author(Put("a")).Signed], []));
        var wake = The<WakeEffect>(_bench.Effects());
        Assert.Equal(Noon + SessionSettings.Default.RelayMs, wake.AtMs);
        _table.Tick();
        Assert.Empty(_bench.Effects());
        _bench.Context.NowMs = wake.AtMs;
        _table.Tick();
        Assert.Equal(2, The<PushEffect>(_bench.Effects()).Link);
    }

    [Fact]
    public void Own_records_go_to_all_at_once()
    {
        Live(1, _b);
        Live(2, _c);
        _bench.Author(Put("a"));
        _table.PushToAll();
        Assert.Equal([1, 2], _bench.Effects().OfType<PushEffect>().Select(p => p.Link).Order());
    }

    [Fact]
    public void Nothing_is_acknowledged_twice()
    {
        Live(1, _b);
        _table.Acknowledge();
        _bench.Effects();
        _table.Acknowledge();
        Assert.Empty(_bench.Effects());
    }

    [Fact]
    public void A_member_shows_what_it_says_it_shows()
    {
        Live(1, _b);
        var dot = _bench.Author(Put("a")).Opened.Dot;
        Assert.False(_table.Shows(_b.Membership.Node, _bench.View.Cursor));
        Say(1, new HaveMessage([dot], [], 1, 1));
        Assert.False(_table.Shows(_b.Membership.Node, _bench.View.Cursor));
        Say(1, new HaveMessage([], [dot], 1, 1));
        Assert.True(_table.Shows(_b.Membership.Node, _bench.View.Cursor));
        Assert.Single(_bench.Effects().OfType<HappenedEffect>(), h => h.What == Happening.Synced);
    }

    [Fact]
    public void What_is_wanted_is_served_and_a_ping_answered()
    {
        Live(1, _b);
        Say(1, new WantMessage([Samples.Chunk(1)]));
        Say(1, new PingMessage(5));
        var effects = _bench.Effects();
        Assert.Equal([Samples.Chunk(1)], The<ServeEffect>(effects).Ids);
        Assert.Equal(5, Sent<PongMessage>(effects).Message.Number);
    }

    [Fact]
    public void Chunks_that_come_ahead_of_their_record_are_kept()
    {
        Live(1, _b);
        Say(1, new ChunksMessage([new SealedChunk(Samples.Chunk(1), new byte[10])]));
        Assert.Equal([Samples.Chunk(1)], The<KeepEffect>(_bench.Effects()).Chunks.Select(c => c.Id));
    }

    [Fact]
    public void A_member_is_lost_with_its_last_link()
    {
        Live(1, _b);
        Live(2, _c);
        _table.Down(new LinkDownInput(1, "cut"));
        Assert.Equal(_b.Membership.Node, Assert.Single(_bench.Effects().OfType<HappenedEffect>(), h => h.What == Happening.Lost).Node);
        Assert.Equal([2], _table.Live.Select(l => l.Link));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_two_links_the_one_that_the_lower_node_dialled_stays(bool outgoingFirst)
    {
        Live(1, _b, outgoing: outgoingFirst);
        Live(2, _b, outgoing: !outgoingFirst, expectLive: false);
        var lower = _bench.Self.Membership.Node.CompareTo(_b.Membership.Node) < 0;
        Assert.Equal([lower], _table.Live.Select(l => l.Outgoing));
    }

    [Fact]
    public void A_peer_that_knows_more_of_this_nodes_records_than_it_does_begins_a_new_epoch()
    {
        var before = _bench.Authoring.Author;
        _table.Up(Link(1, _b));
        Say(1, Hello(_b));
        Say(1, new CursorMessage([(new Dot(before, 5), new RecordId(Samples.HashOf(5)))]));
        Assert.Equal(_bench.Authoring.Author.Epoch, The<EpochEffect>(_bench.Effects()).Epoch);
        Assert.NotEqual(before, _bench.Authoring.Author);
    }

    [Fact]
    public void A_peer_that_knows_another_course_of_this_nodes_log_halts_it_and_that_course_is_acknowledged()
    {
        _bench.Author(Put("a"));
        _bench.Author(Put("b"));
        _table.Up(Link(1, _b));
        Say(1, Hello(_b));
        var theirs = new Dot(_bench.Authoring.Author, 1);
        Say(1, new CursorMessage([(theirs, new RecordId(Samples.HashOf(5)))]));
        var halt = The<HaltEffect>(_bench.Effects());
        Assert.True(halt.Rebuild);
        Assert.Equal(new EpochEnd(theirs.Author.Epoch, 1, new RecordId(Samples.HashOf(5))), halt.Acknowledged);
    }

    [Fact]
    public void Numbers_say_nothing_of_a_log_that_differs()
    {
        Live(1, _b);
        var dot = _other.Author(Put("a")).Opened.Dot;
        _bench.View.Add(_other.View.Records[0]);
        Say(1, new CursorMessage([(dot, new RecordId(Samples.HashOf(5)))]));
        Assert.True(The<PushEffect>(_bench.Effects()).PeerCursor.IsEmpty);
        Say(1, new HaveMessage([dot], [], 1, 1));
        Assert.True(_table.Live.Single().Cursor.IsEmpty);
        Say(1, new CursorMessage([(dot, _bench.View.RecordIdOf(dot))]));
        Assert.Equal(1, _table.Live.Single().Cursor[dot.Author]);
    }

    [Fact]
    public void Who_took_records_back_says_anew_what_it_shows()
    {
        Live(1, _b);
        var dot = _other.Author(Put("a")).Opened.Dot;
        Say(1, new HaveMessage([dot], [dot], 1, 1));
        Assert.True(_table.Live.Single().Shown.Contains(dot));
        Say(1, new CursorMessage([]));
        Assert.True(_table.Live.Single().Shown.IsEmpty);
    }

    [Fact]
    public void Who_is_out_of_reach_is_asked_for_until_it_has_a_link()
    {
        Live(1, _b);
        _table.AskAround();
        Assert.Equal([_c.Membership.Node], Sent<FollowMessage>(_bench.Effects()).Message.Nodes);
        _table.AskAround();
        Assert.Empty(_bench.Effects());
        Live(2, _c);
        _table.AskAround();
        Assert.Equal((1, 0), (Sent<FollowMessage>(_bench.Effects()) is var (link, message) ? link : 0, message.Nodes.Length));
    }

    [Fact]
    public void A_member_out_of_reach_shows_what_a_peer_says_but_nothing_is_given_up_for_it()
    {
        Live(1, _b);
        _table.AskAround();
        var dot = _bench.Author(Put("a")).Opened.Dot;
        Say(1, new HaveMessage([dot], [dot], 1, 1));
        var (c, cursor) = (_c.Membership.Node, _bench.View.Cursor);
        Assert.False(_table.Shows(c, cursor));
        Say(1, new ProgressMessage(c, [dot], 3, 4, 1));
        Assert.True(_table.Shows(c, cursor));
        Assert.Equal(new Standing(cursor, 3, 4, 2), _table.Known(c));
        Assert.Equal(_b.Membership.Node, _table.Via(c));
        _table.Acknowledge();
        Assert.True(_table.Shown.Includes(cursor));
        Assert.False(_table.AllShow(cursor));
    }

    [Fact]
    public void What_a_peer_says_of_whom_nobody_asked_is_not_kept()
    {
        Live(1, _b);
        Live(2, _c);
        _table.AskAround();
        Say(1, new ProgressMessage(_c.Membership.Node, [_bench.Author(Put("a")).Opened.Dot], 3, 4, 1));
        Assert.Null(_table.Known(_c.Membership.Node));
    }

    [Fact]
    public void Who_asks_for_a_member_is_told_in_a_moment_and_again_when_more_is_known_but_never_what_it_said_itself()
    {
        Live(1, _b);
        Live(2, _c);
        _table.AskAround();
        var (dot, c) = (_bench.Author(Put("a")).Opened.Dot, _c.Membership.Node);
        var d = new NodeId(Samples.HashOf(1));
        Say(1, new FollowMessage([c, d]));
        var wake = The<WakeEffect>(_bench.Effects());
        (int, ProgressMessage) Told()
        {
            _bench.Context.NowMs += SessionSettings.Default.RelayMs;
            _table.Tick();
            return Sent<ProgressMessage>(_bench.Effects());
        }
        Assert.Equal(Noon + SessionSettings.Default.RelayMs, wake.AtMs);
        Say(2, new HaveMessage([], [], 5, 6));
        _bench.Effects();
        Assert.Equal((1, new ProgressMessage(c, [], 5, 6, 1)), (Told() is var (link, told) ? link : 0, told with { Shown = [] }));
        Say(2, new HaveMessage([dot], [dot], 7, 8));
        _bench.Effects();
        (_, told) = Told();
        Assert.Equal((dot, 7, 8), (Assert.Single(told.Shown), told.Files, told.Bytes));
        _table.Down(new LinkDownInput(2, "cut"));
        _table.AskAround();
        Assert.Equal([c], Sent<FollowMessage>(_bench.Effects()).Message.Nodes);
        Assert.Equal(0, Told().Item2.Hops);
        Say(1, new ProgressMessage(c, [dot], 9, 9, 1));
        _bench.Context.NowMs += SessionSettings.Default.RelayMs;
        _table.Tick();
        Assert.Empty(_bench.Effects().OfType<SendEffect>());
    }

    [Fact]
    public void What_a_member_showed_stays_known_when_its_link_goes()
    {
        Live(1, _b);
        _table.AskAround();
        var dot = _bench.Author(Put("a")).Opened.Dot;
        Say(1, new HaveMessage([dot], [dot], 7, 8));
        _table.Down(new LinkDownInput(1, "cut"));
        _table.AskAround();
        Assert.Equal(new Standing(VersionVector.Of(dot), 7, 8, 0), _table.Known(_b.Membership.Node));
        Assert.False(_table.AllShow(_bench.View.Cursor));
    }

    [Fact]
    public void What_was_heard_of_a_member_stays_known_when_the_link_goes_over_which_it_was_heard()
    {
        Live(1, _b);
        _table.AskAround();
        var (dot, c) = (_bench.Author(Put("a")).Opened.Dot, _c.Membership.Node);
        Say(1, new ProgressMessage(c, [dot], 7, 8, 1));
        Assert.Equal(Noon, _table.HeardMs(c));
        _bench.Context.NowMs++;
        _table.Down(new LinkDownInput(1, "cut"));
        _table.AskAround();
        Assert.Equal(new Standing(VersionVector.Of(dot), 7, 8, 0), _table.Known(c));
        Assert.Equal(Noon + 1, _table.HeardMs(c));
        Assert.Null(_table.Via(c));
    }

    [Fact]
    public void A_member_that_has_just_been_connected_is_where_it_was_until_it_says_how_far_it_is()
    {
        var (dot, b) = (_bench.Author(Put("a")).Opened.Dot, _b.Membership.Node);
        _table.Recall(b, new Standing(VersionVector.Of(dot), 7, 8, 0));
        Live(1, _b);
        Assert.Equal(new Standing(VersionVector.Of(dot), 7, 8, 0), _table.Known(b));
        Say(1, new HaveMessage([], [], 1, 2));
        Assert.Equal(new Standing(default, 1, 2, 1), _table.Known(b));
    }

    [Fact]
    public void The_shortest_way_to_a_member_counts()
    {
        var d = _cluster.Admit("d", "editor", _cluster.Founder).Membership;
        Assert.True(_bench.Members.TryAdd(d, [], out _));
        Live(1, _b);
        Live(2, _c);
        _table.AskAround();
        Say(1, new ProgressMessage(d.Node, [], 1, 1, 2));
        Say(2, new ProgressMessage(d.Node, [], 1, 1, 1));
        Assert.Equal((_c.Membership.Node, 2), (_table.Via(d.Node), _table.Known(d.Node)!.Hops));
        Say(2, new ProgressMessage(d.Node, [], 1, 1, Standing.MaxHops));
        Assert.Equal((_b.Membership.Node, 3), (_table.Via(d.Node), _table.Known(d.Node)!.Hops));
        Say(1, new ProgressMessage(d.Node, [], 1, 1, int.MaxValue));
        Assert.Null(_table.Via(d.Node));
    }

    [Fact]
    public void Messages_of_a_later_version_are_skipped()
    {
        Live(1, _b);
        Say(1, new UnknownMessage(99));
        Assert.Empty(_bench.Effects());
    }

    [Fact]
    public void A_stranger_has_nothing_to_say_but_its_greeting()
    {
        _table.Up(Link(1, new Cluster().Founder));
        Say(1, new UnknownMessage(99));
        Assert.Equal("Protocol", The<CloseEffect>(_bench.Effects()).Reason);
        _table.Up(Link(2, new Cluster().Founder));
        Say(2, new GoodbyeMessage("Expelled", "What our user is told\u001b[2J"));
        Assert.Empty(_bench.Effects().OfType<ProblemEffect>());
        _table.Up(Link(3, _b));
        Say(3, new GoodbyeMessage("Expelled", "Gone\u001b[2J"));
        Assert.Contains("Gone [2J", The<ProblemEffect>(_bench.Effects()).Problem!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_member_says_of_more_authors_than_there_can_be_ends_the_link_at_once()
    {
        Live(1, _b);
        _bench.Effects();
        for (var i = 0; i < 3; i++) Say(1, new HaveMessage([], [.. Enumerable.Range(i * 30_000, 30_000).Select(n => new Dot(new Author(_b.Membership.Node, (ulong)n + 1), 1))], 0, 0));
        Assert.Equal("Protocol", The<CloseEffect>(_bench.Effects()).Reason);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_link_that_only_this_side_believes_in_gives_way_to_a_new_one(bool isOld)
    {
        var lower = _bench.Self.Membership.Node.CompareTo(_b.Membership.Node) < 0;
        Live(1, _b, outgoing: lower); // The lower node dialled it: of two that come up together it stays.
        if (isOld) _bench.Context.NowMs += 60_000;
        _bench.Effects();
        Live(2, _b, outgoing: !lower, expectLive: false);
        Assert.Equal(isOld ? 2 : 1, Assert.Single(_table.Live).Link);
    }

    [Fact]
    public void A_member_that_dials_again_and_again_has_few_links()
    {
        for (var i = 1; i <= 10; i++) Live(i, _b);
        Assert.Equal([7, 8, 9, 10], _table.Live.Select(l => l.Link).Order());
    }

    // Members that begin epoch after epoch must not keep links from coming up.
    [Fact]
    public void A_cursor_that_fits_no_frame_goes_in_parts_and_counts_when_it_is_whole()
    {
        const int Authors = 5000;
        var (signed, opened) = _other.Author(Put("x"));
        var batch = new CommitBatch();
        for (var epoch = 1; epoch <= Authors; epoch++)
            batch.Records.Add((signed, opened with { Changes = [], Id = new RecordId(Samples.HashOf(epoch)), Header = opened.Header with { Author = opened.Header.Author with { Epoch = 1000 + (ulong)epoch } } }));
        _bench.View.Commit(batch);
        _table.Up(Link(1, _b));
        _bench.Effects();
        Say(1, Hello(_b));
        var parts = _bench.Effects().OfType<SendEffect>().Select(s => s.Message).OfType<CursorMessage>().ToList();
        Assert.Equal([true, true, false], parts.Select(p => p.More));
        Assert.All(parts, p => Assert.InRange(Wire.MessageCodecTests.Payload(p).Length, 1, PeerMessage.MaxFrame));
        Assert.Equal(Authors, parts.SelectMany(p => p.Received).DistinctBy(r => r.Dot.Author).Count());

        Say(1, parts[0]);
        Say(1, parts[1]);
        Assert.Empty(_table.Live);
        Say(1, parts[2]);
        Assert.Equal(_bench.View.Cursor, Assert.Single(_table.Live).Cursor);
        Say(1, new CursorMessage([])); // A later one begins anew.
        Assert.True(Assert.Single(_table.Live).Cursor.IsEmpty);
        for (var n = 0; n < PeerSession.MostAuthors / Authors; n++) Say(1, new CursorMessage([.. parts.SelectMany(p => p.Received)], More: true));
        Assert.Single(_table.Live);
        Say(1, new CursorMessage([.. parts.SelectMany(p => p.Received)], More: true));
        Assert.Empty(_table.Live);
    }

    [Fact]
    public void Of_one_node_that_begins_epochs_without_end_no_more_are_taken()
    {
        Live(1, _b);
        var told = new List<ProblemEffect>();
        for (var epoch = 1; epoch <= 22; epoch++)
        {
            Say(1, new RecordsMessage([new SessionBench(_cluster, _b, epoch: (ulong)epoch + 100).Author(Put($"x{epoch}", epoch)).Signed], []));
            told.AddRange(_bench.Effects().OfType<ProblemEffect>());
        }
        Assert.Equal(2, told.Count(p => p.Problem!.Message.Contains("20 epochs", StringComparison.Ordinal)));
        Assert.Equal(20, _bench.View.Cursor.Dots.Length);
        Assert.Single(_table.Live);
    }

    private static LinkUpInput Link(int number, Cluster.Member peer, bool outgoing = false) => new(number, peer.Membership.Node, peer.Membership.PublicKey, outgoing, $"10.0.0.{number}:1");

    private HelloMessage Hello(Cluster.Member peer) =>
        new(PeerMessage.Major, PeerMessage.Minor, _cluster.Id, peer.Membership, [_cluster.Founder.Membership], 20, 22000, "test");

    private void Say(int link, PeerMessage message) => _table.Received(new MessageInput(link, message));

    private void Live(int link, Cluster.Member peer, bool outgoing = false, bool expectLive = true)
    {
        _table.Up(Link(link, peer, outgoing));
        Say(link, Hello(peer));
        Say(link, new CursorMessage([]));
        if (expectLive) Assert.Contains(_table.Live, l => l.Link == link);
        _bench.Effects();
    }

    private Cluster.Member Joining(string name, out JoinMessage join)
    {
        var (grant, key) = _cluster.Grant("editor", _cluster.Founder, 0, 1);
        var member = Member(name, grant, key);
        join = new JoinMessage(member.Membership, [_cluster.Founder.Membership]);
        return member;
    }

    private static Cluster.Member Member(string name, Grant grant, System.Security.Cryptography.ECDsa grantKey)
    {
        var key = Samples.NewKey();
        var agreement = System.Security.Cryptography.ECDiffieHellman.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        return new(Memberships.SignMembership(grant, name, key, agreement.ExportSubjectPublicKeyInfo(), grantKey), key, agreement);
    }
}
