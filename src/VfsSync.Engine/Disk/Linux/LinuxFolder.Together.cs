using System.Globalization;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.Linux;

/// <summary>Many contents made durable by one flush of the file system they are on.</summary>
internal sealed partial class LinuxFolder
{
    private const int Worthwhile = 16;
    private bool _flushFailed;

    /// <summary>With more than this waiting to be written, of whatever program, one flush of everything would take longer than one for each file; bytes.</summary>
    internal long MostDirty { get; set; } = 64 << 20;

    internal bool FlushesAsOne => _staging.Traits.FlushesAsOne;

    public bool TryFlushTogether(IReadOnlyList<(IStagedFile File, Entry Entry)> files)
    {
        if (files.Count < Worthwhile || !FlushesAsOne || _flushFailed || Dirty() > MostDirty) return false;
        foreach (var (file, entry) in files)
            if (((LinuxStagedFile)file).Dress(entry, out _) != 0) return false;
        Meanwhile?.Invoke("flush together");
        // Each file's own flush tells whose error it is; the system tells it once, though, and it may be a file's that comes later: from now on each is asked.
        _flushFailed = Libc.FlushFileSystem(_staging.Fd) != 0;
        return !_flushFailed;
    }

    private static long Dirty()
    {
        try
        {
            return File.ReadLines("/proc/meminfo").Where(line => line.StartsWith("Dirty:", StringComparison.Ordinal) || line.StartsWith("Writeback:", StringComparison.Ordinal))
                .Sum(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return long.MaxValue;
        }
    }
}
