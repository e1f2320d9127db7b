namespace VfsSync.Engine.Running;

/// <summary>Which names are so near to one that was not found that it may have been meant.</summary>
internal static class NearNames
{
    public static IReadOnlyList<string> Of(string name, IEnumerable<string> paths) =>
        [.. paths.Select(p => (Path: p, Far: Distance(name.ToLowerInvariant(), p[(p.LastIndexOf('/') + 1)..].ToLowerInvariant())))
            .Where(p => p.Far <= Math.Max(1, name.Length / 3)).OrderBy(p => p.Far).ThenBy(p => p.Path, StringComparer.Ordinal).Take(3).Select(p => p.Path)];

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
