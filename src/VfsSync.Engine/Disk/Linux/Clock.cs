using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.Linux;

/// <summary>Stamps out of what statx says.</summary>
internal static class Clock
{
    public static Sighting Sight(in Statx stat, long grainNs) => new(Stamps.KindOf(stat.Mode) ?? EntryKind.Absent, Stamp(stat, grainNs));

    // Size and times of a directory follow its content, so they say nothing about itself; but inodes are used again at once, and when it was made tells two apart.
    public static FileStamp Stamp(in Statx stat, long grainNs) => Stamps.KindOf(stat.Mode) == EntryKind.Directory
        ? new(0, 0, stat.Inode, stat.Born.Ns, stat.Mode)
        : new((long)stat.Size, stat.Modified.Ns, stat.Inode, stat.Changed.Ns, stat.Mode, Stamps.IsYoung(stat.Changed.Ns, Stamps.NowNs, grainNs));
}
