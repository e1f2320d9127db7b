using System.Collections.Immutable;
using System.Globalization;

namespace VfsSync.Engine.Net.Mdns;

/// <summary>What a node says of itself, and the names of its kind (RFC 6763).</summary>
/// <param name="Instance">The service's own name, which people see.</param>
/// <param name="Host">The label of the host's name.</param>
/// <param name="Port">Where it listens.</param>
/// <param name="Text">Its attributes.</param>
internal sealed record MdnsService(string Instance, string Host, ushort Port, TxtData Text)
{
    // Seconds, as RFC 6762 section 10 has them: records with a host's name or address, and all others.
    private const uint HostTtl = 120, OtherTtl = 4500;

    public static readonly DnsName Local = DnsName.Of("local");
    public static readonly DnsName Kind = DnsName.Of("_vfssync", "_tcp", "local");
    public static readonly DnsName AllKinds = DnsName.Of("_services", "_dns-sd", "_udp", "local");

    public DnsName InstanceName => Kind.Below(Instance);

    public DnsName HostName => Local.Below(Host);

    /// <summary>All records at an interface.</summary>
    public ImmutableArray<DnsRecord> RecordsAt(MdnsInterface at) =>
    [
        new(Kind, DnsType.Ptr, false, OtherTtl, new PtrData(InstanceName)),
        new(AllKinds, DnsType.Ptr, false, OtherTtl, new PtrData(Kind)),
        new(InstanceName, DnsType.Srv, true, HostTtl, new SrvData(HostName, Port)),
        new(InstanceName, DnsType.Txt, true, OtherTtl, Text),
        .. at.Addresses.Select(a => new AddressData(a)).Select(a => new DnsRecord(HostName, a.Type, true, HostTtl, a)),
    ];

    /// <summary>Which records there are of the names that are its alone.</summary>
    public IEnumerable<DnsRecord> Denials(MdnsInterface at)
    {
        yield return new(InstanceName, DnsType.Nsec, true, OtherTtl, new NsecData(InstanceName, [DnsType.Txt, DnsType.Srv]));
        yield return new(HostName, DnsType.Nsec, true, HostTtl, new NsecData(HostName, [.. at.Addresses.Select(a => new AddressData(a).Type).Distinct()]));
    }

    /// <summary>The same under the next name, since somebody else has this one: "name (2)", as people know it.</summary>
    public MdnsService Renamed()
    {
        var (stem, number) = (Instance, 2);
        if (Instance.EndsWith(')') && Instance.LastIndexOf(" (", StringComparison.Ordinal) is > 0 and var at && int.TryParse(Instance.AsSpan(at + 2, Instance.Length - at - 3), NumberStyles.None, CultureInfo.InvariantCulture, out var last))
            (stem, number) = (Instance[..at], last + 1);
        var end = $" ({number})";
        return this with { Instance = DnsName.Cut(stem, DnsName.MaxLabel - end.Length) + end };
    }
}
