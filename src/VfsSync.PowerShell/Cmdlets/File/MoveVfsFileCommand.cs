using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Cmdlets.File;

/// <summary>Renames files and directories inside a folder, as one change each: no content crosses the wire.</summary>
[Cmdlet(VerbsCommon.Move, "VfsFile", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
[OutputType(typeof(VfsFile))]
public sealed class MoveVfsFileCommand : VfsFileCmdlet
{
    private readonly HashSet<VfsPlace> _taken = [];
    private readonly HashSet<string> _refused = [];

    /// <summary>The new path, literally, or a directory to move into (one that exists, or a path that ends with '/').</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(LiteralFileCompleter))]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = "";

    /// <summary>Emits what was moved, as it is now.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEachPlace(Move, survey: found =>
    {
        if (found.Count > 1 && !Target(found[0]).IsDirectory) throw SeveralToOne();
    });

    private void Move(VfsPlace from)
    {
        if (_refused.Contains(Destination)) return;
        var to = Target(from);
        if (from.Path.IsRoot) throw new CommandException("VfsPathInvalid", ErrorCategory.InvalidArgument, from.ToString(), "The folder of a node cannot be moved from inside.");
        if (to.IsDirectory) to = new VfsPlace(to.Node, to.Path.Child(from.Path.Name));
        else if (!_taken.Add(to))
        {
            // Said once, however many more come.
            _refused.Add(Destination);
            throw SeveralToOne();
        }
        if (!ShouldProcess($"{from} to {to.Path}", "Move")) return;
        from.Node.Sync.Move(from.Path, to.Path, Cancellation);
        if (PassThru && to.Status is { } now) WriteObject(VfsFile.Of(to.Node, now));
    }

    // A bare destination is in the folder of what is moved.
    private VfsPlace Target(VfsPlace from)
    {
        var to = new VfsPathResolver(Chooser, null, SessionState, from.Node).Literal(Destination);
        return to.Node == from.Node ? to : throw new CommandException("VfsPathInOtherNode", ErrorCategory.InvalidArgument, Destination,
            $"'{from.Path}' in {Folder(from)} cannot be moved to {Folder(to)}: files cannot be moved between nodes. Copy it (Read-VfsFile -Destination, or Get-VfsFile | Write-VfsFile), then remove it with Remove-VfsFile.");
    }

    // Two nodes may have one name.
    private static string Folder(VfsPlace place) => $"the folder of node '{place.Node.Name}' ({ViewText.Tilde(place.Node.Root)})";

    private CommandException SeveralToOne() => new("VfsSeveralToOne", ErrorCategory.InvalidArgument, Destination,
        $"Several files cannot be moved to the one path '{Destination}'. End it with '/' to move them into a directory.");
}
