using System.Collections.Immutable;
using System.Text;

namespace VfsSync.Engine.Net.Mdns;

/// <summary>A domain name: labels of UTF-8 text, compared without regard to the case of ASCII letters (RFC 6762 section 16).</summary>
internal sealed class DnsName : IEquatable<DnsName>
{
    /// <summary>Bytes of a label, and of a whole name as it is encoded.</summary>
    public const int MaxLabel = 63, MaxBytes = 255;

    private readonly string _key;

    private DnsName(ImmutableArray<string> labels) => (Labels, _key) = (labels, string.Join('\0', labels.Select(Folded)));

    public ImmutableArray<string> Labels { get; }

    /// <exception cref="FormatException">A label is empty or too long, or all of it is.</exception>
    public static DnsName Of(params IEnumerable<string> labels)
    {
        var name = new DnsName([.. labels]);
        var bytes = 1;
        foreach (var label in name.Labels)
        {
            var length = Encoding.UTF8.GetByteCount(label);
            if (length is 0 or > MaxLabel) throw new FormatException($"A label of a domain name has 1 to {MaxLabel} bytes, not {length}.");
            bytes += 1 + length;
        }
        return bytes <= MaxBytes ? name : throw new FormatException($"A domain name has at most {MaxBytes} bytes, not {bytes}.");
    }

    /// <summary>The name below this one.</summary>
    /// <exception cref="FormatException">As <see cref="Of"/>.</exception>
    public DnsName Below(string label) => Of([label, .. Labels]);

    /// <summary>Whether it is one label below another.</summary>
    public bool IsChildOf(DnsName parent) => Labels.Length == parent.Labels.Length + 1 && new DnsName(Labels.RemoveAt(0)).Equals(parent);

    /// <summary>The most of a text that fits into a label, cut between characters.</summary>
    public static string Cut(string text, int bytes = MaxLabel)
    {
        var cut = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            bytes -= rune.Utf8SequenceLength;
            if (bytes < 0) break;
            cut.Append(rune);
        }
        return cut.ToString();
    }

    public bool Equals(DnsName? other) => other is not null && _key == other._key;

    public override bool Equals(object? obj) => Equals(obj as DnsName);

    public override int GetHashCode() => _key.GetHashCode(StringComparison.Ordinal);

    /// <summary>As people write it: dots and backslashes within a label are escaped.</summary>
    public override string ToString() => string.Join('.', Labels.Select(l => l.Replace(@"\", @"\\", StringComparison.Ordinal).Replace(".", @"\.", StringComparison.Ordinal)));

    /// <summary>The key of a label: ASCII letters small.</summary>
    internal static string Folded(string label) => string.Create(label.Length, label, static (chars, from) =>
    {
        for (var i = 0; i < from.Length; i++) chars[i] = char.IsAsciiLetterUpper(from[i]) ? char.ToLowerInvariant(from[i]) : from[i];
    });
}
