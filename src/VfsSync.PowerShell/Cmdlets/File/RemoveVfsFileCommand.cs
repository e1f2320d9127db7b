using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Cmdlets.File;

/// <summary>Removes files and directories on every node. History holds what they were.</summary>
[Cmdlet(VerbsCommon.Remove, "VfsFile", DefaultParameterSetName = "Path", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
public sealed class RemoveVfsFileCommand : VfsFileCmdlet
{
    /// <summary>Removes directories with all that is in them.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEachPlace(Remove);

    private void Remove(VfsPlace place)
    {
        if (place.Path.IsRoot) throw new CommandException("VfsPathInvalid", ErrorCategory.InvalidArgument, place.ToString(), "The folder of a node cannot be removed from inside. To remove all in it: Remove-VfsFile * -Recurse.");
        if (ShouldProcess(place.ToString(), place.IsDirectory && Recurse ? "Remove directory with all in it" : "Remove")) place.Node.Sync.Remove(place.Path, Recurse, Cancellation);
    }
}
