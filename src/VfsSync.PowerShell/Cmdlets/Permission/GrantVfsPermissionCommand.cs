using VfsSync.Core.History;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Cmdlets.Permission;

/// <summary>Gives nodes a role, or permissions beside those that they have: a line in .vfspolicy.yaml, whose other lines stay as they are.</summary>
[Cmdlet(VerbsSecurity.Grant, "VfsPermission", DefaultParameterSetName = "Role", SupportsShouldProcess = true)]
[OutputType(typeof(VfsPermission))]
public sealed class GrantVfsPermissionCommand : PermissionCmdlet
{
    /// <summary>The role: admin, editor, writer, reader, or one that the policy defines.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = "Role")]
    [ArgumentCompleter(typeof(RoleCompleter))]
    [ValidateNotNullOrEmpty]
    public string Role { get; set; } = "";

    /// <summary>Permissions to have as well: read, write, delete, admin.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Permission")]
    [ArgumentCompleter(typeof(PermissionCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Permission { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var choice in Member)
            Attempt(choice, () =>
            {
                foreach (var (node, now) in Meant(choice))
                {
                    var value = ParameterSetName == "Role" ? Role.Trim() : ValueOf(now.May | Sum(Permission) | Permissions.Read);
                    if (ShouldProcess($"{now.Name} ({now.Role})", $"Let it be {value}")) Set(node, now, value);
                }
            });
    }
}
