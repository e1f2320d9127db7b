using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.InMemory;

/// <summary>What the user and the user's programs do to the folder. What no real disk would do (write into a directory, rename onto a full one) is an IOException.</summary>
internal sealed partial class MemoryFolder
{
    /// <summary>Writes a file in place, as most programs do; a new one is made with its directories.</summary>
    public void UserWrite(EntryPath path, ReadOnlySpan<byte> content)
    {
        var data = content.ToArray();
        Act(path, () =>
        {
            var inode = Find(path) ?? NewFile(path);
            Demand(_disk.Body(inode).Kind == EntryKind.File, path, "is no file");
            _disk.Do(new BodyStep(inode, _disk.Body(inode) with { Data = data, ModifiedNs = _nowNs(), ChangedNs = _nowNs() }));
        }, HintKind.Writing, HintKind.Changed);
    }

    /// <summary>Writes a new file and renames it over the old one, as careful programs do.</summary>
    public void UserSave(EntryPath path, ReadOnlySpan<byte> content)
    {
        var data = content.ToArray();
        Act(path, () =>
        {
            Demand(FindDirectory(path) is null, path, "is a directory");
            var inode = NewFile(path);
            _disk.Do(new BodyStep(inode, _disk.Body(inode) with { Data = data }));
        }, HintKind.Changed);
    }

    /// <summary>Opens a file for appending and holds it open.</summary>
    public MemoryWriter UserOpen(EntryPath path)
    {
        var inode = 0UL;
        Act(path, () =>
        {
            inode = Find(path) ?? NewFile(path);
            Demand(_disk.Body(inode).Kind == EntryKind.File, path, "is no file");
            _writers[inode] = _writers.GetValueOrDefault(inode) + 1;
        }, HintKind.Writing);
        return new(bytes => Append(inode, path, bytes), () => Close(inode, path));
    }

    /// <summary>Removes a file, or a directory with all in it.</summary>
    public void UserDelete(EntryPath path) => Act(path, () =>
    {
        Existing(path);
        Name((FindDirectory(path.Parent)!.Value, path.Name, null));
    }, HintKind.Changed);

    /// <summary>Renames, replacing what is at the new name.</summary>
    public void UserRename(EntryPath from, EntryPath to)
    {
        Act(to, () =>
        {
            var inode = Existing(from);
            Demand(!to.IsBelow(from) && !(Find(to) is { } there && HasChildren(there)), to, "is in the way");
            Name((FindDirectory(from.Parent)!.Value, from.Name, null), (NewDirectory(to.Parent), to.Name, inode));
        });
        Hint(new WatchHint(from, HintKind.Changed), HintOf(to));
    }

    public void UserMkdir(EntryPath path) => Act(path, () => NewDirectory(path), HintKind.NewTree);

    public void UserChmod(EntryPath path, int mode) => Act(path, () => Change(path, b => b with { Permissions = mode }), HintKind.Changed);

    public void UserTouch(EntryPath path, long modifiedNs) => Act(path, () => Change(path, b => b with { ModifiedNs = modifiedNs }), HintKind.Changed);

    public void UserSymlink(EntryPath path, string target) => Act(path, () =>
    {
        Demand(Find(path) is null, path, "is in the way");
        Name((NewDirectory(path.Parent), path.Name, _disk.Create(new(EntryKind.Symlink, [], target, _nowNs(), _nowNs(), 0b111_111_111))));
    }, HintKind.Changed);

    /// <summary>The whole folder goes away, as when a disk is unplugged.</summary>
    public void UserUnplug() => Act(EntryPath.Root, () => _rootIsGone = true, HintKind.RootGone);

    /// <summary>The system lost hints.</summary>
    public void LoseHints() => Hint(new WatchHint(EntryPath.Root, HintKind.Lost));

    /// <summary>Makes all durable, as `sync` does.</summary>
    public void UserSync()
    {
        lock (_gate) _disk.FlushAll();
    }

    // Directories that come with a path are told by the topmost, as a real watcher does.
    private void Act(EntryPath path, Action act, params IReadOnlyList<HintKind> kinds)
    {
        EntryPath? newTree;
        lock (_gate)
        {
            newTree = path.Ancestors().Cast<EntryPath?>().LastOrDefault(a => Find(a!.Value) is null);
            act();
        }
        if (newTree is { } tree) Hint(new WatchHint(tree, HintKind.NewTree));
        if (kinds.Count > 0) Hint([.. kinds.Select(k => new WatchHint(path, k))]);
    }

    private ulong NewFile(EntryPath path)
    {
        var parent = NewDirectory(path.Parent);
        var inode = _disk.Create(new(EntryKind.File, [], null, _nowNs(), _nowNs(), 0b110_100_100));
        Name((parent, path.Name, inode));
        return inode;
    }

    private ulong NewDirectory(EntryPath path)
    {
        if (FindDirectory(path) is { } there) return there;
        Demand(Find(path) is null && !path.IsRoot, path, "is no directory");
        var inode = _disk.Create(new(EntryKind.Directory, [], null, _nowNs(), _nowNs(), 0b111_101_101));
        Name((NewDirectory(path.Parent), path.Name, inode));
        return inode;
    }

    private ulong Existing(EntryPath path) => Find(path) ?? throw new FileNotFoundException($"'{path}' is not there.");

    private static void Demand(bool condition, EntryPath path, string otherwise)
    {
        if (!condition) throw new IOException($"'{path}' {otherwise}.");
    }

    private void Change(EntryPath path, Func<MemoryBody, MemoryBody> change)
    {
        var inode = Existing(path);
        _disk.Do(new BodyStep(inode, change(_disk.Body(inode)) with { ChangedNs = _nowNs() }));
    }

    private void Append(ulong inode, EntryPath path, byte[] bytes)
    {
        lock (_gate) Write(inode, bytes, _disk.Body(inode).Data.Length);
        Hint(new WatchHint(path, HintKind.Writing));
    }

    private void Close(ulong inode, EntryPath path)
    {
        lock (_gate)
            if (--_writers[inode] == 0) _writers.Remove(inode);
        Hint(new WatchHint(path, HintKind.Changed));
    }
}

/// <summary>A program that has a file open, whatever becomes of its name.</summary>
internal sealed class MemoryWriter(Action<byte[]> append, Action close) : IDisposable
{
    private bool _closed;

    public void Append(ReadOnlySpan<byte> bytes) => append(bytes.ToArray());

    public void Dispose()
    {
        if (!_closed) close();
        _closed = true;
    }
}
