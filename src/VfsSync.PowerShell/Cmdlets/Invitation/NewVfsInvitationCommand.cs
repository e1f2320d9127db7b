using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Cmdlets.Invitation;

/// <summary>Makes an invitation: a token with which another machine may join.</summary>
[Cmdlet(VerbsCommon.New, "VfsInvitation", SupportsShouldProcess = true)]
[OutputType(typeof(VfsInvitation))]
public sealed class NewVfsInvitationCommand : VfsCmdlet
{
    /// <summary>What the joining node may do: admin, editor, writer, reader or vault.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(RoleCompleter))]
    [ValidateNotNullOrEmpty]
    public string Role { get; set; } = "editor";

    /// <summary>How many nodes may join with it; 0 is any number.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int Uses { get; set; } = 1;

    /// <summary>How long it holds: a TimeSpan, or text like '2h' or '7d'; 'never' for ever.</summary>
    [Parameter]
    [Duration]
    public TimeSpan ExpiresIn { get; set; } = TimeSpan.FromHours(24);

    /// <summary>The node that invites; it must be an admin.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(NodeCompleter))]
    [ValidateNotNull]
    public NodeChoice? Node { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(Node, () =>
    {
        var node = Chooser.One(Node);
        if (!ShouldProcess(node.Name, $"Invite {(Uses == 1 ? "a node" : Uses == 0 ? "any number of nodes" : $"{Uses} nodes")} as {Role}")) return;
        var made = node.Sync.CreateInvitation(Role, Uses, ExpiresIn == DurationAttribute.Never ? null : ExpiresIn);
        WriteObject(new VfsInvitation(made).ForPipeline());
    });
}
