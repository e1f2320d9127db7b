using System.Collections.Immutable;

namespace VfsSync.Engine.Running;

/// <summary>The newest events, and who wants to hear of later ones. Subscribers are called on one thread of the node's own, in order.</summary>
internal sealed class EventLog(Worker worker)
{
    private const int Kept = 5000;

    private readonly Lock _lock = new();
    private readonly Queue<SyncEvent> _recent = new();
    private ImmutableArray<Action<SyncEvent>> _subscribers = [];

    public void Add(SyncEvent happened)
    {
        ImmutableArray<Action<SyncEvent>> subscribers;
        lock (_lock)
        {
            _recent.Enqueue(happened);
            if (_recent.Count > Kept) _recent.Dequeue();
            subscribers = _subscribers;
        }
        if (!subscribers.IsEmpty) worker.Post(() => { foreach (var subscriber in subscribers) subscriber(happened); });
    }

    public IReadOnlyList<SyncEvent> Recent()
    {
        lock (_lock) return [.. _recent];
    }

    public IDisposable Subscribe(Action<SyncEvent> happened)
    {
        lock (_lock) _subscribers = _subscribers.Add(happened);
        return new Subscription(() => { lock (_lock) _subscribers = _subscribers.Remove(happened); });
    }

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
