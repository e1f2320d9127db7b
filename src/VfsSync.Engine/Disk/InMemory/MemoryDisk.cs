using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.InMemory;

/// <summary>What an inode is, apart from names.</summary>
internal sealed record MemoryBody(EntryKind Kind, byte[] Data, string? Target, long ModifiedNs, long ChangedNs, int Permissions)
{
    /// <summary>When it was made.</summary>
    public long BornNs { get; init; } = ChangedNs;

    private int TypeBits => Kind switch { EntryKind.Directory => Stamps.DirectoryType, EntryKind.Symlink => Stamps.SymlinkType, _ => Stamps.FileType };

    public FileStamp Stamp(ulong inode, long nowNs, long grainNs) => Kind == EntryKind.Directory
        ? new(0, 0, inode, 0, TypeBits | Permissions)
        : new(Kind == EntryKind.File ? Data.Length : Target!.Length, ModifiedNs, inode, ChangedNs, TypeBits | Permissions, Stamps.IsYoung(ChangedNs, nowNs, grainNs));
}

/// <summary>One step that a power cut either keeps or loses as a whole.</summary>
internal abstract record MemoryStep
{
    /// <summary>The inodes it changes: later steps on one of them presuppose this one.</summary>
    public abstract IEnumerable<ulong> Inodes { get; }
}

/// <summary>Content, times and mode of one inode.</summary>
internal sealed record BodyStep(ulong Inode, MemoryBody Body) : MemoryStep
{
    public override IEnumerable<ulong> Inodes => [Inode];
}

/// <summary>Names given (or, with null, taken) in one or more directories at once.</summary>
internal sealed record NameStep(params IReadOnlyList<(ulong Directory, string Name, ulong? Inode)> Changes) : MemoryStep
{
    public override IEnumerable<ulong> Inodes => Changes.Select(c => c.Directory);
}

/// <summary>A table of inodes and a table of names.</summary>
internal sealed class MemoryTables
{
    private readonly Dictionary<ulong, MemoryBody> _bodies = [];
    private readonly Dictionary<ulong, SortedDictionary<string, ulong>> _names = [];

    public MemoryBody Body(ulong inode) => _bodies[inode];

    public SortedDictionary<string, ulong> Names(ulong directory) =>
        _names.TryGetValue(directory, out var names) ? names : _names[directory] = new(StringComparer.Ordinal);

    public void Apply(MemoryStep step)
    {
        if (step is BodyStep body) _bodies[body.Inode] = body.Body;
        if (step is not NameStep names) return;
        foreach (var (directory, name, inode) in names.Changes)
            if (inode is { } given) Names(directory)[name] = given;
            else Names(directory).Remove(name);
    }

    /// <summary>What has a name, seen from a directory; also that directory.</summary>
    public IEnumerable<ulong> Named(ulong directory) =>
        _names.TryGetValue(directory, out var names) ? names.Values.SelectMany(Named).Prepend(directory) : [directory];

    /// <summary>The same under other numbers.</summary>
    public MemoryTables Renumbered(Func<ulong, ulong> number, Func<MemoryBody, MemoryBody> copy)
    {
        var other = new MemoryTables();
        foreach (var (inode, body) in _bodies) other._bodies[number(inode)] = copy(body);
        foreach (var (directory, names) in _names) other._names[number(directory)] = new(names.ToDictionary(n => n.Key, n => number(n.Value)), StringComparer.Ordinal);
        return other;
    }

    public void Forget(ulong inode) => _names.Remove(inode);

    public MemoryTables Copy()
    {
        var copy = new MemoryTables();
        foreach (var (inode, body) in _bodies) copy._bodies[inode] = body;
        foreach (var (directory, names) in _names) copy._names[directory] = new(names, StringComparer.Ordinal);
        return copy;
    }
}

/// <summary>A disk with a write cache: what is seen, what would survive a power cut, and the steps in between.</summary>
internal sealed class MemoryDisk
{
    private readonly MemoryTables _live;
    private readonly MemoryTables _durable;
    private readonly List<MemoryStep> _unflushed = [];
    private readonly SortedSet<ulong> _unnamed = [];
    private ulong _lastInode;

    public MemoryDisk() : this(new MemoryTables(), 0) { }

    private MemoryDisk(MemoryTables tables, ulong lastInode) => (_live, _durable, _lastInode) = (tables, tables.Copy(), lastInode);

    /// <summary>How many steps a power cut now could lose.</summary>
    public int Unflushed => _unflushed.Count;

    public MemoryBody Body(ulong inode) => _live.Body(inode);

    public SortedDictionary<string, ulong> Names(ulong directory) => _live.Names(directory);

    /// <summary>Set to have the numbers of inodes that are gone given again, as many file systems do, to whatever comes next; it tells which are still in use without a name.</summary>
    public Func<ulong, bool>? IsHeld { get; set; }

    /// <summary>A new inode without a name. A file's first content is nothing, also after a power cut.</summary>
    public ulong Create(MemoryBody body)
    {
        var inode = Freed() ?? ++_lastInode;
        var step = new BodyStep(inode, body);
        _durable.Apply(step);
        _live.Apply(step);
        return inode;
    }

    public void Do(MemoryStep step)
    {
        if (IsHeld is not null && step is NameStep names)
            foreach (var (directory, name, _) in names.Changes)
                if (Names(directory).TryGetValue(name, out var old)) _unnamed.UnionWith(_live.Named(old));
        _live.Apply(step);
        _unflushed.Add(step);
    }

    // The lowest first, so that a number comes again soon.
    private ulong? Freed()
    {
        if (IsHeld is null || _unnamed.Count == 0) return null;
        var used = _live.Named(MemoryFolder.RootInode).Concat(_durable.Named(MemoryFolder.RootInode)).Concat(_unflushed.SelectMany(s => s.Inodes)).ToHashSet();
        _unnamed.RemoveWhere(used.Contains);
        var free = _unnamed.Where(u => !IsHeld(u)).Take(1).ToList();
        if (free.Count == 0) return null;
        _unnamed.Remove(free[0]);
        _live.Forget(free[0]);
        _durable.Forget(free[0]);
        return free[0];
    }

    /// <summary>All that is seen, as a file-by-file copy has it: inodes of its own, all of them new at this moment.</summary>
    public MemoryDisk CopiedByFile(long nowNs)
    {
        var shift = _lastInode;
        ulong Number(ulong inode) => inode == MemoryFolder.RootInode ? inode : inode + shift;
        return new(_live.Renumbered(Number, body => body with { ChangedNs = nowNs, BornNs = nowNs }), _lastInode + shift);
    }

    /// <summary>Makes an inode's body durable.</summary>
    public void FlushBody(ulong inode) => Flush(s => s is BodyStep b && b.Inode == inode);

    /// <summary>Makes the names in these directories durable, with every step that they presuppose.</summary>
    public void FlushNames(IEnumerable<ulong> directories)
    {
        var wanted = directories.ToHashSet();
        var steps = new HashSet<MemoryStep>(ReferenceEqualityComparer.Instance);
        foreach (var step in Enumerable.Reverse(_unflushed))
            if (step is NameStep && step.Inodes.Any(wanted.Contains))
            {
                wanted.UnionWith(step.Inodes);
                steps.Add(step);
            }
        Flush(steps.Contains);
    }

    public void FlushAll() => Flush(_ => true);

    /// <summary>The disk after a power cut: of the unflushed steps those are kept that <paramref name="keep"/> names, but none on an inode that lost an earlier one.</summary>
    public MemoryDisk Crash(Func<int, bool> keep)
    {
        var (tables, broken) = (_durable.Copy(), new HashSet<ulong>());
        for (var i = 0; i < _unflushed.Count; i++)
            if (keep(i) && !_unflushed[i].Inodes.Any(broken.Contains)) tables.Apply(_unflushed[i]);
            else broken.UnionWith(_unflushed[i].Inodes);
        return new MemoryDisk(tables, _lastInode);
    }

    private void Flush(Func<MemoryStep, bool> isWanted)
    {
        foreach (var step in _unflushed.Where(isWanted)) _durable.Apply(step);
        _unflushed.RemoveAll(s => isWanted(s));
    }
}
