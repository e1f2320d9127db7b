using System.Collections.Immutable;
using VfsSync.PowerShell.Pipeline;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Choosing;

/// <summary>Which node of this session is meant.</summary>
/// <param name="nodes">The nodes, in the order they were started.</param>
/// <param name="here">The current folder, if the session has one.</param>
/// <param name="own">In a hook, the node whose it is.</param>
internal sealed class NodeChooser(ImmutableList<RunningNode> nodes, string? here, RunningNode? own = null)
{
    /// <summary>The one that was named; else, in a hook, the node whose it is; else the node whose folder contains the current one, else the only one, else the first started.</summary>
    public RunningNode One(NodeChoice? named)
    {
        if (named is null) return own ?? Here() ?? First();
        return Named(named) switch
        {
            [var only] => only,
            var several => throw Ambiguous($"'{named}' names {several.Count} nodes ({Names(several)}): name one{(AreNamedAlike(several) ? " by passing its object from Get-VfsNode, or its Id (8 digits do)" : "")}.", named),
        };
    }

    /// <summary>As <see cref="One(NodeChoice?)"/>, for what is about a member: where none was named, the node that told of it, if an object did.</summary>
    public RunningNode One(NodeChoice? named, NodeChoice about) => One(named, about.SeenById);

    /// <summary>The same, by the identity of the node that told.</summary>
    public RunningNode One(NodeChoice? named, string? toldBy) => (named is null ? nodes.FirstOrDefault(n => n.Id == toldBy) : null) ?? One(named);

    /// <summary>As <see cref="One(NodeChoice?)"/>, for what concerns a whole node: it is never guessed among several.</summary>
    public RunningNode Sure(string what) => own ?? Here() ?? (nodes.Count <= 1 ? First() : throw Ambiguous($"{nodes.Count} nodes run ({Names(nodes)}): say with -Node which one to {what}.", null));

    /// <summary>All that were named.</summary>
    public IReadOnlyList<RunningNode> Named(NodeChoice named)
    {
        var found = Found(named);
        return found.Count > 0 ? found : throw new CommandException("VfsNodeNotFound", ErrorCategory.ObjectNotFound, named, named.IsMember
            ? $"'{named}' is a member that does not run in this session. Get-VfsNode -Local shows the nodes that do."
            : nodes.IsEmpty
            ? $"No node runs in this session, so none is called '{named}'. Start one with Start-VfsNode -Path DIR."
            : $"No node called '{named}' runs in this session; there is {Names(nodes)}.");
    }

    /// <summary>As <see cref="Named"/>, where a pattern that finds none is no error.</summary>
    public IReadOnlyList<RunningNode> Matching(NodeChoice named) =>
        named.IsPattern ? Found(named) : Named(named);

    /// <summary>As <see cref="Matching"/>, of several; all there are when none was named.</summary>
    public IReadOnlyList<RunningNode> All(IEnumerable<NodeChoice>? named) =>
        named is null ? nodes : [.. named.SelectMany(Matching).Distinct()];

    /// <summary>The node whose folder is, or contains, a path of the file system; the innermost if folders are nested.</summary>
    public RunningNode? Containing(string path) =>
        nodes.Where(n => Inside(path, n.Root) || Inside(path, n.Given)).MaxBy(n => n.Root.Length);

    /// <summary>Whether a path is a folder or lies in it.</summary>
    internal static bool Inside(string path, string folder) =>
        path.Equals(folder, NameRules) || path.StartsWith(folder.EndsWith(Path.DirectorySeparatorChar) ? folder : folder + Path.DirectorySeparatorChar, NameRules);

    internal static StringComparison NameRules => OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    internal static string Names(IReadOnlyCollection<RunningNode> some) => string.Join(", ", some.Select(n => AreNamedAlike(some) ? $"{n.Name} {n.Id[..8]} in {ViewText.Tilde(n.Root)}" : n.Name));

    private static bool AreNamedAlike(IReadOnlyCollection<RunningNode> some) => some.DistinctBy(n => n.Name, StringComparer.OrdinalIgnoreCase).Count() < some.Count;

    private List<RunningNode> Found(NodeChoice named) => named.Among(nodes, n => n.Name, n => n.Id);

    private RunningNode? Here() => here is null ? null : Containing(here) ?? Containing(RealPath.Of(here));

    private RunningNode First() => nodes.IsEmpty
        ? throw new CommandException("VfsNoNode", ErrorCategory.ObjectNotFound, null, "No node runs in this session. Start one with Start-VfsNode -Path DIR.")
        : nodes[0];

    private static CommandException Ambiguous(string message, object? target) => new("VfsNodeAmbiguous", ErrorCategory.InvalidArgument, target, message);
}
