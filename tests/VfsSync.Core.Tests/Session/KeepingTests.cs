using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Tests.Session;

/// <summary>What a vault gathers, and what it refuses.</summary>
public sealed class KeepingTests
{
    private readonly Cluster _cluster = new();
    private readonly Cluster.Member _self, _writer, _reader;
    private readonly SessionBench _bench;
    private readonly Fetcher _fetcher;
    private readonly Keeping _keeping;
    private readonly List<RecordHeader> _log = [];

    public KeepingTests()
    {
        (_self, _writer, _reader) = (_cluster.Admit("v", "vault", _cluster.Founder), _cluster.Admit("w", "writer", _cluster.Founder), _cluster.Admit("r", "reader", _cluster.Founder));
        _bench = new SessionBench(_cluster, _self, vault: true);
        _fetcher = new Fetcher(_bench.Context);
        _keeping = new Keeping(_bench.Context, _fetcher, _log, _ => null);
    }

    [Fact]
    public void It_takes_what_a_writing_member_vouches_for_and_nothing_else()
    {
        var chunk = new SealedChunk(Samples.Chunk(1), Samples.RandomBytes(500, 1));
        var good = Vouched(chunk, _writer);
        var kept = _keeping.Packed(good)!.Value;
        var read = VouchedChunk.Unpack(kept.Id, kept.Bytes)!.Value;
        Assert.Equal(chunk.Bytes.ToArray(), read.Bytes.ToArray());
        Assert.Equal(_writer.Membership.Node.Hash, read.By!.Signer);
        Assert.NotNull(_keeping.Packed(read));

        Assert.Null(_keeping.Packed(chunk));
        Assert.Null(_keeping.Packed(Vouched(chunk, _reader)));
        Assert.Null(_keeping.Packed(Vouched(chunk, _self)));
        Assert.Null(_keeping.Packed(Vouched(chunk, new Cluster().Founder)));
        Assert.Null(_keeping.Packed(good with { By = good.By! with { Signer = _cluster.Founder.Membership.Node.Hash } }));
        Assert.Null(_keeping.Packed(good with { Id = Samples.Chunk(2) }));
        Assert.Null(_keeping.Packed(good with { Bytes = Samples.RandomBytes(500, 2) }));
        Assert.Null(_keeping.Packed(ChunkSigner.Sign(chunk, new Cluster().Id, _writer.Membership.Node, _writer.Key)));
        Assert.Null(VouchedChunk.Unpack(chunk.Id, kept.Bytes[..90]));
    }

    [Fact]
    public void It_is_behind_until_all_that_a_record_names_is_there()
    {
        _fetcher.LinkUp(1);
        _keeping.Named([Header(_writer, 1, 1, 2)], 5);
        _keeping.Named([Header(_writer, 2, 2, 3)], 6);
        Assert.Equal([Samples.Chunk(1), Samples.Chunk(2), Samples.Chunk(3)], _bench.Effects().OfType<SendEffect>().SelectMany(s => ((WantMessage)s.Message).Ids));
        Assert.Equal((5, 3), (_keeping.FirstBehind, _keeping.Count));
        Arrive(1);
        Arrive(3);
        Assert.Equal((5, 1), (_keeping.FirstBehind, _keeping.Count));
        Arrive(2);
        Assert.Equal((long.MaxValue, 0), (_keeping.FirstBehind, _keeping.Count));
    }

    [Fact]
    public void What_nobody_has_is_not_waited_for_but_asked_of_who_comes_later()
    {
        _fetcher.LinkUp(1);
        _keeping.Named([Header(_writer, 1, 1)], 5);
        _fetcher.Gone(1, [Samples.Chunk(1)]);
        _keeping.Look([Peer(_writer)]);
        Assert.Equal((long.MaxValue, 0), (_keeping.FirstBehind, _keeping.Count));
        for (var i = 0; i < 20; i++)
        {
            _bench.Context.NowMs += 40_000;
            _fetcher.Tick();
            _fetcher.Gone(1, [Samples.Chunk(1)]);
            _keeping.Look([Peer(_writer)]);
        }
        Assert.Empty(_fetcher.Stuck);
        _bench.Effects();
        _fetcher.LinkUp(2);
        _keeping.PeerCame();
        Assert.Equal([Samples.Chunk(1)], _bench.Effects().OfType<SendEffect>().SelectMany(s => ((WantMessage)s.Message).Ids));
        Arrive(1);
        Assert.Equal((long.MaxValue, 0), (_keeping.FirstBehind, _keeping.Count));
    }

    [Fact]
    public void A_chunk_that_a_full_disk_refused_is_still_waited_for()
    {
        _fetcher.LinkUp(1);
        _keeping.Named([Header(_writer, 1, 1)], 5);
        _bench.Effects();
        Refused(1);
        Assert.Equal((5, 1), (_keeping.FirstBehind, _keeping.Count));
        _bench.Effects();
        _bench.Context.NowMs += 60_000;
        _keeping.Tick();
        Assert.Equal([Samples.Chunk(1)], _bench.Effects().OfType<SendEffect>().SelectMany(s => ((WantMessage)s.Message).Ids));
        Arrive(1);
        Assert.Equal((long.MaxValue, 0), (_keeping.FirstBehind, _keeping.Count));
    }

    [Fact]
    public void What_a_reader_names_is_not_fetched()
    {
        _fetcher.LinkUp(1);
        _keeping.Named([Header(_reader, 1, 1)], 5);
        Assert.Empty(_bench.Effects());
        Assert.Equal(long.MaxValue, _keeping.FirstBehind);
    }

    [Fact]
    public void A_long_log_is_asked_for_piece_by_piece_and_in_the_end_whole()
    {
        _fetcher.LinkUp(1);
        for (var i = 0; i < 6; i++) _keeping.Named([Header(_writer, i + 1, [.. Enumerable.Range(i * 1000, 1000)])], i + 1);
        Assert.Equal(6000, _keeping.Count);
        for (var i = 0; i < 6000; i++)
        {
            Assert.Equal(i / 1000 + 1, _keeping.FirstBehind);
            Arrive(i);
        }
        Assert.Equal((long.MaxValue, 0), (_keeping.FirstBehind, _keeping.Count));
    }

    [Fact]
    public void Whether_a_relay_has_it_says_nothing_of_its_author()
    {
        _fetcher.LinkUp(1);
        _keeping.Named([Header(_writer, 1, 1)], 5);
        _fetcher.Gone(1, [Samples.Chunk(1)]);
        _keeping.Look([Peer(_cluster.Founder)]);
        Assert.Equal((5, 1), (_keeping.FirstBehind, _keeping.Count));
    }

    [Fact]
    public void What_was_lost_is_waited_for_when_it_is_named_anew()
    {
        _fetcher.LinkUp(1);
        _keeping.Named([Header(_writer, 1, 1)], 5);
        _fetcher.Gone(1, [Samples.Chunk(1)]);
        _keeping.Look([Peer(_writer)]);
        _keeping.Named([Header(_writer, 2, 1)], 7);
        Assert.Equal((7, 1), (_keeping.FirstBehind, _keeping.Count));
        _fetcher.MayHaveMore(1);
        Arrive(1);
        Assert.Equal((long.MaxValue, 0), (_keeping.FirstBehind, _keeping.Count));
    }

    [Fact]
    public void What_comes_ahead_of_its_record_is_waited_for_until_it_lies_in_the_store()
    {
        var chunk = new SealedChunk(Samples.Chunk(1), Samples.RandomBytes(50, 1));
        _keeping.Came(Peer(_writer), [Vouched(chunk, _writer), Vouched(chunk, _writer), Vouched(chunk with { Id = Samples.Chunk(2) }, _reader)]);
        Assert.Equal(chunk.Id, Assert.Single(_bench.Effects().OfType<DeliverEffect>()).Chunk.Id);
        _keeping.Named([Header(_writer, 1, 1)], 5);
        Assert.Equal((5, 1), (_keeping.FirstBehind, _keeping.Count));
        _keeping.Delivered(chunk.Id, null);
        Assert.Equal((long.MaxValue, 0), (_keeping.FirstBehind, _keeping.Count));
    }

    [Fact]
    public void Only_what_lies_here_is_replaced_and_neither_by_who_vouched_nor_by_who_complains()
    {
        var bad = Vouched(new SealedChunk(Samples.Chunk(1), Samples.RandomBytes(50, 1)), _writer);
        var other = Vouched(new SealedChunk(Samples.Chunk(1), Samples.RandomBytes(50, 2)), _cluster.Founder);
        var keeping = new Keeping(_bench.Context, _fetcher, [], id => id == bad.Id ? bad : null);
        var (w, r) = (Peer(_writer), Peer(_reader, 2));
        keeping.Spoiled(r, new SpoiledMessage(other.Id, new ChunkProof(other.By!, ChunkSigner.HashOf(other))), [w, r]);
        Assert.DoesNotContain(_bench.Effects(), e => e is ProblemEffect);
        _fetcher.LinkUp(3);
        keeping.Spoiled(r, new SpoiledMessage(bad.Id, new ChunkProof(bad.By!, ChunkSigner.HashOf(bad))), [w, r]);
        Assert.Equal(3, Assert.Single(_bench.Effects().OfType<SendEffect>()).Link);
        keeping.Came(Peer(_cluster.Founder, 3), [Vouched(new SealedChunk(bad.Id, Samples.RandomBytes(50, 3)), _writer)]);
        Assert.Empty(_bench.Effects().OfType<DeliverEffect>());
        _fetcher.MayHaveMore(3);
        keeping.Came(Peer(_cluster.Founder, 3), [other]);
        Assert.Single(_bench.Effects().OfType<DeliverEffect>());
    }

    [Fact]
    public void What_nobody_connected_has_keeps_nothing_from_being_asked_for()
    {
        _fetcher.LinkUp(1);
        var far = Enumerable.Range(0, 3000).ToArray();
        _keeping.Named([Header(_writer, 1, far[..1500]), Header(_writer, 2, far[1500..])], 5);
        for (var sent = Wanted(); sent.Count > 0; sent = Wanted())
        {
            _fetcher.Gone(1, sent);
            _keeping.Look([Peer(_cluster.Founder)]);
        }
        Assert.Equal(3000, _keeping.Count);
        _keeping.Named([Header(_cluster.Founder, 1, 9000)], 6);
        Assert.Equal([Samples.Chunk(9000)], Wanted());
        Arrive(9000);
        Assert.Equal((5, 3000), (_keeping.FirstBehind, _keeping.Count));
    }

    [Fact]
    public void A_chunk_that_the_disk_refused_holds_back_the_first_record_that_names_it()
    {
        _fetcher.LinkUp(1);
        _keeping.Named([Header(_writer, 1, 1)], 50);
        _bench.Effects();
        Refused(1);
        _keeping.Named([Header(_writer, 2, 1)], 200);
        Assert.Equal((50, 1), (_keeping.FirstBehind, _keeping.Count));
        _bench.Context.NowMs += 60_000;
        _keeping.Tick();
        Assert.Equal((50, 1), (_keeping.FirstBehind, _keeping.Count));
        Arrive(1);
        Assert.Equal((long.MaxValue, 0), (_keeping.FirstBehind, _keeping.Count));
    }

    [Fact]
    public void What_came_unasked_beside_a_record_is_not_waited_for()
    {
        _fetcher.LinkUp(1);
        _keeping.Named([Header(_writer, 1, 1)], 5);
        _fetcher.Gone(1, [Samples.Chunk(1)]);
        _keeping.Look([Peer(_cluster.Founder)]);
        Assert.Equal(1, _keeping.Count);
        _bench.View.Commit(new CommitBatch { Chunks = { new SealedChunk(Samples.Chunk(1), new byte[20]) } });
        _bench.Context.NowMs += 1000;
        _fetcher.Tick();
        _fetcher.Gone(1, [Samples.Chunk(1)]);
        _keeping.Look([Peer(_cluster.Founder)]);
        Assert.Equal((long.MaxValue, 0), (_keeping.FirstBehind, _keeping.Count));
    }

    [Fact]
    public void Records_that_left_the_log_are_waited_for_no_more()
    {
        _fetcher.LinkUp(1);
        _log.Add(Header(_writer, 1, 1));
        _keeping.Named([.. _log, Header(_writer, 2, 2, 3)], 5);
        _bench.Effects();
        _keeping.Begin();
        Assert.Equal(1, _keeping.Count);
        Arrive(1);
        Assert.Equal((long.MaxValue, 0), (_keeping.FirstBehind, _keeping.Count));
    }

    private List<ChunkId> Wanted() => [.. _bench.Effects().OfType<SendEffect>().Select(s => s.Message).OfType<WantMessage>().SelectMany(w => w.Ids)];

    private void Refused(int chunk)
    {
        var packed = _keeping.Packed(Vouched(new SealedChunk(Samples.Chunk(chunk), Samples.RandomBytes(50, 1)), _writer))!.Value;
        Assert.True(_fetcher.Arrived(1, packed));
        var full = new DeliveredInput(1, packed.Id, false, new(EntryPath.Root, ProblemKind.Unwritable, "full"));
        _fetcher.Delivered(full with { Good = true });
        _keeping.Delivered(packed.Id, full.Problem);
    }

    private PeerSession Peer(Cluster.Member member, int link = 1) => new(_bench.Context, new Forks(_bench.Context), new LinkUpInput(link, member.Membership.Node, member.Membership.PublicKey, false, "somewhere"));

    private void Arrive(int chunk)
    {
        var sealedChunk = new SealedChunk(Samples.Chunk(chunk), new byte[20]);
        foreach (var link in (int[])[1, 2])
            if (_fetcher.Arrived(link, sealedChunk))
            {
                _fetcher.Delivered(new DeliveredInput(link, sealedChunk.Id, true, null));
                _keeping.Delivered(sealedChunk.Id, null);
            }
    }

    private SealedChunk Vouched(SealedChunk chunk, Cluster.Member by) => ChunkSigner.Sign(chunk, _cluster.Id, by.Membership.Node, by.Key);

    private static RecordHeader Header(Cluster.Member by, long number, params int[] chunks) =>
        new(new Author(by.Membership.Node, 3), number, default, default, default, 1, [], [.. chunks.Select(c => Samples.Chunk(c))]);
}
