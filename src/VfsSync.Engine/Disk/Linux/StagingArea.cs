using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.Linux;

/// <summary>`.vfs/tmp`, where things are made, and the shelf for what they replace.</summary>
internal sealed class StagingArea : IDisposable
{
    private const long ReserveFrom = 1 << 20;
    private readonly string _prefix = $"{Random.Shared.Next():x8}-";
    private readonly string _path;
    private int _count;

    public StagingArea(string root)
    {
        var home = Path.Combine(root, Names.Own);
        _path = Path.Combine(home, "tmp");
        foreach (var directory in new[] { home, _path, Path.Combine(home, "aside") })
            if (Libc.MakeDirectory(-100, directory, 0b111_000_000) is < 0 and not -Errno.Exists and var error) throw Refusals.Staging(-error);
        Fd = Libc.Open(-100, _path, Libc.Directory);
        if (Fd < 0) throw Refusals.Staging(-Fd);
        Traits = DiskTraits.Probe(Fd, NewName());
        Kept = new KeptShelf(home);
        Shelf = new AsideShelf(home, Look, Read, path => Lease.WritersOf(path, Traits.TellsWriters), Kept);
    }

    /// <summary>The open directory.</summary>
    public int Fd { get; }

    public DiskTraits Traits { get; }

    public AsideShelf Shelf { get; }

    public KeptShelf Kept { get; }

    /// <summary>A name that nothing here has.</summary>
    public string NewName() => _prefix + Interlocked.Increment(ref _count);

    public LinuxStagedFile Stage(long size)
    {
        var name = NewName();
        var fd = Libc.Open(Fd, name, Libc.RdWr | Libc.Creat | Libc.Excl | Libc.NoFollow, 0b110_000_000);
        if (fd < 0) throw Refusals.Staging(-fd);
        var file = new LinuxStagedFile(name, fd, this);
        // A disk that is full says so now and not after a gigabyte.
        var reserved = size < ReserveFrom ? 0 : Reserve(fd, size);
        if (reserved is not (Errno.NoSpace or Errno.Quota)) return file;
        file.Dispose();
        throw Refusals.Staging(reserved);
    }

    // Asked first: a reservation that fails has filled the disk for a moment.
    private static int Reserve(int fd, long size) =>
        Libc.StatFs(fd, out var disk) == 0 && disk.Available < size ? Errno.NoSpace : -Libc.Reserve(fd, size);

    /// <summary>Removes what was made here. What comes out of the folder never has such a name.</summary>
    public void Discard(string name)
    {
        if (Libc.Unlink(Fd, name) == -Errno.IsDirectory) _ = Libc.Unlink(Fd, name, Libc.RemoveDir);
    }

    /// <summary>What lies here under a name.</summary>
    public Sighting Sight(string name) => Look(name);

    private LinuxReadableFile Read(string path, EntryPath origin)
    {
        var fd = Libc.Open(Fd, path, Libc.NoFollow);
        return fd >= 0 ? new LinuxReadableFile(origin, fd, Traits.GrainNs) : throw Refusals.Reading(origin, -fd);
    }

    private Sighting Look(string path) => Libc.Stat(Fd, path, out var stat) == 0 ? Clock.Sight(stat, Traits.GrainNs) : default;

    public void Dispose()
    {
        Shelf.Dispose();
        Libc.Close(Fd);
    }
}
