using System.Globalization;
using System.Text;

namespace VfsSync.Core.Tree;

/// <summary>
/// A path inside a folder: parts joined by '/', never empty except for <see cref="Root"/>. It refuses what is a path nowhere (invariant 7);
/// what one particular disk cannot hold is that disk's business.
/// </summary>
public readonly struct EntryPath : IEquatable<EntryPath>, IComparable<EntryPath>
{
    /// <summary>Longest path, in UTF-8 bytes.</summary>
    public const int MaxBytes = 32_000;

    private readonly string? _text;

    private EntryPath(string text) => _text = text;

    /// <summary>The folder itself.</summary>
    public static EntryPath Root => default;

    /// <summary>The path with '/' between its parts; empty for <see cref="Root"/>.</summary>
    public string Text => _text ?? "";

    /// <summary>Whether this is the folder itself.</summary>
    public bool IsRoot => Text.Length == 0;

    /// <summary>The last part.</summary>
    public string Name => Text[(Text.LastIndexOf('/') + 1)..];

    /// <summary>The path of the containing directory; the root's parent is the root.</summary>
    public EntryPath Parent => Text.LastIndexOf('/') is > 0 and var cut ? new(Text[..cut]) : Root;

    /// <summary>Reads a path.</summary>
    /// <exception cref="FormatException">The text is not a path inside a folder; the message says why.</exception>
    public static EntryPath Parse(string text) =>
        TryParse(text, out var path, out var reason) ? path : throw new FormatException($"'{text}' is not a path inside the folder: {reason}.");

    /// <summary>Reads a path, or says in <paramref name="reason"/> why it is none.</summary>
    public static bool TryParse(string text, out EntryPath path, out string reason)
    {
        ArgumentNullException.ThrowIfNull(text);
        path = default;
        reason = Objection(text);
        if (reason.Length > 0) return false;
        path = new EntryPath(text);
        return true;
    }

    /// <summary>The path of <paramref name="name"/> inside this directory.</summary>
    /// <exception cref="FormatException"><paramref name="name"/> is not one good part.</exception>
    public EntryPath Child(string name) => Parse(IsRoot ? name : $"{Text}/{name}");

    /// <summary>Whether this path lies below <paramref name="directory"/> (a path is not below itself).</summary>
    public bool IsBelow(EntryPath directory) =>
        directory.IsRoot ? !IsRoot : Text.Length > directory.Text.Length && Text[directory.Text.Length] == '/' && Text.StartsWith(directory.Text, StringComparison.Ordinal);

    /// <summary>This path with the leading <paramref name="from"/> replaced by <paramref name="to"/>; it must be at or below <paramref name="from"/>.</summary>
    public EntryPath Rebase(EntryPath from, EntryPath to) =>
        this == from ? to : IsBelow(from) ? Parse((to.IsRoot ? "" : to.Text + "/") + Text[(from.IsRoot ? 0 : from.Text.Length + 1)..]) : throw new ArgumentException($"{Text} is not below {from.Text}.", nameof(from));

    /// <summary>As <see cref="Rebase"/>; false if no path is as long as that.</summary>
    public bool TryRebase(EntryPath from, EntryPath to, out EntryPath rebased)
    {
        rebased = default;
        if (Text.Length + (long)to.Text.Length > MaxBytes / 3 && Encoding.UTF8.GetByteCount(Text) - Encoding.UTF8.GetByteCount(from.Text) + Encoding.UTF8.GetByteCount(to.Text) > MaxBytes) return false;
        rebased = Rebase(from, to);
        return true;
    }

    /// <summary>The containing directories, nearest first, without the root.</summary>
    public IEnumerable<EntryPath> Ancestors()
    {
        for (var p = Parent; !p.IsRoot; p = p.Parent) yield return p;
    }

    /// <summary>Whether a part of a path would name the node's own folder, in any form in which some disk would find it.</summary>
    public static bool IsReserved(string part)
    {
        ArgumentNullException.ThrowIfNull(part);
        if (part.Length < 4 || !(part[0] is '.' or 'v' or 'V' || part[0] > 127)) return false;
        var plain = FoldName(part);
        return plain == ".vfs" || plain.StartsWith("vfs~", StringComparison.Ordinal) && plain[4..].All(char.IsAsciiDigit) && plain.Length > 4;
    }

    // U+FFFE is no character, but a name may have it, and .NET refuses to normalise it. Compatibility form, without marks that file systems ignore, lower case, without the trailing dots and spaces that Windows drops.
    private static string FoldName(string part)
    {
        var text = new StringBuilder();
        foreach (var c in part.Replace("\uFFFE", "", StringComparison.Ordinal).Normalize(NormalizationForm.FormKC))
            if (char.GetUnicodeCategory(c) is not UnicodeCategory.Format) text.Append(char.ToLowerInvariant(c));
        return text.ToString().TrimEnd('.', ' ');
    }

    private static string Objection(string text)
    {
        if (text.Length == 0) return "it is empty";
        if (text[0] == '/') return "it is absolute";
        if (text.Contains('\0', StringComparison.Ordinal)) return "it has a NUL";
        for (var i = 0; i < text.Length; i++)
            if (char.IsSurrogate(text[i]) && !(char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[++i]))) return "it is not Unicode text";
        if (text.Length > MaxBytes / 3 && Encoding.UTF8.GetByteCount(text) > MaxBytes) return $"it is longer than {MaxBytes} bytes";
        foreach (var range in text.AsSpan().Split('/'))
        {
            var part = text[range];
            if (part.Length == 0) return "it has an empty part";
            if (part is "." or "..") return $"it has a '{part}' in it";
            if (IsReserved(part)) return "'.vfs' is where the node keeps its own state";
        }
        return "";
    }

    /// <inheritdoc/>
    public bool Equals(EntryPath other) => string.Equals(Text, other.Text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is EntryPath other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(Text, StringComparison.Ordinal);

    /// <summary>By parts, so that a directory comes right before what lies in it.</summary>
    public int CompareTo(EntryPath other)
    {
        string a = Text, b = other.Text;
        var n = Math.Min(a.Length, b.Length);
        for (var i = 0; i < n; i++)
        {
            if (a[i] == b[i]) continue;
            return a[i] == '/' ? -1 : b[i] == '/' ? 1 : a[i].CompareTo(b[i]);
        }
        return a.Length.CompareTo(b.Length);
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <summary>Ordinal equality.</summary>
    public static bool operator ==(EntryPath left, EntryPath right) => left.Equals(right);

    /// <summary>Ordinal inequality.</summary>
    public static bool operator !=(EntryPath left, EntryPath right) => !left.Equals(right);

    /// <summary>By <see cref="CompareTo"/>.</summary>
    public static bool operator <(EntryPath left, EntryPath right) => left.CompareTo(right) < 0;

    /// <summary>By <see cref="CompareTo"/>.</summary>
    public static bool operator >(EntryPath left, EntryPath right) => left.CompareTo(right) > 0;

    /// <summary>By <see cref="CompareTo"/>.</summary>
    public static bool operator <=(EntryPath left, EntryPath right) => left.CompareTo(right) <= 0;

    /// <summary>By <see cref="CompareTo"/>.</summary>
    public static bool operator >=(EntryPath left, EntryPath right) => left.CompareTo(right) >= 0;
}
