using VfsSync.Engine.Running;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;
using VfsSync.PowerShell.Running;

namespace VfsSync;

/// <summary>What Resolve-VfsConflict takes: a VfsConflict, a path (with wildcards; of the file or of its copy), a VfsFile, or a FileInfo.</summary>
public sealed class ConflictTarget
{
    private readonly VfsConflict? _conflict;
    private readonly VfsFile? _file;
    private readonly string _text;
    private readonly bool _isLiteral;

    /// <param name="conflict">A conflict as Get-VfsConflict emits it.</param>
    public ConflictTarget(VfsConflict conflict)
    {
        ArgumentNullException.ThrowIfNull(conflict);
        (_conflict, _text) = (conflict, conflict.Name);
    }

    /// <param name="file">A file as Get-VfsFile emits it, or the copy beside it.</param>
    public ConflictTarget(VfsFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        (_file, _text) = (file, file.Name);
    }

    /// <param name="path">A path, with wildcards.</param>
    public ConflictTarget(string path) => _text = path;

    /// <param name="file">A file of the disk that lies in a node's folder: as Get-ChildItem emits it.</param>
    public ConflictTarget(FileSystemInfo file)
    {
        ArgumentNullException.ThrowIfNull(file);
        (_text, _isLiteral) = (file.FullName, true);
    }

    internal IEnumerable<(RunningNode Node, ConflictStatus Conflict)> Find(NodeChooser chooser, NodeChoice? named, SessionState session)
    {
        if (_conflict is not null) return [(chooser.One(named ?? new NodeChoice(_conflict.Node, _conflict.NodeId)), _conflict.Status)];
        var resolver = new VfsPathResolver(chooser, named, session);
        var places = _file is not null ? [resolver.Of(_file)] : _isLiteral ? [resolver.Literal(_text)] : resolver.Expand(_text, NodeGlob.OverIndex()).ToList();
        var found = places.SelectMany(place => place.Node.Sync.Conflicts(place.Path).Select(c => (place.Node, c))).DistinctBy(f => (f.Node.Id, f.c.Loser.At)).ToList();
        if (found.Count == 0 && (_isLiteral || !WildcardPattern.ContainsWildcardCharacters(_text)))
            throw new CommandException("VfsNoConflict", ErrorCategory.ObjectNotFound, _text, $"There is no conflict at '{_text}'. List those that stand with Get-VfsConflict.");
        return found;
    }

    /// <summary>The path as given.</summary>
    public override string ToString() => _text;
}
