using VfsSync.Core.Content;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Cmdlets.Invitation;

/// <summary>Revokes invitations: nobody else joins with them. Who has joined stays.</summary>
[Cmdlet(VerbsSecurity.Revoke, "VfsInvitation", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(VfsInvitation))]
public sealed class RevokeVfsInvitationCommand : VfsCmdlet
{
    /// <summary>Names (with wildcards), identities, or objects from Get- and New-VfsInvitation.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(InvitationCompleter))]
    [ValidateNotNullOrEmpty]
    public PSObject[] Invitation { get; set; } = [];

    /// <summary>The node of this session that revokes; it made the invitation, or is an admin above the node that did.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(NodeCompleter))]
    [ValidateNotNull]
    public NodeChoice? Node { get; set; }

    /// <summary>Emits what became of it.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var given in Invitation)
            Attempt(given, () =>
            {
                var invitation = given.BaseObject as VfsInvitation;
                var node = Chooser.One(Node, invitation?.SeenById);
                foreach (var found in InvitationChoice.Among(node, [invitation?.Id ?? given.ToString()]))
                {
                    if (found.IsClosed)
                    {
                        WriteVerbose($"{found.Name ?? found.Id[..8]} lets nobody in any more: {found.State}.");
                        continue;
                    }
                    if (!ShouldProcess($"{found.Name ?? found.Id[..8]} ({found.Role})", "Let nobody else in by this invitation")) continue;
                    Pump.Await(node.Sync.RevokeInvitationAsync(Hash256.Parse(found.Id), Cancellation), Cancellation);
                    if (PassThru) WriteObject(InvitationChoice.Among(node, [found.Id]).Select(i => i.ForPipeline()), enumerateCollection: true);
                }
            });
    }
}
