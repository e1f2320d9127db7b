using System.Collections.Concurrent;
using VfsSync.Core.Session;

namespace VfsSync.Engine.Running;

/// <summary>
/// Feeds a session its inputs one at a time and has its effects run. Whoever has an input runs it at once when the lane is free, else leaves it to whoever
/// has the lane; so a hint goes from the watcher's thread through the decision without a hop.
/// </summary>
internal sealed class Lane(Func<SessionInput, IReadOnlyList<SessionEffect>> handle, Func<SessionEffect, SessionInput?> run, Action<Exception> failed)
{
    private readonly ConcurrentQueue<object> _waiting = new();
    private const int MostWaiting = 256;
    private int _taken;

    public void Post(SessionInput input)
    {
        _waiting.Enqueue(input);
        Drain();
    }

    /// <summary>
    /// Returns when not much is waiting: whoever reads from a link waits here, so that a peer which sends faster than this node can follow fills the network's buffers and not this
    /// machine's memory. Never called with the lane in hand.
    /// </summary>
    public void KeepPace()
    {
        while (_waiting.Count > MostWaiting && Volatile.Read(ref _taken) != 0) Thread.Sleep(1);
    }

    /// <summary>Runs the first effects, before any input.</summary>
    public void Start(Func<IReadOnlyList<SessionEffect>> start)
    {
        _waiting.Enqueue(start);
        Drain();
    }

    /// <summary>Reads something of the session between two inputs.</summary>
    public T Ask<T>(Func<T> question)
    {
        using var answered = new ManualResetEventSlim(initialState: false, spinCount: 0);
        T answer = default!;
        Exception? error = null;
        _waiting.Enqueue(() =>
        {
            try
            {
                answer = question();
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                error = e;
            }
            answered.Set();
        });
        Drain();
        answered.Wait();
        return error is null ? answer : throw new InvalidOperationException(error.Message, error);
    }

    private void Drain()
    {
        while (!_waiting.IsEmpty && Interlocked.CompareExchange(ref _taken, 1, 0) == 0)
        {
            try
            {
                while (_waiting.TryDequeue(out var next)) One(next);
            }
            finally
            {
                Interlocked.Exchange(ref _taken, 0); // before it is looked once more: what came in between would lie there
            }
        }
    }

    private void One(object next)
    {
        try
        {
            switch (next)
            {
                case SessionInput input: Run(handle(input)); break;
                case Func<IReadOnlyList<SessionEffect>> start: Run(start()); break;
                case Action question: question(); break;
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            failed(e);
        }
    }

    // A commit is done at once, and its outcome comes before any other input; so does what the session asked to go on with.
    private void Run(IReadOnlyList<SessionEffect> effects)
    {
        SessionInput? answer = null;
        foreach (var effect in effects)
            if (run(effect) is { } input) answer = input;
        if (answer is not null) Run(handle(answer));
    }
}
