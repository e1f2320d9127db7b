using VfsSync.Core.Tree;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;
using VfsSync.PowerShell.Running;

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

    /// <summary>Goes on with problems that come from now on, until the pipeline is stopped or the nodes are.</summary>
    [Parameter]
    public SwitchParameter Follow { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => Require(Kind, () => _kinds = new KindChoice(Kind, Enum.GetNames<ProblemKind>(), kind => kind));

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(Node, () =>
    {
        var told = Chooser.All(Node).ToDictionary(node => node, _ => new HashSet<Core.Tree.Problem>());
        do
        {
            foreach (var (node, before) in told) Emit(node, before);
            if (Follow) Pump.Pause(Cancellation);
        }
        while (Follow && !Cancellation.IsCancellationRequested && told.Keys.Any(RunningNodes.All.Contains));
    });

    // One that went and comes again is told again.
    private void Emit(RunningNode node, HashSet<Core.Tree.Problem> told)
    {
        var now = node.Sync.Problems();
        told.IntersectWith(now);
        foreach (var problem in now.Where(told.Add))
            if (_kinds!.Has(problem.Kind.ToString())) WriteObject(new VfsProblem(node.Name, problem));
    }
}
