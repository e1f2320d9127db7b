using VfsSync.Engine.Running;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Cmdlets.Conflict;

/// <summary>Closes conflicts, on every node: by one of the two versions, by both, or by a file that stands for both.</summary>
[Cmdlet(VerbsDiagnostic.Resolve, "VfsConflict", DefaultParameterSetName = "Keep", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(VfsFile))]
public sealed class ResolveVfsConflictCommand : VfsCmdlet
{
    /// <summary>Conflicts as Get-VfsConflict emits them, or the paths of some.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("Path", "InputObject")]
    [ValidateNotNullOrEmpty]
    public ConflictTarget[] Conflict { get; set; } = [];

    /// <summary>Which stays at the path: Ours, Theirs, Both (the copy becomes a file of its own), or Merged (what both made of their common ancestor, line by line).</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Keep")]
    [ValidateSet("Ours", "Theirs", "Both", "Merged")]
    public string Keep { get; set; } = "";

    /// <summary>A file of this machine whose content takes the place of both.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "With")]
    [ValidateNotNullOrEmpty]
    public string With { get; set; } = "";

    /// <summary>The node of this session, where paths are given.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(NodeCompleter))]
    [ValidateNotNull]
    public NodeChoice? Node { get; set; }

    /// <summary>Emits what stands at the path then.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var choice in Conflict)
            Attempt(choice, () =>
            {
                foreach (var (node, conflict) in choice.Find(Chooser, Node, SessionState)) Attempt(choice, () => Resolve(node, conflict));
            });
    }

    private void Resolve(RunningNode node, ConflictStatus conflict)
    {
        if (!ShouldProcess($"{node.Name}:{conflict.Path} ({conflict.Ours.Author} against {conflict.Theirs.Author})", Action(conflict))) return;
        if (ParameterSetName == "With")
        {
            using var content = System.IO.File.OpenRead(SessionState.Path.GetUnresolvedProviderPathFromPSPath(With));
            node.Sync.ResolveWith(conflict, content, Cancellation);
        }
        else if (Keep == "Merged") node.Sync.ResolveMerged(conflict, Cancellation);
        else node.Sync.Resolve(conflict, Chosen(conflict), Cancellation);
        if (PassThru && node.Sync.File(conflict.Path) is { } now) WriteObject(VfsFile.Of(node, now));
    }

    private string Action(ConflictStatus conflict) => Keep switch
    {
        "Ours" => $"Keep what {conflict.Ours.Author} wrote",
        "Theirs" => $"Keep what {conflict.Theirs.Author} wrote",
        "Merged" => "Merge both",
        "Both" => $"Keep both, one as '{conflict.Loser.At}'",
        _ => $"Replace both by '{With}'",
    };

    private ConflictChoice Chosen(ConflictStatus conflict) => Keep switch
    {
        "Both" => ConflictChoice.Both,
        "Ours" => conflict.Ours == conflict.Winner ? ConflictChoice.Winner : ConflictChoice.Loser,
        _ => conflict.Theirs == conflict.Winner ? ConflictChoice.Winner : ConflictChoice.Loser,
    };
}
