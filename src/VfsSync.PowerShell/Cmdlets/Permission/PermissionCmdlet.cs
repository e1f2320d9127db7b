using VfsSync.Core.History;
using VfsSync.Core.Rules;
using VfsSync.Engine.Running;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Cmdlets.Permission;

/// <summary>What both cmdlets share that write what a member may do into the policy.</summary>
public abstract class PermissionCmdlet : VfsCmdlet
{
    /// <summary>Nodes of the cluster, by name (with wildcards) or as Get-VfsNode and Get-VfsPermission emit them.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(MemberCompleter))]
    [ValidateNotNullOrEmpty]
    public NodeChoice[] Member { get; set; } = [];

    /// <summary>The node of this session that changes the policy; it must be an admin.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(NodeCompleter))]
    [ValidateNotNull]
    public NodeChoice? Node { get; set; }

    /// <summary>Emits what the member may do from then on.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected IEnumerable<(RunningNode Node, PermissionStatus Now)> Meant(NodeChoice choice)
    {
        var node = Chooser.One(Node);
        var found = choice.Among(node.Sync.Permissions(null), p => p.Name, p => p.Node.ToString());
        return found.Count > 0 || choice.IsPattern ? found.Select(p => (node, p)) : throw MemberChoice.NotFound(node, choice);
    }

    private protected void Set(RunningNode node, PermissionStatus member, string value)
    {
        node.Sync.SetPermission(member.Node, value, Cancellation);
        if (PassThru) WriteObject(new VfsPermission(node, node.Sync.Permissions(null).First(p => p.Node == member.Node)));
    }

    // As a role where there is one that may do just that.
    private protected static string ValueOf(Permissions may) =>
        may == Permissions.None ? PolicyText.None : KnownRoles.All.FirstOrDefault(role => KnownRoles.May(role) == may) ?? PolicyEdit.ValueOf(may);

    private protected static Permissions Sum(IEnumerable<string> words)
    {
        var all = PolicyText.PermissionWords;
        return words.Aggregate(Permissions.None, (sum, word) => sum | (all.FirstOrDefault(w => w.Word.Equals(word, StringComparison.OrdinalIgnoreCase)) is { Word: not null } found
            ? found.Value
            : throw new CommandException("VfsUnknownPermission", ErrorCategory.InvalidArgument, word, $"There is no permission '{word}'. There are {string.Join(", ", all.Select(w => w.Word))}.")));
    }
}
