using System.Runtime.InteropServices;

namespace VfsSync.Engine.Disk.Linux;

/// <summary>inotify, and what a thread needs to wait for it.</summary>
internal static unsafe partial class Libc
{
    public static int NewInotify() => Check(inotify_init1(CloExec | NonBlock));

    /// <summary>Watches the directory that a descriptor is open on; the watch is the same for the same directory.</summary>
    public static int AddWatch(int inotify, int directory, uint mask) => Check(inotify_add_watch(inotify, $"/proc/self/fd/{directory}", mask));

    public static int AddWatch(int inotify, string path, uint mask) => Check(inotify_add_watch(inotify, path, mask));

    public static void RemoveWatch(int inotify, int watch) => _ = inotify_rm_watch(inotify, watch);

    public static int NewWakeup() => Check(eventfd(0, CloExec | NonBlock));

    public static void WakeUp(int wakeup)
    {
        var one = 1L;
        _ = write(wakeup, &one, sizeof(long));
    }

    /// <summary>Waits until the first descriptor can be read (1), the second can (2), or neither in time (0).</summary>
    public static int WaitFor(int first, int second, int milliseconds)
    {
        const short canRead = 1;
        var waits = stackalloc PollFd[2] { new(first, canRead), new(second, canRead) };
        var ready = Check(poll(waits, 2, milliseconds));
        return ready <= 0 ? 0 : waits[1].Happened != 0 ? 2 : 1;
    }

    public static int Read(int fd, Span<byte> buffer)
    {
        fixed (byte* p = buffer) return (int)Check(read(fd, p, (nuint)buffer.Length));
    }

    private record struct PollFd(int Fd, short Wanted, short Happened = 0);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int inotify_init1(int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int inotify_add_watch(int fd, string path, uint mask);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int inotify_rm_watch(int fd, int watch);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint value, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(PollFd* fds, nuint count, int milliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(int fd, byte* buffer, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int fd, void* bytes, nuint length);
}
