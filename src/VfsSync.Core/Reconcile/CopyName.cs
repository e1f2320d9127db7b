using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Reconcile;

/// <summary>Where a head that lost is shown: name.conflict-NODE-TIME-RECORD.ext, the same on every node.</summary>
internal static class CopyName
{
    private const int MaxNameBytes = 255;
    private const string Mark = ".conflict-";

    /// <summary>The copy's path beside <paramref name="shownAt"/>.</summary>
    public static EntryPath Of(EntryPath shownAt, Version head, Func<NodeId, string> nameOf)
    {
        var (node, ms) = (nameOf(head.Dot.Author.Node), head.Time.UnixMs);
        // One record may have changed both this path and another whose content followed a rename to here, or two whose long names differ only in what is cut off.
        if (head.Path == shownAt && Of(shownAt, node, ms, head.Record.Hash.Short(6), out var isWhole) is var plain && isWhole) return plain;
        using var both = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        both.AppendData(head.Record.Hash.ToArray());
        both.AppendData(Encoding.UTF8.GetBytes(head.Path.Text));
        return Of(shownAt, node, ms, new Hash256(both.GetHashAndReset()).Short(6), out _);
    }

    /// <summary>The name of a copy that <paramref name="node"/> made at a time; <paramref name="distinct"/> tells it from others.</summary>
    public static EntryPath Of(EntryPath shownAt, string node, long unixMs, string distinct) => Of(shownAt, node, unixMs, distinct, out _);

    private static EntryPath Of(EntryPath shownAt, string node, long unixMs, string distinct, out bool isWhole)
    {
        var name = shownAt.Name;
        var dot = name.LastIndexOf('.');
        var (stem, ending) = dot > 0 && name.Length - dot <= 16 ? (name[..dot], name[dot..]) : (name, "");
        var mark = $"{Mark}{Plain(node)}-{Stamp(unixMs)}-{distinct}";
        var cut = Cut(stem, MaxNameBytes - Encoding.UTF8.GetByteCount(mark + ending));
        isWhole = cut == stem;
        // Of a path that is about as long as any may be, which no disk has, the copy stands further up, on every node alike.
        for (var directory = shownAt.Parent; ; directory = directory.Parent)
            if (EntryPath.TryParse(directory.IsRoot ? cut + mark + ending : $"{directory.Text}/{cut}{mark}{ending}", out var path, out _) || directory.IsRoot) return path;
    }

    /// <summary>The path that a copy of this name stands beside; null if it is no such name, or was cut to fit.</summary>
    public static EntryPath? OriginOf(EntryPath copy)
    {
        var name = copy.Name;
        var mark = name.LastIndexOf(Mark, StringComparison.Ordinal);
        if (mark < 0) return null;
        var ending = name.IndexOf('.', mark + Mark.Length);
        var origin = name[..mark] + (ending < 0 ? "" : name[ending..]);
        return EntryPath.TryParse(copy.Parent.IsRoot ? origin : $"{copy.Parent.Text}/{origin}", out var path, out _) ? path : null;
    }

    private static string Stamp(long unixMs)
    {
        // A hostile author may claim any time at all; the name only has to be the same everywhere.
        var seconds = Math.Clamp(unixMs / 1000, 0, 253_402_300_799);
        return DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
    }

    private static string Plain(string nodeName)
    {
        var plain = new string([.. nodeName.Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')]);
        return plain.Length > 32 ? plain[..32] : plain;
    }

    private static string Cut(string text, int maxBytes)
    {
        if (Encoding.UTF8.GetByteCount(text) <= maxBytes) return text;
        var kept = new StringBuilder();
        var bytes = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if ((bytes += rune.Utf8SequenceLength) > maxBytes) break;
            kept.Append(rune.ToString());
        }
        return kept.ToString();
    }
}
