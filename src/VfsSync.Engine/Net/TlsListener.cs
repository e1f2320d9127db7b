using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace VfsSync.Engine.Net;

/// <summary>Accepts connections on one port, shakes hands on a thread for each, and hands that thread over with the link.</summary>
internal sealed class TlsListener : IDisposable
{
    private const int Places = 128;
    private static readonly TimeSpan _afterTrouble = TimeSpan.FromMilliseconds(100);

    private readonly ManualResetEventSlim _stopping = new();
    private readonly Socket _socket;
    private readonly Doorway _doorway;
    private readonly TlsHandshake _handshake;
    private readonly Action<IPeerLink> _accepted;
    private readonly Action<string, Exception> _refused;
    private readonly Thread _accepting;

    public TlsListener(Socket bound, TlsHandshake handshake, TimeSpan patience, Action<IPeerLink> accepted, Action<string, Exception> refused)
    {
        (_socket, _handshake, _accepted, _refused) = (bound, handshake, accepted, refused);
        _doorway = new Doorway(Places, patience, TimeProvider.System);
        _accepting = new Thread(AcceptAll) { IsBackground = true, Name = $"vfs listen {Port}" };
        _accepting.Start();
    }

    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    /// <summary>The port is free when this returns. Links that were handed over stay.</summary>
    public void Dispose()
    {
        _stopping.Set();
        _socket.Dispose();
        _accepting.Join();
        _doorway.Dispose();
    }

    private void AcceptAll()
    {
        while (!_stopping.IsSet)
        {
            try
            {
                Welcome(_socket.Accept());
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                if (_stopping.IsSet) return;
                // Out of descriptors, or the connection is gone already: the next may do better, but must not be a spin.
                _refused("", e);
                _stopping.Wait(_afterTrouble);
            }
        }
    }

    private void Welcome(Socket socket)
    {
        try
        {
            var begun = Stopwatch.GetTimestamp();
            TlsTransport.Prepare(socket);
            var remote = (IPEndPoint)socket.RemoteEndPoint!;
            _doorway.Enter(socket, remote.Address);
            var address = PeerAddress.Of(remote).ToString();
            new Thread(() => Serve(socket, address, begun)) { IsBackground = true, Name = $"vfs {address}" }.Start();
        }
        catch (Exception e) when (e is SocketException or OutOfMemoryException)
        {
            _doorway.Leave(socket);
            socket.Dispose();
            _refused("", e);
        }
    }

    /// <summary>The whole life of an accepted connection. Catches everything: a fault of one link must not end the process.</summary>
    private void Serve(Socket socket, string address, long begun)
    {
        TlsLink? link = null;
        try
        {
            link = Shake(socket, address, begun);
            _accepted(link);
        }
        catch (Exception e)
        {
            link?.Dispose();
            if (!_stopping.IsSet) _refused(address, e);
        }
    }

    private TlsLink Shake(Socket socket, string address, long begun)
    {
        TlsLink link;
        try
        {
            // Nothing is made ready for who says nothing.
            socket.Receive(stackalloc byte[1], SocketFlags.Peek);
            link = _handshake.AsServer(socket, address, begun);
        }
        catch (Exception e)
        {
            socket.Dispose();
            throw _doorway.Leave(socket) ? e : TurnedAway(address, e);
        }
        link.Settled = () => _doorway.Leave(socket);
        if (_doorway.ShookHands(socket)) return link;
        link.Dispose();
        throw TurnedAway(address, null);
    }

    private static PeerException TurnedAway(string address, Exception? cause) => new($"{address} did not shake hands in time, or too many were at it.", cause);
}
