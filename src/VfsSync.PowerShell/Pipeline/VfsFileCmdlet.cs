using VfsSync.PowerShell.Choosing;

namespace VfsSync.PowerShell.Pipeline;

/// <summary>Cmdlets that act on paths that are there: by -Path (wildcards), -LiteralPath (FileInfo binds it through PSPath), or VfsFile objects.</summary>
public abstract class VfsFileCmdlet : VfsCmdlet
{
    /// <summary>Paths, with wildcards. A bare path is taken from the node's root, whatever the current folder; './x', '../x' and absolute ones are the file system's.</summary>
    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Path", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(FileCompleter))]
    [ValidateNotNullOrEmpty]
    public virtual string[]? Path { get; set; }

    /// <summary>Paths as they are: no character in them is a wildcard.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    [ArgumentCompleter(typeof(LiteralFileCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? LiteralPath { get; set; }

    /// <summary>Files as Get-VfsFile emits them; each brings its node along.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "File", ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public VfsFile[]? InputObject { get; set; }

    /// <summary>The node of this session. By default the one whose folder contains the current one, else the only one, else the first started.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(NodeCompleter))]
    [ValidateNotNull]
    public NodeChoice? Node { get; set; }

    private protected VfsPathResolver Resolver => new(Chooser, Node, SessionState);

    /// <summary>Does <paramref name="step"/> at every place that the parameters of this record name; a failure at one leaves the others.</summary>
    /// <param name="step">What to do at one.</param>
    /// <param name="glob">How wildcards are looked up.</param>
    private protected void ForEachPlace(Action<VfsPlace> step, NodeGlob? glob = null)
    {
        var resolver = Resolver;
        foreach (var text in Path ?? [])
        {
            List<VfsPlace> found = [];
            if (!Attempt(text, () => found.AddRange(resolver.Expand(text, glob ?? NodeGlob.OverIndex())))) continue;
            foreach (var place in found) Attempt(place.Path.Text, () => step(place));
        }
        foreach (var text in LiteralPath ?? []) Attempt(text, () => step(resolver.Literal(text)));
        foreach (var file in InputObject ?? []) Attempt(file, () => step(resolver.Of(file)));
    }
}
