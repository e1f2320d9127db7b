namespace VfsSync;

/// <summary>What -Node and -Member take: a name (with wildcards), an identity in hex (at least its first 8 digits), or a VfsNode.</summary>
public sealed class NodeChoice
{
    private const int LeastDigits = 8;

    /// <param name="name">A name, which may have wildcards, or an identity.</param>
    public NodeChoice(string name) => Name = name;

    /// <param name="node">A node as Get-VfsNode emits it.</param>
    public NodeChoice(VfsNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        (Name, Id, IsMember) = (node.Name, node.Id, !node.IsLocal);
    }

    /// <param name="name">What to call it.</param>
    /// <param name="id">Which it is.</param>
    internal NodeChoice(string name, string id) => (Name, Id) = (name, id);

    /// <summary>The name as given.</summary>
    public string Name { get; }

    internal string? Id { get; }

    // Given as a member that ran elsewhere.
    internal bool IsMember { get; }

    internal bool Matches(string name, string id) =>
        Id is not null ? Id == id
        : Name.Length >= LeastDigits && id.StartsWith(Name, StringComparison.OrdinalIgnoreCase) || new WildcardPattern(Name, WildcardOptions.IgnoreCase).IsMatch(name);

    /// <summary>The name as given.</summary>
    public override string ToString() => Name;
}
