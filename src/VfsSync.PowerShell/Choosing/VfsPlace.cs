using VfsSync.Core.Tree;
using VfsSync.Engine.Running;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Choosing;

/// <summary>A path in a node's folder.</summary>
/// <param name="Node">Which node.</param>
/// <param name="Path">Where in its folder.</param>
/// <param name="AsDirectory">It was written with a '/' at its end.</param>
internal sealed record VfsPlace(RunningNode Node, EntryPath Path, bool AsDirectory = false)
{
    /// <summary>What is there now; null if nothing, or if it is the folder itself.</summary>
    public FileStatus? Status => Path.IsRoot ? null : Node.Sync.File(Path);

    public bool IsDirectory => AsDirectory || Path.IsRoot || Status?.Kind == EntryKind.Directory;

    public override string ToString() => $"{Node.Name}:{(Path.IsRoot ? "/" : Path.Text)}";
}
