using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Cmdlets.Node;

/// <summary>Ends the link to a member; neither side dials until Connect-VfsNode or the next start.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "VfsNode", SupportsShouldProcess = true)]
[OutputType(typeof(VfsNode))]
public sealed class DisconnectVfsNodeCommand : VfsCmdlet
{
    /// <summary>The members, by name (with wildcards) or as Get-VfsNode emits them.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(MemberCompleter))]
    [ValidateNotNullOrEmpty]
    public NodeChoice[] Member { get; set; } = [];

    /// <summary>The node of this session whose links they are.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(NodeCompleter))]
    [ValidateNotNull]
    public NodeChoice? Node { get; set; }

    /// <summary>Emits the members.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var choice in Member)
            Attempt(choice, () =>
            {
                var node = Chooser.One(Node, choice);
                foreach (var member in MemberChoice.Of(node, choice))
                {
                    if (!ShouldProcess(member.Name, $"Disconnect from node '{node.Name}'")) continue;
                    Pump.Await(node.Sync.DisconnectAsync(member.Id, Cancellation), Cancellation);
                    if (PassThru && node.Sync.Members().FirstOrDefault(m => m.Id == member.Id) is { } now) WriteObject(VfsNode.Of(node, now));
                }
            });
    }
}
