using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace VfsSync.Engine.Net;

/// <summary>
/// Links over TCP and TLS 1.3. Any P-256 key that is proven gets in: membership is judged above. Links outlive the transport; their owner disposes them.
/// </summary>
/// <param name="certificate">The node's own, with its private key.</param>
/// <param name="refused">Told of connections that came to nothing, with the address ("" if unknown): for diagnosis. Called on any thread; must not throw.</param>
internal sealed class TlsTransport(X509Certificate2 certificate, Action<string, Exception>? refused = null) : IPeerTransport
{
    /// <summary>A link over which nothing came for so long is probed, without waking anyone.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(15);

    /// <summary>A link on which something stays unanswered for so long has ended (Linux; elsewhere the system decides).</summary>
    public static readonly TimeSpan Unanswered = TimeSpan.FromSeconds(15);

    internal const int LinuxTcp = 6, LinuxTcpUserTimeout = 18;

    private readonly TlsHandshake _handshake = new(certificate);
    private TlsListener? _listener;

    /// <summary>How long an attempt to connect, and then the handshake, may take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    public int Listen(int port, bool giveWay, Action<IPeerLink> accepted)
    {
        if (_listener is not null) throw new InvalidOperationException("It listens already.");
        _listener = new TlsListener(ListenSocket.Bind(port, giveWay), _handshake, Patience, accepted, refused ?? ((_, _) => { }));
        return _listener.Port;
    }

    public async Task<IPeerLink> ConnectAsync(string address, CancellationToken cancellation)
    {
        var (target, begun) = (ParseAddress(address), Stopwatch.GetTimestamp());
        var socket = await new Dialer(Patience).ConnectAsync(target, cancellation);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(Patience);
        using var giveUp = deadline.Token.UnsafeRegister(static s => ShutDown((Socket)s!), socket);
        try
        {
            // On a thread of its own: the handshake blocks, since an asynchronous one would leave the socket slow for good.
            return await Task.Factory.StartNew(() => _handshake.AsClient(socket, target.ToString(), begun), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            cancellation.ThrowIfCancellationRequested();
            throw deadline.IsCancellationRequested ? PeerFault.Silent(target, e) : PeerFault.OfHandshake(target, e);
        }
    }

    public void Dispose() => _listener?.Dispose();

    internal static void Prepare(Socket socket)
    {
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, (int)Quiet.TotalSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 3);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
        // Data under way is not probed for: without this the kernel would send it again for a quarter of an hour.
        if (OperatingSystem.IsLinux()) socket.SetRawSocketOption(LinuxTcp, LinuxTcpUserTimeout, BitConverter.GetBytes((int)Unanswered.TotalMilliseconds));
    }

    /// <summary>Ends blocked reads and writes of a socket that others may be using. One that is gone already is as good.</summary>
    internal static void ShutDown(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            socket.Dispose();
        }
    }

    private static PeerAddress ParseAddress(string address)
    {
        try
        {
            return PeerAddress.Parse(address);
        }
        catch (FormatException e)
        {
            throw new PeerException(e.Message, e);
        }
    }
}
