namespace VfsSync.Benchmarks.Harness;

/// <summary>
/// Where the rounds take place: every round in a fresh directory, since one in which thousands of files were deleted makes new ones ten times slower.
/// +T on the parent lets ext4 spread the rounds over the disk. Everything goes at the end.
/// </summary>
internal sealed class Ground : IDisposable
{
    private readonly string _root;
    private int _rounds;

    public Ground(string where)
    {
        _root = Path.Combine(where, $"vfs-bench-{Environment.ProcessId}");
        Directory.CreateDirectory(_root);
        if (Tool.Find("chattr") is not null) _ = Tool.Run("chattr", "+T", _root);
    }

    /// <summary>An empty directory.</summary>
    public string Fresh()
    {
        var path = Path.Combine(_root, $"{++_rounds:000}");
        Directory.CreateDirectory(path);
        return path;
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
