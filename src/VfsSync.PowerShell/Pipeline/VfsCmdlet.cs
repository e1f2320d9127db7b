using System.Management.Automation.Runspaces;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Pipeline;

/// <summary>What all cmdlets of the module share: Ctrl+C as a token, errors as records, and the choice of a node.</summary>
public abstract class VfsCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private PipelinePump? _pump;

    private protected CancellationToken Cancellation => _stopping.Token;

    private protected PipelinePump Pump => _pump ??= new PipelinePump(this);

    private protected NodeChooser Chooser => new(RunningNodes.All, CurrentFolder(), NodeRunspace.OwnerOf(Runspace.DefaultRunspace));

    /// <inheritdoc/>
    protected override void StopProcessing() => _stopping.Cancel();

    /// <summary>The only call that always comes.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Cleans up.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing) _stopping.Dispose();
    }

    /// <summary>Runs one step. Its failure becomes an error record on <paramref name="target"/>, and the pipeline goes on.</summary>
    private protected bool Attempt(object? target, Action step) => Run(target, step, WriteError);

    /// <summary>As <see cref="Attempt"/>, where nothing can go on after a failure.</summary>
    private protected void Require(object? target, Action step) => Run(target, step, ThrowTerminatingError);

    /// <summary>
    /// As <see cref="Require"/>, where the script cannot go on either. What ThrowTerminatingError throws ends no more than its statement; this ends the script, as
    /// its own `throw` would, with exit code 1.
    /// </summary>
    private protected void RequireOfScript(object? target, Action step) =>
        Run(target, step, record => throw new RuntimeException(record.Exception.Message, record.Exception, record) { WasThrownFromThrowStatement = true });

    private bool Run(object? target, Action step, Action<ErrorRecord> failed)
    {
        try
        {
            step();
            return true;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        catch (Exception e) when (e is not (RuntimeException or FlowControlException))
        {
            failed(VfsErrors.Of(Unwrapped(e), target));
            return false;
        }
    }

    private static Exception Unwrapped(Exception e) => e is AggregateException { InnerExceptions: [var only] } ? only : e;

    private string? CurrentFolder() => SessionState.Path.CurrentFileSystemLocation?.ProviderPath;
}
