using VfsSync.Core.Tree;
using VfsSync.PowerShell.Pipeline;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Choosing;

/// <summary>
/// From what a user writes to places in nodes. A bare path is relative to the node's root, whatever $PWD is. `./x`, `../x`, `~`, absolute paths and PSPaths
/// are the file system's: they must lie in a running node's folder, and they choose that node.
/// </summary>
/// <param name="chooser">The nodes there are.</param>
/// <param name="named">What -Node says.</param>
/// <param name="session">How the session reads paths.</param>
/// <param name="bare">The node of bare paths where none is named; by default the chooser's.</param>
internal sealed class VfsPathResolver(NodeChooser chooser, NodeChoice? named, SessionState session, RunningNode? bare = null)
{
    /// <summary>The place of a path without wildcards.</summary>
    /// <exception cref="CommandException">It lies in no node's folder, in another node's than was named, or is no path.</exception>
    public VfsPlace Literal(string text)
    {
        var (node, inside) = Split(text);
        var asDirectory = inside.EndsWith('/');
        return new VfsPlace(node, Parse(inside.TrimEnd('/'), text), asDirectory);
    }

    /// <summary>The places that a path with wildcards finds, or its own place if it has none.</summary>
    public IEnumerable<VfsPlace> Expand(string text, NodeGlob glob)
    {
        var (node, inside) = Split(text);
        if (!WildcardPattern.ContainsWildcardCharacters(inside))
        {
            var plain = WildcardPattern.Unescape(inside);
            return [new VfsPlace(node, Parse(plain.TrimEnd('/'), text), plain.EndsWith('/'))];
        }
        return glob.Match(node, inside.TrimEnd('/')).Select(path => new VfsPlace(node, path));
    }

    /// <summary>The place of a VfsFile.</summary>
    public VfsPlace Of(VfsFile file) =>
        new(named is null ? chooser.One(new NodeChoice(file.Node, file.NodeId)) : chooser.One(named), EntryPath.Parse(file.Name));

    private (RunningNode Node, string Inside) Split(string text)
    {
        if (!IsFileSystemPath(text)) return (bare is not null && named is null ? bare : chooser.One(named), OperatingSystem.IsWindows() ? text.Replace('\\', '/') : text);
        var path = session.Path.GetUnresolvedProviderPathFromPSPath(text, out var provider, out _);
        if (!provider.Name.Equals("FileSystem", StringComparison.OrdinalIgnoreCase))
            throw new CommandException("VfsPathOutsideNode", ErrorCategory.InvalidArgument, text, $"'{text}' is a path of the provider {provider.Name}, not of the file system.");
        var (node, full) = Owner(path, text);
        if (named is not null && !chooser.Named(named).Contains(node))
            throw new CommandException("VfsPathInOtherNode", ErrorCategory.InvalidArgument, text, $"'{text}' lies in the folder of node '{node.Name}', not of '{named}'. Leave -Node out, or write the path as it is inside the folder.");
        var root = NodeChooser.Inside(full, node.Root) ? node.Root : node.Given;
        var inside = full[root.Length..].Trim(Path.DirectorySeparatorChar).Replace(Path.DirectorySeparatorChar, '/');
        return (node, inside.Length > 0 && (text[^1] is '/' || text[^1] == Path.DirectorySeparatorChar) ? inside + "/" : inside);
    }

    private (RunningNode Node, string Path) Owner(string path, string text)
    {
        if (chooser.Containing(path) is { } node) return (node, path);
        var real = RealPath.OfParent(path);
        if (chooser.Containing(real) is { } owner) return (owner, real);
        chooser.One(null);
        throw new CommandException("VfsPathOutsideNode", ErrorCategory.InvalidArgument, text,
            $"'{text}' {(text == path ? "lies" : $"is '{path}' on the disk, which lies")} in no running node's folder ({string.Join(", ", chooser.All(null).Select(n => $"{n.Name}: {n.Root}"))}). A path without './' is taken from the node's root.");
    }

    private bool IsFileSystemPath(string text) =>
        text is "." or ".." or "~" || text.StartsWith('/') || StartsWithStep(text, ".") || StartsWithStep(text, "..") || StartsWithStep(text, "~")
        || text.Contains("::", StringComparison.Ordinal) || OperatingSystem.IsWindows() && text.StartsWith('\\') || OnDrive(text);

    private static bool StartsWithStep(string text, string step) =>
        text.StartsWith(step + "/", StringComparison.Ordinal) || text.StartsWith(step + "\\", StringComparison.Ordinal);

    private bool OnDrive(string text) =>
        text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && session.Drive.GetAll().Any(d => d.Name.Equals(text[..colon], StringComparison.OrdinalIgnoreCase));

    private static EntryPath Parse(string inside, string text)
    {
        if (inside.Length == 0) return EntryPath.Root;
        return EntryPath.TryParse(inside, out var path, out var reason) ? path
            : throw new CommandException("VfsPathInvalid", ErrorCategory.InvalidArgument, text, $"'{text}' is not a path inside the folder: {reason}.");
    }
}
