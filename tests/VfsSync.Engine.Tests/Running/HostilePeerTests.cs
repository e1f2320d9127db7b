using System.Buffers;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Wire;
using VfsSync.Engine.Net;
using VfsSync.Engine.Running;
using VfsSync.Engine.Store;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>Programs that speak the protocol and mean no good: strangers, and a member that was taken over. The node goes on serving the others.</summary>
public sealed class HostilePeerTests : IDisposable
{
    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void A_hundred_strangers_with_good_keys_take_no_places_from_members()
    {
        var a = _nodes.Start("a");
        var strangers = Enumerable.Range(0, 150).Select(_ => Raw.Stranger(a)).ToList();
        var b = _nodes.Start("b", a);
        Connected(a, b);
        File.WriteAllText(At(a, "f"), "for b");
        EventuallySame(a, b);
        Poll.Until(() => strangers.Count(s => s.IsOver) >= 22, "there are places for 128");
        strangers.ForEach(s => s.Dispose());
        Poll.Until(() => a.Links.Count == 1, "only the member's link stays");
    }

    [Theory]
    [InlineData(PeerMessage.MaxGreeting + 1)]
    [InlineData(PeerMessage.MaxFrame)]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    public void What_a_stranger_announces_is_not_waited_for(int length)
    {
        var a = _nodes.Start("a");
        using var stranger = Raw.Stranger(a);
        var prefix = new byte[FrameReader.Prefix];
        FrameReader.WritePrefix(prefix, length);
        stranger.Link.Send(prefix);
        Poll.Until(() => stranger.IsOver, "it is sent away at once");
    }

    [Fact]
    public void A_member_that_asks_without_end_and_reads_nothing_is_cut_off_and_the_others_are_served()
    {
        var (a, b) = _nodes.Pair();
        File.WriteAllBytes(At(a, "big"), new byte[1 << 20]);
        EventuallySame(a, b);
        var folder = b.Root;
        _nodes.Stop(b);
        foreach (var flood in (Func<PeerMessage>[])[() => new PingMessage(1), () => new WantMessage([.. Enumerable.Range(0, 8000).Select(i => new ChunkId(new Hash256(BitConverter.GetBytes(i).Concat(new byte[28]).ToArray())))])])
        {
            using var member = Raw.Member(a, folder);
            var sent = 0;
            var ended = Record.Exception(() =>
            {
                for (; sent < 10_000_000; sent++) member.Say(flood());
            });
            Assert.True(ended is IOException, $"{sent} times: {ended}");
        }
        Assert.Equal(NodeState.Running, a.State);
        b = _nodes.StartAgain(folder, AddressOf(a));
        Connected(a, b);
        File.WriteAllText(At(b, "after"), "all of that");
        EventuallySame(a, b);
    }

    [Fact]
    public void A_member_that_says_what_does_not_belong_there_loses_its_link_and_nothing_else()
    {
        var (a, b) = _nodes.Pair();
        var folder = b.Root;
        _nodes.Stop(b);
        foreach (var message in (PeerMessage[])[new WelcomeMessage("b"), Raw.Hello(folder), new JoinMessage(Raw.Hello(folder).Membership!, [])])
        {
            using var member = Raw.Member(a, folder);
            member.Say(message);
            Poll.Until(() => member.IsOver, $"{message.GetType().Name} ends the link");
        }
        foreach (var garbage in (byte[][])[[0xFF], [1, 2, 3], new byte[1000]])
        {
            using var member = Raw.Member(a, folder);
            var frame = new byte[FrameReader.Prefix + garbage.Length];
            FrameReader.WritePrefix(frame, garbage.Length);
            garbage.CopyTo(frame.AsSpan(FrameReader.Prefix));
            Assert.True(Record.Exception(() => member.Link.Send(frame)) is null or IOException);
        }
        b = _nodes.StartAgain(folder, AddressOf(a));
        Connected(a, b);
        File.WriteAllText(At(b, "after"), "all of that");
        EventuallySame(a, b);
    }

    /// <summary>A program that is not ours, at the end of a link.</summary>
    [Fact]
    public void What_a_member_makes_up_of_authors_without_number_is_its_own_trouble()
    {
        var (a, b) = _nodes.Pair();
        var folder = b.Root;
        var id = b.Id;
        _nodes.Stop(b);
        foreach (var most in new[] { 6000, 80_000 })
        {
            using var member = Raw.Member(a, folder);
            for (var from = 0; from < most; from += 2000)
                if (!Says(member, new HaveMessage([], [.. Enumerable.Range(from, 2000).Select(n => new Dot(new Author(id, (ulong)n + 1), 1))], 0, 0))) break;
            Says(member, new FollowMessage([id]));
            Says(member, new PingMessage(1));
            if (most > PeerSession.MostAuthors) Poll.Until(() => member.IsOver, "it is sent away");
            else Poll.For(0.3, () => Assert.Equal(NodeState.Running, a.State));
        }
        Assert.Equal(NodeState.Running, a.State);
        a = _nodes.Restart(a);
        b = _nodes.StartAgain(folder, AddressOf(a));
        File.WriteAllText(At(b, "after"), "all of that");
        EventuallySame(a, b);
    }

    [Fact]
    public void A_stranger_may_greet_and_no_more()
    {
        var a = _nodes.Start("a");
        foreach (var message in (PeerMessage[])[new PingMessage(1), new CursorMessage([])])
        {
            using var stranger = Raw.Stranger(a);
            Says(stranger, message);
            Poll.Until(() => stranger.IsOver, $"{message} ends it");
        }
        using var odd = Raw.Stranger(a);
        odd.Link.Send([0, 0, 0, 3, 0x8A, 1, 0]); // A kind of message that only a newer version may know.
        Poll.Until(() => odd.IsOver, "that ends it, too");
    }

    private static bool Says(Raw raw, PeerMessage message)
    {
        try
        {
            raw.Say(message);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private sealed class Raw : IDisposable
    {
        private readonly IDisposable _keys;
        private readonly TlsTransport _transport;
        private readonly ArrayBufferWriter<byte> _buffer = new();
        private Task? _end;

        private Raw(SyncNode node, NodeIdentity identity, IDisposable keys)
        {
            (_keys, _transport) = (keys, new TlsTransport(identity.Certificate));
            Link = Task.Run(() => _transport.ConnectAsync(AddressOf(node), default)).WaitHere();
        }

        public IPeerLink Link { get; }

        /// <summary>Whether the node has ended the link; looked for from the first question on.</summary>
        public bool IsOver => (_end ??= Task.Factory.StartNew(ReadAll, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).IsCompleted;

        public static Raw Stranger(SyncNode node)
        {
            var identity = NodeIdentity.Create();
            return new Raw(node, identity, identity);
        }

        /// <summary>With the keys of a node that is stopped, and past the greeting.</summary>
        public static Raw Member(SyncNode node, string folder)
        {
            var home = NodeHome.Open(folder);
            var raw = new Raw(node, home.Identity, home);
            raw.Link.FromMember();
            raw.Say(Hello(home));
            raw.Say(new CursorMessage([]));
            while (raw.Link.Receive() is { } payload && MessageCodec.Decode(payload) is not CursorMessage) { }
            return raw;
        }

        public static HelloMessage Hello(string folder)
        {
            using var home = NodeHome.Open(folder);
            return Hello(home);
        }

        public void Say(PeerMessage message)
        {
            _buffer.ResetWrittenCount();
            MessageCodec.Encode(message, _buffer);
            Link.Send(_buffer.WrittenSpan);
        }

        public void Dispose()
        {
            Link.Dispose();
            _transport.Dispose();
            _keys.Dispose();
        }

        private static HelloMessage Hello(NodeHome home)
        {
            var (self, chain) = Cluster.Decode(home.Cluster!.Membership);
            return new HelloMessage(PeerMessage.Major, PeerMessage.Minor, home.Cluster.Cluster, self, chain, 77, 0, "not ours");
        }

        private void ReadAll()
        {
            try
            {
                while (Link.Receive() is not null) { }
            }
            catch (IOException)
            {
                // That is an end, too.
            }
        }
    }
}
