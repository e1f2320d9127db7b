using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace VfsSync.Engine.Net.Mdns;

/// <summary>A place where multicast DNS is spoken: a network interface, by one family of addresses.</summary>
/// <param name="Interface">The system's number of the interface.</param>
/// <param name="Family">InterNetwork or InterNetworkV6.</param>
internal readonly record struct MdnsPort(int Interface, AddressFamily Family);

/// <summary>A network interface.</summary>
/// <param name="Index">The system's number.</param>
/// <param name="Addresses">Its own, of both families.</param>
internal sealed record MdnsInterface(int Index, ImmutableArray<IPAddress> Addresses)
{
    /// <summary>Where it is spoken on this one.</summary>
    public IEnumerable<MdnsPort> Ports => Addresses.Select(a => a.AddressFamily).Distinct().Select(family => new MdnsPort(Index, family));

    public bool Equals(MdnsInterface? other) => other is not null && Index == other.Index && Addresses.SequenceEqual(other.Addresses);

    public override int GetHashCode() => HashCode.Combine(Index, Addresses.Length);
}

/// <summary>A message to send.</summary>
/// <param name="Port">Where.</param>
/// <param name="To">To whom alone; null: to all.</param>
/// <param name="Message">What.</param>
internal sealed record MdnsSend(MdnsPort Port, IPEndPoint? To, DnsMessage Message);

/// <summary>A message that came.</summary>
/// <param name="Port">Where.</param>
/// <param name="From">The sender.</param>
/// <param name="Message">What.</param>
internal sealed record MdnsReceived(MdnsPort Port, IPEndPoint From, DnsMessage Message)
{
    public const int MulticastPort = 5353;

    /// <summary>Whoever asks from another port than multicast DNS's own asks as plain DNS does, and takes no other answer (RFC 6762 section 6.7).</summary>
    public bool IsLegacy => From.Port != MulticastPort;
}
