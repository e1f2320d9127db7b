using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.Portable;

/// <summary>
/// The watcher over FileSystemWatcher. It hears of no close, so every event asks for a look; what changes while it is read is read again.
/// </summary>
internal sealed class PortableWatcher : IDisposable
{
    private static readonly TimeSpan s_rootCheck = TimeSpan.FromSeconds(2);
    private readonly string _root;
    private readonly Func<bool> _rootIsThere;
    private readonly Action<IReadOnlyList<WatchHint>> _hinted;
    private readonly Action<Problem> _troubled;
    private readonly FileSystemWatcher _watcher;
    private readonly Timer _timer;
    private bool _toldGone;

    public PortableWatcher(string root, Func<bool> rootIsThere, Action<IReadOnlyList<WatchHint>> hinted, Action<Problem> troubled)
    {
        (_root, _rootIsThere, _hinted, _troubled) = (root, rootIsThere, hinted, troubled);
        _watcher = new FileSystemWatcher(root)
        {
            IncludeSubdirectories = true,
            InternalBufferSize = 64 * 1024,
            NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size | NotifyFilters.Attributes,
        };
        _watcher.Created += (_, e) => Tell(e.Name, isNew: true);
        _watcher.Changed += (_, e) => Tell(e.Name, isNew: false);
        _watcher.Deleted += (_, e) => Tell(e.Name, isNew: false);
        _watcher.Renamed += (_, e) =>
        {
            Tell(e.OldName, isNew: false);
            Tell(e.Name, isNew: true);
        };
        _watcher.Error += (_, e) => Lost(e.GetException());
        _watcher.EnableRaisingEvents = true;
        _timer = new Timer(_ => CheckRoot(), null, s_rootCheck, s_rootCheck);
    }

    private void Tell(string? name, bool isNew)
    {
        var text = name?.Replace(Path.DirectorySeparatorChar, '/');
        // What is no path here is found and told by the scan.
        if (text is null || !EntryPath.TryParse(text, out var path, out _)) return;
        var isTree = isNew && PortableLook.At(Path.Combine(_root, name!)).Kind == EntryKind.Directory;
        _hinted([new(path, isTree ? HintKind.NewTree : HintKind.Changed)]);
    }

    private void Lost(Exception e)
    {
        if (e is not InternalBufferOverflowException)
            _troubled(new(EntryPath.Root, ProblemKind.Node, $"The folder cannot be watched completely: {e.Message} Changes may be found late."));
        _hinted([new(EntryPath.Root, HintKind.Lost)]);
        CheckRoot();
    }

    private void CheckRoot()
    {
        if (_rootIsThere() || Interlocked.Exchange(ref _toldGone, true)) return;
        _hinted([new(EntryPath.Root, HintKind.RootGone)]);
    }

    public void Dispose()
    {
        _timer.Dispose();
        _watcher.Dispose();
    }
}
