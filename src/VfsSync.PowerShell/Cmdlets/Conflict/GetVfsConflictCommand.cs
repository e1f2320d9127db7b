using VfsSync.Core.Tree;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Cmdlets.Conflict;

/// <summary>The conflicts that stand in a node's folder.</summary>
[Cmdlet(VerbsCommon.Get, "VfsConflict", DefaultParameterSetName = "Path")]
[OutputType(typeof(VfsConflict))]
public sealed class GetVfsConflictCommand : VfsFileCmdlet
{
    private readonly HashSet<(string Node, string Copy)> _told = [];

    /// <summary>Paths, with wildcards; what lies below a directory counts. The whole folder by default.</summary>
    [Parameter(Position = 0, ParameterSetName = "Path", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(FileCompleter))]
    [ValidateNotNullOrEmpty]
    public override string[]? Path { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Path is null && LiteralPath is null && InputObject is null) Attempt(null, () => Emit(new VfsPlace(Chooser.One(Node), EntryPath.Root, true)));
        else ForEachPlace(Emit);
    }

    private void Emit(VfsPlace place)
    {
        foreach (var conflict in place.Node.Sync.Conflicts(place.Path))
            if (_told.Add((place.Node.Id, conflict.Loser.At.Text))) WriteObject(new VfsConflict(place.Node, conflict));
    }
}
