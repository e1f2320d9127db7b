using System.Buffers;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.Linux;

/// <summary>
/// Which watch stands for which directory. A watch follows its directory when that is renamed, so paths are not kept: each directory knows its parent and its name.
/// Used by one thread at a time.
/// </summary>
internal sealed class WatchTree(int rootFd, int inotify)
{
    private readonly Dictionary<int, WatchedDirectory> _byWatch = [];
    private readonly byte[] _names = new byte[DirectoryReader.BufferSize];

    public int Count => _byWatch.Count;

    /// <summary>Set when the system has no more watches to give.</summary>
    public bool IsStarved { get; private set; } = inotify < 0;

    public WatchedDirectory? Find(int watch) => _byWatch.GetValueOrDefault(watch);

    /// <summary>Watches all directories from the root on that are not watched yet.</summary>
    public void AddAll()
    {
        IsStarved = inotify < 0;
        AddTree(null, "");
    }

    /// <summary>Watches a directory and all below it. What is watched already, under whatever name, is put where it is now.</summary>
    public void AddTree(WatchedDirectory? parent, string name)
    {
        var todo = new Stack<(WatchedDirectory? Parent, string Name)>();
        todo.Push((parent, name));
        while (!IsStarved && todo.TryPop(out var next)) Add(next.Parent, next.Name, todo);
    }

    private void Add(WatchedDirectory? parent, string name, Stack<(WatchedDirectory?, string)> todo)
    {
        var path = EntryPath.Root;
        if (parent is not null && !(parent.IsAttached && EntryPath.TryParse(parent.PathOf(name), out path, out _))) return;
        var fd = Beneath.Open(rootFd, path.Text, Libc.Directory);
        if (fd < 0) return; // gone again, or unreadable: then the scan says so
        try
        {
            // The watch first, then the look: nothing can come between unseen.
            var watch = Libc.AddWatch(inotify, fd, parent is null ? InotifyEvent.WantedOfRoot : InotifyEvent.Wanted);
            if (watch == -Errno.NoSpace) IsStarved = true;
            if (watch < 0) return;
            var directory = Attach(watch, parent, name);
            var names = new DirectoryReader(fd, _names);
            while (names.MoveNext())
                if (IsWatchable(fd, path, names, out var child)) todo.Push((directory, child.Name));
        }
        finally
        {
            Libc.Close(fd);
        }
    }

    private static bool IsWatchable(int fd, EntryPath directory, DirectoryReader at, out EntryPath child)
    {
        child = default;
        if (at.IsDirectory == false || at.IsDirectory is null && !(Libc.Stat(fd, at.Name, out var stat) == 0 && Stamps.KindOf(stat.Mode) == EntryKind.Directory)) return false;
        return LinuxFolder.TryName(directory, at.Name, out child, out _);
    }

    private WatchedDirectory Attach(int watch, WatchedDirectory? parent, string name)
    {
        if (!_byWatch.TryGetValue(watch, out var directory)) _byWatch[watch] = directory = new WatchedDirectory(watch);
        directory.MoveTo(parent, name);
        return directory;
    }

    /// <summary>Stops watching a directory that left, and all below it.</summary>
    public void Drop(WatchedDirectory directory)
    {
        foreach (var child in directory.Children.ToArray()) Drop(child);
        directory.Detach();
        if (_byWatch.Remove(directory.Watch)) Libc.RemoveWatch(inotify, directory.Watch);
    }

    /// <summary>The kernel says that a watch is no more.</summary>
    public void Forget(int watch)
    {
        if (_byWatch.Remove(watch, out var directory)) directory.Detach();
    }
}

/// <summary>A watched directory, where it is by now.</summary>
internal sealed class WatchedDirectory(int watch)
{
    private Dictionary<string, WatchedDirectory>? _children;
    private WatchedDirectory? _parent;
    private string? _name;

    public int Watch { get; } = watch;

    public IEnumerable<WatchedDirectory> Children => _children?.Values ?? Enumerable.Empty<WatchedDirectory>();

    /// <summary>Whether it still lies below the root.</summary>
    public bool IsAttached => _name is "" || _name is not null && _parent!.IsAttached;

    public string Path => _name is "" ? "" : _parent!.PathOf(_name!);

    public string PathOf(string name) => Path is { Length: > 0 } path ? $"{path}/{name}" : name;

    public WatchedDirectory? Child(string name) => _children?.GetValueOrDefault(name);

    public void MoveTo(WatchedDirectory? parent, string name)
    {
        if (ReferenceEquals(parent, _parent) && name == _name) return;
        Detach();
        (_parent, _name) = (parent, name);
        if (parent is null) return;
        parent.Child(name)?.Detach();
        (parent._children ??= new(StringComparer.Ordinal))[name] = this;
    }

    public void Detach()
    {
        _parent?._children?.Remove(_name!);
        (_parent, _name) = (null, null);
    }
}
