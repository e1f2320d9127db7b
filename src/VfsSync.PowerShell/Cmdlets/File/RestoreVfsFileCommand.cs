using VfsSync.Core.Tree;
using VfsSync.Engine.Running;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Cmdlets.File;

/// <summary>Brings versions back, as new changes: one version of a file, or a file or directory as it was at a moment.</summary>
[Cmdlet(VerbsData.Restore, "VfsFile", DefaultParameterSetName = "History", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(VfsChange))]
public sealed class RestoreVfsFileCommand : VfsCmdlet
{
    private readonly HashSet<(string Node, EntryPath Path)> _done = [];

    /// <summary>Versions as Get-VfsHistory emits them; of several of one path the first counts.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "History", ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public VfsHistory[] InputObject { get; set; } = [];

    /// <summary>Paths, literally; they may be of what is not there any more.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Version", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "At", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("LiteralPath", "PSPath", "Name")]
    [ArgumentCompleter(typeof(LiteralFileCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Which version, as Get-VfsHistory counts them.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Version")]
    [ValidateRange(1, int.MaxValue)]
    public int Version { get; set; }

    /// <summary>The state at that moment; of a directory, with all that lay in it, and what did not exist yet goes.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "At")]
    [Time]
    public DateTimeOffset? At { get; set; }

    /// <summary>The node of this session; of versions from Get-VfsHistory, by default the one that told them.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(NodeCompleter))]
    [ValidateNotNull]
    public NodeChoice? Node { get; set; }

    private VersionChoice? _choice;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var choice = _choice ??= new VersionChoice(Version, At);
        if (At > DateTimeOffset.Now) Require(At, () => throw new CommandException("VfsNotFound", ErrorCategory.InvalidArgument, At, $"{At.Value.LocalDateTime} is still to come."));
        if (ParameterSetName == "History")
            foreach (var version in InputObject) Attempt(version, () => Restore(Chooser.One(Node ?? new NodeChoice(version.Node, version.NodeId)), version.Status));
        foreach (var text in Path)
            Attempt(text, () =>
            {
                var place = new VfsPathResolver(Chooser, Node, SessionState).Literal(text);
                foreach (var version in Version > 0 ? [choice.Of(place)] : choice.AllOf(place).ToList()) Attempt(version.Path.Text, () => Restore(place.Node, version));
            });
    }

    private void Restore(RunningNode node, VersionStatus version)
    {
        Cancellation.ThrowIfCancellationRequested();
        if (!_done.Add((node.Id, version.Path)) || node.Sync.PlanRestore(version) is not { } plan) return;
        var what = version.Entry.IsAbsent ? "Remove, as it was not there" : version.Number == 0 ? "Make the directory, as it was there" : $"Bring back version {version.Number} of {version.Author}";
        if (!ShouldProcess($"Performing the operation \"{what}\" on target \"{node.Name}:{version.Path}\".", $"{what}: {version.Path}?", "Confirm", out var reason))
        {
            if (reason == ShouldProcessReason.WhatIf) WriteObject(VfsChange.Of(node, plan));
            return;
        }
        if (!version.Entry.IsAbsent || node.Sync.File(version.Path) is not null) node.Sync.Restore(version, Cancellation);
        WriteObject(VfsChange.Of(node, plan with { Planned = false }));
    }
}
