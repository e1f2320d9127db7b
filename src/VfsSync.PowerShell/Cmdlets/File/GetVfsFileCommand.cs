using VfsSync.Core.Tree;
using VfsSync.Engine.Running;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Cmdlets.File;

/// <summary>What a node's folder holds: the content of directories, and what wildcards find.</summary>
[Cmdlet(VerbsCommon.Get, "VfsFile", DefaultParameterSetName = "Path")]
[OutputType(typeof(VfsFile))]
public sealed class GetVfsFileCommand : VfsFolderCmdlet
{
    /// <summary>Goes down into directories; the last part of a path with wildcards is then looked for in all of them.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Files only.</summary>
    [Parameter]
    public SwitchParameter File { get; set; }

    /// <summary>Directories only.</summary>
    [Parameter]
    public SwitchParameter Directory { get; set; }

    /// <summary>States, with wildcards; all by default. With it and without a path, directories are gone down into.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(StateCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? State { get; set; }

    private KindChoice? _states;

    private bool GoesDown => Recurse || State is not null && IsWholeFolder;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (State is not null) Require(State, () => _states = new KindChoice(State, Enum.GetNames<FileState>(), state => state));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Path is null) ForEachPlaceOrFolder(List);
        else
            foreach (var text in Path)
                Attempt(text, () =>
                {
                    var found = WildcardPattern.ContainsWildcardCharacters(text);
                    foreach (var place in Resolver.Expand(text, NodeGlob.OverIndex(Recurse)))
                        if (found) Emit(place, place.Status);
                        else List(place);
                });
    }

    private void List(VfsPlace place)
    {
        if (!place.Path.IsRoot)
        {
            if (place.Status is not { } status) throw place.Node.Sync.NotFound(place.Path);
            if (status.Kind != EntryKind.Directory)
            {
                Emit(place, status);
                return;
            }
        }
        foreach (var status in place.Node.Sync.Files(place.Path, GoesDown)) Emit(place, status);
    }

    private void Emit(VfsPlace place, FileStatus? status)
    {
        Cancellation.ThrowIfCancellationRequested();
        if (status is null || File && status.Kind == EntryKind.Directory || Directory && status.Kind != EntryKind.Directory) return;
        if (_states?.Has(status.State.ToString()) != false) WriteObject(VfsFile.Of(place.Node, status));
    }
}
