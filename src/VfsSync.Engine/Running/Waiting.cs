namespace VfsSync.Engine.Running;

/// <summary>Lets callers wait for a condition of the node, looked at again whenever something changed.</summary>
internal sealed class Waiting
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waiters;
    private bool _stopped;

    public void Changed()
    {
        if (Volatile.Read(ref _waiters) == 0) return;
        TaskCompletionSource now;
        lock (_lock) (now, _next) = (_next, new(TaskCreationOptions.RunContinuationsAsynchronously));
        now.SetResult();
    }

    public void Stop()
    {
        _stopped = true;
        Changed();
    }

    /// <summary>Completes once the condition holds.</summary>
    /// <param name="holds">Asked again after every change.</param>
    /// <param name="ended">What to throw when the node stops first.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task UntilAsync(Func<bool> holds, Func<Exception> ended, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _waiters);
        try
        {
            while (true)
            {
                Task next;
                lock (_lock) next = _next.Task;
                if (_stopped) throw ended();
                if (holds()) return;
                await next.WaitAsync(cancellation);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiters);
        }
    }
}
