using System.Net.Sockets;

namespace VfsSync.Engine.Net;

/// <summary>Why a peer cannot be reached, in words that say what to do.</summary>
internal static class PeerFault
{
    public static PeerException OfConnect(PeerAddress to, SocketException e) => new(e.SocketErrorCode switch
    {
        SocketError.HostNotFound or SocketError.NoData => $"The name '{to.Host}' was not found. Check its spelling, or give an IP address.",
        SocketError.TryAgain => $"The name '{to.Host}' could not be looked up: no name server answers. Check the network, or give an IP address.",
        SocketError.ConnectionRefused => $"Nothing listens at {to}. Is the node running there, and is {to.Port} its port?",
        SocketError.TimedOut => $"{to} does not answer. The machine is off, or a firewall drops what comes to port {to.Port}.",
        SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported
            => $"There is no way from here to {to}. Check the network or the VPN.",
        _ => $"{to} cannot be reached: {e.Message}.",
    }, e);

    /// <summary>Why none of several addresses could be reached: each reason once, with the addresses that it holds for.</summary>
    public static string Summary(IEnumerable<(string Address, Exception Why)> tried) =>
        string.Join("; ", tried.GroupBy(t => Brief(t.Address, t.Why)).Select(g => $"{string.Join(", ", g.Select(t => t.Address))} ({g.Key})"));

    private static string Brief(string address, Exception why) => (why.InnerException as SocketException)?.SocketErrorCode switch
    {
        SocketError.HostNotFound or SocketError.NoData => "no such name",
        SocketError.TryAgain => "no name server answers",
        SocketError.ConnectionRefused => "nothing listens there",
        SocketError.TimedOut => "no answer",
        SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported => "no way there from here",
        _ => why.Message.Replace(address, "it", StringComparison.Ordinal).TrimEnd('.'),
    };

    public static PeerException Silent(PeerAddress to, Exception e) =>
        new($"{to} takes connections but does not shake hands. Another program listens there, or the node is stuck.", e);

    /// <summary>TLS libraries tell their reasons only in words; what is not recognised is passed on.</summary>
    public static PeerException OfHandshake(PeerAddress to, Exception e)
    {
        var words = string.Join(' ', Causes(e).Select(c => c.Message));
        return new PeerException(
            Has("application protocol") ? $"{to} speaks TLS but not vfs/1. Another program listens there, or its VfsSync is of another major version; update the older one."
            : Has("protocol version") || Has("unsupported protocol") ? $"{to} does not speak TLS 1.3. Another program listens there, or its system is too old."
            : Has("P-256") || Has("RemoteCertificate") || Has("rejected by the provided") ? $"{to} showed no P-256 key. Another program listens there."
            : Has("frame") || Has("wrong version number") || Has("EOF") || Has("reset") || Has("closed") ? $"{to} does not speak TLS. Another program listens there, or it refuses this machine."
            : $"The handshake with {to} failed: {words}", e);

        bool Has(string part) => words.Contains(part, StringComparison.OrdinalIgnoreCase);
    }

    private static IEnumerable<Exception> Causes(Exception? e)
    {
        for (; e is not null; e = e.InnerException) yield return e;
    }
}
