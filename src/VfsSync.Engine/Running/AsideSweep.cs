using System.Security.Cryptography;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;

namespace VfsSync.Engine.Running;

/// <summary>
/// What was replaced while a program went on writing into it comes back under the name of a conflict copy, once that program is done (invariant 1); the watcher
/// sees it there and has it recorded. Looks every two seconds, as long as there is anything.
/// </summary>
internal sealed class AsideSweep(IWorkingFolder folder, Func<AsideFile, IReadableFile, CancellationToken, bool> isRecorded, string node, Action<EntryPath, EntryPath> returned, Action swept, Action<Problem> troubled) : IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _ending = new();
    private Timer? _timer;
    private bool _armed, _ended;

    /// <summary>Something may have been put aside.</summary>
    public void Arm()
    {
        lock (_lock)
        {
            if (_armed || _ended || folder.Aside.Count == 0) return;
            _armed = true;
            _timer ??= new Timer(_ => Sweep());
            _timer.Change(s_pause, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        _ending.Cancel();
        lock (_lock)
        {
            _ended = true;
            _timer?.Dispose();
        }
        _ending.Dispose();
    }

    /// <summary>Brings back, or lets go, what nobody writes into any more.</summary>
    public void Sweep()
    {
        // Under the lock, so that a sweep is over before the folder is closed.
        lock (_lock)
        {
            if (_ended) return;
            try
            {
                var changed = folder.SweepAside((file, content) => isRecorded(file, content, _ending.Token));
                swept();
                foreach (var file in changed) Return(file);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or DiskProblemException)
            {
                troubled(new Problem(EntryPath.Root, ProblemKind.Unwritable, $"What was replaced while a program wrote into it cannot be brought back yet: {e.Message} It is kept in .vfs/aside."));
            }
            _armed = false;
        }
        Arm();
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
