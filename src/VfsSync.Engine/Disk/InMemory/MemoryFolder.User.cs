using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.InMemory;

/// <summary>What the user and the user's programs do to the folder.</summary>
internal sealed partial class MemoryFolder
{
    /// <summary>Writes a file in place, as most programs do; a new one is made with its directories.</summary>
    public void UserWrite(EntryPath path, ReadOnlySpan<byte> content)
    {
        lock (_gate)
        {
            var inode = Find(path) is { } there && _disk.Body(there).Kind == EntryKind.File ? there : NewFile(path);
            _disk.Do(new BodyStep(inode, _disk.Body(inode) with { Data = content.ToArray(), ModifiedNs = _nowNs(), ChangedNs = _nowNs() }));
        }
        Hint(new WatchHint(path, HintKind.Writing), new WatchHint(path, HintKind.Changed));
    }

    /// <summary>Writes a new file and renames it over the old one, as careful programs do.</summary>
    public void UserSave(EntryPath path, ReadOnlySpan<byte> content)
    {
        lock (_gate)
        {
            var inode = NewFile(path);
            _disk.Do(new BodyStep(inode, _disk.Body(inode) with { Data = content.ToArray() }));
        }
        Hint(new WatchHint(path, HintKind.Changed));
    }

    /// <summary>Opens a file for appending and holds it open.</summary>
    public MemoryWriter UserOpen(EntryPath path)
    {
        lock (_gate)
        {
            var inode = Find(path) ?? NewFile(path);
            _writers[inode] = _writers.GetValueOrDefault(inode) + 1;
            return new(bytes => Append(inode, path, bytes), () => Close(inode, path));
        }
    }

    /// <summary>Removes a file, or a directory with all in it.</summary>
    public void UserDelete(EntryPath path)
    {
        lock (_gate) Name((FindDirectory(path.Parent)!.Value, path.Name, null));
        Hint(new WatchHint(path, HintKind.Changed));
    }

    /// <summary>Renames, replacing what is at the new name.</summary>
    public void UserRename(EntryPath from, EntryPath to)
    {
        lock (_gate)
        {
            var inode = Find(from)!.Value;
            Name((FindDirectory(from.Parent)!.Value, from.Name, null), (NewDirectory(to.Parent), to.Name, inode));
        }
        Hint(new WatchHint(from, HintKind.Changed), HintOf(to));
    }

    public void UserMkdir(EntryPath path)
    {
        lock (_gate) NewDirectory(path);
        Hint(new WatchHint(path, HintKind.NewTree));
    }

    public void UserChmod(EntryPath path, int mode)
    {
        lock (_gate) Change(path, b => b with { Permissions = mode });
        Hint(new WatchHint(path, HintKind.Changed));
    }

    public void UserTouch(EntryPath path, long modifiedNs)
    {
        lock (_gate) Change(path, b => b with { ModifiedNs = modifiedNs });
        Hint(new WatchHint(path, HintKind.Changed));
    }

    public void UserSymlink(EntryPath path, string target)
    {
        lock (_gate) Name((NewDirectory(path.Parent), path.Name, _disk.Create(new(EntryKind.Symlink, [], target, _nowNs(), _nowNs(), 0b111_111_111))));
        Hint(new WatchHint(path, HintKind.Changed));
    }

    /// <summary>The whole folder goes away, as when a disk is unplugged.</summary>
    public void UserUnplug()
    {
        lock (_gate) _rootIsGone = true;
        Hint(new WatchHint(EntryPath.Root, HintKind.RootGone));
    }

    /// <summary>The system lost hints.</summary>
    public void LoseHints() => Hint(new WatchHint(EntryPath.Root, HintKind.Lost));

    /// <summary>Makes all durable, as `sync` does.</summary>
    public void UserSync()
    {
        lock (_gate) _disk.FlushAll();
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
        var inode = _disk.Create(new(EntryKind.Directory, [], null, _nowNs(), _nowNs(), 0b111_101_101));
        Name((NewDirectory(path.Parent), path.Name, inode));
        return inode;
    }

    private void Change(EntryPath path, Func<MemoryBody, MemoryBody> change)
    {
        var inode = Find(path)!.Value;
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
