namespace VfsSync.Engine.Disk.Linux;

/// <summary>What a file system can hold, found by trying.</summary>
/// <param name="GrainNs">Two changes closer than this may get the same time.</param>
/// <param name="HoldsModes">Whether a mode that is set is there afterwards.</param>
/// <param name="Exchanges">Whether two names can change places in one step.</param>
/// <param name="TellsWriters">Whether it can be told that nobody has a file open for writing.</param>
/// <param name="FlushesAsOne">Whether a flush of the whole file system makes every file durable, and tells of what failed.</param>
internal readonly record struct DiskTraits(long GrainNs, bool HoldsModes, bool Exchanges, bool TellsWriters, bool FlushesAsOne)
{
    private const long TickNs = 20_000_000; // files get the time of the kernel's last tick, 1 to 10 ms ago
    private const long CoarseNs = 2_000_000_000; // FAT counts in 2 s, old ext file systems in 1 s

    /// <summary>Tries with a file in a directory.</summary>
    public static DiskTraits Probe(int directory, string name)
    {
        const int unusualMode = 0b110_100_001;
        const long unusualTime = 1_234_567_890_123_456_789;
        var fd = Libc.Open(directory, name, Libc.RdWr | Libc.Creat | Libc.Excl, 0b110_000_000);
        if (fd < 0) throw Refusals.Staging(-fd);
        _ = Libc.SetMode(fd, unusualMode);
        _ = Libc.SetTime(fd, unusualTime);
        _ = Libc.Stat(fd, out var stat);
        _ = Libc.StatFs(fd, out var disk);
        var other = name + "+";
        var exchanges = Libc.MakeDirectory(directory, other, 0b111_000_000) == 0 && Libc.Rename(directory, name, directory, other, Libc.Exchange) == 0;
        _ = Libc.Unlink(directory, exchanges ? other : name);
        _ = Libc.Unlink(directory, exchanges ? name : other, Libc.RemoveDir);
        Libc.Close(fd);
        var isFine = stat.Modified.Ns == unusualTime && !HasClockOfItsOwn(disk.Type);
        return new(isFine ? TickNs : CoarseNs, (stat.Mode & 0x1FF) == unusualMode, exchanges, !IsOfServer(disk.Type), IsLocal(disk.Type) && OperatingSystem.IsOSPlatformVersionAtLeast("Linux", 5, 8));
    }

    // ext2 to ext4, XFS, Btrfs, F2FS. Others may promise nothing by it (FUSE); before Linux 5.8 none told of an error.
    private static bool IsLocal(long fileSystem) => (fileSystem & 0xFFFFFFFF) is 0xEF53 or 0x58465342 or 0x9123683E or 0xF2F52010;

    // NFS, SMB and FUSE: the time of a change is that of a server.
    private static bool HasClockOfItsOwn(long fileSystem) => IsOfServer(fileSystem) || (fileSystem & 0xFFFFFFFF) == 0x65735546;

    private static bool IsOfServer(long fileSystem) => (fileSystem & 0xFFFFFFFF) is 0x6969 or 0xFE534D42 or 0xFF534D42;
}
