using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Cmdlets.Problem;

/// <summary>The problems that stand now at the nodes of this session.</summary>
[Cmdlet(VerbsCommon.Get, "VfsProblem")]
[OutputType(typeof(VfsProblem))]
public sealed class GetVfsProblemCommand : VfsCmdlet
{
    /// <summary>The nodes of this session to ask; all by default.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(NodeCompleter))]
    [ValidateNotNullOrEmpty]
    public NodeChoice[]? Node { get; set; }

    /// <summary>Kinds of problem, with wildcards; all by default.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ProblemCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Kind { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(Node, () =>
    {
        var kinds = Kind.Select(k => new WildcardPattern(k, WildcardOptions.IgnoreCase)).ToList();
        foreach (var node in Chooser.All(Node))
            foreach (var problem in node.Sync.Problems())
                if (kinds.Exists(k => k.IsMatch(problem.Kind.ToString()))) WriteObject(new VfsProblem(node.Name, problem));
    });
}
