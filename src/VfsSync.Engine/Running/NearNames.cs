using VfsSync.Core.Tree;

namespace VfsSync.Engine.Running;

/// <summary>How alike two paths are, for "did you mean".</summary>
internal static class NearNames
{
    /// <summary>Edits between the names (Levenshtein 1966), ignoring case; the same name elsewhere counts as one edit.</summary>
    public static int Distance(EntryPath asked, EntryPath there)
    {
        var names = Edits(asked.Name.ToLowerInvariant(), there.Name.ToLowerInvariant());
        return names + (asked.Parent == there.Parent ? 0 : 1);
    }

    private static int Edits(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 8) return int.MaxValue / 2;
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0]++;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[^1];
    }
}
