using System.Diagnostics;

namespace VfsSync.PowerShell.Pipeline;

/// <summary>Progress of what takes longer than half a second: bytes, rate and time left where a total is known. Pipeline thread only.</summary>
internal sealed class LongWork(PSCmdlet cmdlet, string activity, string what, long total = 0) : IDisposable
{
    private readonly ProgressRecord _record = new(activity.GetHashCode(StringComparison.Ordinal) & 0xFFFF, activity, what);
    private readonly Stopwatch _since = Stopwatch.StartNew();
    private long _shown = 500;

    /// <param name="done">Bytes.</param>
    /// <param name="status">What to say instead of the work's name; asked only when it is shown.</param>
    public void Show(long done = 0, Func<string>? status = null)
    {
        if (_since.ElapsedMilliseconds < _shown) return;
        _shown = _since.ElapsedMilliseconds + 200;
        var seconds = _since.Elapsed.TotalSeconds;
        if (status is not null) _record.StatusDescription = status();
        if (done > 0)
        {
            _record.StatusDescription = $"{what}: {ViewText.Bytes(done)}{(total > 0 ? " of " + ViewText.Bytes(total) : "")}, {ViewText.Bytes((long)(done / seconds))}/s";
            if (total > 0)
            {
                _record.PercentComplete = (int)Math.Min(100, done * 100 / total);
                _record.SecondsRemaining = (int)Math.Min(int.MaxValue, (total - done) / (done / seconds));
            }
        }
        cmdlet.WriteProgress(_record);
    }

    public void Dispose()
    {
        if (_shown == 500) return;
        _record.RecordType = ProgressRecordType.Completed;
        // A stopped pipeline takes no more records, and clears its progress itself.
        if (!cmdlet.Stopping) cmdlet.WriteProgress(_record);
    }
}
