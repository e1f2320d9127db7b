using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using VfsSync.Core.History;

namespace VfsSync.Engine.Net;

/// <summary>
/// A link over TLS, read and written by blocking calls. An orderly end is one between frames: also that of a process that died there. Who must know says
/// goodbye in a message.
/// </summary>
internal sealed class TlsLink : IPeerLink
{
    private readonly Lock _sending = new();
    private readonly Lock _receiving = new();
    private readonly Socket _socket;
    private readonly SocketStream _counted;
    private readonly SslStream _tls;
    private readonly FrameReader _frames;
    private int _closed;

    public TlsLink(Socket socket, SocketStream counted, SslStream tls, byte[] peerKey, bool outgoing, string address)
    {
        (_socket, _counted, _tls, _frames) = (socket, counted, tls, new FrameReader(tls));
        (PeerKey, Peer, Outgoing, Address) = (peerKey, new NodeId(SHA256.HashData(peerKey)), outgoing, address);
    }

    public NodeId Peer { get; }

    public ReadOnlyMemory<byte> PeerKey { get; }

    public bool Outgoing { get; }

    public long Begun { get; init; }

    public string Address { get; }

    /// <summary>What to do once when the other end has shown that it is a member, or when the link ends before.</summary>
    public Action? Settled { get; set; }

    public (long Sent, long Received) Traffic => _counted.Traffic;

    public void FromMember()
    {
        _frames.FromMember();
        Settle();
    }

    public void Send(ReadOnlySpan<byte> frames)
    {
        lock (_sending)
        {
            ThrowIfClosed();
            try
            {
                _counted.Gather();
                try
                {
                    _tls.Write(frames);
                }
                finally
                {
                    _counted.Flush();
                }
            }
            catch (Exception e) when (e is ObjectDisposedException or InvalidOperationException)
            {
                throw Gone(e);
            }
        }
    }

    public ReadOnlyMemory<byte>? Receive()
    {
        lock (_receiving)
        {
            ThrowIfClosed();
            try
            {
                var frame = _frames.Next();
                // Closing here shuts the socket down, which reads like an orderly end.
                if (frame is null) ThrowIfClosed();
                return frame;
            }
            catch (Exception e) when (e is ObjectDisposedException or InvalidOperationException)
            {
                throw Gone(e);
            }
        }
    }

    /// <summary>Ends a blocked Send and Receive first; only then is the TLS state freed, which both use.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0) return;
        Settle();
        TlsTransport.ShutDown(_socket);
        lock (_sending)
        lock (_receiving)
            _tls.Dispose();
    }

    public override string ToString() => $"{Address} ({Peer.Hash.Short()})";

    private void Settle()
    {
        var settled = Settled;
        Settled = null;
        settled?.Invoke();
    }

    private void ThrowIfClosed()
    {
        if (Volatile.Read(ref _closed) != 0) throw Gone(null);
    }

    private IOException Gone(Exception? cause) => new($"The link to {Address} was closed here.", cause);
}
