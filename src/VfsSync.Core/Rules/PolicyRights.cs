using System.Collections.Immutable;
using VfsSync.Core.History;

namespace VfsSync.Core.Rules;

/// <summary>A word of the policy's text, with its place there: names are looked up later, and may turn out wrong.</summary>
internal readonly record struct Named(string Text, long Line, long Column);

/// <summary>What a node may do, in the words of the text: a role, or a list of permissions.</summary>
/// <param name="Node">The node's name, or the beginning of its id.</param>
/// <param name="Role">The role; default with a list.</param>
/// <param name="May">The list.</param>
internal sealed record NodeLine(Named Node, Named? Role, Permissions May);

/// <summary>Who alone may write, or remove, at some paths, in the words of the text.</summary>
/// <param name="Glob">The paths.</param>
/// <param name="Write">Names of nodes and roles; default: it says nothing of writing.</param>
/// <param name="Delete">The same of removing.</param>
internal sealed record RuleLine(Glob Glob, ImmutableArray<Named> Write, ImmutableArray<Named> Delete);

/// <summary>What a policy's text says of members; their names are not looked up yet.</summary>
/// <param name="Roles">What roles may do.</param>
/// <param name="Nodes">What single nodes may do.</param>
/// <param name="Rules">Where only some may write or remove; of several that match a path and say something of it, the last holds.</param>
internal sealed record PolicyRights(ImmutableArray<RoleRights> Roles, ImmutableArray<NodeLine> Nodes, ImmutableArray<RuleLine> Rules)
{
    public static PolicyRights None { get; } = new([], [], []);

    public bool IsEmpty => Roles.IsEmpty && Nodes.IsEmpty && Rules.IsEmpty;

    /// <summary>
    /// The same with names looked up among the members.
    /// </summary>
    /// <param name="members">All members: name and id.</param>
    /// <exception cref="PolicyException">There is no such node or role; the message names near ones.</exception>
    public (ImmutableArray<RoleRights> Roles, ImmutableArray<NodeRights> Nodes, ImmutableArray<PathRule> Rules) For(IReadOnlyCollection<(string Name, NodeId Node)> members)
    {
        var known = KnownRoles.All.Concat(Roles.Select(r => r.Role)).ToHashSet(StringComparer.Ordinal);
        var nodes = ImmutableArray.CreateBuilder<NodeRights>();
        foreach (var line in Nodes)
        {
            var node = MemberNames.NodeOf(line.Node, members) ?? throw Unknown(line.Node, "node", members.Select(m => m.Name));
            if (nodes.Any(n => n.Node == node)) throw new PolicyException(line.Node.Line, line.Node.Column, $"'{line.Node.Text}' stands here twice. Keep one line of it.");
            if (line.Role is { } role && !known.Contains(role.Text)) throw Unknown(role, "role", known);
            nodes.Add(new NodeRights(node, line.Role?.Text ?? "", line.Role is { } given ? MayOf(given.Text) : line.May));
        }
        var rules = Rules.Select(rule => new PathRule(rule.Glob.Text, Subjects(rule.Write, known, members), Subjects(rule.Delete, known, members)));
        return (Roles, nodes.ToImmutable(), [.. rules]);
    }

    private Permissions MayOf(string role)
    {
        foreach (var own in Roles)
            if (own.Role == role) return own.May;
        return KnownRoles.May(role);
    }

    private static ImmutableArray<RuleSubject> Subjects(ImmutableArray<Named> names, HashSet<string> roles, IReadOnlyCollection<(string Name, NodeId Node)> members) => names.IsDefault
        ? default
        : [.. names.Select(name => roles.Contains(name.Text) ? RuleSubject.Of(name.Text)
            : MemberNames.NodeOf(name, members) is { } node ? RuleSubject.Of(node)
            : throw Unknown(name, "node or role", members.Select(m => m.Name).Concat(roles)))];

    private static PolicyException Unknown(Named name, string what, IEnumerable<string> known)
    {
        var all = string.Join(", ", known.Where(k => k.Length > 0).Distinct().Order(StringComparer.Ordinal).Take(20));
        return new PolicyException(name.Line, name.Column, $"there is no {what} '{name.Text}'. There are {all}.");
    }
}
