using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace VfsSync.Engine.Net;

/// <summary>Where a node may be reached: a name or an IP address, and a port. Written host:port, or [v6]:port.</summary>
/// <param name="Host">Lower-case name, or an IP address without brackets.</param>
/// <param name="Port">1 to 65535.</param>
internal readonly record struct PeerAddress(string Host, int Port)
{
    public const int DefaultPort = 22000;

    private const string Form = "Write host, host:port, IPv4:port or [IPv6]:port.";

    /// <summary>Reads host, host:port, [v6]:port, [v6] and bare v6; without a port it is <see cref="DefaultPort"/>.</summary>
    /// <exception cref="FormatException">It is none of these; the message says why.</exception>
    public static PeerAddress Parse(string text) =>
        TryParse(text, out var address, out var fault) ? address : throw new FormatException($"'{text}' is no address of a peer: {fault} {Form}");

    /// <summary>As <see cref="Parse"/>, without the exception.</summary>
    public static bool TryParse(string? text, out PeerAddress address) => TryParse(text, out address, out _);

    /// <summary>An end point as people write it: v4 in v6 as v4.</summary>
    public static PeerAddress Of(IPEndPoint endPoint) =>
        new((endPoint.Address.IsIPv4MappedToIPv6 ? endPoint.Address.MapToIPv4() : endPoint.Address).ToString(), endPoint.Port);

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    private static bool TryParse(string? text, out PeerAddress address, [NotNullWhen(false)] out string? fault)
    {
        address = default;
        text = text?.Trim() ?? "";
        var (host, port) = Split(text);
        fault = text.Length == 0 ? "it is empty."
            : text.Contains("://", StringComparison.Ordinal) ? "it is a URL; leave the scheme away."
            : HostFault(host, text.StartsWith('['));
        if (fault is not null) return false;
        if (!TryPort(port, out var number))
        {
            fault = $"'{port}' is no port from 1 to 65535.";
            return false;
        }
        address = new PeerAddress(Canonical(host), number);
        return true;
    }

    /// <summary>A null port means that none was written.</summary>
    private static (string Host, string? Port) Split(string text)
    {
        if (text.StartsWith('[') && text.IndexOf(']', StringComparison.Ordinal) is > 0 and var close)
        {
            var rest = text[(close + 1)..];
            return rest.Length == 0 ? (text[1..close], null) : rest[0] == ':' ? (text[1..close], rest[1..]) : (text, null);
        }
        var first = text.IndexOf(':', StringComparison.Ordinal);
        // More than one colon without brackets is a bare IPv6 address.
        return first < 0 || first != text.LastIndexOf(':') ? (text, null) : (text[..first], text[(first + 1)..]);
    }

    private static string? HostFault(string host, bool bracketed) => Uri.CheckHostName(host) switch
    {
        UriHostNameType.IPv6 => null,
        UriHostNameType.Dns or UriHostNameType.IPv4 when !bracketed => null,
        _ when host.Length == 0 => "the host is missing.",
        _ when bracketed => "no IPv6 address stands in the brackets.",
        _ when host.Contains(':', StringComparison.Ordinal) => "it has several colons but is no IPv6 address.",
        _ => $"'{host}' is no host name.",
    };

    private static bool TryPort(string? text, out int port)
    {
        port = DefaultPort;
        return text is null || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= 65535);
    }

    private static string Canonical(string host) => IPAddress.TryParse(host, out var ip) ? ip.ToString() : host.ToLowerInvariant();
}
