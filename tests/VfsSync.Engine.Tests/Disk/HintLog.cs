using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;

namespace VfsSync.Engine.Tests.Disk;

/// <summary>All hints of a watcher, and waiting for one.</summary>
internal sealed class HintLog : IDisposable
{
    private readonly List<WatchHint> _hints = [];
    private readonly List<Problem> _problems = [];

    public HintLog(IWorkingFolder folder) => Watcher = folder.Watch(Heard, p =>
    {
        lock (_hints)
        {
            _problems.Add(p);
            Monitor.PulseAll(_hints);
        }
    });

    public IDisposable Watcher { get; }

    public void Await(EntryPath path, HintKind kind) => Await(h => h == new WatchHint(path, kind), $"{kind} at '{path}'");

    public void AwaitAtOrAbove(EntryPath path) =>
        Await(h => h.Path == path && h.Kind == HintKind.Changed || h.Kind == HintKind.NewTree && path.IsBelow(h.Path), $"Changed at or NewTree above '{path}'");

    public void Await(Func<WatchHint, bool> wanted, string what) =>
        Await(() => _hints.Exists(h => wanted(h)), what);

    public Problem AwaitProblem()
    {
        Await(() => _problems.Count > 0, "a problem");
        return _problems[0];
    }

    public void Clear()
    {
        lock (_hints) _hints.Clear();
    }

    public WatchHint[] Heard()
    {
        lock (_hints) return [.. _hints];
    }

    private void Await(Func<bool> condition, string what)
    {
        var deadline = DateTime.UtcNow.AddSeconds(20);
        lock (_hints)
            while (!condition())
                if (DateTime.UtcNow > deadline || !Monitor.Wait(_hints, deadline - DateTime.UtcNow))
                    Assert.Fail($"No hint of {what} in time; heard: {string.Join(", ", _hints.Take(50))}");
    }

    private void Heard(IReadOnlyList<WatchHint> hints)
    {
        lock (_hints)
        {
            _hints.AddRange(hints);
            Monitor.PulseAll(_hints);
        }
    }

    public void Dispose() => Watcher.Dispose();
}
