using VfsSync.Engine.Running;

namespace VfsSync.PowerShell.Pipeline;

/// <summary>Work of the engine as a PowerShell job: its changes are the job's output, its failures the job's errors.</summary>
public sealed class VfsJob : Job
{
    private readonly CancellationTokenSource _stop = new();
    private readonly string _where;
    private readonly Task _work;

    internal VfsJob(string command, string name, string where, Func<CancellationToken, Task<IReadOnlyList<SyncChange>>> work, Func<SyncChange, VfsChange> show) : base(command, name)
    {
        PSJobTypeName = "VfsJob";
        _where = where;
        SetJobState(JobState.Running);
        _work = Task.Run(() => Run(work, show));
    }

    /// <inheritdoc/>
    public override string StatusMessage => JobStateInfo.Reason?.Message ?? "";

    /// <inheritdoc/>
    public override bool HasMoreData => Output.Count > 0 || Error.Count > 0 || Progress.Count > 0;

    /// <summary>The folder it works on.</summary>
    public override string Location => _where;

    /// <inheritdoc/>
    public override void StopJob()
    {
        _stop.Cancel();
        ((IAsyncResult)_work).AsyncWaitHandle.WaitOne(TimeSpan.FromSeconds(10));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_work.IsCompleted) _stop.Cancel();
        base.Dispose(disposing);
    }

    private async Task Run(Func<CancellationToken, Task<IReadOnlyList<SyncChange>>> work, Func<SyncChange, VfsChange> show)
    {
        try
        {
            Progress.Add(new ProgressRecord(1, Name, "Running"));
            foreach (var change in await work(_stop.Token).ConfigureAwait(false))
            {
                Output.Add(PSObject.AsPSObject(show(change)));
                if (change.Error is { } error) Error.Add(new CommandException("VfsSyncFailed", ErrorCategory.WriteError, change.Path.Text, $"'{change.Path}': {error}").ToRecord());
            }
            End(JobState.Completed);
        }
        catch (OperationCanceledException)
        {
            End(JobState.Stopped);
        }
        catch (Exception e)
        {
            // Whatever ends the work is the job's reason to have failed.
            Error.Add(VfsErrors.Of(e, _where));
            End(JobState.Failed);
        }
    }

    private void End(JobState state)
    {
        Progress.Add(new ProgressRecord(1, Name, "Ended") { RecordType = ProgressRecordType.Completed });
        Progress.Complete();
        Output.Complete();
        Error.Complete();
        SetJobState(state);
    }
}
