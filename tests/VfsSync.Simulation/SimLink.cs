using System.Buffers;
using VfsSync.Core.Session;
using VfsSync.Core.Wire;
using VfsSync.Engine.Running;

namespace VfsSync.Simulation;

/// <summary>
/// A link, as TLS over TCP is one: messages arrive in the order in which they were sent, later. When it breaks, some of what is under way still comes, the rest is lost,
/// and each end hears of it at its own time; by then there may be another link.
/// </summary>
internal sealed class SimLink
{
    private readonly World _world;
    private readonly End[] _ends;
    private bool _broken;
    private long _lastMs = long.MaxValue;

    public SimLink(World world, SimNode from, SimNode to)
    {
        _world = world;
        _ends = [new End(this, from, to, outgoing: true), new End(this, to, from, outgoing: false)];
        (_ends[0].Other, _ends[1].Other) = (_ends[1], _ends[0]);
        world.Note("net", $"{from.Name} dials {to.Name}: links {_ends[0].Number} and {_ends[1].Number}");
        foreach (var end in _ends) end.Up();
    }

    public bool Joins(int a, int b) => _ends.Any(e => e.Node.Index == a) && _ends.Any(e => e.Node.Index == b);

    public bool Touches(SimNode node) => _ends.Any(e => e.Node == node);

    /// <param name="reason">Why.</param>
    /// <param name="atOnce">It is made again before its ends need to have heard.</param>
    public void Break(string reason, bool atOnce = false)
    {
        if (_broken) return;
        _broken = true;
        _lastMs = _world.NowMs + (_world.Options.Has(SimFaults.Links) ? _world.Delay(10) : -1);
        _world.Links.Remove(this);
        _world.Note("net", $"link {_ends[0].Node.Name}-{_ends[1].Node.Name} broken: {reason}");
        foreach (var end in _ends) end.Down(reason);
        var (a, b) = (_ends[0].Node.Index, _ends[1].Node.Index);
        _world.After(atOnce ? 0 : 500 + _world.Delay(500), () => _world.Dial(a, b));
    }

    /// <summary>One side of a link, as its node sees it.</summary>
    internal sealed class End
    {
        private readonly SimLink _link;
        private readonly Outbox _outbox;
        private readonly ArrayBufferWriter<byte> _buffer = new(1024);
        private readonly int _life;
        private bool _pumping, _up;
        private long _arrivesMs;

        public End(SimLink link, SimNode node, SimNode peer, bool outgoing)
        {
            (_link, Node, Peer, Outgoing, _life) = (link, node, peer, outgoing, node.Life);
            Number = node.NextLink(this);
            _outbox = new Outbox(node.Store, node.Source, node.Outgoing, Write);
        }

        public SimNode Node { get; }

        public SimNode Peer { get; }

        public bool Outgoing { get; }

        public int Number { get; }

        public End Other { get; set; } = null!;

        private bool Lives => Node.Runs && Node.Life == _life;

        public void Up() => InOrder(_link._world.Delay(5), () =>
        {
            _up = true;
            var (member, _) = _link._world.Cluster.Member(Peer.Index);
            Node.Post(new LinkUpInput(Number, Peer.Id, member.PublicKey, Outgoing, Peer.Name));
        });

        // The node hears of it at its own time, after what came before.
        public void Down(string reason) => InOrder(_link._world.Delay(20), () =>
        {
            if (_up) Node.Post(new LinkDownInput(Number, reason));
        }, evenIfBroken: true);

        public void Send(PeerMessage message) => Do(() => _outbox.Send(message));

        public void Push(PushEffect push) => Do(() => _outbox.Push(push.PeerCursor, push.Restart));

        public void Serve(ServeEffect serve) => Do(() => _outbox.Serve(serve.Ids));

        public void Close(CloseEffect close) => Do(() => _outbox.Close(close.Reason != "Goodbye" ? new GoodbyeMessage(close.Reason, close.Text) : null, close.AfterRecords));

        private void Do(Action fill)
        {
            fill();
            if (!_pumping) Pump();
        }

        private void Pump()
        {
            _pumping = true;
            _link._world.After(_link._world.Delay(3), () =>
            {
                _pumping = false;
                if (_link._broken || !Lives) return;
                if (Node.Disk.Work(inOrder: true, _outbox.SendNext)) Pump();
                else if (_outbox.Closed) Other.InOrder(0, () => _link.Break("closed"));
            });
        }

        private void Write(PeerMessage message)
        {
            _buffer.ResetWrittenCount();
            MessageCodec.Encode(message, _buffer);
            var bytes = _buffer.WrittenSpan[4..].ToArray(); // Without the length.
            if (bytes.Length > PeerMessage.MaxFrame) throw new InvalidOperationException($"A frame of {bytes.Length} bytes: {message.GetType().Name}");
            Other.InOrder(1 + _link._world.Delay(10), () => Receive(Other, bytes));
        }

        private static void Receive(End end, byte[] bytes) => end.Node.Post(new MessageInput(end.Number, MessageCodec.Decode(bytes)));

        private void InOrder(long delayMs, Action arrive, bool evenIfBroken = false)
        {
            var world = _link._world;
            _arrivesMs = Math.Max(_arrivesMs, world.NowMs + delayMs);
            world.After(_arrivesMs - world.NowMs, () =>
            {
                if (Lives && (evenIfBroken || !_link._broken || world.NowMs <= _link._lastMs)) arrive();
            });
        }
    }
}
