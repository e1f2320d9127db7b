using VfsSync.Engine.Running;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Cmdlets.Node;

/// <summary>Lets a halted node go on: what made it halt was meant, or has been mended.</summary>
[Cmdlet(VerbsLifecycle.Resume, "VfsNode", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(VfsNode))]
public sealed class ResumeVfsNodeCommand : VfsCmdlet
{
    /// <summary>Which; by default the halted one, if there is just one.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(NodeCompleter))]
    [ValidateNotNullOrEmpty]
    public NodeChoice[]? Node { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Node is null) Attempt(null, () => Resume(Halted()));
        foreach (var choice in Node ?? [])
            Attempt(choice, () =>
            {
                foreach (var node in Halted(Chooser.Matching(choice))) Attempt(node.Name, () => Resume(node));
            });
    }

    // Whoever names several means those that are halted.
    private static IReadOnlyList<RunningNode> Halted(IReadOnlyList<RunningNode> named)
    {
        if (named.Count < 2) return named;
        var halted = named.Where(n => n.Sync.State == NodeState.Halted).ToList();
        return halted.Count > 0 ? halted : throw new CommandException("VfsNotHalted", ErrorCategory.InvalidOperation, null, $"None of {NodeChooser.Names(named)} is halted, so there is nothing to resume.");
    }

    private static RunningNode Halted() => RunningNodes.All.FindAll(n => n.Sync.State == NodeState.Halted) switch
    {
        [var only] => only,
        [] => throw new CommandException("VfsNotHalted", ErrorCategory.InvalidOperation, null, "No node of this session is halted, so there is nothing to resume."),
        var several => throw new CommandException("VfsNodeAmbiguous", ErrorCategory.InvalidArgument, null, $"{several.Count} nodes are halted ({NodeChooser.Names(several)}): say with -Node which one to resume."),
    };

    private void Resume(RunningNode node)
    {
        if (node.Sync is { State: NodeState.Halted, HaltReason: { } reason } && !ShouldProcess($"Resume node {node.Name} ({node.Root}), halted: {reason}", $"{reason}\nLet {node.Name} go on?", $"Resume node {node.Name}")) return;
        using var progress = new LongWork(this, "Resuming node", node.Name);
        try
        {
            Pump.Await(Task.Run(() => node.Resume(Cancellation)), Cancellation, () => progress.Show());
        }
        catch (NodeException)
        {
            if (node.Sync.State == NodeState.Stopped) RunningNodes.Stop(node);
            throw;
        }
        WriteObject(VfsNode.Of(node));
    }
}
