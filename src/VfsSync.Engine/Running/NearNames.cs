namespace VfsSync.Engine.Running;

/// <summary>Which names are so near to one that was not found that it may have been meant.</summary>
internal static class NearNames
{
    public static IReadOnlyList<string> Of(string name, IEnumerable<string> paths) =>
        [.. paths.Select(p => (Path: p, Far: Far(name.ToLowerInvariant(), p[(p.LastIndexOf('/') + 1)..].ToLowerInvariant())))
            .Where(p => p.Far is not null).OrderBy(p => p.Far).ThenBy(p => p.Path, StringComparer.Ordinal).Take(3).Select(p => p.Path)];

    // A slip or two of the fingers: few edits for its length, and not most of what stands before the extension, which is what makes a name.
    private static int? Far(string wanted, string there)
    {
        var edits = Distance(wanted, there);
        var (stem, other) = (Path.GetFileNameWithoutExtension(wanted), Path.GetFileNameWithoutExtension(there));
        return edits <= Math.Clamp(wanted.Length / 4, 1, 3) && Distance(stem, other) * 2 <= Math.Max(stem.Length, other.Length) ? edits : null;
    }

    // Levenshtein's, row by row.
    internal static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[^1];
    }
}
