using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Cmdlets.Permission;

/// <summary>What each node of the cluster may do, everywhere or at a path.</summary>
[Cmdlet(VerbsCommon.Get, "VfsPermission")]
[OutputType(typeof(VfsPermission))]
public sealed class GetVfsPermissionCommand : VfsCmdlet
{
    /// <summary>Nodes of the cluster, by name (with wildcards) or as Get-VfsNode emits them; all by default.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(AuthorCompleter))]
    [ValidateNotNullOrEmpty]
    public NodeChoice[]? Member { get; set; }

    /// <summary>A path of the folder: the policy's rules may narrow who may write or remove there.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("LiteralPath", "PSPath")]
    [ArgumentCompleter(typeof(LiteralFileCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The node of this session to ask.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(NodeCompleter))]
    [ValidateNotNull]
    public NodeChoice? Node { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(Path ?? (object?)Member, () =>
    {
        var place = Path is null ? null : new VfsPathResolver(Chooser, Node, SessionState).Literal(Path);
        var node = place?.Node ?? Chooser.One(Node);
        var all = node.Sync.Permissions(place?.Path).Select(p => new VfsPermission(node, p)).ToList();
        foreach (var choice in Member ?? [new NodeChoice("*")])
            Attempt(choice, () =>
            {
                var found = choice.Among(all, p => p.Member, p => p.Id);
                if (found.Count == 0 && !choice.IsPattern) throw MemberChoice.NotFound(node, choice);
                WriteObject(found, enumerateCollection: true);
            });
    });
}
