using VfsSync.PowerShell.Choosing;

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
        (Name, Id, IsMember, SeenById) = (node.Name, node.Id, !node.IsLocal, node.IsLocal ? null : node.SeenById);
    }

    /// <param name="permission">What a member may do, as Get-VfsPermission emits it.</param>
    public NodeChoice(VfsPermission permission)
    {
        ArgumentNullException.ThrowIfNull(permission);
        (Name, Id, SeenById) = (permission.Member, permission.Id, permission.NodeId);
    }

    /// <param name="name">What to call it.</param>
    /// <param name="id">Which it is.</param>
    internal NodeChoice(string name, string id) => (Name, Id) = (name, id);

    /// <summary>The name as given.</summary>
    public string Name { get; }

    internal string? Id { get; }

    // The node of this session that told of it.
    internal string? SeenById { get; }

    // Given as a member that ran elsewhere.
    internal bool IsMember { get; }

    // Words that are no pattern, or a malformed one, are a name.
    internal bool IsPattern => Id is null && Wildcard.Of(Name) is not null;

    /// <summary>Those of some that are meant. An equal name wins over the pattern that it is as well.</summary>
    internal List<T> Among<T>(IEnumerable<T> some, Func<T, string> name, Func<T, string> id)
    {
        var all = some.ToList();
        return all.FindAll(s => Id is null && IsCalled(name(s))) is { Count: > 0 } equal ? equal : all.FindAll(s => Matches(name(s), id(s)));
    }

    internal bool Matches(string name, string id) => Names(name, id) || Id is null && Wildcard.Of(Name) is { } pattern && pattern.IsMatch(name);

    /// <summary>As <see cref="Matches"/>, wildcards aside.</summary>
    internal bool Names(string name, string id) =>
        Id is not null ? Id == id : IsCalled(name) || Name.Length >= LeastDigits && id.StartsWith(Name, StringComparison.OrdinalIgnoreCase);

    private bool IsCalled(string name) => Name.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>The name as given.</summary>
    public override string ToString() => Name;
}
