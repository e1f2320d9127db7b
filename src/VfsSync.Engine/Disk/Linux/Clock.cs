using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.Linux;

/// <summary>Stamps out of what statx says.</summary>
internal static class Clock
{
    private const long TickNs = 20_000_000; // files get the time of the kernel's last tick, 1 to 10 ms ago
    private const long CoarseNs = 2_000_000_000;

    // FAT counts in 2 s; a server's clock is not ours.
    public static long GrainOf(long fileSystem) =>
        (fileSystem & 0xFFFFFFFF) is 0x4d44 or 0x2011BAB0 or 0x6969 or 0xFE534D42 or 0xFF534D42 or 0x65735546 ? CoarseNs : TickNs;

    /// <summary>FAT and its kin show the same mode for everything.</summary>
    public static bool HoldsModes(long fileSystem) => (fileSystem & 0xFFFFFFFF) is not (0x4d44 or 0x2011BAB0);

    public static Sighting Sight(in Statx stat, long grainNs) => new(Stamps.KindOf(stat.Mode) ?? EntryKind.Absent, Stamp(stat, grainNs));

    // Size and times of a directory follow its content, so they say nothing about itself.
    public static FileStamp Stamp(in Statx stat, long grainNs) => Stamps.KindOf(stat.Mode) == EntryKind.Directory
        ? new(0, 0, stat.Inode, 0, stat.Mode)
        : new((long)stat.Size, stat.Modified.Ns, stat.Inode, stat.Changed.Ns, stat.Mode, Stamps.IsYoung(stat.Changed.Ns, Stamps.NowNs, grainNs));
}
