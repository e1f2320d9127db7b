using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.InMemory;

/// <summary>
/// A working folder in memory, for simulations: deterministic, with inodes, a clock from outside, a write cache that a power cut loses, programs that hold files open,
/// and failures on demand. Hints are given on the calling thread, after the change.
/// </summary>
internal sealed partial class MemoryFolder : IWorkingFolder
{
    public const ulong RootInode = 1;

    private readonly Lock _gate = new();
    private readonly Func<long> _nowNs;
    private readonly long _grainNs;
    private readonly MemoryDisk _disk;
    private readonly Dictionary<ulong, int> _writers = [], _readers = [];
    private readonly HashSet<ulong> _touched = [], _dressed = [];
    private readonly List<Action<IReadOnlyList<WatchHint>>> _watchers = [];
    private List<(AsideFile File, ulong Inode)> _aside = [];
    private MemoryKeptShelf _kept = new();
    private bool _rootIsGone;
    private int _asideCount;

    public MemoryFolder(Func<long> nowNs, string identity = "memory", long grainNs = 20_000_000) : this(nowNs, identity, grainNs, new MemoryDisk()) =>
        _disk.Create(new(EntryKind.Directory, [], null, nowNs(), nowNs(), 0b111_101_101));

    private MemoryFolder(Func<long> nowNs, string identity, long grainNs, MemoryDisk disk) =>
        (_nowNs, Identity, _grainNs, _disk) = (nowNs, identity, grainNs, disk);

    /// <summary>Set to let an operation (look, list, read, stage, write, flush, flush names, put, attributes, rename, remove) fail at a path; staging has the root as path. It is asked before each call, so that other things can happen then, too.</summary>
    public Func<string, EntryPath, bool>? Fails { get; set; }

    /// <summary>Inode numbers of what is gone are given again; directories then tell when they were made.</summary>
    public bool ReusesInodes
    {
        get => _disk.IsHeld is not null;
        set => _disk.IsHeld = value ? inode => _writers.ContainsKey(inode) || _readers.ContainsKey(inode) || _aside.Exists(a => a.Inode == inode) : null;
    }

    public string Identity { get; }

    public bool HoldsModes => true;

    public bool RootIsThere() => !_rootIsGone;

    public Sighting Look(EntryPath path)
    {
        MayRead("look", path);
        lock (_gate)
        {
            return Find(path) is { } inode ? Sight(inode) : default;
        }
    }

    public DirectoryListing List(EntryPath directory)
    {
        MayRead("list", directory);
        lock (_gate)
        {
            if (Find(directory) is not { } inode || _disk.Body(inode).Kind != EntryKind.Directory) throw Unreadable(directory, "is no directory any more");
            return new([.. _disk.Names(inode).Select(n => (directory.Child(n.Key), Sight(n.Value)))], []);
        }
    }

    public string ReadSymlink(EntryPath path)
    {
        MayRead("read", path);
        lock (_gate)
        {
            return Find(path) is { } inode && _disk.Body(inode) is { Target: { } target } ? target : throw Unreadable(path, "is no symlink any more");
        }
    }

    public IReadableFile OpenRead(EntryPath path)
    {
        MayRead("read", path);
        lock (_gate)
        {
            return Find(path) is { } inode && _disk.Body(inode).Kind == EntryKind.File ? new Reader(this, path, inode) : throw Unreadable(path, "is no file any more");
        }
    }

    public IStagedFile Stage(long size)
    {
        MayWrite("stage");
        lock (_gate)
        {
            return new Staged(this, _disk.Create(new(EntryKind.File, [], null, _nowNs(), _nowNs(), 0b110_000_000)));
        }
    }

    public IDisposable Watch(Action<IReadOnlyList<WatchHint>> hinted, Action<Problem>? troubled = null)
    {
        lock (_gate) _watchers.Add(hinted);
        return new Subscription(() =>
        {
            lock (_gate) _watchers.Remove(hinted);
        });
    }

    /// <summary>The folder after a power cut: of the steps since the last flush those are kept that <paramref name="keep"/> names, in order per directory and file.</summary>
    public MemoryFolder Crash(Func<int, bool> keep)
    {
        lock (_gate) return With(Identity, _disk.Crash(keep), _kept);
    }

    /// <summary>A copy of the folder as it is now: of the whole disk, as a machine that is rolled back later finds it, or file by file onto another disk.</summary>
    public MemoryFolder Copied(string? otherDisk)
    {
        lock (_gate)
        {
            if (otherDisk is null) return With(Identity, _disk.Crash(_ => true), _kept.Copied());
            var copy = With(otherDisk, _disk.CopiedByFile(_nowNs()), _kept.Copied());
            copy._aside = []; // It had a number of its own for each.
            return copy;
        }
    }

    private MemoryFolder With(string identity, MemoryDisk disk, MemoryKeptShelf kept) =>
        new(_nowNs, identity, _grainNs, disk) { _aside = [.. _aside], _asideCount = _asideCount, _kept = kept, ReusesInodes = ReusesInodes };

    /// <summary>How many steps a power cut now could lose.</summary>
    public int Unflushed => _disk.Unflushed;

    private Sighting Sight(ulong inode)
    {
        var body = _disk.Body(inode);
        var stamp = body.Stamp(inode, _nowNs(), _grainNs);
        return new(body.Kind, body.Kind == EntryKind.Directory && ReusesInodes ? stamp with { ChangedNs = body.BornNs } : stamp);
    }

    private ulong? Find(EntryPath path)
    {
        if (path.IsRoot) return _rootIsGone ? null : RootInode;
        return FindDirectory(path.Parent) is { } parent && _disk.Names(parent).TryGetValue(path.Name, out var inode) ? inode : null;
    }

    private ulong? FindDirectory(EntryPath path) => Find(path) is { } inode && _disk.Body(inode).Kind == EntryKind.Directory ? inode : null;

    private void MayRead(string operation, EntryPath path)
    {
        if (Fails?.Invoke(operation, path) == true) throw Unreadable(path, "cannot be read (a simulated fault)");
    }

    private void MayWrite(string operation)
    {
        if (Fails?.Invoke(operation, EntryPath.Root) == true) throw new DiskProblemException(new(EntryPath.Root, ProblemKind.Unwritable, "The disk is full (a simulated fault)."));
    }

    private static DiskProblemException Unreadable(EntryPath path, string why) => new(new(path, ProblemKind.Unreadable, $"'{path}' {why}."));

    private void Hint(params IReadOnlyList<WatchHint> hints)
    {
        Action<IReadOnlyList<WatchHint>>[] watchers;
        lock (_gate) watchers = [.. _watchers];
        foreach (var watcher in watchers) watcher(hints);
    }

    public void Dispose() { }

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
