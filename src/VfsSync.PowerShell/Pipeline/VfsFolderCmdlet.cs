using VfsSync.Core.Tree;
using VfsSync.PowerShell.Choosing;

namespace VfsSync.PowerShell.Pipeline;

/// <summary>Cmdlets of paths that are there, for which no path means the whole folder.</summary>
public abstract class VfsFolderCmdlet : VfsFileCmdlet
{
    /// <summary>Paths, with wildcards; the whole folder by default.</summary>
    [Parameter(Position = 0, ParameterSetName = "Path", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(FileCompleter))]
    [ValidateNotNullOrEmpty]
    public override string[]? Path { get; set; }

    private protected bool IsWholeFolder => Path is null && LiteralPath is null && InputObject is null;

    private protected VfsPlace WholeFolder => new(Chooser.One(Node), EntryPath.Root, true);

    /// <summary>Does <paramref name="step"/> at every place that the parameters of this record name, or at the folder itself if none is named.</summary>
    private protected void ForEachPlaceOrFolder(Action<VfsPlace> step)
    {
        if (IsWholeFolder) Attempt(null, () => step(WholeFolder));
        else ForEachPlace(step);
    }
}
