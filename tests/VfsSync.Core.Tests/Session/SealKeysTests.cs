using System.Collections.Immutable;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Tests.Session;

/// <summary>Who has which seal key, and what is done when somebody has it who should not. "Out" is one whose invitation was closed to it.</summary>
public sealed class SealKeysTests
{
    private readonly Cluster _cluster = new();
    private readonly Cluster.Member _editor, _reader, _vault, _out;

    public SealKeysTests()
    {
        var founder = _cluster.Founder;
        (_editor, _reader, _vault, _out) = (_cluster.Admit("e", "editor", founder), _cluster.Admit("r", "reader", founder), _cluster.Admit("v", "vault", founder), _cluster.Admit("o", "editor", founder));
    }

    [Fact]
    public void When_one_is_out_an_admin_gives_the_others_a_new_key()
    {
        var (bench, keys) = Node(_cluster.Founder);
        keys.Advance(bench.Authoring, []);
        Assert.Empty(bench.Effects());
        var share = Rotate(bench, keys);
        Assert.Equal((1, bench.Context.Identity.Keys!.CurrentKeyId), (share.Generation, share.KeyId));
        Assert.Equal(((NodeId[])[_cluster.Founder.Membership.Node, _editor.Membership.Node, _reader.Membership.Node]).Order(), share.For.Select(w => w.Node).Order());
        Assert.All((Cluster.Member[])[_editor, _reader], m => Assert.NotNull(KeyWrap.Unwrap(share, _cluster.Id, m.Membership.Node, m.Agreement)));
        // Once is enough.
        bench.Context.NowMs += 3_600_000;
        keys.Advance(bench.Authoring, []);
        Assert.Empty(bench.Effects().OfType<CommitEffect>());
    }

    [Fact]
    public void Who_is_no_admin_changes_nothing_and_follows_no_one_who_is_none()
    {
        var (bench, keys) = Node(_editor);
        Expel(bench);
        bench.Context.NowMs += 3_600_000;
        keys.Advance(bench.Authoring, []);
        Assert.Empty(bench.Effects().OfType<CommitEffect>());
        var forged = KeyWrap.Wrap(_cluster.Id, Samples.RandomBytes(32, 5), 99, [_editor.Membership], default, Samples.RandomBytes(32, 6));
        Take(bench, By(_reader, forged));
        Assert.Equal(KeyRing.FirstKeyId, bench.Context.Identity.Keys!.CurrentKeyId);
        Assert.False(bench.Context.Identity.Keys.Has(forged.KeyId));
        var effects = Take(bench, By(_cluster.Founder, forged with { Generation = 1 }));
        Assert.Equal(forged.KeyId, bench.Context.Identity.Keys.CurrentKeyId);
        Assert.Contains(effects, e => e is SealKeysEffect);
    }

    [Fact]
    public void What_comes_before_its_key_is_read_when_the_key_comes()
    {
        var (bench, keys) = Node(_editor);
        var opened = new List<CommitBatch>();
        keys.Closed.Opened += (batch, first) =>
        {
            opened.Add(batch);
            Assert.Equal(1, first);
        };
        var (founders, share) = NewRing([_editor]);
        var record = SealedBy(_out, founders, 1, SessionBench.Put("f"));
        Take(bench, (record, bench.Context.Unseal(record, RecordCodec.DecodeHeader(record.Header))));
        Assert.True(bench.View.Records[^1].IsClosed);
        Assert.Equal((1, bench.View.LastSequence), (keys.Closed.Count, keys.Closed.FirstBehind));
        Assert.Empty(bench.View.Heads(EntryPath.Parse("f")));

        Take(bench, By(_cluster.Founder, share));
        keys.Advance(bench.Authoring, []);
        bench.Effects();
        Assert.Equal("f", Assert.Single(bench.View.Heads(EntryPath.Parse("f"))).Path.Text);
        Assert.Equal((0, long.MaxValue), (keys.Closed.Count, keys.Closed.FirstBehind));
        Assert.Equal([EntryPath.Parse("f")], Assert.Single(opened).Heads.Keys);
        Assert.Empty(bench.View.Closed(0, 10));
    }

    [Fact]
    public void After_a_restart_it_is_the_same()
    {
        var (first, _) = Node(_editor);
        var (founders, share) = NewRing([_editor]);
        var record = SealedBy(_out, founders, 1, SessionBench.Put("f"));
        Take(first, (record, first.Context.Unseal(record, RecordCodec.DecodeHeader(record.Header))));
        var (second, keys) = Node(_editor, [By(_cluster.Founder, share).Opened], first.View);
        Assert.Equal(share.KeyId, second.Context.Identity.Keys!.CurrentKeyId);
        Assert.Equal(1, keys.Closed.Count);
        keys.Advance(second.Authoring, []);
        second.Effects();
        Assert.Single(second.View.Heads(EntryPath.Parse("f")));
        Assert.Equal(0, keys.Closed.Count);
    }

    [Fact]
    public void What_is_sealed_with_a_key_that_nobody_shares_is_not_waited_for()
    {
        var (bench, keys) = Node(_editor);
        var record = SealedBy(_reader, NewRing([]).Ring, 1, SessionBench.Put("f"));
        Take(bench, (record, bench.Context.Unseal(record, RecordCodec.DecodeHeader(record.Header))));
        keys.Advance(bench.Authoring, []);
        Assert.Equal(1, keys.Closed.Count);
        bench.Effects();
        bench.Context.NowMs += 30_000;
        keys.Advance(bench.Authoring, []);
        Assert.Equal((0, long.MaxValue), (keys.Closed.Count, keys.Closed.FirstBehind));
        Assert.Contains("no admin has shared", SessionBench.The<ProblemEffect>(bench.Effects()).Problem!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whoever_seals_with_keys_of_its_own_uses_up_nobody_elses_time()
    {
        var (bench, keys) = Node(_editor);
        Closed(_reader, NewRing([]).Ring, 1, "garbage");
        bench.Context.NowMs += 30_000;
        keys.Advance(bench.Authoring, []);
        Assert.Equal(0, keys.Closed.Count);
        Assert.Contains("no admin has shared", SessionBench.The<ProblemEffect>(bench.Effects()).Problem!.Message, StringComparison.Ordinal);

        var (ring, share) = NewRing([_editor], 11);
        Closed(_out, ring, 1, "f");
        Assert.Equal((1, 2), (keys.Closed.Count, keys.Closed.FirstBehind));
        Closed(_reader, NewRing([], 12).Ring, 2, "more garbage");
        Assert.Equal(1, keys.Closed.Count);
        keys.Advance(bench.Authoring, []);
        Assert.Empty(bench.Effects().OfType<ProblemEffect>());
        Take(bench, By(_cluster.Founder, share));
        keys.Advance(bench.Authoring, []);
        bench.Effects();
        Assert.Single(bench.View.Heads(EntryPath.Parse("f")));
        Assert.Equal((0, 2), (keys.Closed.Count, bench.View.Closed(0, 10).Count));

        void Closed(Cluster.Member author, KeyRing with, long number, string path)
        {
            var record = SealedBy(author, with, number, SessionBench.Put(path));
            Take(bench, (record, bench.Context.Unseal(record, RecordCodec.DecodeHeader(record.Header))));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_a_peer_has_more_is_waited_for_before_a_key_is_given_out_but_not_for_ever(bool comes)
    {
        var (bench, keys) = Node(_cluster.Founder);
        var more = By(_reader, new Admission(_reader.Membership));
        var peer = new PeerSession(bench.Context, new Forks(bench.Context), new LinkUpInput(1, _editor.Membership.Node, _editor.Membership.PublicKey, true, "10.0.0.1:1"));
        peer.Compared(new CursorMessage([(more.Opened.Dot, more.Opened.Id)]));
        Expel(bench);
        for (var waited = 0; waited < 20; waited++, bench.Context.NowMs += 1000) keys.Advance(bench.Authoring, [peer]);
        Assert.Empty(bench.Effects().OfType<CommitEffect>());
        if (comes) Take(bench, more);
        bench.Context.NowMs += comes ? 1000 : 12_000;
        keys.Advance(bench.Authoring, [peer]);
        SessionBench.The<CommitEffect>(bench.Effects());
    }

    [Fact]
    public void Who_was_not_known_when_the_key_was_made_is_given_it_and_all_before_it()
    {
        var (bench, keys) = Node(_cluster.Founder);
        var rotated = Rotate(bench, keys);
        var late = _cluster.Admit("late", "reader", _cluster.Founder);
        bench.Members.TryAdd(late.Membership, [], out _);
        var share = Next(bench, keys);
        Assert.Equal((rotated.KeyId, 1, 1), (share.KeyId, share.Generation, share.For.Length));
        Assert.NotNull(KeyWrap.Unwrap(share, _cluster.Id, late.Membership.Node, late.Agreement));
    }

    [Fact]
    public void An_admin_who_is_out_by_now_cannot_keep_his_key_in_use_by_its_number()
    {
        var second = _cluster.Admit("second", "admin", _cluster.Founder);
        var (bench, keys) = Node(_cluster.Founder);
        var theirs = KeyWrap.Wrap(_cluster.Id, Samples.RandomBytes(32, 8), int.MaxValue, [_cluster.Founder.Membership, _out.Membership], default, Samples.RandomBytes(32, 7));
        Take(bench, By(second, theirs));
        Assert.Equal(theirs.KeyId, bench.Context.Identity.Keys!.CurrentKeyId);
        var share = Rotate(bench, keys);
        Assert.Equal((int.MaxValue, share.KeyId), (share.Generation, bench.Context.Identity.Keys.CurrentKeyId));
        Assert.NotEqual(theirs.KeyId, share.KeyId);
        bench.Context.NowMs += 3_600_000;
        keys.Advance(bench.Authoring, []);
        Assert.Empty(bench.Effects().OfType<CommitEffect>());
    }

    [Fact]
    public void Two_who_rotate_at_once_come_to_one_key_that_leads_to_both()
    {
        var (bench, keys) = Node(_cluster.Founder);
        var other = _cluster.Admit("second", "admin", _cluster.Founder);
        bench.Members.TryAdd(other.Membership, [], out _);
        var mine = Rotate(bench, keys);
        var theirs = KeyWrap.Wrap(_cluster.Id, Samples.RandomBytes(32, 8), 1, [_cluster.Founder.Membership, _editor.Membership, _reader.Membership, other.Membership], default, Samples.RandomBytes(32, 7));
        Take(bench, By(other, theirs));
        var ring = bench.Context.Identity.Keys!;
        Assert.Equal(Math.Max(mine.KeyId, theirs.KeyId), ring.CurrentKeyId);
        var share = Next(bench, keys);
        Assert.Equal((ring.CurrentKeyId, 1), (share.KeyId, share.Generation));
        var newcomer = KeyRing.From(Samples.ClusterSecret);
        newcomer.OpenOlder(newcomer.Add(ring.Secret(share.KeyId)), share.Older.Span);
        Assert.True(newcomer.Has(mine.KeyId) && newcomer.Has(theirs.KeyId));
    }

    [Fact]
    public void A_key_whose_author_turns_out_to_have_been_cut_off_is_used_no_more()
    {
        var second = _cluster.Admit("second", "admin", _cluster.Founder);
        var (bench, keys) = Node(_editor);
        var share = KeyWrap.Wrap(_cluster.Id, Samples.RandomBytes(32, 5), 1, [_editor.Membership], default, Samples.RandomBytes(32, 6));
        Take(bench, By(second, share));
        Assert.Equal(share.KeyId, bench.Context.Identity.Keys!.CurrentKeyId);
        Expel(bench, second);
        keys.Advance(bench.Authoring, []);
        Assert.Equal(KeyRing.FirstKeyId, bench.Context.Identity.Keys.CurrentKeyId);
        Assert.True(bench.Context.Identity.Keys.Has(share.KeyId));
    }

    [Fact]
    public void Who_came_with_the_newest_key_uses_it_before_the_log_has_told_of_it()
    {
        var ring = KeyRing.From(Samples.ClusterSecret);
        var given = ring.Add(Samples.RandomBytes(32, 5));
        ring.Use(given);
        var (bench, keys) = Node(_cluster.Founder, ring: ring);
        bench.Context.NowMs += 3_600_000;
        keys.Advance(bench.Authoring, []);
        bench.Context.NowMs += 20_000;
        PeerSession[] live = [new PeerSession(bench.Context, new Forks(bench.Context), new LinkUpInput(1, _editor.Membership.Node, _editor.Membership.PublicKey, true, "10.0.0.1:1"))];
        keys.Advance(bench.Authoring, live);
        bench.Context.NowMs += 20_000;
        keys.Advance(bench.Authoring, live);
        Assert.Empty(bench.Effects().OfType<CommitEffect>());
        Assert.Equal(given, ring.CurrentKeyId);
        // The log that knew it is lost, also to those that were met half a minute ago: another takes its place, and leads to it.
        bench.Context.NowMs += 10_000;
        var share = Next(bench, keys);
        Assert.Equal((share.KeyId, 1), (ring.CurrentKeyId, share.Generation));
        var newcomer = KeyRing.From(Samples.ClusterSecret);
        newcomer.OpenOlder(newcomer.Add(ring.Secret(share.KeyId)), share.Older.Span);
        Assert.True(newcomer.Has(given));
    }

    [Fact]
    public void A_key_whose_share_was_lost_is_given_to_all_to_read_by_but_not_to_seal_with()
    {
        var (writer, share) = NewRing([_editor]);
        var (bench, keys) = Node(_editor);
        Take(bench, By(_cluster.Founder, share));
        Assert.Equal(share.KeyId, bench.Context.Identity.Keys!.CurrentKeyId);
        var aside = new CommitBatch();
        aside.SetAside[bench.View.Records[^1].Dot.Author] = 1;
        bench.Context.Commit(aside, flushed: true, () => { }, Assert.Fail);
        bench.Effects();
        Assert.Equal(KeyRing.FirstKeyId, bench.Context.Identity.Keys.CurrentKeyId);
        var again = Next(bench, keys);
        Assert.Equal(share.KeyId, again.KeyId);

        var (other, theirs) = Node(_reader);
        var record = SealedBy(_out, writer, 1, SessionBench.Put("f"));
        Take(other, (record, other.Context.Unseal(record, RecordCodec.DecodeHeader(record.Header))));
        Take(other, By(_editor, again));
        theirs.Advance(other.Authoring, []);
        other.Effects();
        Assert.Single(other.View.Heads(EntryPath.Parse("f")));
        Assert.Equal(KeyRing.FirstKeyId, other.Context.Identity.Keys!.CurrentKeyId);
    }

    [Fact]
    public void A_chunk_under_a_key_that_is_not_here_is_no_ones_fault_and_its_key_is_looked_for()
    {
        var (bench, keys) = Node(_editor);
        var (writer, share) = NewRing([_editor]);
        var chunk = writer.Seal("hello"u8, Samples.Nonce(), tryCompress: false);
        Take(bench, By(_reader, share)); // Of no admin: only what is needed is taken of it.
        Assert.Equal(share.KeyId, bench.Context.Identity.Keys!.Missing(chunk));
        keys.Asks(share.KeyId);
        keys.Advance(bench.Authoring, []);
        Assert.Null(bench.Context.Identity.Keys.Missing(chunk));
        Assert.Equal("hello"u8, bench.Context.Identity.Keys.Open(chunk));
        Assert.Null(bench.Context.Identity.Keys.Missing(chunk with { Bytes = chunk.Bytes[..4] }));
    }

    [Fact]
    public void What_the_disk_refuses_is_tried_again_and_no_key_is_used_that_nobody_was_given()
    {
        var (bench, keys) = Node(_cluster.Founder);
        Expel(bench);
        keys.Advance(bench.Authoring, []);
        bench.Effects();
        bench.Context.NowMs += 1_000;
        keys.Advance(bench.Authoring, []);
        Assert.Single(bench.Effects(commitError: "No space left on device").OfType<CommitEffect>());
        Assert.Equal(KeyRing.FirstKeyId, bench.Context.Identity.Keys!.CurrentKeyId);
        Assert.NotNull(Next(bench, keys));
        Assert.NotEqual(KeyRing.FirstKeyId, bench.Context.Identity.Keys.CurrentKeyId);
    }

    private (SessionBench Bench, SealKeys Keys) Node(Cluster.Member self, IEnumerable<ChangeRecord>? log = null, TableView? view = null, KeyRing? ring = null)
    {
        var bench = new SessionBench(_cluster, self, ring: ring ?? KeyRing.From(Samples.ClusterSecret), view: view,
            shares: log?.SelectMany(r => r.Statements.OfType<SealKeyShare>().Select(s => (s, r.Header))));
        var keys = bench.Context.SealKeys!;
        keys.Begin();
        return (bench, keys);
    }

    private void Expel(SessionBench bench, Cluster.Member? whom = null) =>
        bench.Members.Close(new GrantClosing((whom ?? _out).Membership.Grant.Id, []), Header(_cluster.Founder, 1000));

    private SealKeyShare Rotate(SessionBench bench, SealKeys keys)
    {
        Expel(bench);
        return Next(bench, keys);
    }

    // What this node says of keys, within a quarter of a minute.
    private static SealKeyShare Next(SessionBench bench, SealKeys keys)
    {
        keys.Advance(bench.Authoring, []);
        Assert.Empty(bench.Effects().OfType<CommitEffect>());
        bench.Context.NowMs += 15_000;
        keys.Advance(bench.Authoring, []);
        var share = Assert.Single(SessionBench.The<CommitEffect>(bench.Effects()).Batch.Records.SelectMany(r => r.Opened.Statements).OfType<SealKeyShare>());
        keys.Advance(bench.Authoring, []);
        return share;
    }

    private (KeyRing Ring, SealKeyShare Share) NewRing(Cluster.Member[] members, int chance = 4)
    {
        var (ring, key) = (KeyRing.From(Samples.ClusterSecret), Samples.RandomBytes(32, chance));
        ring.Use(ring.Add(key));
        return (ring, KeyWrap.Wrap(_cluster.Id, key, 1, [.. members.Select(m => m.Membership)], ring.SealOlder(key, Samples.Nonce()), Samples.RandomBytes(32, 9)));
    }

    private static IReadOnlyList<SessionEffect> Take(SessionBench bench, (SignedRecord Signed, ChangeRecord Opened) record)
    {
        var batch = new CommitBatch();
        batch.Records.Add(record);
        bench.Context.Judgement.Add(batch, record.Opened);
        bench.Context.Commit(batch, flushed: true, () => { }, Assert.Fail);
        return bench.Effects();
    }

    private static (SignedRecord Signed, ChangeRecord Opened) By(Cluster.Member author, Statement statement)
    {
        var signed = RecordSigner.Sign(Header(author, 1) with { KeyId = 0 }, RecordCodec.EncodeStatements([statement]), author.Key);
        return (signed, RecordCodec.Open(signed, null));
    }

    private static SignedRecord SealedBy(Cluster.Member author, KeyRing ring, long number, Change change) =>
        RecordSigner.Sign(Header(author, number) with { KeyId = ring.CurrentKeyId }, ring.SealBody(RecordCodec.EncodeChanges([change]), Samples.Nonce()), author.Key);

    private static RecordHeader Header(Cluster.Member author, long number) =>
        new(new Author(author.Membership.Node, 3), number, number == 1 ? default : new RecordId(Samples.HashOf(5)), HybridTime.At(SessionBench.Noon), default, KeyRing.FirstKeyId, [], []);
}
