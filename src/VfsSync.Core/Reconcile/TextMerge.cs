using System.Text;
using DiffPlex;
using DiffPlex.Chunkers;
using DiffPlex.Model;

namespace VfsSync.Core.Reconcile;

/// <summary>
/// Merges two texts that came from one, line by line. What only one side changed is taken from it; what both changed, or changed side by side, must be the same
/// on both, else there is no merge (the rule of git merge-file). Line ends stay as they are.
/// </summary>
internal static class TextMerge
{
    /// <summary>Longest text that is merged, bytes.</summary>
    public const int Most = 16 * 1024 * 1024;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <returns>The merged text; null if regions overlap, or if one of the three is no UTF-8 text.</returns>
    public static byte[]? Merge(ReadOnlySpan<byte> ancestor, ReadOnlySpan<byte> ours, ReadOnlySpan<byte> theirs) =>
        Text(ancestor) is { } a && Text(ours) is { } o && Text(theirs) is { } t && Merge(a, o, t) is { } merged ? s_strict.GetBytes(merged) : null;

    private static string? Text(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Most || bytes.Contains((byte)0)) return null;
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
        var (mine, other) = (Changes(ancestor, ours), Changes(ancestor, theirs));
        var (lines, merged) = (mine.PiecesOld, new StringBuilder(ours.Length + theirs.Length));
        var (at, m, o) = (0, 0, 0);
        while (m < mine.DiffBlocks.Count || o < other.DiffBlocks.Count)
        {
            var (firstM, firstO) = (m, o);
            var start = Math.Min(Start(mine, m), Start(other, o));
            // All that touches, on either side, is one region.
            for (var end = start; ;)
            {
                if (Start(mine, m) <= end) end = Math.Max(end, End(mine, m++));
                else if (Start(other, o) <= end) end = Math.Max(end, End(other, o++));
                else
                {
                    merged.AppendJoin("", lines.Skip(at).Take(start - at));
                    var (a, b) = (Region(mine, firstM, m, start, end), Region(other, firstO, o, start, end));
                    if (firstM < m && firstO < o && a != b) return null;
                    merged.Append(firstM < m ? a : b);
                    at = end;
                    break;
                }
            }
        }
        return merged.AppendJoin("", lines.Skip(at)).ToString();
    }

    private static DiffResult Changes(string from, string to) => Differ.Instance.CreateDiffs(from, to, ignoreWhiteSpace: false, ignoreCase: false, LineEndingsPreservingChunker.Instance);

    private static int Start(DiffResult changes, int block) => block < changes.DiffBlocks.Count ? changes.DiffBlocks[block].DeleteStartA : int.MaxValue;

    private static int End(DiffResult changes, int block) => changes.DiffBlocks[block].DeleteStartA + changes.DiffBlocks[block].DeleteCountA;

    // What one side makes of the ancestor's lines from start to end.
    private static string Region(DiffResult changes, int first, int after, int start, int end)
    {
        var region = new StringBuilder();
        for (var block = first; block < after; block++)
        {
            var change = changes.DiffBlocks[block];
            region.AppendJoin("", changes.PiecesOld.Skip(start).Take(change.DeleteStartA - start));
            region.AppendJoin("", changes.PiecesNew.Skip(change.InsertStartB).Take(change.InsertCountB));
            start = End(changes, block);
        }
        return region.AppendJoin("", changes.PiecesOld.Skip(start).Take(end - start)).ToString();
    }
}
