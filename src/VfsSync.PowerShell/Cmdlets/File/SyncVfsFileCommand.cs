using VfsSync.Core.Tree;
using VfsSync.Engine.Running;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Cmdlets.File;

/// <summary>
/// Compares the disk with what the node knows, now: records what changed, and puts on the disk what is known and missing. All of the folder, or some paths.
/// </summary>
[Cmdlet(VerbsData.Sync, "VfsFile", DefaultParameterSetName = "Path", SupportsShouldProcess = true)]
[OutputType(typeof(VfsChange), typeof(Job))]
public sealed class SyncVfsFileCommand : VfsFolderCmdlet
{
    private readonly Dictionary<RunningNode, List<EntryPath>> _asked = [];

    /// <summary>Works as a job: Wait-Job, Receive-Job and Stop-Job apply.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (IsWholeFolder) Attempt(null, () => Ask(WholeFolder));
        else ForEachPlace(AskIfThere, NodeGlob.OverDisk);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        foreach (var (node, paths) in _asked)
        {
            if (Stopping) return;
            // The folder itself is all of it.
            IReadOnlyList<EntryPath> some = paths.Exists(p => p.IsRoot) ? [] : paths;
            Attempt(node.Name, () => Sync(node, some));
        }
    }

    private void AskIfThere(VfsPlace place)
    {
        var (sync, path) = (place.Node.Sync, place.Path);
        // What has just been removed may be recorded as such already.
        if (path.IsRoot || sync.File(path) is not null || OnDisk(sync.Root, path) || sync.RecentEvents().Any(e => e.Path == path)) Ask(place);
        else throw sync.NotFound(path);
    }

    private static bool OnDisk(string root, EntryPath path)
    {
        var found = new FileInfo(System.IO.Path.Combine(root, path.Text.Replace('/', System.IO.Path.DirectorySeparatorChar)));
        return found.Exists || found.LinkTarget is not null || Directory.Exists(found.FullName);
    }

    private void Ask(VfsPlace place)
    {
        if (!_asked.TryGetValue(place.Node, out var paths)) _asked[place.Node] = paths = [];
        paths.Add(place.Path);
    }

    private void Sync(RunningNode node, IReadOnlyList<EntryPath> paths)
    {
        var what = paths.Count switch { 0 => "all of it", 1 => paths[0].Text, var n => $"{n} paths" };
        var caption = $"{node.Name} ({what})";
        var whatIf = !ShouldProcess($"Performing the operation \"Sync\" on target \"{caption}\".", $"Sync {caption}?", "Confirm", out var reason);
        if (whatIf && reason != ShouldProcessReason.WhatIf) return;
        if (AsJob && !whatIf)
        {
            var job = new VfsJob(MyInvocation.Line, "Sync " + caption, node.Root, stop => node.Sync.SyncAsync(paths, false, stop), change => VfsChange.Of(node, change));
            JobRepository.Add(job);
            WriteObject(job);
            return;
        }
        using var progress = new LongWork(this, "Syncing", caption);
        foreach (var change in Pump.Await(node.Sync.SyncAsync(paths, whatIf, Cancellation), Cancellation, () => progress.Show())) Emit(node, change);
    }

    private void Emit(RunningNode node, SyncChange change)
    {
        WriteObject(VfsChange.Of(node, change));
        if (change.Error is { } error) Attempt(change.Path.Text, () => throw new CommandException("VfsSyncFailed", ErrorCategory.WriteError, change.Path.Text, $"'{change.Path}': {error}"));
    }
}
