using VfsSync.Core.Tree;
using VfsSync.PowerShell.Pipeline;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Choosing;

/// <summary>Wildcards over a node's folder, part by part: '*' does not cross a '/'.</summary>
/// <param name="namesIn">The paths directly in a directory, and whether each is itself a directory.</param>
/// <param name="leafAtAnyDepth">The last part is looked for in the directories below, too (-Recurse).</param>
internal sealed class NodeGlob(Func<RunningNode, EntryPath, IEnumerable<(EntryPath Path, bool IsDirectory)>> namesIn, bool leafAtAnyDepth = false)
{
    /// <summary>Over what the node knows.</summary>
    public static NodeGlob OverIndex(bool leafAtAnyDepth = false) => new(Known, leafAtAnyDepth);

    /// <summary>Over all that there ever was.</summary>
    public static NodeGlob OverHistory() => new(Remembered);

    /// <summary>Over what the node knows and what lies on the disk, known or not.</summary>
    public static NodeGlob OverDisk { get; } = new((node, directory) => Known(node, directory).Concat(OnDisk(node, directory)).DistinctBy(e => e.Path));

    /// <exception cref="CommandException">The pattern is malformed.</exception>
    public IEnumerable<EntryPath> Match(RunningNode node, string pattern)
    {
        var parts = pattern.Split('/');
        if (parts.FirstOrDefault(p => Wildcard.Parse(p) is null) is { } malformed)
            throw new CommandException("VfsPathInvalid", ErrorCategory.InvalidArgument, pattern, $"'{malformed}' is not a pattern: a '[' in it has no ']'. Write `[ for the character, or use -LiteralPath.");
        return Match(node, EntryPath.Root, parts);
    }

    private IEnumerable<EntryPath> Match(RunningNode node, EntryPath directory, ReadOnlyMemory<string> parts)
    {
        var part = parts.Span[0];
        var rest = parts[1..];
        if (!WildcardPattern.ContainsWildcardCharacters(part) && !rest.IsEmpty) return Match(node, directory.Child(WildcardPattern.Unescape(part)), rest);
        var pattern = Wildcard.Parse(part)!;
        return rest.IsEmpty ? Leaves(node, directory, pattern) : namesIn(node, directory).Where(e => e.IsDirectory && pattern.IsMatch(e.Path.Name)).SelectMany(e => Match(node, e.Path, rest));
    }

    private IEnumerable<EntryPath> Leaves(RunningNode node, EntryPath directory, WildcardPattern pattern)
    {
        foreach (var (path, isDirectory) in namesIn(node, directory))
        {
            if (pattern.IsMatch(path.Name)) yield return path;
            if (!leafAtAnyDepth || !isDirectory) continue;
            foreach (var below in Leaves(node, path, pattern)) yield return below;
        }
    }

    private static IEnumerable<(EntryPath Path, bool IsDirectory)> Known(RunningNode node, EntryPath directory) =>
        node.Sync.Files(directory, recurse: false).Select(f => (f.Path, f.Kind == EntryKind.Directory));

    private static IEnumerable<(EntryPath Path, bool IsDirectory)> Remembered(RunningNode node, EntryPath directory) =>
        node.Sync.Remembered(directory).Where(p => p != directory).Select(p => (Path: p.Ancestors().Prepend(p).First(a => a.Parent == directory), Below: p))
            .GroupBy(p => p.Path).Select(g => (g.Key, g.Any(p => p.Below != g.Key)));

    private static IEnumerable<(EntryPath Path, bool IsDirectory)> OnDisk(RunningNode node, EntryPath directory)
    {
        var folder = new DirectoryInfo(Path.Combine(node.Root, directory.Text.Replace('/', Path.DirectorySeparatorChar)));
        if (!folder.Exists) yield break;
        foreach (var found in folder.EnumerateFileSystemInfos())
            if (EntryPath.TryParse(directory.IsRoot ? found.Name : $"{directory.Text}/{found.Name}", out var path, out _)) yield return (path, found is DirectoryInfo { LinkTarget: null });
    }
}
