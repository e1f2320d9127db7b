using System.Security.Cryptography;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;

namespace VfsSync.Engine.Running;

/// <summary>
/// What was replaced while a program went on writing into it comes back under the name of a conflict copy, once that program is done (invariant 1); the watcher
/// sees it there and has it recorded. Looks every two seconds, as long as there is anything; less often, up to 16 s, while nothing changes.
/// </summary>
internal sealed class AsideSweep(IWorkingFolder folder, ContentReader reader, string node, Action<EntryPath, EntryPath> returned, Action swept, Action<Problem> troubled) : IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(2), s_longestPause = TimeSpan.FromSeconds(16);

    private readonly Lock _lock = new(), _sweeping = new();
    private readonly CancellationTokenSource _ending = new();
    private Timer? _timer;
    private TimeSpan _next = s_pause;
    private bool _armed, _ended;

    /// <summary>Something may have been put aside.</summary>
    public void Arm() => Arm(s_pause);

    private void Arm(TimeSpan pause)
    {
        lock (_lock)
        {
            if (_armed || _ended || folder.Aside.Count == 0) return;
            _armed = true;
            _timer ??= new Timer(_ => Sweep());
            _timer.Change(pause, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _ended = true;
            _timer?.Dispose();
        }
        _ending.Cancel();
        lock (_sweeping) _ending.Dispose(); // The folder is closed next.
    }

    /// <summary>Brings back, or lets go, what nobody writes into any more. Long files are read meanwhile, so nothing that others wait for is locked.</summary>
    public void Sweep()
    {
        lock (_sweeping)
        {
            lock (_lock)
            {
                if (_ended) return;
                _armed = false;
            }
            var before = folder.Aside.Count;
            if (!TrySweep()) return;
            _next = folder.Aside.Count < before ? s_pause : s_longestPause < _next * 2 ? s_longestPause : _next * 2;
        }
        Arm(_next);
    }

    private bool TrySweep()
    {
        try
        {
            var changed = folder.SweepAside(file => reader.ManifestOf(file, _ending.Token));
            swept();
            foreach (var file in changed) Return(file);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DiskProblemException)
        {
            troubled(new Problem(EntryPath.Root, ProblemKind.Unwritable, $"What was replaced while a program wrote into it cannot be brought back yet: {e.Message} It is kept in .vfs/aside."));
        }
        return true;
    }

    private void Return(AsideFile file)
    {
        var origin = file.Origin.IsRoot ? EntryPath.Root.Child("recovered") : file.Origin;
        var put = Put(file, origin);
        // Its directory may be gone by now.
        if (put.Result == PutResult.Surprise && !origin.Parent.IsRoot) put = Put(file, EntryPath.Root.Child(origin.Name));
        if (put.Problem is { } problem) troubled(problem);
    }

    private PutOutcome Put(AsideFile file, EntryPath origin)
    {
        var path = CopyName.Of(origin, node, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3)));
        var put = folder.ReturnAside(file, path);
        if (put.Result == PutResult.Done) returned(origin, path);
        return put;
    }
}
