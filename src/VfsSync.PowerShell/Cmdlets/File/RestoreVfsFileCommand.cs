using VfsSync.Core.Tree;
using VfsSync.Engine.Running;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Cmdlets.File;

/// <summary>Brings versions back, as new changes: one version of a file, or a file or directory as it was at a moment; or takes back what this node may not change.</summary>
[Cmdlet(VerbsData.Restore, "VfsFile", DefaultParameterSetName = "LocalOnly", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
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
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "LocalOnly", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("LiteralPath", "PSPath", "Name")]
    [ArgumentCompleter(typeof(LiteralFileCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Which version, as Get-VfsHistory counts them.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Version")]
    [ValidateRange(1, int.MaxValue)]
    [ArgumentCompleter(typeof(VersionCompleter))]
    public int Version { get; set; }

    /// <summary>The state at that moment; of a directory, with all that lay in it, and what did not exist yet goes.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "At")]
    [Time]
    [ArgumentCompleter(typeof(MomentCompleter))]
    public DateTimeOffset? At { get; set; }

    /// <summary>The node of this session; of versions from Get-VfsHistory, by default the one that told them.</summary>
    [Parameter(ParameterSetName = "History")]
    [Parameter(ParameterSetName = "Version", ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = "At", ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = "LocalOnly", ValueFromPipelineByPropertyName = true)]
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
                if (ParameterSetName == "LocalOnly") TakeBack(place);
                else if (Version > 0) Restore(place.Node, choice.Of(place));
                else RestoreAll(place, choice);
            });
    }

    private void Restore(RunningNode node, VersionStatus version)
    {
        if (Plan(node, version) is not { } plan) return;
        var what = version.Entry.IsAbsent ? "Remove, as it was not there" : $"Bring back version {version.Number} of {version.Author}";
        if (MayRestore(what, $"{node.Name}:{version.Path}", out var whatIf)) Make(node, version, plan);
        else if (whatIf) WriteObject(Told(node, version, plan));
    }

    private void TakeBack(VfsPlace place)
    {
        var node = place.Node;
        var paths = node.Sync.LocalOnly(place.Path);
        if (paths.Count == 0) throw new CommandException("VfsNothingToRestore", ErrorCategory.ObjectNotFound, place.ToString(), $"Nothing at '{place}' stays on this disk alone. To bring back a version, say which: -Version or -At.");
        var isMade = MayRestore($"Take back what is changed on this disk alone ({paths.Count} {(paths.Count == 1 ? "path" : "paths")})", place.ToString(), out var whatIf);
        if (isMade) node.Sync.TakeBack(place.Path, Cancellation);
        foreach (var path in isMade || whatIf ? paths : [])
            if (_done.Add((node.Id, path))) WriteObject(new VfsChange(node, new SyncChange(path, node.Sync.File(path) is null ? "Remove" : "Modify", node.Sync.File(path)?.Size ?? 0, Planned: whatIf, null)));
    }

    // One question for all of it, and under -WhatIf one line.
    private void RestoreAll(VfsPlace place, VersionChoice choice)
    {
        var node = place.Node;
        var planned = choice.AllOf(place).Select(version => (Version: version, Plan: Plan(node, version))).Where(p => p.Plan is not null).ToList();
        if (planned.Count == 0) return;
        var isMade = MayRestore($"Bring back as it was on {At!.Value.LocalDateTime} ({planned.Count} {(planned.Count == 1 ? "change" : "changes")})", place.ToString(), out var whatIf);
        foreach (var (version, plan) in planned)
        {
            if (isMade) Attempt(version.Path.Text, () => Make(node, version, plan!));
            else if (whatIf) WriteObject(Told(node, version, plan!));
        }
    }

    private bool MayRestore(string what, string target, out bool whatIf)
    {
        var may = ShouldProcess($"Performing the operation \"{what}\" on target \"{target}\".", $"{what}: {target}?", "Confirm", out var reason);
        whatIf = reason == ShouldProcessReason.WhatIf;
        return may;
    }

    private SyncChange? Plan(RunningNode node, VersionStatus version)
    {
        Cancellation.ThrowIfCancellationRequested();
        return _done.Add((node.Id, version.Path)) ? node.Sync.PlanRestore(version) : null;
    }

    private void Make(RunningNode node, VersionStatus version, SyncChange plan)
    {
        Cancellation.ThrowIfCancellationRequested();
        var told = Told(node, version, plan with { Planned = false });
        if (!version.Entry.IsAbsent || node.Sync.File(version.Path) is not null) node.Sync.Restore(version, Cancellation);
        WriteObject(told);
    }

    // From what is there to the version that comes back, though that counts as a new one from then on.
    private static VfsChange Told(RunningNode node, VersionStatus version, SyncChange plan)
    {
        var (from, _) = VfsChange.Versions(plan.Kind, made: false, node.Sync.VersionCount(plan.Path));
        return new VfsChange(node, plan) { From = from, To = version.Number > 0 && !version.Entry.IsAbsent ? version.Number : null };
    }
}
