using System.Globalization;
using System.Text.RegularExpressions;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Tests.Reconcile.Table;

/// <summary>
/// Trees as text: <c>a=1</c> a file with content 1, <c>a=</c> an empty one, <c>d/</c> a directory (left out where something lies in it), <c>l->x</c> a symlink.
/// Behind it <c>:600</c> another mode than usual, <c>~A</c> a time that A set. <c>a!A</c> is the name of the copy of A's version of a, <c>a!A.txt</c> of a.txt.
/// </summary>
internal static partial class TreeText
{
    public static string Of(IEnumerable<KeyValuePair<EntryPath, Entry>> tree)
    {
        var all = tree.ToList();
        var parents = all.SelectMany(t => t.Key.Ancestors()).ToHashSet();
        return string.Join(' ', all.Where(t => t.Value.Kind != EntryKind.Directory || t.Value.Mode != 0x1ED || !parents.Contains(t.Key))
            .Select(t => Short(t.Key.Text) + Tell(t.Value)).Order(StringComparer.Ordinal));
    }

    public static string Sorted(string tree) => string.Join(' ', tree.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));

    /// <summary>With names of copies as they are written in rows.</summary>
    public static string Short(string text) => CopyMark().Replace(text, "!$1");

    private static string Tell(Entry entry) => entry.Kind switch
    {
        EntryKind.Directory => "/" + Mode(entry, 0x1ED),
        EntryKind.Symlink => $"->{entry.Target}{Time(entry)}",
        _ => $"={TextOf(entry)}{Mode(entry, 0x1A4)}{Time(entry)}",
    };

    private static string Mode(Entry entry, int usual) => entry.Mode == usual ? "" : ":" + Convert.ToString(entry.Mode, 8);

    private static string Time(Entry entry) => entry.ModifiedNs % 10 is > 0 and var who ? $"~{(char)('A' + who - 1)}" : "";

    // Contents are short, so each can be tried.
    private static string TextOf(Entry file) =>
        s_texts.FirstOrDefault(t => t.Length == file.Size && ModelDisk.Content(t).SameContent(file)) ?? throw new ArgumentException("No row writes such a content.", nameof(file));

    private static readonly List<string> s_texts = ["", .. Enumerable.Range(1, 99).Select(n => n.ToString(CultureInfo.InvariantCulture))];

    [GeneratedRegex(@"\.conflict-(\w+)-\d{8}-\d{6}-[0-9a-f]{6}")]
    private static partial Regex CopyMark();
}
