using System.Management.Automation.Runspaces;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Cmdlets.Node;

/// <summary>Stops nodes of this session: what is in hand is finished, peers are told, the folder stays as it is.</summary>
[Cmdlet(VerbsLifecycle.Stop, "VfsNode", SupportsShouldProcess = true)]
[OutputType(typeof(VfsNode))]
public sealed class StopVfsNodeCommand : VfsCmdlet
{
    private readonly HashSet<string> _stopped = [];

    /// <summary>Which; needed when several run.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(NodeCompleter))]
    [ValidateNotNullOrEmpty]
    public NodeChoice[]? Node { get; set; }

    /// <summary>Emits each node as stopped.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Node is null) Attempt(null, () => Stop(Chooser.Sure("stop")));
        // Get-VfsNode shows a node that another one of the session sees twice.
        foreach (var choice in Node?.Where(n => n.Id is null || !_stopped.Contains(n.Id)) ?? [])
            Attempt(choice, () =>
            {
                foreach (var node in Chooser.Matching(choice)) Attempt(node.Name, () => Stop(node));
            });
    }

    private void Stop(RunningNode node)
    {
        _stopped.Add(node.Id);
        if (!ShouldProcess($"{node.Name} ({node.Root})", "Stop node")) return;
        var last = PassThru ? VfsNode.Of(node) : null;
        var here = Runspace.DefaultRunspace;
        using var progress = new LongWork(this, "Stopping node", node.Name);
        Pump.Await(Task.Run(() => RunningNodes.Stop(node, here)), Cancellation, () => progress.Show());
        if (last is not null) WriteObject(last.AsStopped());
    }
}
