using VfsSync.Core.History;
using VfsSync.Core.Rules;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Cmdlets.Permission;

/// <summary>Takes permissions from nodes; without -Permission all of them, which ends their links everywhere.</summary>
[Cmdlet(VerbsSecurity.Revoke, "VfsPermission", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(VfsPermission))]
public sealed class RevokeVfsPermissionCommand : PermissionCmdlet
{
    /// <summary>Permissions to take: write, delete, admin; read is all of them. By default all.</summary>
    [Parameter(Position = 1)]
    [ArgumentCompleter(typeof(PermissionCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Permission { get; set; }

    /// <summary>Asks nothing.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var choice in Member)
            Attempt(choice, () =>
            {
                foreach (var (node, now) in Meant(choice))
                {
                    var left = Permission is null ? Permissions.None : now.May & ~Sum(Permission);
                    var value = ValueOf(left.HasFlag(Permissions.Read) ? left : Permissions.None);
                    var what = value == PolicyText.None ? "Expel it: nobody links with it any more" : $"Leave it {value}";
                    if (IsForced || ShouldProcess($"{now.Name} ({now.Role}) in the cluster of '{node.Name}'", what)) Set(node, now, value);
                }
            });
    }

    // Not asked for once more; what is only to be shown, or confirmed all the same, is.
    private bool IsForced => Force && !IsSo("WhatIf", "WhatIfPreference") && !MyInvocation.BoundParameters.ContainsKey("Confirm");

    private bool IsSo(string parameter, string preference) =>
        LanguagePrimitives.IsTrue(MyInvocation.BoundParameters.TryGetValue(parameter, out var bound) ? bound : GetVariableValue(preference, false));
}
