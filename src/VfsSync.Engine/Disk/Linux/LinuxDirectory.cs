using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.Linux;

/// <summary>The open directory of a path, or the errno that says why there is none.</summary>
internal readonly struct LinuxDirectory : IDisposable
{
    private readonly int _modeToRestore;

    private LinuxDirectory(int fd, int modeToRestore = -1) => (Fd, _modeToRestore) = (fd, modeToRestore);

    public int Fd { get; }

    public int Error => Fd < 0 ? -Fd : 0;

    public static LinuxDirectory Open(int root, EntryPath path) => new(Beneath.Open(root, path.Text, Libc.Path | Libc.Directory));

    /// <summary>Opens a directory to change what is in it. One that was synced without write permission for its owner gets it until disposal.</summary>
    public static LinuxDirectory OpenForChange(int root, EntryPath path)
    {
        const int ownerWrites = 0b011_000_000;
        var fd = Beneath.Open(root, path.Text, Libc.Path | Libc.Directory);
        if (fd < 0 || Libc.Stat(fd, out var stat) < 0 || (stat.Mode & ownerWrites) == ownerWrites) return new(fd);
        var mode = stat.Mode & 0xFFF;
        return new(fd, Libc.SetModeOfPath(fd, mode | ownerWrites) == 0 ? mode : -1);
    }

    public Sighting Look(EntryPath path, long grainNs)
    {
        var error = -Libc.Stat(Fd, path.Name, out var stat);
        if (Refusals.IsAbsence(error) || error == Errno.NameTooLong) return default;
        if (error > 0) throw Refusals.Reading(path, error);
        return Stamps.KindOf(stat.Mode) is null ? throw new DiskProblemException(Names.Special(path)) : Clock.Sight(stat, grainNs);
    }

    /// <summary>What it is here that refuses, for a message.</summary>
    public string Owner() => Libc.Stat(Fd, out var stat) == 0 ? $" (the directory belongs to uid {stat.Owner}, mode {Convert.ToString(stat.Mode & 0xFFF, 8)})" : "";

    public void Dispose()
    {
        if (Fd < 0) return;
        if (_modeToRestore >= 0) _ = Libc.SetModeOfPath(Fd, _modeToRestore);
        Libc.Close(Fd);
    }
}
