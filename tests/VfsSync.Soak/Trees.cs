using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using VfsSync.Engine.Disk;
using VfsSync.Engine.Disk.Linux;

namespace VfsSync.Soak;

/// <summary>What a folder holds, in words: kinds, contents, modes, mtimes to the nanosecond, link targets. Pipes, sockets and devices are left out, as the engine does.</summary>
internal static class Trees
{
    /// <summary>Hex digits of a content's sum.</summary>
    public const int SumLength = 16;

    private static readonly ConcurrentDictionary<(ulong, ulong, long, long, ulong), string> _sums = new();

    /// <summary>One line per entry; null if it changed while it was looked at.</summary>
    public static SortedDictionary<string, string>? Describe(string root)
    {
        var lines = new SortedDictionary<string, string>(StringComparer.Ordinal);
        try
        {
            Walk(root, "", lines);
            return lines;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>What differs between two folders; empty when nothing does.</summary>
    public static string Difference(string one, string other)
    {
        if (Describe(one) is not { } a || Describe(other) is not { } b) return "changing";
        var text = new StringBuilder();
        foreach (var name in a.Keys.Union(b.Keys).Where(n => a.GetValueOrDefault(n) != b.GetValueOrDefault(n)).Take(40))
            text.AppendLine(null, $"{name}: {a.GetValueOrDefault(name) ?? "-"} | {b.GetValueOrDefault(name) ?? "-"}");
        return text.ToString();
    }

    /// <summary>Sums of all contents in a folder.</summary>
    public static IEnumerable<string> Sums(string root) =>
        (Describe(root) ?? []).Values.Where(v => char.IsAsciiDigit(v[0])).Select(v => v[^SumLength..]);

    private static void Walk(string root, string directory, SortedDictionary<string, string> lines)
    {
        foreach (var path in Directory.GetFileSystemEntries(Path.Combine(root, directory)))
        {
            var name = Path.GetRelativePath(root, path);
            if (name == ".vfs") continue;
            if (Libc.Stat(-100, path, out var stat) < 0) throw new IOException(name);
            var mode = Convert.ToString(stat.Mode & 0xFFF, 8);
            switch (stat.Mode & Stamps.TypeMask)
            {
                case Stamps.SymlinkType: lines[name] = $"-> {new FileInfo(path).LinkTarget} {stat.Modified.Ns}"; break;
                case Stamps.DirectoryType: lines[name] = $"directory {mode}"; Walk(root, name, lines); break;
                case Stamps.FileType: lines[name] = $"{mode} {stat.Modified.Ns} {stat.Size} {Sum(path, stat)}"; break;
            }
        }
    }

    private static string Sum(string path, Statx stat)
    {
        var key = (stat.Device, stat.Inode, stat.Changed.Ns, stat.Modified.Ns, stat.Size);
        if (_sums.TryGetValue(key, out var known)) return known;
        using var stream = File.OpenRead(path);
        var sum = Convert.ToHexString(SHA256.HashData(stream))[..SumLength];
        // A young file may be written again within the clock's tick.
        if (Stamps.NowNs - stat.Changed.Ns > 100_000_000) _sums[key] = sum;
        return sum;
    }
}
