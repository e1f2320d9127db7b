using Microsoft.Win32.SafeHandles;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.Portable;

/// <summary>What .NET alone tells of a file: no inode, no ctime. So a stamp is young by its mtime.</summary>
internal static class PortableLook
{
    public const long GrainNs = 20_000_000;
    private static readonly bool s_hasModes = !OperatingSystem.IsWindows();

    public static Sighting At(string path) => Of(new FileInfo(path));

    public static Sighting Of(FileSystemInfo info)
    {
        if ((int)info.Attributes == -1) return default;
        if (info.Attributes.HasFlag(FileAttributes.ReparsePoint) && info.LinkTarget is { } target)
            return new(EntryKind.Symlink, Stamp(target.Length, info.LastWriteTimeUtc, Stamps.SymlinkType | 0x1FF));
        var mode = s_hasModes ? (int)info.UnixFileMode & 0x1FF : 0x1FF;
        return info.Attributes.HasFlag(FileAttributes.Directory)
            ? new(EntryKind.Directory, new(0, 0, 0, 0, Stamps.DirectoryType | mode))
            : new(EntryKind.File, Stamp(((FileInfo)info).Length, info.LastWriteTimeUtc, Stamps.FileType | mode));
    }

    public static FileStamp Of(SafeFileHandle file) => Stamp(
        RandomAccess.GetLength(file),
        File.GetLastWriteTimeUtc(file),
        Stamps.FileType | (OperatingSystem.IsWindows() ? 0x1FF : (int)File.GetUnixFileMode(file) & 0x1FF));

    public static long ToNs(DateTime utc) => (utc.Ticks - DateTime.UnixEpoch.Ticks) * 100;

    public static DateTime ToTime(long ns) => DateTime.UnixEpoch.AddTicks(ns / 100);

    private static FileStamp Stamp(long size, DateTime modified, int mode) =>
        new(size, ToNs(modified), 0, 0, mode, Stamps.IsYoung(ToNs(modified), Stamps.NowNs, GrainNs));
}
