namespace VfsSync;

/// <summary>What -Node and -Member take: a name (with wildcards), an identity in hex, or a VfsNode.</summary>
public sealed class NodeChoice
{
    /// <param name="name">A name, which may have wildcards, or an identity.</param>
    public NodeChoice(string name) => Name = name;

    /// <param name="node">A node as Get-VfsNode emits it.</param>
    public NodeChoice(VfsNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        (Name, Id, IsMember) = (node.Name, node.Id, !node.IsLocal);
    }

    /// <summary>The name as given.</summary>
    public string Name { get; }

    internal string? Id { get; }

    // Given as a member that ran elsewhere.
    internal bool IsMember { get; }

    internal bool Matches(string name, string id) =>
        Id is not null ? Id == id
        : Name.Equals(id, StringComparison.OrdinalIgnoreCase) || new WildcardPattern(Name, WildcardOptions.IgnoreCase).IsMatch(name);

    /// <summary>The name as given.</summary>
    public override string ToString() => Name;
}
