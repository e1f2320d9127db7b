using System.Runtime.InteropServices;

namespace VfsSync.Engine.Disk.Linux;

/// <summary>
/// The kernel's calls that .NET has no door for. Calls without a wrapper in every C library go by number. Results are 0 or more, or minus errno.
/// </summary>
internal static unsafe partial class Libc
{
    public const int RdWr = 2, Creat = 0x40, Excl = 0x80, NonBlock = 0x800, CloExec = 0x80000, Path = 0x200000;
    public const int EmptyPath = 0x1000, SymlinkNoFollow = 0x100, RemoveDir = 0x200;
    public const uint NoReplace = 1, Exchange = 2;
    private const uint StatMask = 0xfff; // the basic fields and the time of birth

    private static readonly bool s_arm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
    public static readonly int Directory = s_arm ? 0x4000 : 0x10000;
    public static readonly int NoFollow = s_arm ? 0x8000 : 0x20000;
    private static readonly nint s_getdents64 = s_arm ? 61 : 217;
    private static readonly nint s_renameat2 = s_arm ? 276 : 316;
    private static readonly nint s_statx = s_arm ? 291 : 332;
    private const nint OpenAt2Number = 437;

    /// <summary>Whether the numbers above hold here.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    public static int Open(int dir, string path, int flags, int mode = 0) => Check(openat(dir, path, flags | CloExec, mode));

    public static int OpenBeneath(int dir, string path, int flags)
    {
        var how = new OpenHow { Flags = (ulong)(uint)(flags | CloExec), Resolve = 0x08 | 0x04 | 0x02 }; // BENEATH, NO_SYMLINKS, NO_MAGICLINKS
        return (int)Check(openat2(OpenAt2Number, dir, path, &how, sizeof(OpenHow)));
    }

    public static int Stat(int dir, string name, out Statx stat, int flags = SymlinkNoFollow) =>
        (int)Check(statx(s_statx, dir, name, flags, StatMask, out stat));

    /// <param name="dir">The directory.</param>
    /// <param name="name">Bytes that end with a NUL outside the span.</param>
    /// <param name="stat">What the disk says.</param>
    public static int Stat(int dir, ReadOnlySpan<byte> name, out Statx stat)
    {
        fixed (byte* p = name) return (int)Check(statx(s_statx, dir, p, SymlinkNoFollow, StatMask, out stat));
    }

    public static int Stat(int fd, out Statx stat) => Stat(fd, "", out stat, EmptyPath);

    public static int GetDents(int fd, Span<byte> buffer)
    {
        fixed (byte* p = buffer) return (int)Check(syscall(s_getdents64, fd, p, buffer.Length));
    }

    public static int Rename(int from, string name, int to, string newName, uint flags) => (int)Check(renameat2(s_renameat2, from, name, to, newName, flags));

    /// <summary>A second name for a file or symlink; never over another thing.</summary>
    public static int Link(int from, string name, int to, string newName) => Check(linkat(from, name, to, newName, 0));

    public static int Unlink(int dir, string name, int flags = 0) => Check(unlinkat(dir, name, flags));

    public static int MakeDirectory(int dir, string name, int mode) => Check(mkdirat(dir, name, mode));

    public static int MakeSymlink(string target, int dir, string name) => Check(symlinkat(target, dir, name));

    public static int ReadLink(int dir, string name, Span<byte> buffer)
    {
        fixed (byte* p = buffer) return (int)Check(readlinkat(dir, name, p, (nuint)buffer.Length));
    }

    public static int SetMode(int fd, int mode) => Check(fchmod(fd, mode));

    /// <summary>For descriptors that were opened with <see cref="Path"/>, which fchmod refuses.</summary>
    public static int SetModeOfPath(int fd, int mode) => Check(chmod($"/proc/self/fd/{fd}", mode));

    public static int SetTimeOfPath(int fd, long modifiedNs) => SetTime(-100, $"/proc/self/fd/{fd}", modifiedNs, 0);

    public static int SetTime(int dir, string name, long modifiedNs, int flags)
    {
        var times = stackalloc Timespec[2] { new(0, UtimeOmit), Timespec.Of(modifiedNs) };
        return Check(utimensat(dir, name, times, flags));
    }

    public static int SetTime(int fd, long modifiedNs)
    {
        var times = stackalloc Timespec[2] { new(0, UtimeOmit), Timespec.Of(modifiedNs) };
        return Check(futimens(fd, times));
    }

    public static int Flush(int fd) => Check(fsync(fd));

    /// <summary>Writes all that is dirty of the file system that an open file is on.</summary>
    public static int FlushFileSystem(int fd) => Check(syncfs(fd));

    /// <summary>Has the disk begin to write what is dirty of a file; waits for nothing and promises nothing.</summary>
    public static void BeginFlush(int fd) => _ = sync_file_range(fd, 0, 0, 2);

    /// <summary>Takes room for a file without changing its length.</summary>
    public static int Reserve(int fd, long bytes) => Check(fallocate(fd, 1, 0, bytes));

    public static int Write(int fd, ReadOnlySpan<byte> bytes, long offset)
    {
        fixed (byte* p = bytes) return (int)Check(pwrite(fd, p, (nuint)bytes.Length, offset));
    }

    public static int Read(int fd, Span<byte> buffer, long offset)
    {
        fixed (byte* p = buffer) return (int)Check(pread(fd, p, (nuint)buffer.Length, offset));
    }

    public static int Control(int fd, int command, int argument) => Check(fcntl(fd, command, argument));

    public static int StatFs(int fd, out StatFsBuffer buffer) => Check(fstatfs(fd, out buffer));

    public static void Close(int fd) => _ = close(fd);

    private const long UtimeOmit = (1L << 30) - 2;

    private static int Check(int result) => result < 0 ? -Marshal.GetLastPInvokeError() : result;

    private static nint Check(nint result) => result < 0 ? -Marshal.GetLastPInvokeError() : result;

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int openat(int dir, string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint openat2(nint number, int dir, string path, OpenHow* how, nint size);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint statx(nint number, int dir, string name, int flags, uint mask, out Statx stat);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint statx(nint number, int dir, byte* name, int flags, uint mask, out Statx stat);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint fd, byte* buffer, nint length);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint renameat2(nint number, int from, string name, int to, string newName, uint flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unlinkat(int dir, string name, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkdirat(int dir, string name, int mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int linkat(int from, string name, int to, string newName, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int symlinkat(string target, int dir, string name);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint readlinkat(int dir, string name, byte* buffer, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fchmod(int fd, int mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int chmod(string path, int mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int utimensat(int dir, string name, Timespec* times, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int futimens(int fd, Timespec* times);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int syncfs(int fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sync_file_range(int fd, long offset, long length, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fallocate(int fd, int mode, long offset, long length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pwrite(int fd, byte* bytes, nuint length, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pread(int fd, byte* buffer, nuint length, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int fd, int command, int argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fstatfs(int fd, out StatFsBuffer buffer);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int fd);
}
