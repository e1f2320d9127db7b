using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Cmdlets.Invitation;

/// <summary>Gets the invitations that a node knows: its own, and those of others by which somebody joined.</summary>
[Cmdlet(VerbsCommon.Get, "VfsInvitation")]
[OutputType(typeof(VfsInvitation))]
public sealed class GetVfsInvitationCommand : VfsCmdlet
{
    /// <summary>Names (with wildcards) or identities; all by default.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(InvitationCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <summary>Only those that are Open, Used, Expired or Revoked.</summary>
    [Parameter]
    [ValidateSet("Open", "Used", "Expired", "Revoked")]
    public string[]? State { get; set; }

    /// <summary>The node of this session to ask.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(NodeCompleter))]
    [ValidateNotNull]
    public NodeChoice? Node { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(Node, () =>
    {
        var node = Chooser.One(Node);
        if (Name is null) Emit(node, null);
        else foreach (var name in Name) Attempt(null, () => Emit(node, [name]));
    });

    private void Emit(RunningNode node, string[]? names)
    {
        foreach (var found in InvitationChoice.Among(node, names))
            if (State is null || State.Contains(found.State, StringComparer.OrdinalIgnoreCase)) WriteObject(found.ForPipeline());
    }
}
