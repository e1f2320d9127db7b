using VfsSync.Engine.Disk.Linux;
using VfsSync.Engine.Disk.Portable;

namespace VfsSync.Engine.Disk;

/// <summary>A real folder on this machine.</summary>
internal static class DiskFolder
{
    /// <summary>Opens the folder at <paramref name="root"/>, which must exist; makes `.vfs` in it if that is missing.</summary>
    /// <exception cref="DiskProblemException">It is no directory, or may not be read or written.</exception>
    public static IWorkingFolder Open(string root) => Libc.IsSupported ? new LinuxFolder(root) : new PortableFolder(root);
}
