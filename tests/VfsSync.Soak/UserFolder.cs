using System.Text;
using VfsSync.Engine.Disk.Linux;

namespace VfsSync.Soak;

/// <summary>What programs do to files of one folder; every content that comes and goes is entered in the ledger. Refusals of the disk are part of life here.</summary>
internal sealed class UserFolder(string root, Ledger ledger, Random random)
{
    /// <summary>Files of this prefix and a node's name are touched on that node only, and never removed.</summary>
    public const string Private = "own-";

    private static int _serial;

    public string Root => root;

    /// <summary>Directories and files as they are now, the root first; symlinks are files.</summary>
    public (List<string> Directories, List<string> Files) List()
    {
        List<string> directories = [root], files = [];
        for (var i = 0; i < directories.Count; i++)
        {
            try
            {
                foreach (var entry in new DirectoryInfo(directories[i]).EnumerateFileSystemInfos())
                {
                    if (entry.Name == ".vfs") continue;
                    (entry.LinkTarget is null && entry.Attributes.HasFlag(FileAttributes.Directory) ? directories : files).Add(entry.FullName);
                }
            }
            catch (IOException)
            {
                // Gone since it was seen.
            }
        }
        return (directories, files);
    }

    public void Create(string path)
    {
        if (File.Exists(path)) Rewrite(path);
        else Write(path, Fresh(path), path);
    }

    /// <summary>Opened, cut to nothing, written again.</summary>
    public void Rewrite(string path) => Change(path, _ => Fresh(path));

    public void Append(string path) => Change(path, old => [.. old, .. Fresh(path).AsSpan(0, random.Next(20, 300))]);

    public void Truncate(string path) => Change(path, old => old[..random.Next(old.Length + 1)]);

    /// <summary>Some bytes inside it, written in place.</summary>
    public void Patch(string path) => Change(path, old =>
    {
        var mark = Encoding.UTF8.GetBytes($"[{Interlocked.Increment(ref _serial)}]");
        var at = random.Next(old.Length + 1);
        return [.. old.AsSpan(0, at), .. mark, .. old.AsSpan(Math.Min(old.Length, at + mark.Length))];
    });

    /// <summary>As editors save: written beside it, then renamed over it.</summary>
    public void Save(string path)
    {
        var beside = $"{path}.tmp{Interlocked.Increment(ref _serial)}~";
        Write(beside, Fresh(path), path);
        Rename(beside, path);
    }

    public void Copy(string from, string to)
    {
        if (File.Exists(to) || Directory.Exists(to)) return;
        File.Copy(from, to);
        ledger.Tell("copied", from, to);
    }

    /// <summary>rename(2): a file under the new name is gone. What comes to be there at the same moment is not.</summary>
    public void Rename(string from, string to)
    {
        if (from == to) return;
        if (!File.Exists(to)) Do(Libc.NoReplace);
        else Removing(to, () => Do(0));

        void Do(uint flags)
        {
            if (Libc.Rename(-100, from, -100, to, flags) is var errno and < 0) throw new IOException($"rename: {errno}");
            ledger.Tell("renamed", from, to);
        }
    }

    public void Delete(string path)
    {
        if (new FileInfo(path).LinkTarget is not null) Do(path);
        else Removing(path, () => Do(path));

        static void Do(string path)
        {
            if (Libc.Unlink(-100, path) is var errno and < 0) throw new IOException($"unlink: {errno}");
        }
    }

    /// <summary>rm -r of what is seen in it; what must not be removed, or comes meanwhile, stays.</summary>
    public void RemoveTree(string directory)
    {
        foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos().ToList())
        {
            if (entry.LinkTarget is null && entry.Attributes.HasFlag(FileAttributes.Directory)) RemoveTree(entry.FullName);
            else if (!entry.Name.StartsWith(Private, StringComparison.Ordinal)) Try(() => Delete(entry.FullName));
        }
        Try(() => Directory.Delete(directory));
        ledger.Tell("directory removed", directory);
    }

    public void FileToDirectory(string path)
    {
        Delete(path);
        MakeDirectory(path);
        Create(Path.Combine(path, "was a file"));
    }

    public void DirectoryToFile(string path)
    {
        RemoveTree(path);
        Create(path);
    }

    public void Link(string path)
    {
        string[] targets = ["nowhere", "/nowhere/at all", "f1", "../ü x"]; // dangling, all: nothing outside may be touched through them
        File.CreateSymbolicLink(path, targets[random.Next(targets.Length)]);
    }

    public void MakeDirectory(string path)
    {
        Directory.CreateDirectory(path);
        ledger.Tell("directory made", path);
    }

    public void Touch(string path) => File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddTicks(random.NextInt64(18_000_000_000_000_000)));

    public void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, mode);
    }

    public static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The other side was here first; or it is nothing one can do to this.
        }
    }

    private void Removing(string path, Action remove)
    {
        using var grip = new Grip(path);
        remove();
        if (grip.IsGone) ledger.LetGo(grip.Sum(), path);
        else ledger.LetGoOfShared(Private);
    }

    private void Write(string path, byte[] bytes, string named)
    {
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 0);
        ledger.Wrote(Ledger.Sum(bytes), named);
        Pour(file, bytes);
    }

    private void Change(string path, Func<byte[], byte[]> change)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, 0);
        var old = new byte[file.Length];
        file.ReadExactly(old);
        var bytes = change(old);
        ledger.LetGo(Ledger.Sum(old), path);
        ledger.Wrote(Ledger.Sum(bytes), path);
        file.SetLength(0);
        file.Position = 0;
        Pour(file, bytes);
    }

    // Now and then a program takes its time.
    private void Pour(FileStream file, byte[] bytes)
    {
        if (random.Next(12) > 0)
        {
            file.Write(bytes);
            return;
        }
        foreach (var part in bytes.Chunk(Math.Max(1, bytes.Length / 3)))
        {
            file.Write(part);
            Thread.Sleep(random.Next(30));
        }
    }

    // No content is like another, so that a loss can be seen.
    private byte[] Fresh(string path)
    {
        var mark = Encoding.UTF8.GetBytes($"{Interlocked.Increment(ref _serial)} of {Path.GetFileName(root)} for {Path.GetFileName(path)}\n");
        var length = random.Next(100) switch
        {
            < 45 => random.Next(1000),
            < 60 => random.Next(65_536),
            < 92 => random.Next(65_537, 600_000),
            _ => random.Next(600_000, 4_000_000),
        };
        var bytes = new byte[Math.Max(400, mark.Length + length)];
        mark.CopyTo(bytes, 0);
        random.NextBytes(bytes.AsSpan(mark.Length));
        return bytes;
    }
}
