using System.Buffers;
using System.Text;
using System.Text.Unicode;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.Linux;

/// <summary>The folder on Linux: every call starts at the root's descriptor and follows no symlink.</summary>
internal sealed partial class LinuxFolder : IWorkingFolder
{
    private readonly string _root;
    private readonly int _rootFd;
    private readonly Statx _rootStat;
    private readonly long _grainNs;
    private readonly StagingArea _staging;

    public LinuxFolder(string root)
    {
        _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        _rootFd = Libc.Open(-100, _root, Libc.Directory);
        if (_rootFd < 0) throw Refusals.Reading(EntryPath.Root, -_rootFd);
        _ = Libc.Stat(_rootFd, out _rootStat);
        _ = Libc.StatFs(_rootFd, out var disk);
        Identity = $"{disk.Id:x}:{_rootStat.Inode}:{_rootStat.Born.Ns}";
        _staging = new StagingArea(_root);
        _grainNs = _staging.Traits.GrainNs;
        Exchanges = _staging.Traits.Exchanges;
    }

    public string Identity { get; }

    public bool HoldsModes => _staging.Traits.HoldsModes;

    /// <summary>Whether two names can change places in one step. Tests take it away.</summary>
    internal bool Exchanges { get; init; }

    public Sighting Look(EntryPath path)
    {
        if (path.IsRoot) return Libc.Stat(_rootFd, out var stat) is < 0 and var error ? throw Refusals.Reading(path, -error) : Clock.Sight(stat, _grainNs);
        using var parent = OpenParent(path);
        return parent.Error == 0 ? parent.Look(path, _grainNs)
            : Refusals.IsAbsence(parent.Error) || parent.Error == Errno.NameTooLong ? default
            : throw Refusals.Reading(path, parent.Error);
    }

    public bool HasWriter(EntryPath path) => Lease.WritersOf($"{_root}/{path.Text}", _staging.Traits.TellsWriters) == Writers.Some;

    public DirectoryListing List(EntryPath directory)
    {
        var fd = Beneath.Open(_rootFd, directory.Text, Libc.Directory | Libc.NonBlock);
        if (fd < 0) throw Refusals.Reading(directory, -fd);
        var buffer = ArrayPool<byte>.Shared.Rent(DirectoryReader.BufferSize);
        try
        {
            var names = new DirectoryReader(fd, buffer);
            var (entries, problems) = (new List<(EntryPath, Sighting)>(), new List<Problem>());
            while (names.MoveNext())
                if (!(directory.IsRoot && names.Name.SequenceEqual(".vfs"u8)))
                    Sight(fd, directory, names.Name, entries, problems);
            return names.Error == 0 ? new(entries, problems) : throw Refusals.Reading(directory, names.Error);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            Libc.Close(fd);
        }
    }

    private void Sight(int fd, EntryPath directory, ReadOnlySpan<byte> name, List<(EntryPath, Sighting)> entries, List<Problem> problems)
    {
        if (!TryName(directory, name, out var path, out var problem)) problems.Add(problem!);
        else if (Libc.Stat(fd, name, out var stat) is < 0 and var error)
        {
            if (error != -Errno.NoEntry) problems.Add(Refusals.Reading(path, -error).Problem);
        }
        else if (Stamps.KindOf(stat.Mode) is null) problems.Add(Names.Special(path));
        else entries.Add((path, Clock.Sight(stat, _grainNs)));
    }

    internal static bool TryName(EntryPath directory, ReadOnlySpan<byte> name, out EntryPath path, out Problem? problem)
    {
        (path, problem) = (default, null);
        if (!Utf8.IsValid(name))
        {
            problem = Names.NotUnicode(directory, Names.Shown(name));
            return false;
        }
        var text = Encoding.UTF8.GetString(name);
        if (EntryPath.TryParse(directory.IsRoot ? text : $"{directory.Text}/{text}", out path, out var reason)) return true;
        problem = Names.NoPath(directory, text, reason);
        return false;
    }

    public string ReadSymlink(EntryPath path)
    {
        using var parent = OpenParent(path);
        if (parent.Error != 0) throw Refusals.Reading(path, parent.Error);
        Span<byte> target = stackalloc byte[4096];
        var length = Libc.ReadLink(parent.Fd, path.Name, target);
        if (length < 0) throw Refusals.Reading(path, -length);
        return Utf8.IsValid(target[..length])
            ? Encoding.UTF8.GetString(target[..length])
            : throw new DiskProblemException(new(path, ProblemKind.Unsupported, $"The symlink '{Names.Shown(path.Text)}' has a target that is not Unicode text and is left alone."));
    }

    public IReadableFile OpenRead(EntryPath path)
    {
        var fd = Beneath.Open(_rootFd, path.Text, Libc.NonBlock | Libc.NoFollow);
        if (fd < 0) throw Refusals.Reading(path, -fd);
        var file = new LinuxReadableFile(path, fd, _grainNs);
        if (Libc.Stat(fd, out var stat) == 0 && Stamps.KindOf(stat.Mode) == EntryKind.File) return file;
        file.Dispose();
        throw new DiskProblemException(Names.Special(path));
    }

    public bool RootIsThere() =>
        Libc.Stat(-100, _root, out var stat, flags: 0) == 0 && stat.Inode == _rootStat.Inode && stat.Device == _rootStat.Device
        && Libc.Stat(_rootFd, ".vfs", out var home) == 0 && Stamps.KindOf(home.Mode) == EntryKind.Directory;

    public IDisposable Watch(Action<IReadOnlyList<WatchHint>> hinted, Action<Problem>? troubled = null) =>
        InotifyWatcher.Start(_root, _rootFd, RootIsThere, hinted, troubled ?? (_ => { }));

    private LinuxDirectory OpenParent(EntryPath path) => LinuxDirectory.Open(_rootFd, path.Parent);

    public void Dispose()
    {
        _staging.Dispose();
        Libc.Close(_rootFd);
    }
}
