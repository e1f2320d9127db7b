using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.Linux;

/// <summary>The watcher: one thread that reads events and turns each read into a batch of hints.</summary>
internal sealed class InotifyWatcher : IDisposable
{
    private const int IdleMs = 2_000;
    private const int MoveMs = 10; // both halves of a rename are queued together; a directory whose second half is late has left
    private static readonly TimeSpan s_rescan = TimeSpan.FromSeconds(10);

    private readonly Action<IReadOnlyList<WatchHint>> _hinted;
    private readonly Action<Problem> _troubled;
    private readonly Func<bool> _rootIsThere;
    private readonly int _inotify;
    private readonly int _wakeup = Libc.NewWakeup();
    private readonly int _parentWatch = -1;
    private readonly WatchTree _tree;
    private readonly InotifyTranslator _translator;
    private readonly Thread? _thread;
    private long _lastRescan = Environment.TickCount64;
    private bool _toldStarved;

    private InotifyWatcher(string root, int rootFd, Func<bool> rootIsThere, Action<IReadOnlyList<WatchHint>> hinted, Action<Problem> troubled)
    {
        (_rootIsThere, _hinted, _troubled) = (rootIsThere, hinted, troubled);
        _inotify = Libc.NewInotify();
        _tree = new WatchTree(rootFd, _inotify);
        _translator = new InotifyTranslator(_tree, rootFd, troubled);
        if (Path.GetDirectoryName(root) is { } parent) _parentWatch = Libc.AddWatch(_inotify, parent, InotifyEvent.WantedOfParent);
        _tree.AddAll();
        TellStarved();
        _thread = new Thread(Run) { Name = $"VfsSync watch {Path.GetFileName(root)}", IsBackground = true };
    }

    /// <summary>For tests: while reset, nothing is read, and the kernel's queue fills.</summary>
    internal ManualResetEventSlim Reading { get; } = new(true);

    internal int WatchCount => _tree.Count;

    public static InotifyWatcher Start(string root, int rootFd, Func<bool> rootIsThere, Action<IReadOnlyList<WatchHint>> hinted, Action<Problem> troubled)
    {
        var watcher = new InotifyWatcher(root, rootFd, rootIsThere, hinted, troubled);
        watcher._thread!.Start();
        return watcher;
    }

    private void Run()
    {
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var ready = Libc.WaitFor(_inotify, _wakeup, _translator.HasHalfMoves ? MoveMs : IdleMs);
            if (ready == 2) return;
            Reading.Wait();
            var (hints, rootMayBeGone) = (new List<WatchHint>(), ready == 0);
            try
            {
                if (ready == 1) Translate(buffer, hints, ref rootMayBeGone);
                else _translator.GiveUpHalfMoves();
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // A mistake of ours must not end the process, and what was read with it is not lost.
                _troubled(new(EntryPath.Root, ProblemKind.Node, $"A change could not be understood, so the whole folder is looked at. Report this: {e}"));
                hints.Add(new(EntryPath.Root, HintKind.Lost));
            }
            if (rootMayBeGone && !_rootIsThere()) hints.Add(new(EntryPath.Root, HintKind.RootGone));
            if (_tree.IsStarved) RescanInTime(hints);
            if (hints.Count > 0) _hinted(hints);
            if (hints.Count > 0 && hints[^1].Kind == HintKind.RootGone) return;
        }
    }

    private void Translate(byte[] buffer, List<WatchHint> hints, ref bool rootMayBeGone)
    {
        var got = Libc.Read(_inotify, buffer.AsSpan());
        ReadOnlySpan<byte> rest = buffer.AsSpan(0, Math.Max(got, 0));
        while (rest.Length > 0)
        {
            var one = new InotifyEvent(ref rest);
            if (one.Watch == _parentWatch) rootMayBeGone = true;
            else rootMayBeGone |= _translator.Translate(one, hints);
        }
        _translator.EndBatch();
    }

    // Where watches run out, what is unwatched is found by looking.
    private void RescanInTime(List<WatchHint> hints)
    {
        TellStarved();
        if (Environment.TickCount64 - _lastRescan < s_rescan.TotalMilliseconds) return;
        _lastRescan = Environment.TickCount64;
        _tree.AddAll();
        hints.Add(new(EntryPath.Root, HintKind.Lost));
    }

    private void TellStarved()
    {
        if (!_tree.IsStarved || _toldStarved) return;
        _toldStarved = true;
        _troubled(new(EntryPath.Root, ProblemKind.Node,
            $"The system has no more file watches ({_tree.Count} directories are watched), so other changes are found only every {s_rescan.TotalSeconds:0} s. "
            + "Raise the limit: sysctl fs.inotify.max_user_watches=1048576 (and fs.inotify.max_user_instances)."));
    }

    public void Dispose()
    {
        Libc.WakeUp(_wakeup);
        Reading.Set();
        if (Thread.CurrentThread != _thread) _thread!.Join();
        Libc.Close(_inotify);
        Libc.Close(_wakeup);
        Reading.Dispose();
    }
}
