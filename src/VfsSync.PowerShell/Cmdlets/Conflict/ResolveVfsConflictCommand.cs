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
    private readonly List<(ConflictTarget Choice, RunningNode Node, ConflictStatus Conflict)> _taken = [];

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
                foreach (var (node, conflict) in choice.Find(Chooser, Node, SessionState)) Take(choice, node, conflict);
            });
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        // All that stand at one path are closed at once: closed one by one, the first would make plain files of the other copies.
        if (Cancellation.IsCancellationRequested) return; // It was given up before it began.
        foreach (var group in _taken.GroupBy(t => (t.Node, t.Conflict.Path)))
            Attempt(group.First().Choice, () => Resolve(group.Key.Node, [.. group.Select(t => t.Conflict).DistinctBy(c => c.Loser.At)]));
    }

    private void Take(ConflictTarget choice, RunningNode node, ConflictStatus conflict)
    {
        if (ShouldProcess($"{node.Name}:{conflict.Path} ({conflict.Ours.Author} against {conflict.Theirs.Author})", Action(conflict))) _taken.Add((choice, node, conflict));
    }

    private void Resolve(RunningNode node, List<ConflictStatus> conflicts)
    {
        if (ParameterSetName == "With")
        {
            using var content = System.IO.File.OpenRead(SessionState.Path.GetUnresolvedProviderPathFromPSPath(With));
            node.Sync.ResolveWith(conflicts, content, Cancellation);
        }
        else if (Keep == "Merged") node.Sync.ResolveMerged(conflicts, Cancellation);
        else if (Keep == "Both") node.Sync.Resolve(conflicts, ConflictChoice.Both, Cancellation);
        else if (Copy(conflicts) is { } copy) node.Sync.Resolve([copy, .. conflicts.Where(c => c != copy)], ConflictChoice.Loser, Cancellation);
        else node.Sync.Resolve(conflicts, ConflictChoice.Winner, Cancellation);
        if (PassThru && node.Sync.File(conflicts[0].Path) is { } now) WriteObject(VfsFile.Of(node, now));
    }

    // Whose copy takes the path; null if what stands there stays. Of several that are theirs it is the latest.
    private ConflictStatus? Copy(List<ConflictStatus> conflicts) => Keep == "Ours"
        ? conflicts.Find(c => c.Ours == c.Loser)
        : conflicts.Exists(c => c.Theirs == c.Winner) ? null : conflicts.MaxBy(c => c.Loser.Time);

    private string Action(ConflictStatus conflict) => Keep switch
    {
        "Ours" => $"Keep what {conflict.Ours.Author} wrote",
        "Theirs" => $"Keep what {conflict.Theirs.Author} wrote",
        "Merged" => "Merge both",
        "Both" => $"Keep both, one as '{conflict.Loser.At}'",
        _ => $"Replace both by '{With}'",
    };
}
