namespace VfsSync.Benchmarks.Harness;

/// <summary>Files of random bytes, never twice the same.</summary>
internal static class Payload
{
    public static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        Random.Shared.NextBytes(bytes);
        return bytes;
    }

    /// <summary>Written and flushed, so that the disk is quiet when it counts.</summary>
    public static void Write(string path, long size)
    {
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.None, size);
        var block = new byte[4 << 20];
        for (long at = 0; at < size; at += block.Length)
        {
            Random.Shared.NextBytes(block);
            RandomAccess.Write(file, block.AsSpan(0, (int)Math.Min(block.Length, size - at)), at);
        }
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>Directories d000, d001 ... with files of one size; relative paths.</summary>
    public static IReadOnlyList<string> Tree(string root, int directories, int filesEach, int size)
    {
        var paths = new List<string>();
        for (var d = 0; d < directories; d++)
        {
            Directory.CreateDirectory(Path.Combine(root, $"d{d:000}"));
            for (var f = 0; f < filesEach; f++)
            {
                paths.Add($"d{d:000}/f{f:000}");
                File.WriteAllBytes(Path.Combine(root, paths[^1]), Bytes(size));
            }
        }
        return paths;
    }
}
