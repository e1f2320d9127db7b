using VfsSync.Core.History;

namespace VfsSync.Engine.Net;

/// <summary>
/// Ways to reach other nodes: TLS over TCP, and memory for the simulation. A transport only proves which key is at the other end; who that is and
/// whether it may stay is decided above.
/// </summary>
internal interface IPeerTransport : IDisposable
{
    /// <summary>Starts accepting; each link comes on a thread of its own. Returns the port in use (another than asked when that was taken and <paramref name="giveWay"/>).</summary>
    /// <exception cref="PeerException">The port is taken and giving way is not allowed, or the system refuses to listen.</exception>
    int Listen(int port, bool giveWay, Action<IPeerLink> accepted);

    /// <summary>Connects and shakes hands, within the timeout.</summary>
    /// <param name="address">host:port, [v6]:port or host.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="PeerException">Not reachable, not TLS 1.3, not our protocol; the message says which and what to do.</exception>
    Task<IPeerLink> ConnectAsync(string address, CancellationToken cancellation);
}

/// <summary>
/// One authenticated connection: frames in order, both ways. One thread reads; any thread may send (whole frames, never interleaved).
/// </summary>
internal interface IPeerLink : IDisposable
{
    /// <summary>SHA-256 of the public key that the other end proved to own.</summary>
    NodeId Peer { get; }

    /// <summary>The other end's public key (SubjectPublicKeyInfo).</summary>
    ReadOnlyMemory<byte> PeerKey { get; }

    /// <summary>Whether this side dialled.</summary>
    bool Outgoing { get; }

    /// <summary>When it was begun to be made, by <see cref="System.Diagnostics.Stopwatch"/>: before the two shook hands.</summary>
    long Begun { get; }

    /// <summary>The other end's address, for people and the peer book.</summary>
    string Address { get; }

    /// <summary>The other end has shown that it is a member. Before that its frames must be short (<see cref="Core.Wire.PeerMessage.MaxGreeting"/>), and an accepted link does not last.</summary>
    void FromMember();

    /// <summary>Sends frames as one write; returns when the system took them. Blocks while the peer does not read.</summary>
    /// <exception cref="IOException">The link is gone.</exception>
    void Send(ReadOnlySpan<byte> frames);

    /// <summary>Reads the next frame's payload (the length prefix is consumed); the memory is valid until the next call. Null when the peer closed in order.</summary>
    /// <exception cref="IOException">The link is gone, or the frame is longer than the protocol allows.</exception>
    ReadOnlyMemory<byte>? Receive();

    /// <summary>Bytes on the wire so far: sent and received, TLS included as far as it can be counted.</summary>
    (long Sent, long Received) Traffic { get; }
}

/// <summary>A peer cannot be reached or talked to.</summary>
internal sealed class PeerException(string message, Exception? inner = null) : IOException(message, inner);
