namespace VfsSync.Engine.Store;

/// <summary>
/// Brings the write-ahead log into the database beside the commits, on a thread of its own: SQLite would do it inside every hundredth commit or so, which
/// then takes milliseconds instead of fractions of one. Only when commits outrun it does a commit wait.
/// </summary>
internal sealed class Checkpointer : IDisposable
{
    private const long WantedPages = 1_000;
    private const long OverduePages = 16_000;

    private readonly Database _writer;
    private readonly Database _beside;
    private readonly AutoResetEvent _wake = new(false);
    private readonly Thread _thread;
    private long _pages;
    private volatile bool _closing;

    public Checkpointer(string file, Database writer)
    {
        (_writer, _beside) = (writer, Database.OpenReader(file));
        _thread = new Thread(Run) { IsBackground = true, Name = "VfsSync checkpoint" };
        _thread.Start();
    }

    /// <summary>After each commit, on its thread.</summary>
    public void Committed()
    {
        var pages = Interlocked.Add(ref _pages, _writer.TakePagesWritten());
        if (pages >= OverduePages && _writer.Checkpoint()) Interlocked.Exchange(ref _pages, 0);
        else if (pages >= WantedPages) _wake.Set();
    }

    public void Dispose()
    {
        _closing = true;
        _wake.Set();
        _thread.Join();
        _wake.Dispose();
        _beside.Dispose();
    }

    private void Run()
    {
        while (_wake.WaitOne() && !_closing)
        {
            var before = Interlocked.Read(ref _pages);
            if (_beside.Checkpoint()) Interlocked.Add(ref _pages, -before);
        }
    }
}
