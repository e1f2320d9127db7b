namespace VfsSync.Engine.Disk.Linux;

/// <summary>Asks the kernel who else has a file open: a read lease is granted only when nobody has it open for writing, mapped memory included.</summary>
internal static class Lease
{
    private const int SetSignal = 10, SetLease = 1024, ForReading = 0, Release = 2, Urgent = 23;

    /// <param name="path">The file.</param>
    /// <param name="grants">Whether the file system grants leases where nobody writes. NFS and SMB refuse them for reasons of their own.</param>
    public static Writers WritersOf(string path, bool grants = true)
    {
        var fd = Libc.Open(-100, path, Libc.NonBlock | Libc.NoFollow);
        // A symlink has no content that could be written into; a file that we may not read we cannot ask about.
        if (fd < 0) return fd is -Errno.Loop or -Errno.NoEntry ? Writers.None : Writers.Unknown;
        try
        {
            // Whoever opens it while we hold the lease makes the kernel signal us, and SIGIO would end the process; SIGURG is ignored by default.
            if (Libc.Control(fd, SetSignal, Urgent) < 0) return Writers.Unknown;
            var granted = Libc.Control(fd, SetLease, ForReading);
            if (granted == 0) _ = Libc.Control(fd, SetLease, Release);
            return granted switch { 0 => Writers.None, -Errno.Again when grants => Writers.Some, _ => Writers.Unknown };
        }
        finally
        {
            Libc.Close(fd);
        }
    }
}
