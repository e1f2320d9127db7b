using System.Collections.Concurrent;

namespace VfsSync.Engine.Running;

/// <summary>A thread of the node's own that runs what it is given, in order. What an action throws is told to the owner: it is a bug, or the end.</summary>
internal sealed class Worker : IDisposable
{
    private readonly BlockingCollection<Action> _queue = [];
    private readonly Thread _thread;
    private readonly Action<Exception> _failed;
    private volatile bool _abandoned, _working;

    public Worker(string name, Action<Exception> failed, ThreadPriority priority = ThreadPriority.Normal)
    {
        _failed = failed;
        _thread = new Thread(Run) { Name = name, IsBackground = true, Priority = priority };
        _thread.Start();
    }

    public bool IsBusy => _working || _queue.Count > 0;

    /// <summary>Queues; after disposal nothing is taken any more.</summary>
    public void Post(Action action)
    {
        try
        {
            _queue.Add(action);
        }
        catch (InvalidOperationException)
        {
            // It is being stopped: whatever the action was for is stopping, too.
        }
    }

    /// <summary>Drops what is queued: only what is under way is finished.</summary>
    public void Abandon()
    {
        _abandoned = true;
        _queue.CompleteAdding();
    }

    /// <summary>Finishes what is queued, then ends; waits a bounded time for it.</summary>
    public void Dispose()
    {
        _queue.CompleteAdding();
        if (Thread.CurrentThread != _thread) _thread.Join(TimeSpan.FromSeconds(8));
    }

    private void Run()
    {
        foreach (var action in _queue.GetConsumingEnumerable())
        {
            if (_abandoned) return;
            try
            {
                _working = true;
                action();
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                _failed(e);
            }
            finally
            {
                _working = false;
            }
        }
    }
}
