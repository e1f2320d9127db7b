using VfsSync.Core.Tree;
using VfsSync.Engine.Running;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Cmdlets.History;

/// <summary>The versions of paths, the newest first; also of what is not there any more.</summary>
[Cmdlet(VerbsCommon.Get, "VfsHistory", DefaultParameterSetName = "Path")]
[OutputType(typeof(VfsHistory))]
public sealed class GetVfsHistoryCommand : VfsFolderCmdlet
{
    /// <summary>Only what was made since then.</summary>
    [Parameter]
    [Time]
    [ArgumentCompleter(typeof(MomentCompleter))]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Only what was made until then.</summary>
    [Parameter]
    [Time]
    [ArgumentCompleter(typeof(MomentCompleter))]
    public DateTimeOffset? Until { get; set; }

    /// <summary>Only what these nodes made: names, with wildcards.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(AuthorCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Author { get; set; }

    /// <summary>Instead, what was changed against the policy, and taken back: it can be read and restored like any version.</summary>
    [Parameter]
    public SwitchParameter Denied { get; set; }

    /// <summary>Instead, what is in no path's history any more because its author, rolled back or copied, went on from another: it can be read and restored like any version.</summary>
    [Parameter]
    public SwitchParameter SetAside { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEachPlaceOrFolder(Emit);

    private void Emit(VfsPlace place)
    {
        var sync = place.Node.Sync;
        if (Denied || SetAside)
        {
            IReadOnlyList<VersionStatus> unnumbered = [.. Denied ? sync.DeniedHistory(place.Path) : [], .. SetAside ? sync.SetAsideHistory(place.Path) : []];
            foreach (var version in unnumbered.Where(IsWanted).OrderByDescending(v => v.Time)) WriteObject(new VfsHistory(place.Node, version));
            return;
        }
        var own = place.Path.IsRoot ? [] : sync.History(place.Path);
        // What lies below a directory is told for it; of a file only its own.
        var all = place.Path.IsRoot || own.Count == 0 || own.Any(v => v.Entry.Kind == EntryKind.Directory) ? [.. sync.Remembered(place.Path).SelectMany(p => HistoryOf(sync, p))] : own;
        if (all.Count == 0 && !place.Path.IsRoot) throw sync.NotFound(place.Path);
        // Of one path in the order of who had seen what, whatever the clocks said.
        var wanted = all == own ? all.Where(IsWanted).OrderByDescending(v => v.Number) : all.Where(IsWanted).OrderByDescending(v => v.Time).ThenBy(v => v.Path).ThenByDescending(v => v.Number);
        foreach (var version in wanted)
        {
            Cancellation.ThrowIfCancellationRequested();
            WriteObject(new VfsHistory(place.Node, version));
        }
    }

    private IReadOnlyList<VersionStatus> HistoryOf(SyncNode sync, EntryPath path)
    {
        Cancellation.ThrowIfCancellationRequested();
        return sync.History(path);
    }

    private bool IsWanted(VersionStatus version) =>
        (Since is not { } since || version.Time >= since) && (Until is not { } until || version.Time <= until)
        && (Author is null || Author.Any(a => a.Equals(version.Author, StringComparison.OrdinalIgnoreCase) || Wildcard.Of(a) is { } pattern && pattern.IsMatch(version.Author)));
}
