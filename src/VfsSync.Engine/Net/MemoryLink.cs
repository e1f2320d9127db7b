using System.Diagnostics;
using VfsSync.Core.History;

namespace VfsSync.Engine.Net;

/// <summary>One end of a link in memory.</summary>
internal sealed class MemoryLink : IPeerLink
{
    private readonly MemoryPipe _outbound;
    private readonly MemoryPipe _inbound;
    private readonly FrameReader _frames;
    private readonly MemoryTransport _peer;

    private MemoryLink(MemoryTransport peer, MemoryPipe outbound, MemoryPipe inbound, bool outgoing, PeerAddress address)
    {
        (_peer, _outbound, _inbound, _frames) = (peer, outbound, inbound, new FrameReader(inbound));
        (Outgoing, Address) = (outgoing, address.ToString());
    }

    public NodeId Peer => _peer.Id;

    public ReadOnlyMemory<byte> PeerKey => _peer.Key;

    public bool Outgoing { get; }

    public long Begun { get; } = Stopwatch.GetTimestamp();

    public string Address { get; }

    public (long Sent, long Received) Traffic => (_outbound.Written, _inbound.Taken);

    public bool IsClosed => _inbound.IsClosed;

    public static (MemoryLink Near, MemoryLink Far) Pair(MemoryTransport client, MemoryTransport server, PeerAddress serverAddress, PeerAddress clientAddress)
    {
        MemoryPipe there = new(), back = new();
        return (new MemoryLink(server, there, back, true, serverAddress), new MemoryLink(client, back, there, false, clientAddress));
    }

    public void FromMember() => _frames.FromMember();

    public void Send(ReadOnlySpan<byte> frames) => _outbound.Write(frames);

    public ReadOnlyMemory<byte>? Receive() => _frames.Next();

    /// <summary>An orderly end: the peer still reads what was sent.</summary>
    public void Dispose()
    {
        _outbound.End();
        _inbound.Break("The link is closed.");
    }

    /// <summary>The way is cut: both ends fail, what was under way is lost.</summary>
    public void Break()
    {
        _outbound.Break("The link broke.");
        _inbound.Break("The link broke.");
    }
}
