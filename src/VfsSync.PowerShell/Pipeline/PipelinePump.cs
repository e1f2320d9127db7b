using System.Management.Automation.Runspaces;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Pipeline;

/// <summary>
/// Waiting on the pipeline thread, in slices of 50 ms: between them the caller looks around (progress, output), and the -Action blocks of the session's
/// event subscribers run, which they do not while a compiled cmdlet just waits.
/// </summary>
internal sealed class PipelinePump(PSCmdlet cmdlet)
{
    public static TimeSpan Slice { get; } = TimeSpan.FromMilliseconds(50);

    // Long enough for the engine to leave a call that was cancelled, well below the second that Ctrl+C may take.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    /// <summary>Waits for work that runs elsewhere.</summary>
    /// <exception cref="PipelineStoppedException">Ctrl+C; the work was left to end by itself.</exception>
    public T Await<T>(Task<T> work, CancellationToken stopping, Action? each = null)
    {
        var done = ((IAsyncResult)work).AsyncWaitHandle;
        while (WaitHandle.WaitAny([done, stopping.WaitHandle], Slice) == WaitHandle.WaitTimeout) LookAround(each);
        if (stopping.IsCancellationRequested && !done.WaitOne(Grace)) throw new PipelineStoppedException();
        each?.Invoke();
        return work.GetAwaiter().GetResult();
    }

    /// <inheritdoc cref="Await{T}(Task{T}, CancellationToken, Action?)"/>
    public void Await(Task work, CancellationToken stopping, Action? each = null) => Await(Ended(work), stopping, each);

    /// <summary>Waits for one slice, or less if one of the tokens is cancelled.</summary>
    public void Pause(params ReadOnlySpan<CancellationToken> tokens)
    {
        var handles = new WaitHandle[tokens.Length];
        for (var i = 0; i < tokens.Length; i++) handles[i] = tokens[i].WaitHandle;
        if (WaitHandle.WaitAny(handles, Slice) == WaitHandle.WaitTimeout) LookAround(null);
    }

    /// <summary>Runs the -Action blocks of what has happened up to now: a script that has waited counts on having been told.</summary>
    public void Settle(CancellationToken stopping)
    {
        if (cmdlet.Events.Subscribers.Count == 0) return;
        do Pause(stopping); while (SessionEvents.Owes(Runspace.DefaultRunspace) && !stopping.IsCancellationRequested);
        LookAround(null);
    }

    private static async Task<bool> Ended(Task work)
    {
        await work.ConfigureAwait(false);
        return true;
    }

    // Queued -Action blocks run between the statements of a script; an empty one would run none.
    private void LookAround(Action? each)
    {
        if (cmdlet.Events.Subscribers.Count > 0) cmdlet.InvokeCommand.InvokeScript("for ($i = 0; $i -lt 500; $i++) { }");
        each?.Invoke();
    }
}
