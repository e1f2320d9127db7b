using System.Collections.Concurrent;

namespace VfsSync.Engine.Store;

/// <summary>Read connections, rented per call: each sees the last commit and never waits for the writer. As many are made as threads ever read at once.</summary>
internal sealed class ReaderPool(string file) : IDisposable
{
    private const int MaxIdle = 8;

    private readonly ConcurrentBag<Database> _idle = [];
    private volatile bool _closed;

    public T Read<TArgument, T>(TArgument argument, Func<Database, TArgument, T> query)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (!_idle.TryTake(out var database)) database = Database.OpenReader(file);
        try
        {
            return query(database, argument);
        }
        catch (Exception e) when (e is FormatException or IndexOutOfRangeException or ArgumentException or OverflowException)
        {
            throw new StoreCorruptException($"a row cannot be read ({e.Message})", e);
        }
        finally
        {
            Return(database);
        }
    }

    public void Dispose()
    {
        _closed = true;
        while (_idle.TryTake(out var database)) database.Dispose();
    }

    private void Return(Database database)
    {
        if (_closed || _idle.Count >= MaxIdle) database.Dispose();
        else _idle.Add(database);
        if (_closed) Dispose();
    }
}
