using System.Text;

namespace VfsSync.Engine.Disk.Linux;

/// <summary>
/// Opens what lies below a directory without following a symlink anywhere on the way. No directory is kept open between calls: a descriptor would follow its
/// directory when that is renamed.
/// </summary>
internal static class Beneath
{
    private const int Stretch = 4000; // the kernel takes 4,096 bytes at once

    private static readonly bool s_hasOpenAt2 = HasOpenAt2();

    /// <summary>A descriptor, or minus errno: Loop or NotDirectory where a part of the way is no directory.</summary>
    public static int Open(int root, string path, int flags)
    {
        if (s_hasOpenAt2 && (path.Length < Stretch / 3 || Encoding.UTF8.GetByteCount(path) <= Stretch))
            return Libc.OpenBeneath(root, path.Length == 0 ? "." : path, flags);
        return path.Length == 0 ? Libc.Open(root, ".", flags | Libc.NoFollow) : OpenByParts(root, path, flags, s_hasOpenAt2);
    }

    /// <summary>The same in as many calls as there are stretches or, where openat2 is missing, names.</summary>
    internal static int OpenByParts(int root, string path, int flags, bool hasOpenAt2)
    {
        var (at, rest) = (root, path);
        while (true)
        {
            var cut = hasOpenAt2 ? CutWithin(rest) : rest.IndexOf('/', StringComparison.Ordinal);
            var head = cut < 0 ? rest : rest[..cut];
            var wanted = cut < 0 ? flags : Libc.Path | Libc.Directory;
            var next = hasOpenAt2 ? Libc.OpenBeneath(at, head, wanted) : Libc.Open(at, head, wanted | Libc.NoFollow);
            if (at != root) Libc.Close(at);
            if (cut < 0 || next < 0) return next;
            (at, rest) = (next, rest[(cut + 1)..]);
        }
    }

    // The last slash that leaves a head which the kernel takes; a UTF-16 unit is at most three bytes.
    private static int CutWithin(string path) =>
        path.Length <= Stretch / 3 ? -1 : path.LastIndexOf('/', Stretch / 3) is > 0 and var cut ? cut : path.IndexOf('/', StringComparison.Ordinal);

    // Kernels before 5.6 and some sandboxes do not know openat2.
    private static bool HasOpenAt2()
    {
        var fd = Libc.OpenBeneath(-100, ".", Libc.Path | Libc.Directory);
        if (fd >= 0) Libc.Close(fd);
        return fd >= 0;
    }
}
