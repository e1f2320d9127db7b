using System.Text;

namespace VfsSync.Core.Reconcile;

/// <summary>
/// Merges two texts that came from one, line by line. What only one side changed is taken from it; what both changed, or changed side by side, must be the same
/// on both, else there is no merge (the rule of git merge-file). Line ends stay as they are.
/// </summary>
internal static class TextMerge
{
    /// <summary>Longest text that is merged, bytes.</summary>
    public const int Most = 16 * 1024 * 1024;

    /// <summary>Most lines of one: of many short ones each costs far more than its bytes.</summary>
    public const int MostLines = 500_000;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <returns>The merged text; null if regions overlap, or if one of the three is no UTF-8 text.</returns>
    public static byte[]? Merge(ReadOnlySpan<byte> ancestor, ReadOnlySpan<byte> ours, ReadOnlySpan<byte> theirs) =>
        Text(ancestor) is { } a && Text(ours) is { } o && Text(theirs) is { } t && Merge(a, o, t) is { } merged ? s_strict.GetBytes(merged) : null;

    private static string? Text(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Most || bytes.Contains((byte)0) || bytes.Count((byte)'\n') > MostLines) return null;
        try
        {
            return s_strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static string? Merge(string ancestor, string ours, string theirs)
    {
        var (mine, other) = (LineChanges.Between(ancestor, ours), LineChanges.Between(ancestor, theirs));
        var (lines, merged) = (mine.Old, new StringBuilder(ours.Length + theirs.Length));
        var (at, m, o) = (0, 0, 0);
        while (m < mine.All.Count || o < other.All.Count)
        {
            var (firstM, firstO) = (m, o);
            var start = Math.Min(Start(mine, m), Start(other, o));
            // All that touches, on either side, is one region.
            for (var end = start; ;)
            {
                if (Start(mine, m) <= end) end = Math.Max(end, mine.All[m++].End);
                else if (Start(other, o) <= end) end = Math.Max(end, other.All[o++].End);
                else
                {
                    Append(merged, lines, at, start);
                    var (a, b) = (Region(mine, firstM, m, start, end), Region(other, firstO, o, start, end));
                    if (firstM < m && firstO < o && a != b) return null;
                    merged.Append(firstM < m ? a : b);
                    at = end;
                    break;
                }
            }
        }
        Append(merged, lines, at, lines.Count);
        return merged.ToString();
    }

    private static int Start(LineChanges changes, int index) => index < changes.All.Count ? changes.All[index].Start : int.MaxValue;

    // What one side makes of the ancestor's lines from start to end.
    private static string Region(LineChanges changes, int first, int after, int start, int end)
    {
        var region = new StringBuilder();
        for (var index = first; index < after; index++)
        {
            var change = changes.All[index];
            Append(region, changes.Old, start, change.Start);
            Append(region, changes.New, change.NewStart, change.NewEnd);
            start = change.End;
        }
        Append(region, changes.Old, start, end);
        return region.ToString();
    }

    private static void Append(StringBuilder text, IReadOnlyList<string> lines, int from, int to)
    {
        for (var line = from; line < to; line++) text.Append(lines[line]);
    }
}
