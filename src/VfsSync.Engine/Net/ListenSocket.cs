using System.Net;
using System.Net.Sockets;

namespace VfsSync.Engine.Net;

/// <summary>A listening socket: IPv6 and IPv4 in one where the system can, else IPv4.</summary>
internal static class ListenSocket
{
    private const int Backlog = 256;

    /// <exception cref="PeerException">The port is taken (and giving way is not allowed), or the system refuses.</exception>
    public static Socket Bind(int port, bool giveWay)
    {
        try
        {
            return BindEither(port);
        }
        catch (SocketException) when (giveWay && port != 0)
        {
            return Bind(0, giveWay: false);
        }
        catch (SocketException e)
        {
            throw new PeerException(Describe(port, e), e);
        }
    }

    private static Socket BindEither(int port)
    {
        if (!Socket.OSSupportsIPv6) return BindTo(new IPEndPoint(IPAddress.Any, port));
        try
        {
            return BindTo(new IPEndPoint(IPAddress.IPv6Any, port));
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable or SocketError.ProtocolNotSupported)
        {
            return BindTo(new IPEndPoint(IPAddress.Any, port));
        }
    }

    private static Socket BindTo(IPEndPoint local)
    {
        var socket = new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (local.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = true;
            // Windows would let another program share the port. Elsewhere .NET sets SO_REUSEADDR, which only passes over connections that are dying.
            if (OperatingSystem.IsWindows()) socket.ExclusiveAddressUse = true;
            socket.Bind(local);
            // Also here, since with SO_REUSEADDR it may be only this that finds the port taken.
            socket.Listen(Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string Describe(int port, SocketException e) => e.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => $"Port {port} is taken by another program or node. Stop that one, or choose another port (0 takes any free one).",
        SocketError.AccessDenied => $"The system does not let this user listen on port {port}. Choose one above 1023 (0 takes any free one).",
        _ => $"The system refuses to listen on port {port}: {e.Message}.",
    };
}
