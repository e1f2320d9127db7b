using VfsSync.Core.Tree;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Cmdlets.Problem;

/// <summary>The problems that stand now at the nodes of this session.</summary>
[Cmdlet(VerbsCommon.Get, "VfsProblem")]
[OutputType(typeof(VfsProblem))]
public sealed class GetVfsProblemCommand : VfsCmdlet
{
    private KindChoice? _kinds;

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
    protected override void BeginProcessing() => Require(Kind, () => _kinds = new KindChoice(Kind, Enum.GetNames<ProblemKind>(), kind => kind));

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(Node, () =>
    {
        foreach (var node in Chooser.All(Node))
            foreach (var problem in node.Sync.Problems())
                if (_kinds!.Has(problem.Kind.ToString())) WriteObject(new VfsProblem(node.Name, problem));
    });
}
