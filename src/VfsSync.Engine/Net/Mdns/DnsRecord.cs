using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace VfsSync.Engine.Net.Mdns;

/// <summary>What a record holds; the numbers are those of the wire.</summary>
internal enum DnsType : ushort
{
    None = 0,
    A = 1,
    Ptr = 12,
    Txt = 16,
    Aaaa = 28,
    Srv = 33,
    Nsec = 47,

    /// <summary>In a question: whatever there is.</summary>
    Any = 255,
}

/// <summary>A resource record of class IN.</summary>
/// <param name="Name">Whose.</param>
/// <param name="Type">What.</param>
/// <param name="IsUnique">Whoever has other records of this name and type is to forget them (the cache-flush bit); for nobody else has any.</param>
/// <param name="Ttl">Seconds for which it holds; 0: it holds no more.</param>
/// <param name="Data">The content.</param>
internal sealed record DnsRecord(DnsName Name, DnsType Type, bool IsUnique, uint Ttl, DnsData Data)
{
    /// <summary>Whether it says the same, for however long.</summary>
    public bool Says(DnsRecord other) => Type == other.Type && Name.Equals(other.Name) && Data.Bytes.AsSpan().SequenceEqual(other.Data.Bytes.AsSpan());

    /// <summary>Whether it answers a question.</summary>
    public bool Answers(DnsQuestion question) => (question.Type == DnsType.Any || question.Type == Type) && Name.Equals(question.Name);
}

/// <param name="Name">Of what.</param>
/// <param name="Type">What is asked for.</param>
/// <param name="WantsUnicast">The answer may come to the asker alone (the QU bit).</param>
internal sealed record DnsQuestion(DnsName Name, DnsType Type, bool WantsUnicast = false);

/// <summary>A record's content, and its bytes without compressed names: by these, records are compared.</summary>
/// <param name="Bytes">The encoded content.</param>
internal abstract record DnsData(ImmutableArray<byte> Bytes)
{
    public virtual bool Equals(DnsData? other) => other is not null && EqualityContract == other.EqualityContract && Bytes.AsSpan().SequenceEqual(other.Bytes.AsSpan());

    public override int GetHashCode() => Bytes.Length;

    private protected static ImmutableArray<byte> NameBytes(DnsName name, params ReadOnlySpan<byte> before)
    {
        var bytes = ImmutableArray.CreateBuilder<byte>();
        bytes.AddRange(before);
        foreach (var label in name.Labels)
        {
            var text = Encoding.UTF8.GetBytes(label);
            bytes.Add((byte)text.Length);
            bytes.AddRange(text);
        }
        bytes.Add(0);
        return bytes.ToImmutable();
    }
}

/// <summary>Another name.</summary>
internal sealed record PtrData(DnsName Target) : DnsData(NameBytes(Target));

/// <summary>Where a service is: a host's name and a port.</summary>
internal sealed record SrvData(DnsName Host, ushort Port) : DnsData(NameBytes(Host, 0, 0, 0, 0, (byte)(Port >> 8), (byte)Port));

/// <summary>An IPv4 or IPv6 address.</summary>
internal sealed record AddressData(IPAddress Address) : DnsData([.. Address.GetAddressBytes()])
{
    public DnsType Type => Address.AddressFamily == AddressFamily.InterNetwork ? DnsType.A : DnsType.Aaaa;
}

/// <summary>Attributes of a service: key=value, as text. What is no UTF-8 is read as something else, and so is of nobody's cluster.</summary>
internal sealed record TxtData : DnsData
{
    public TxtData(ImmutableArray<byte> bytes) : base(bytes) { }

    public static TxtData Of(IEnumerable<string> texts)
    {
        var bytes = ImmutableArray.CreateBuilder<byte>();
        foreach (var text in texts)
        {
            var one = Encoding.UTF8.GetBytes(text);
            if (one.Length > 255) throw new FormatException($"An attribute has at most 255 bytes, not {one.Length}.");
            bytes.Add((byte)one.Length);
            bytes.AddRange(one);
        }
        if (bytes.Count == 0) bytes.Add(0);
        return new TxtData(bytes.ToImmutable());
    }

    /// <summary>The value of a key; null without it. The first of several counts (RFC 6763 section 6.4).</summary>
    public string? Value(string key)
    {
        var bytes = Bytes.AsSpan();
        while (!bytes.IsEmpty && bytes[0] < bytes.Length)
        {
            var text = Encoding.UTF8.GetString(bytes.Slice(1, bytes[0]));
            if (text.StartsWith(key, StringComparison.OrdinalIgnoreCase) && text.Length > key.Length && text[key.Length] == '=') return text[(key.Length + 1)..];
            bytes = bytes[(1 + bytes[0])..];
        }
        return null;
    }
}

/// <summary>Which records there are of a name: no others.</summary>
internal sealed record NsecData(DnsName Name, ImmutableArray<DnsType> Types) : DnsData(Encoded(Name, Types))
{
    // One window of the bitmap: none of our types is over 255.
    private static ImmutableArray<byte> Encoded(DnsName name, ImmutableArray<DnsType> types)
    {
        Span<byte> bits = stackalloc byte[32];
        var length = 0;
        foreach (var type in types)
        {
            var (at, bit) = Math.DivRem((int)type, 8);
            bits[at] |= (byte)(0x80 >> bit);
            length = Math.Max(length, at + 1);
        }
        return [.. NameBytes(name), 0, (byte)length, .. bits[..length]];
    }
}

/// <summary>Of a type that nothing is known of here.</summary>
internal sealed record RawData(ImmutableArray<byte> Bytes) : DnsData(Bytes);
