namespace VfsSync.Benchmarks.Harness;

/// <summary>Whether two trees are the same.</summary>
internal static class Trees
{
    /// <summary>Paths that are in one only, or differ in kind or content. What a contestant keeps for itself (.vfs, .st...) does not count.</summary>
    public static int Differences(string left, string right)
    {
        var (a, b) = (Paths(left), Paths(right));
        return a.Except(b).Concat(b.Except(a)).Count() + a.Intersect(b).Count(p => !SameFile(Path.Combine(left, p), Path.Combine(right, p)));
    }

    public static bool SameFile(string left, string right)
    {
        if (Directory.Exists(left) || Directory.Exists(right)) return Directory.Exists(left) == Directory.Exists(right);
        using var a = File.OpenHandle(left);
        using var b = File.OpenHandle(right);
        if (RandomAccess.GetLength(a) != RandomAccess.GetLength(b)) return false;
        byte[] x = new byte[1 << 20], y = new byte[1 << 20];
        for (long at = 0; ; at += x.Length)
        {
            int m = RandomAccess.Read(a, x, at), n = RandomAccess.Read(b, y, at);
            if (m != n || !x.AsSpan(0, m).SequenceEqual(y.AsSpan(0, n))) return false;
            if (m < x.Length) return true;
        }
    }

    private static HashSet<string> Paths(string root) =>
        [.. Directory.EnumerateFileSystemEntries(root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(p => Path.GetRelativePath(root, p)).Where(p => !p.StartsWith(".vfs", StringComparison.Ordinal) && !p.StartsWith(".st", StringComparison.Ordinal))];
}
