using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace VfsSync.Engine.Net.Mdns;

/// <summary>Multicast DNS on this machine's interfaces: one socket for each family of addresses, shared with whoever else speaks it here (Avahi, other nodes).</summary>
internal sealed class MdnsSockets : IDisposable
{
    private const int HopLimit = 255;

    private static readonly IPAddress s_group4 = IPAddress.Parse("224.0.0.251"), s_group6 = IPAddress.Parse("ff02::fb");

    private readonly Dictionary<AddressFamily, Socket> _sockets = [];
    private readonly HashSet<MdnsPort> _joined = [];
    private readonly Lock _sending = new();
    private readonly Action<MdnsReceived> _received;
    private volatile UnicastIPAddressInformation[] _own = [];

    /// <param name="received">Told with each message, on threads of its own.</param>
    /// <exception cref="SocketException">The system lets nobody speak it here.</exception>
    public MdnsSockets(Action<MdnsReceived> received)
    {
        _received = received;
        SocketException? why = null;
        foreach (var family in (AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            try
            {
                _sockets[family] = Open(family);
            }
            catch (SocketException e)
            {
                why = e; // A machine may have one family only.
            }
        }
        if (_sockets.Count == 0) throw why!;
        foreach (var (family, socket) in _sockets) new Thread(() => Receive(family, socket)) { Name = "vfs mdns", IsBackground = true }.Start();
    }

    /// <summary>The interfaces on which it can be spoken now.</summary>
    public ImmutableArray<MdnsInterface> Interfaces()
    {
        var found = new List<MdnsInterface>();
        var own = new List<UnicastIPAddressInformation>();
        foreach (var nic in NetworkInterface.GetAllNetworkInterfaces())
        {
            if (nic.OperationalStatus != OperationalStatus.Up || !nic.SupportsMulticast || nic.NetworkInterfaceType is NetworkInterfaceType.Loopback or NetworkInterfaceType.Ppp) continue;
            var of = nic.GetIPProperties();
            if (IndexOf(of) is not { } index) continue;
            var addresses = of.UnicastAddresses.Where(a => _sockets.ContainsKey(a.Address.AddressFamily)).ToList();
            own.AddRange(addresses);
            ImmutableArray<IPAddress> bare = [.. addresses.Select(a => a.Address.IsIPv6LinkLocal ? new IPAddress(a.Address.GetAddressBytes()) : a.Address).Distinct().OrderBy(a => a.ToString(), StringComparer.Ordinal)];
            if (!bare.IsEmpty) found.Add(new MdnsInterface(index, bare));
        }
        _own = [.. own];
        foreach (var port in found.SelectMany(f => f.Ports)) Join(port);
        _joined.IntersectWith(found.SelectMany(f => f.Ports)); // One that comes back is joined anew.
        return [.. found.OrderBy(f => f.Index)];
    }

    /// <summary>Sends; what an interface that is about to go refuses is of no account.</summary>
    public void Send(MdnsSend send)
    {
        if (!_sockets.TryGetValue(send.Port.Family, out var socket)) return;
        var bytes = DnsCodec.Write(send.Message);
        try
        {
            lock (_sending)
            {
                if (send.To is { } to)
                {
                    socket.SendTo(bytes, to);
                    return;
                }
                if (send.Port.Family == AddressFamily.InterNetwork) socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, IPAddress.HostToNetworkOrder(send.Port.Interface));
                else socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastInterface, send.Port.Interface);
                socket.SendTo(bytes, new IPEndPoint(send.Port.Family == AddressFamily.InterNetwork ? s_group4 : s_group6, MdnsReceived.MulticastPort));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }

    public void Dispose()
    {
        foreach (var socket in _sockets.Values) socket.Dispose();
    }

    private static Socket Open(AddressFamily family)
    {
        var (level, isV4) = family == AddressFamily.InterNetwork ? (SocketOptionLevel.IP, true) : (SocketOptionLevel.IPv6, false);
        var socket = new Socket(family, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (!isV4) socket.DualMode = false;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(new IPEndPoint(isV4 ? IPAddress.Any : IPAddress.IPv6Any, MdnsReceived.MulticastPort));
            socket.SetSocketOption(level, SocketOptionName.MulticastTimeToLive, HopLimit);
            socket.SetSocketOption(level, SocketOptionName.MulticastLoopback, true);
            socket.SetSocketOption(level, SocketOptionName.PacketInformation, true);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static int? IndexOf(IPInterfaceProperties properties)
    {
        try
        {
            return properties.GetIPv4Properties()?.Index ?? properties.GetIPv6Properties()?.Index;
        }
        catch (NetworkInformationException)
        {
            return null; // It went a moment ago, or has neither family.
        }
    }

    private void Join(MdnsPort port)
    {
        if (!_joined.Add(port)) return;
        try
        {
            var socket = _sockets[port.Family];
            if (port.Family == AddressFamily.InterNetwork) socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(s_group4, port.Interface));
            else socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.AddMembership, new IPv6MulticastOption(s_group6, port.Interface));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            _joined.Remove(port); // It went, or there is no room: tried again at the next change.
        }
    }

    private void Receive(AddressFamily family, Socket socket)
    {
        var buffer = new byte[DnsMessage.MaxRead];
        while (true)
        {
            try
            {
                var flags = SocketFlags.None;
                EndPoint from = new IPEndPoint(family == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
                var length = socket.ReceiveMessageFrom(buffer, 0, buffer.Length, ref flags, ref from, out var where);
                var sender = (IPEndPoint)from;
                if (!IsFromHere(sender.Address, where)) continue;
                _received(new MdnsReceived(new MdnsPort(where.Interface, family), sender, DnsCodec.Read(buffer.AsSpan(0, length))));
            }
            catch (FormatException)
            {
                // Whoever sent that speaks something else.
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.OperationAborted or SocketError.Interrupted or SocketError.NotSocket)
            {
                return;
            }
            catch (SocketException)
            {
                // A packet of ours was refused somewhere: the next one is read.
            }
        }
    }

    // What came to the group was sent on this link; what came to us alone may have been sent from anywhere (RFC 6762 section 11).
    private bool IsFromHere(IPAddress sender, IPPacketInformation where) =>
        where.Address.Equals(s_group4) || where.Address.Equals(s_group6) || sender.IsIPv6LinkLocal || _own.Any(own => IsInNetOf(sender, own));

    private static bool IsInNetOf(IPAddress address, UnicastIPAddressInformation own)
    {
        if (own.Address.AddressFamily != address.AddressFamily) return false;
        var (a, b, bits) = (own.Address.GetAddressBytes(), address.GetAddressBytes(), own.PrefixLength);
        for (var i = 0; i < a.Length && bits > 0; i++, bits -= 8)
        {
            var mask = bits >= 8 ? 0xFF : 0xFF << (8 - bits) & 0xFF;
            if ((a[i] & mask) != (b[i] & mask)) return false;
        }
        return true;
    }
}
