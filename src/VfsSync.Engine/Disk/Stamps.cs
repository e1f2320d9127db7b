using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk;

/// <summary>What of a stamp must hold for a thing to be the one that was expected.</summary>
internal static class Stamps
{
    /// <summary>File type bits of <see cref="FileStamp.Mode"/>, the same on every back.</summary>
    public const int TypeMask = 0xF000, FileType = 0x8000, DirectoryType = 0x4000, SymlinkType = 0xA000;

    public static EntryKind? KindOf(int mode) => (mode & TypeMask) switch
    {
        FileType => EntryKind.File,
        DirectoryType => EntryKind.Directory,
        SymlinkType => EntryKind.Symlink,
        _ => null,
    };

    /// <summary>A directory is what its inode and birth say: its content comes and goes.</summary>
    public static bool Is(this Sighting seen, FileStamp expected) => seen.Kind == KindOf(expected.Mode)
        && (seen.Kind == EntryKind.Directory ? seen.Stamp.SameDirectoryAs(expected) : seen.Stamp.SameAs(expected));

    /// <summary>The same after a rename, which moves ctime.</summary>
    public static bool IsMoved(this Sighting seen, FileStamp expected) => seen.Is(expected with { ChangedNs = seen.Stamp.ChangedNs });

    /// <summary>
    /// The stamp of what was put in place: as it was made, with the ctime that the rename gave it. A later write is sure to show, unless the mtime that it was given is of this very moment.
    /// </summary>
    public static FileStamp Placed(FileStamp made, Sighting after, long nowNs, long grainNs) =>
        after.IsMoved(made)
            ? made with { ChangedNs = after.Stamp.ChangedNs, Mode = after.Stamp.Mode, Unsure = IsYoung(made.ModifiedNs, nowNs, grainNs) && after.Kind == EntryKind.File }
            : made with { Unsure = true };

    public static bool IsYoung(long timeNs, long nowNs, long grainNs) => Int128.Abs((Int128)nowNs - timeNs) < grainNs;

    public static long NowNs => (DateTime.UtcNow.Ticks - DateTime.UnixEpoch.Ticks) * 100;
}
