using System.Collections.Concurrent;
using VfsSync.Core.History;
using VfsSync.Core.Wire;
using VfsSync.Engine.Net;

namespace VfsSync.Engine.Tests.Net;

/// <summary>What every transport must do. Its backs are tested by the classes that derive from this.</summary>
public abstract class PeerTransportContract : IDisposable
{
    internal static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly BlockingCollection<IPeerLink> _accepted = [];
    private readonly List<IDisposable> _toDispose = [];

    /// <summary>A new transport on a host "a" or "b", and its address without the port.</summary>
    internal abstract (IPeerTransport Transport, NodeId Id, string Host) Make(string host);

    protected virtual void Dispose(bool disposing) => _toDispose.ForEach(d => d.Dispose());

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    internal IPeerTransport New(string host, out NodeId id, out string name)
    {
        (var transport, id, name) = Make(host);
        _toDispose.Add(transport);
        return transport;
    }

    internal async Task<(IPeerLink Near, IPeerLink Far)> ConnectAsync()
    {
        var port = New("a", out _, out var host).Listen(0, false, _accepted.Add);
        var near = await New("b", out _, out _).ConnectAsync($"{host}:{port}", CancellationToken.None);
        var far = Accepted();
        near.FromMember();
        far.FromMember();
        return (near, far);
    }

    internal IPeerLink Accepted()
    {
        Assert.True(_accepted.TryTake(out var link, Soon), "No link was accepted.");
        _toDispose.Add(link);
        return link;
    }

    internal static byte[] Frame(int length, byte fill = 7)
    {
        var frame = new byte[FrameReader.Prefix + length];
        FrameReader.WritePrefix(frame, length);
        frame.AsSpan(FrameReader.Prefix).Fill(fill);
        return frame;
    }

    [Fact]
    public async Task Both_ends_see_each_others_key()
    {
        var port = New("a", out var a, out var host).Listen(0, false, _accepted.Add);
        using var near = await New("b", out var b, out _).ConnectAsync($"{host}:{port}", CancellationToken.None);
        var far = Accepted();

        Assert.Equal((a, true), (near.Peer, near.Outgoing));
        Assert.Equal((b, false), (far.Peer, far.Outgoing));
        Assert.Equal($"{host}:{port}", near.Address);
        Assert.True(PeerAddress.TryParse(far.Address, out _));
    }

    [Fact]
    public async Task Frames_of_every_length_arrive_whole_and_in_order()
    {
        var (near, far) = await ConnectAsync();
        int[] lengths = [1, 0, 100, 4, 65_532, 65_536, PeerMessage.MaxFrame, 3, PeerMessage.MaxFrame - 1, 2];
        var sending = Task.Run(() =>
        {
            foreach (var length in lengths) near.Send(Frame(length, (byte)length));
            near.Send([.. lengths.SelectMany(l => Frame(l, (byte)l))]);
        });
        foreach (var length in lengths.Concat(lengths))
        {
            var payload = far.Receive();
            Assert.Equal(length, payload?.Length);
            Assert.True(payload!.Value.Span.IndexOfAnyExcept((byte)length) < 0);
        }
        await sending;
        far.Send(Frame(5));
        Assert.Equal(5, near.Receive()?.Length);
    }

    [Fact]
    public async Task Senders_on_several_threads_never_mix_their_frames()
    {
        var (near, far) = await ConnectAsync();
        var sending = Enumerable.Range(1, 4).Select(n => Task.Run(() =>
        {
            for (var i = 0; i < 50; i++) near.Send(Frame(20_000 + n, (byte)n));
        })).ToArray();
        for (var i = 0; i < 200; i++)
        {
            var payload = far.Receive()!.Value;
            Assert.Equal(20_000 + payload.Span[0], payload.Length);
            Assert.True(payload.Span.IndexOfAnyExcept(payload.Span[0]) < 0);
        }
        await Task.WhenAll(sending);
    }

    [Fact]
    public async Task A_frame_that_is_too_long_is_an_error_that_says_so()
    {
        var (near, far) = await ConnectAsync();
        near.Send([0, 4, 0, 1]);
        var error = Assert.Throws<IOException>(() => far.Receive());
        Assert.Contains("262145", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_the_peer_closes_what_it_sent_is_read_and_then_nothing()
    {
        var (near, far) = await ConnectAsync();
        near.Send(Frame(10));
        near.Dispose();
        Assert.Equal(10, far.Receive()?.Length);
        Assert.Null(far.Receive());
    }

    [Fact]
    public async Task A_last_word_arrives_even_if_the_sender_left_much_unread()
    {
        var (near, far) = await ConnectAsync();
        for (var i = 0; i < 4; i++) far.Send(Frame(100_000));
        near.Send(Frame(10));
        near.Dispose();
        Assert.Equal(10, far.Receive()?.Length);
    }

    [Fact]
    public async Task Closing_ends_a_waiting_receive_and_both_ends_notice()
    {
        var (near, far) = await ConnectAsync();
        var here = Task.Run(() => Assert.ThrowsAny<IOException>(() => near.Receive()));
        var there = Task.Run(far.Receive);
        await Task.Delay(100);
        near.Dispose();
        await here.WaitAsync(Soon);
        Assert.Null(await there.WaitAsync(Soon));
        Assert.ThrowsAny<IOException>(() => near.Send(Frame(1)));
        near.Dispose();
    }

    [Fact]
    public async Task Closing_ends_a_send_that_waits_for_a_stuck_peer()
    {
        var (near, _) = await ConnectAsync();
        var sent = 0;
        void SendForEver()
        {
            for (; ; Interlocked.Increment(ref sent)) near.Send(Frame(200_000));
        }
        var sending = Task.Run(() => Assert.ThrowsAny<IOException>(SendForEver));
        for (var before = -1; before != Volatile.Read(ref sent); await Task.Delay(200)) before = Volatile.Read(ref sent);
        Assert.False(sending.IsCompleted);
        near.Dispose();
        await sending.WaitAsync(Soon);
    }

    [Fact]
    public async Task Traffic_counts_both_ways()
    {
        var (near, far) = await ConnectAsync();
        var before = (near.Traffic, far.Traffic);
        near.Send(Frame(100_000));
        far.Receive();
        Assert.InRange(near.Traffic.Sent - before.Item1.Sent, 100_004, 102_000);
        Assert.InRange(far.Traffic.Received - before.Item2.Received, 100_004, 102_000);
    }

    [Fact]
    public async Task Where_nothing_listens_the_error_names_the_address()
    {
        var a = New("a", out _, out var host);
        var port = a.Listen(0, false, _accepted.Add);
        a.Dispose();
        var error = await Assert.ThrowsAsync<PeerException>(() => New("b", out _, out _).ConnectAsync($"{host}:{port}", CancellationToken.None));
        Assert.Contains($"Nothing listens at {host}:{port}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_is_none_is_a_peer_error() =>
        await Assert.ThrowsAsync<PeerException>(() => New("b", out _, out _).ConnectAsync("a:b:c", CancellationToken.None));

    [Fact]
    public async Task A_cancelled_connect_is_cancelled()
    {
        var port = New("a", out _, out var host).Listen(0, false, _accepted.Add);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => New("b", out _, out _).ConnectAsync($"{host}:{port}", new CancellationToken(true)));
    }

    [Fact]
    public void A_taken_port_is_an_error_unless_one_may_give_way()
    {
        var port = New("a", out _, out _).Listen(0, false, _accepted.Add);
        var error = Assert.Throws<PeerException>(() => New("a", out _, out _).Listen(port, false, _accepted.Add));
        Assert.Contains($"Port {port} ", error.Message, StringComparison.Ordinal);
        Assert.NotEqual(port, New("a", out _, out _).Listen(port, true, _accepted.Add));
    }

    [Fact]
    public async Task After_stopping_the_port_is_free_at_once_though_links_were_open()
    {
        var first = New("a", out _, out var host);
        var port = first.Listen(0, false, _accepted.Add);
        using (await New("b", out _, out _).ConnectAsync($"{host}:{port}", CancellationToken.None))
        {
            using var far = Accepted();
            far.Dispose();
            first.Dispose();
            Assert.Equal(port, New("a", out _, out _).Listen(port, false, _accepted.Add));
        }
        using var again = await New("b", out _, out _).ConnectAsync($"{host}:{port}", CancellationToken.None);
        Accepted();
    }

    [Fact]
    public async Task A_handler_that_fails_ends_its_link_and_no_other()
    {
        var first = true;
        var port = New("a", out _, out var host).Listen(0, false, link =>
        {
            if (Interlocked.Exchange(ref first, false)) throw new InvalidOperationException("on purpose");
            _accepted.Add(link);
        });
        var b = New("b", out _, out _);
        using var broken = await b.ConnectAsync($"{host}:{port}", CancellationToken.None);
        var ended = await Record.ExceptionAsync(() => Task.Run(() => Assert.Null(broken.Receive())));
        Assert.True(ended is null or IOException);
        using var good = await b.ConnectAsync($"{host}:{port}", CancellationToken.None);
        Accepted();
    }
}
