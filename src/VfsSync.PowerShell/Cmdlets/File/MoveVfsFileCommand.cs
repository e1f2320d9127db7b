using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Cmdlets.File;

/// <summary>Renames files and directories inside a folder, as one change each: no content crosses the wire.</summary>
[Cmdlet(VerbsCommon.Move, "VfsFile", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
[OutputType(typeof(VfsFile))]
public sealed class MoveVfsFileCommand : VfsFileCmdlet
{
    private readonly HashSet<VfsPlace> _taken = [];

    /// <summary>The new path, literally, or a directory to move into (one that exists, or a path that ends with '/').</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ArgumentCompleter(typeof(LiteralFileCompleter))]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = "";

    /// <summary>Emits what was moved, as it is now.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEachPlace(Move);

    private void Move(VfsPlace from)
    {
        // A bare destination is in the folder of what is moved.
        var to = new VfsPathResolver(Chooser, Node ?? new NodeChoice(from.Node.Id), SessionState).Literal(Destination);
        if (to.Node != from.Node)
            throw new CommandException("VfsPathInOtherNode", ErrorCategory.InvalidArgument, Destination, $"'{from}' and '{to}' are in different folders: copy with Write-VfsFile, then remove with Remove-VfsFile.");
        if (from.Path.IsRoot) throw new CommandException("VfsPathInvalid", ErrorCategory.InvalidArgument, from.ToString(), "The folder of a node cannot be moved from inside.");
        if (to.IsDirectory) to = new VfsPlace(to.Node, to.Path.Child(from.Path.Name));
        else if (!_taken.Add(to))
            throw new CommandException("VfsSeveralToOne", ErrorCategory.InvalidArgument, Destination, $"Several files cannot be moved to the one path '{Destination}'. End it with '/' to move them into a directory.");
        if (!ShouldProcess($"{from} to {to.Path}", "Move")) return;
        from.Node.Sync.Move(from.Path, to.Path, Cancellation);
        if (PassThru && to.Status is { } now) WriteObject(VfsFile.Of(to.Node, now));
    }
}
