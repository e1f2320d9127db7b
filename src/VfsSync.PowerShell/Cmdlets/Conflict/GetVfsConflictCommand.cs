using VfsSync.Core.Tree;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Cmdlets.Conflict;

/// <summary>The conflicts that stand in a node's folder.</summary>
[Cmdlet(VerbsCommon.Get, "VfsConflict", DefaultParameterSetName = "Path")]
[OutputType(typeof(VfsConflict))]
public sealed class GetVfsConflictCommand : VfsFolderCmdlet
{
    private readonly HashSet<(string Node, string Copy)> _told = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEachPlaceOrFolder(Emit);

    private void Emit(VfsPlace place)
    {
        foreach (var conflict in place.Node.Sync.Conflicts(place.Path))
            if (_told.Add((place.Node.Id, conflict.Loser.At.Text))) WriteObject(new VfsConflict(place.Node, conflict));
    }
}
