using VfsSync.Engine.Running;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Cmdlets.Node;

/// <summary>The nodes of this session, then the members of their clusters as they see them.</summary>
[Cmdlet(VerbsCommon.Get, "VfsNode")]
[OutputType(typeof(VfsNode))]
public sealed class GetVfsNodeCommand : VfsCmdlet
{
    /// <summary>Names, with wildcards; all by default.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(AuthorCompleter))]
    [ValidateNotNullOrEmpty]
    [Alias("Name")]
    public NodeChoice[]? Node { get; set; }

    /// <summary>Leaves out the members that run elsewhere.</summary>
    [Parameter]
    public SwitchParameter Local { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var all = Local ? OfSession().ToList() : [.. OfSession(), .. Members(RunningNodes.All)];
        if (Node is null) WriteObject(all, enumerateCollection: true);
        foreach (var choice in Node ?? [])
        {
            var found = choice.Among(all, n => n.Name, n => n.Id);
            if (found.Count > 0) WriteObject(found, enumerateCollection: true);
            else if (!choice.IsPattern) Attempt(choice, () => throw NotThere(choice, all));
        }
    }

    private static IEnumerable<VfsNode> OfSession() => RunningNodes.All.Select(VfsNode.Of);

    // A member that several nodes see is shown by the one that sees it best.
    private static IEnumerable<VfsNode> Members(IEnumerable<RunningNode> nodes) => nodes
        .SelectMany(node => node.Sync.Members().Select(member => (node, member)))
        .GroupBy(seen => (seen.node.Sync.Cluster, seen.member.Id))
        .Select(seen => seen.MinBy(s => s.member.State switch { MemberState.Connected => 0, MemberState.Connecting => 1, _ => s.member.Via is null ? 3 : 2 }))
        .Select(seen => VfsNode.Of(seen.node, seen.member));

    private static CommandException NotThere(NodeChoice choice, List<VfsNode> all) => new("VfsNodeNotFound", ErrorCategory.ObjectNotFound, choice,
        all.Count == 0 ? "No node runs in this session. Start one with Start-VfsNode -Path DIR." : $"There is no node or member called '{choice}'; there is {string.Join(", ", all.Select(n => n.Name).Distinct())}.");
}
