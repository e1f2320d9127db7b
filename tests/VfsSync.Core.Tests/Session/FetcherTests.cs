using VfsSync.Core.Content;
using VfsSync.Core.Session;
using VfsSync.Core.Wire;
using static VfsSync.Core.Tests.Session.SessionBench;

namespace VfsSync.Core.Tests.Session;

/// <summary>Which chunk is asked of whom. Chunks of 40 bytes, a window of 100.</summary>
public sealed class FetcherTests
{
    private const int Length = 40;

    private readonly SessionBench _bench = new(settings: SessionSettings.Default with { WindowBytes = 100 });
    private readonly Fetcher _fetcher;

    public FetcherTests() => _fetcher = new Fetcher(_bench.Context);

    [Fact]
    public void Nothing_is_asked_while_nobody_is_there()
    {
        Want(1, 10);
        Assert.Empty(Asked());
        Assert.True(_fetcher.IsStuck(Id(10)));
        _fetcher.LinkUp(1);
        Assert.Equal(["1: 10"], Asked());
        Assert.False(_fetcher.IsStuck(Id(10)));
    }

    [Fact]
    public void Several_requests_are_under_way_until_the_window_is_full_and_the_next_follow_what_came()
    {
        _fetcher.LinkUp(1);
        Want(1, 10, 11, 12, 13, 14);
        Assert.Equal(["1: 10 11 12"], Asked());
        Deliver(1, 10);
        Deliver(1, 11);
        Assert.Equal("13 14", string.Join(' ', Asked().Select(a => a[3..])));
    }

    [Fact]
    public void Two_links_share_the_work()
    {
        _fetcher.LinkUp(1);
        _fetcher.LinkUp(2);
        Want(1, 10, 11, 12, 13);
        Assert.Equal([2, 2], Asked().Select(a => a[3..].Split(' ').Length));
    }

    [Fact]
    public void A_message_asks_for_a_bounded_number()
    {
        var bench = new SessionBench();
        var fetcher = new Fetcher(bench.Context);
        fetcher.LinkUp(1);
        fetcher.Want(1, [.. Enumerable.Range(0, 200).Select(i => new ChunkRef(Id(i), Length))], keep: false);
        var wants = bench.Effects().OfType<SendEffect>().Select(s => ((WantMessage)s.Message).Ids.Length).ToList();
        Assert.Equal(200, wants.Sum());
        Assert.All(wants, w => Assert.InRange(w, 1, 64));
    }

    [Fact]
    public void What_came_goes_to_all_who_wait_for_it_and_is_asked_for_once()
    {
        _fetcher.LinkUp(1);
        Want(1, 10);
        Want(2, 10);
        Assert.Equal(["1: 10"], Asked());
        Assert.True(_fetcher.Arrived(1, Sealed(10)));
        Assert.Equal([1L, 2L], The<DeliverEffect>(_bench.Effects()).Stages);
        Assert.Equal([1L, 2L], _fetcher.Delivered(new DeliveredInput(1, Id(10), Good: true, null)));
        Assert.False(_fetcher.Arrived(1, Sealed(10)));
    }

    [Fact]
    public void Who_asks_while_a_chunk_is_being_opened_gets_it_by_another_fetch()
    {
        _fetcher.LinkUp(1);
        Want(1, 10);
        Asked();
        _fetcher.Arrived(1, Sealed(10));
        Want(2, 10);
        Assert.Equal([1L], _fetcher.Delivered(new DeliveredInput(1, Id(10), Good: true, null)));
        Assert.Equal(["1: 10"], Asked());
    }

    [Fact]
    public void Parts_of_manifests_are_kept_in_the_store()
    {
        _fetcher.LinkUp(1);
        _fetcher.Want(1, [new ChunkRef(Id(10), Length)], keep: true);
        _fetcher.Arrived(1, Sealed(10));
        Assert.True(The<DeliverEffect>(_bench.Effects()).Keep);
    }

    [Fact]
    public void What_was_not_asked_for_is_not_taken()
    {
        _fetcher.LinkUp(1);
        _fetcher.LinkUp(2);
        Assert.False(_fetcher.Arrived(1, Sealed(10)));
        Want(1, 11);
        var from = Asked().Single()[0] - '0';
        Assert.False(_fetcher.Arrived(3 - from, Sealed(11)));
        Assert.True(_fetcher.Arrived(from, Sealed(11)));
    }

    [Fact]
    public void A_bad_chunk_is_asked_of_another()
    {
        _fetcher.LinkUp(1);
        Want(1, 10);
        Asked();
        _fetcher.LinkUp(2);
        _fetcher.Arrived(1, Sealed(10));
        _bench.Effects();
        Assert.Empty(_fetcher.Delivered(new DeliveredInput(1, Id(10), Good: false, null)));
        Assert.Equal(["2: 10"], Asked());
        Assert.Equal([1L], Deliver(2, 10));
    }

    [Fact]
    public void What_one_does_not_have_is_asked_of_the_next_and_waits_when_nobody_has_it()
    {
        _fetcher.LinkUp(1);
        Want(1, 10);
        Asked();
        _fetcher.LinkUp(2);
        _fetcher.Gone(1, [Id(10)]);
        Assert.Equal(["2: 10"], Asked());
        Assert.False(_fetcher.IsStuck(Id(10)));
        _fetcher.Gone(2, [Id(10)]);
        Assert.Empty(Asked());
        Assert.True(_fetcher.IsStuck(Id(10)));
    }

    [Fact]
    public void A_link_that_brings_nothing_of_what_was_asked_of_it_is_waited_for_no_longer_than_half_a_minute()
    {
        _fetcher.LinkUp(1);
        Want(1, 10, 11);
        Assert.Equal(["1: 10 11"], Asked());
        _fetcher.LinkUp(2);
        _bench.Context.NowMs += Fetcher.SilentMs - 1;
        _fetcher.Tick();
        Assert.Empty(Asked());
        // Whoever is slow, but brings something, has more time.
        _fetcher.Gone(1, [Id(11)]);
        Assert.Equal(["2: 11"], Asked());
        _bench.Context.NowMs += 1;
        _fetcher.Tick();
        // It comes back by itself when that is over.
        _bench.Context.NowMs = NextTry();
        _fetcher.Tick();
        Assert.Contains("2: 10", Asked());
    }

    private long NextTry() => _bench.Effects().OfType<WakeEffect>().Min(w => w.AtMs);

    [Fact]
    public void What_nobody_had_is_asked_for_again_after_a_while_ever_more_rarely()
    {
        _fetcher.LinkUp(1);
        Want(1, 10);
        _fetcher.Gone(1, [Id(10)]);
        var first = NextTry() - _bench.Context.NowMs;
        _fetcher.Tick();
        Assert.Empty(Asked());
        _bench.Context.NowMs += first;
        _fetcher.Tick();
        Assert.Equal(["1: 10"], Asked());
        _fetcher.Gone(1, [Id(10)]);
        Assert.Equal(2 * first, NextTry() - _bench.Context.NowMs);
    }

    [Fact]
    public void What_is_being_asked_for_when_its_time_comes_is_asked_for_once_more_when_nobody_had_it()
    {
        _fetcher.LinkUp(1);
        Want(1, 10);
        _fetcher.Gone(1, [Id(10)]);
        _bench.Context.NowMs = NextTry();
        _fetcher.MayHaveMore(1);
        Assert.Empty(_fetcher.Tick());
        _fetcher.Gone(1, [Id(10)]);
        Assert.True(NextTry() > _bench.Context.NowMs);
    }

    [Fact]
    public void A_peer_that_learned_something_and_a_new_one_are_asked_for_what_nobody_had()
    {
        _fetcher.LinkUp(1);
        Want(1, 10);
        _fetcher.Gone(1, [Id(10)]);
        Asked();
        _fetcher.MayHaveMore(1);
        Assert.Equal(["1: 10"], Asked());
        _fetcher.Gone(1, [Id(10)]);
        _fetcher.LinkUp(2);
        Assert.Equal(["2: 10"], Asked());
    }

    [Fact]
    public void What_a_lost_link_owed_is_asked_of_another()
    {
        _fetcher.LinkUp(1);
        Want(1, 10, 11, 12);
        Asked();
        _fetcher.LinkUp(2);
        Assert.Empty(Asked());
        _fetcher.LinkDown(1);
        Assert.Equal([10, 11, 12], Asked().SelectMany(a => a[3..].Split(' ')).Select(int.Parse).Order());
        Assert.Equal([1L], Deliver(2, 10));
    }

    [Fact]
    public void What_nobody_waits_for_any_more_is_not_asked_for()
    {
        Want(1, 10, 11);
        Want(2, 11);
        _fetcher.Forget(1, [Id(10), Id(11)]);
        _fetcher.LinkUp(1);
        Assert.Equal(["1: 11"], Asked());
    }

    [Fact]
    public void What_was_forgotten_on_its_way_gives_its_room_back()
    {
        _fetcher.LinkUp(1);
        Want(1, 10, 11, 12);
        Want(2, 13);
        Asked();
        _fetcher.Forget(1, [Id(10), Id(11), Id(12)]);
        foreach (var id in (int[])[10, 11, 12]) Deliver(1, id);
        Assert.Equal(["1: 13"], Asked());
        Assert.Equal([2L], Deliver(1, 13));
    }

    private static ChunkId Id(int number) => Samples.Chunk(number);

    private static SealedChunk Sealed(int number) => new(Id(number), new byte[Length + 28]);

    private void Want(long stage, params int[] numbers) => _fetcher.Want(stage, [.. numbers.Select(n => new ChunkRef(Id(n), Length))], keep: false);

    // Fetched, opened, written.
    private IReadOnlyList<long> Deliver(int link, int number)
    {
        Assert.True(_fetcher.Arrived(link, Sealed(number)));
        return _fetcher.Delivered(new DeliveredInput(link, Id(number), Good: true, null));
    }

    /// <summary>"link: numbers" for each request since the last call.</summary>
    private List<string> Asked() =>
        [.. _bench.Effects().OfType<SendEffect>().Select(s => $"{s.Link}: {string.Join(' ', ((WantMessage)s.Message).Ids.Select(NumberOf))}")];

    private static int NumberOf(ChunkId id) => Enumerable.Range(0, 300).First(n => Id(n) == id);
}
