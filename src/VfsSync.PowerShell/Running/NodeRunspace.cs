using System.Collections.Concurrent;
using System.Management.Automation.Runspaces;
using VfsSync.Engine.Running;
using Script = System.Management.Automation.PowerShell;

namespace VfsSync.PowerShell.Running;

/// <summary>
/// A node's background runspace: on a thread of its own it takes the node's events and runs the hook on them, one at a time. A hook that takes too long is
/// abandoned with its runspace (closing would wait for it), and another is opened.
/// </summary>
internal sealed class NodeRunspace : IDisposable
{
    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<Runspace, RunningNode> s_owners = [];

    private readonly RunningNode _node;
    private readonly Hook? _hook;
    private readonly BlockingCollection<SyncEvent> _events = [];
    private readonly CancellationTokenSource _closing = new();
    private readonly Thread _thread;
    private TimeSpan _patience = Hook.LastCall;
    private Runspace _runspace;

    public NodeRunspace(RunningNode node, Hook? hook)
    {
        (_node, _hook) = (node, hook);
        _runspace = Create();
        _thread = new Thread(Watch) { IsBackground = true, Name = "VfsSync:" + node.Name };
        _thread.Start();
    }

    /// <summary>The node whose hook runs in a runspace; null for all others.</summary>
    public static RunningNode? OwnerOf(Runspace? runspace) => runspace is not null && s_owners.TryGetValue(runspace, out var owner) ? owner : null;

    public void Post(SyncEvent happened)
    {
        if (_hook is not null && !_closing.IsCancellationRequested) _events.Add(happened);
    }

    /// <summary>Takes no more events. A hook that runs has <see cref="Hook.LastCall"/> to end by itself; one that itself asked for this, as long as any.</summary>
    /// <param name="askedFrom">The runspace that wants it closed.</param>
    public void Close(Runspace? askedFrom)
    {
        if (askedFrom is not null && askedFrom == _runspace) _patience = Hook.Limit;
        _closing.Cancel();
    }

    /// <summary>Waits until no hook runs any more, so that it touches nothing after its node is stopped; not for the hook that waits for this.</summary>
    public void Dispose()
    {
        Close(null);
        if (_patience == Hook.LastCall && Thread.CurrentThread != _thread) _thread.Join(Hook.LastCall + Hook.Stopping);
    }

    private void Watch()
    {
        try
        {
            _runspace.Open();
            foreach (var happened in _events.GetConsumingEnumerable(_closing.Token)) Run(happened);
        }
        catch (OperationCanceledException)
        {
            // Closing: what is still queued is of no interest.
        }
        catch (Exception e) when (e is PSInvalidOperationException or RuntimeException or InvalidRunspaceStateException)
        {
            Report("Its background runspace failed: " + e.Message);
        }
        finally
        {
            _runspace.CloseAsync();
        }
    }

    private void Run(SyncEvent happened)
    {
        var script = Script.Create();
        script.Runspace = _runspace;
        script.AddScript(_hook!.Text, useLocalScope: true).AddArgument(new VfsActivity(_node.Name, happened));
        var output = new PSDataCollection<PSObject>();
        var run = script.BeginInvoke<PSObject, PSObject>(null, output);
        var ended = WaitHandle.WaitAny([run.AsyncWaitHandle, _closing.Token.WaitHandle], Hook.Limit);
        if (ended == 0 || ended == 1 && run.AsyncWaitHandle.WaitOne(_patience)) Finish(script, run, output);
        else Abandon(script, run, ended == WaitHandle.WaitTimeout);
    }

    private void Finish(Script script, IAsyncResult run, PSDataCollection<PSObject> output)
    {
        try
        {
            script.EndInvoke(run);
        }
        catch (RuntimeException e)
        {
            Report("Error: " + e.ErrorRecord);
        }
        foreach (var line in output) Report(line?.ToString());
        foreach (var line in script.Streams.Information) Report(line.ToString());
        foreach (var line in script.Streams.Warning) Report("Warning: " + line);
        foreach (var line in script.Streams.Error) Report("Error: " + line);
        script.Dispose();
    }

    // Not disposed: that would wait for as long as the script runs.
    private void Abandon(Script script, IAsyncResult run, bool tooLong)
    {
        script.BeginStop(null, null);
        run.AsyncWaitHandle.WaitOne(Hook.Stopping);
        _runspace.CloseAsync();
        if (!tooLong) return;
        Report($"Error: the hook took longer than {Hook.Limit.TotalSeconds:0} s and was given up.");
        _runspace = Create();
        _runspace.Open();
    }

    private Runspace Create()
    {
        var state = InitialSessionState.CreateDefault2();
        state.ImportPSModule([ModuleManifest()]);
        foreach (var (name, value) in _hook?.Values ?? new Dictionary<string, object?>()) state.Variables.Add(new SessionStateVariableEntry(name, value, ""));
        var runspace = RunspaceFactory.CreateRunspace(state);
        runspace.Name = "VfsSync:" + _node.Name;
        s_owners.Add(runspace, _node);
        return runspace;
    }

    // The dll lies in <module>/module/bin/.
    private static string ModuleManifest() =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(NodeRunspace).Assembly.Location)!, "..", "..", "VfsSync.psd1"));

    private void Report(string? text)
    {
        if (!string.IsNullOrEmpty(text)) _node.Sync.Report(new SyncEvent(DateTimeOffset.Now, SyncEventKind.Hook, _node.Name, Message: text));
    }
}
