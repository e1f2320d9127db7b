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
    [ArgumentCompleter(typeof(AuthorCompleter))]
    [ValidateNotNullOrEmpty]
    public NodeChoice[] Member { get; set; } = [];

    /// <summary>The node of this session that changes the policy; it must be an admin.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(NodeCompleter))]
    [ValidateNotNull]
    public NodeChoice? Node { get; set; }

    /// <summary>The file of the cluster's root key, which stands above all admins: it makes this node an admin, and cuts off any other, the founder as well.</summary>
    [Parameter]
    [Alias("RootKeyPath")]
    [ValidateNotNullOrEmpty]
    public string? RootKey { get; set; }

    /// <summary>Emits what the member may do from then on.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected IEnumerable<(RunningNode Node, PermissionStatus Now)> Meant(NodeChoice choice)
    {
        var node = Chooser.One(Node, choice);
        var found = choice.Among(node.Sync.Permissions(null), p => p.Name, p => p.Node.ToString());
        return found.Count > 0 || choice.IsPattern ? found.Select(p => (node, p)) : throw MemberChoice.NotFound(node, choice);
    }

    private protected void Set(RunningNode node, PermissionStatus member, string value)
    {
        if (RootKey is null) node.Sync.SetPermission(member.Node, value, Cancellation);
        else SetByRoot(node, member, value);
        if (PassThru) WriteObject(new VfsPermission(node, node.Sync.Permissions(null).First(p => p.Node == member.Node)));
    }

    private void SetByRoot(RunningNode node, PermissionStatus member, string value)
    {
        if (value == PolicyText.None) Pump.Await(node.Sync.CutOffAsync(member.Node, KeyFile(), Cancellation), Cancellation);
        else if (value == KnownRoles.Admin && member.IsLocal) Pump.Await(node.Sync.BecomeAdminAsync(KeyFile(), Cancellation), Cancellation);
        else
            throw new CommandException("VfsNotByRoot", ErrorCategory.InvalidArgument, member.Name,
                "With -RootKey a node can be made an admin, by itself (on its own machine, with -Node), or be cut off. All else says the policy, without -RootKey.");
    }

    private byte[] KeyFile()
    {
        var path = SessionState.Path.GetUnresolvedProviderPathFromPSPath(RootKey);
        try
        {
            return System.IO.File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is System.IO.IOException or UnauthorizedAccessException)
        {
            throw new CommandException("VfsNotRootKey", ErrorCategory.OpenError, RootKey, $"The root key cannot be read: {e.Message}");
        }
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
