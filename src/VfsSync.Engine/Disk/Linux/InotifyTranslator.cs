using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.Linux;

/// <summary>Turns events into hints, and keeps the watches where the directories are.</summary>
internal sealed class InotifyTranslator(WatchTree tree, int rootFd, Action<Problem> troubled)
{
    private readonly Dictionary<uint, WatchedDirectory> _halfMoves = [];
    private readonly HashSet<EntryPath> _writing = [];

    /// <summary>Directories that left one place and have not come to another yet.</summary>
    public bool HasHalfMoves => _halfMoves.Count > 0;

    /// <summary>Adds the hints of one event. True if the root may be gone.</summary>
    public bool Translate(InotifyEvent e, List<WatchHint> hints)
    {
        if (e.Is(InotifyEvent.Overflow))
        {
            // Directories may have come with the events that were lost.
            tree.AddAll();
            hints.Add(new(EntryPath.Root, HintKind.Lost));
            return false;
        }
        if (tree.Find(e.Watch) is not { IsAttached: true } directory)
        {
            if (e.Is(InotifyEvent.Ignored)) tree.Forget(e.Watch);
            return false;
        }
        if (e.Name.IsEmpty) return TranslateSelf(e, directory, hints);
        if (directory.Path.Length == 0 && e.Name.SequenceEqual(".vfs"u8)) return e.Is(InotifyEvent.Delete | InotifyEvent.MovedFrom);
        if (TryPath(directory, e.Name, out var path)) TranslateChild(e, directory, path, hints);
        return false;
    }

    private bool TranslateSelf(InotifyEvent e, WatchedDirectory directory, List<WatchHint> hints)
    {
        var isRoot = directory.Path.Length == 0;
        if (e.Is(InotifyEvent.Attributes) && isRoot) hints.Add(new(EntryPath.Root, HintKind.Changed)); // for others the parent tells
        if (e.Is(InotifyEvent.Unmount)) hints.Add(new(EntryPath.Root, HintKind.Lost));
        if (e.Is(InotifyEvent.Ignored)) tree.Forget(e.Watch);
        return isRoot && e.Is(InotifyEvent.DeleteSelf | InotifyEvent.MoveSelf | InotifyEvent.Unmount | InotifyEvent.Ignored);
    }

    private bool TryPath(WatchedDirectory directory, ReadOnlySpan<byte> name, out EntryPath path)
    {
        var at = path = EntryPath.Root;
        if (directory.Path.Length > 0 && !EntryPath.TryParse(directory.Path, out at, out _)) return false; // moved too deep; the scan tells
        if (LinuxFolder.TryName(at, name, out path, out var problem)) return true;
        troubled(problem!);
        return false;
    }

    private void TranslateChild(InotifyEvent e, WatchedDirectory directory, EntryPath path, List<WatchHint> hints)
    {
        if (e.Is(InotifyEvent.IsDirectory)) TranslateDirectory(e, directory, path, hints);
        else if (e.Is(InotifyEvent.Modify) || e.Is(InotifyEvent.Create) && IsBeingWritten(path))
        {
            if (_writing.Add(path)) hints.Add(new(path, HintKind.Writing));
        }
        else
        {
            _writing.Remove(path);
            hints.Add(new(path, HintKind.Changed));
        }
    }

    private void TranslateDirectory(InotifyEvent e, WatchedDirectory directory, EntryPath path, List<WatchHint> hints)
    {
        if (e.Is(InotifyEvent.MovedFrom) && directory.Child(path.Name) is { } leaving) _halfMoves[e.Cookie] = leaving;
        if (e.Is(InotifyEvent.MovedTo) && _halfMoves.Remove(e.Cookie, out var coming)) coming.MoveTo(directory, path.Name);
        // One that could not be read when it came may be readable now.
        var isNew = e.Is(InotifyEvent.Create | InotifyEvent.MovedTo) || e.Is(InotifyEvent.Attributes) && directory.Child(path.Name) is null;
        if (isNew) tree.AddTree(directory, path.Name);
        hints.Add(new(path, isNew ? HintKind.NewTree : HintKind.Changed));
    }

    // A new file is followed by its close; a symlink, a pipe or another name of an old file is not.
    private bool IsBeingWritten(EntryPath path)
    {
        using var parent = LinuxDirectory.Open(rootFd, path.Parent);
        return parent.Error == 0 && Libc.Stat(parent.Fd, path.Name, out var stat) == 0 && Stamps.KindOf(stat.Mode) == EntryKind.File && stat.Links == 1;
    }

    public void EndBatch() => _writing.Clear();

    /// <summary>What left the folder is watched no longer.</summary>
    public void GiveUpHalfMoves()
    {
        foreach (var gone in _halfMoves.Values) tree.Drop(gone);
        _halfMoves.Clear();
    }
}
