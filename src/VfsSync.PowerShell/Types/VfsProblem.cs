using VfsSync.Core.Tree;

namespace VfsSync;

/// <summary>Trouble with one path, a peer or a node. It goes when its cause goes.</summary>
public sealed class VfsProblem
{
    internal VfsProblem(string node, Problem problem)
    {
        Node = node;
        Name = problem.Path.IsRoot ? null : problem.Path.Text;
        Kind = problem.Kind.ToString();
        Message = problem.Message;
    }

    /// <summary>The node of this session that has it.</summary>
    public string Node { get; }

    /// <summary>Unreadable, Unwritable, NameNotHere, Unsupported, ContentMissing, ClockAhead, Peer, Denied, Policy or Node.</summary>
    public string Kind { get; }

    /// <summary>The path inside the folder; null when it is about a peer or the node.</summary>
    public string? Name { get; }

    /// <summary>What is wrong and what to do.</summary>
    public string Message { get; }

    /// <summary>Where and what.</summary>
    public override string ToString() => Name is null ? Message : $"{Name}: {Message}";
}
