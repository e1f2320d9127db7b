using System.Collections.Immutable;

namespace VfsSync.Engine.Net.Mdns;

/// <summary>A DNS message, as multicast DNS uses it.</summary>
internal sealed record DnsMessage
{
    /// <summary>What one datagram may hold: an Ethernet frame's worth is enough for all that is said here; more is read.</summary>
    public const int MaxSent = 1440, MaxRead = 9000;

    /// <summary>Null but in answers to those who ask as plain DNS does.</summary>
    public ushort Id { get; init; }

    public bool IsResponse { get; init; }

    /// <summary>Of a question: more known answers follow.</summary>
    public bool IsTruncated { get; init; }

    public ImmutableArray<DnsQuestion> Questions { get; init; } = [];

    public ImmutableArray<DnsRecord> Answers { get; init; } = [];

    /// <summary>Of a probe: what the asker is about to use.</summary>
    public ImmutableArray<DnsRecord> Authorities { get; init; } = [];

    public ImmutableArray<DnsRecord> Additionals { get; init; } = [];
}
