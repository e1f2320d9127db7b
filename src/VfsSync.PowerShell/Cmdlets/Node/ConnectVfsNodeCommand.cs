using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Cmdlets.Node;

/// <summary>Adds an address to a node's peer book and dials it now.</summary>
[Cmdlet(VerbsCommunications.Connect, "VfsNode", SupportsShouldProcess = true)]
[OutputType(typeof(VfsNode))]
public sealed class ConnectVfsNodeCommand : VfsCmdlet
{
    /// <summary>host, host:port or [v6]:port.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Peer")]
    [ValidateNotNullOrEmpty]
    public string[] Address { get; set; } = [];

    /// <summary>The node of this session that dials.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(NodeCompleter))]
    [ValidateNotNull]
    public NodeChoice? Node { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var address in Address)
            Attempt(address, () =>
            {
                var node = Chooser.One(Node);
                if (!ShouldProcess(address, $"Connect node '{node.Name}'")) return;
                using var progress = new LongWork(this, "Connecting", address);
                WriteObject(VfsNode.Of(node, Pump.Await(node.Sync.ConnectAsync(address, Cancellation), Cancellation, () => progress.Show())));
            });
    }
}
