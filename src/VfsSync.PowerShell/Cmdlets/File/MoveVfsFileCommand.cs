using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Cmdlets.File;

/// <summary>Renames files and directories inside a folder, as one change each: no content crosses the wire.</summary>
[Cmdlet(VerbsCommon.Move, "VfsFile", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
[OutputType(typeof(VfsFile))]
public sealed class MoveVfsFileCommand : VfsFileCmdlet
{
    // From the first on whose place is right only if no other comes for it, all wait for the end, and keep their order.
    private readonly List<Held> _held = [];
    private readonly HashSet<VfsPlace> _taken = [];

    /// <summary>The new path, literally, or a directory to move into (one that exists, or a path that ends with '/').</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(LiteralFileCompleter))]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = "";

    /// <summary>Emits what was moved, as it is now.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEachPlace(from =>
    {
        var to = Target(from, Destination);
        if (_held.Count == 0 && to.IsDirectory) Move(from, Destination);
        else _held.Add(new Held(from, to, Destination));
    });

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var wanted = _held.Where(h => !h.To.IsDirectory).GroupBy(h => h.To).Where(g => g.Count() > 1).ToDictionary(g => g.Key, g => g.First().Destination);
        foreach (var destination in wanted.Values) Attempt(destination, () => throw SeveralToOne(destination));
        foreach (var (from, to, destination) in _held)
        {
            if (Stopping) return;
            if (!wanted.ContainsKey(to)) Attempt(from.Path.Text, () => Move(from, destination));
        }
    }

    private void Move(VfsPlace from, string destination)
    {
        // Looked up anew: a move before this one may have made the directory, or taken it away.
        var to = Target(from, destination);
        if (from.Path.IsRoot) throw new CommandException("VfsPathInvalid", ErrorCategory.InvalidArgument, from.ToString(), "The folder of a node cannot be moved from inside.");
        if (_taken.Contains(to)) throw SeveralToOne(destination);
        if (to.IsDirectory) to = new VfsPlace(to.Node, to.Path.Child(from.Path.Name));
        else _taken.Add(to);
        if (!ShouldProcess($"{from} to {to.Path}", "Move")) return;
        from.Node.Sync.Move(from.Path, to.Path, Cancellation);
        if (PassThru && to.Status is { } now) WriteObject(VfsFile.Of(to.Node, now));
    }

    // A bare destination is in the folder of what is moved.
    private VfsPlace Target(VfsPlace from, string destination)
    {
        var to = new VfsPathResolver(Chooser, null, SessionState, from.Node).Literal(destination);
        return to.Node == from.Node ? to : throw new CommandException("VfsPathInOtherNode", ErrorCategory.InvalidArgument, destination,
            $"'{from.Path}' in {Folder(from)} cannot be moved to {Folder(to)}: files cannot be moved between nodes. Copy it (Read-VfsFile -Destination, or Get-VfsFile | Write-VfsFile), then remove it with Remove-VfsFile.");
    }

    // Two nodes may have one name.
    private static string Folder(VfsPlace place) => $"the folder of node '{place.Node.Name}' ({ViewText.Tilde(place.Node.Root)})";

    private static CommandException SeveralToOne(string destination) => new("VfsSeveralToOne", ErrorCategory.InvalidArgument, destination,
        $"Several files cannot be moved to the one path '{destination}'. End it with '/' to move them into a directory.");

    private sealed record Held(VfsPlace From, VfsPlace To, string Destination);
}
