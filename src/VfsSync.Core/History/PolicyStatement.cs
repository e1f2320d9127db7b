using System.Collections.Immutable;

namespace VfsSync.Core.History;

/// <summary>
/// What a version of the policy says of members: in clear, in the header of the record that holds the version, so that a vault can tell who may connect. It is
/// whole: what an earlier one said and this one does not, holds no more.
/// </summary>
/// <param name="Roles">What roles may do, where that is not what they may do anyway.</param>
/// <param name="Nodes">What single nodes may do, whatever they were invited as.</param>
/// <param name="Seen">Of each author the last record that the policy's author had: later ones are subject to this policy whichever one they name.</param>
internal sealed record PolicyStatement(ImmutableArray<RoleRights> Roles, ImmutableArray<NodeRights> Nodes, ImmutableArray<SeenRecord> Seen)
{
    public const int MaxRoles = 256, MaxNodes = 1024, MaxSeen = 1024;

    /// <summary>Longest name of a role, bytes of UTF-8.</summary>
    public const int MaxName = 64;
}

/// <summary>What a role may do.</summary>
internal readonly record struct RoleRights(string Role, Permissions May);

/// <summary>What a node may do, and as what; without a role by a list of its own.</summary>
internal readonly record struct NodeRights(NodeId Node, string Role, Permissions May);

/// <summary>A record that was seen, and with it all that its author wrote before it in that epoch.</summary>
internal readonly record struct SeenRecord(Dot Dot, RecordId Id);

/// <summary>Who alone may write, or remove, at the paths that a pattern matches. It is sealed: patterns are made of names.</summary>
/// <param name="Pattern">The pattern, as <c>Glob</c> reads it.</param>
/// <param name="Write">Who may write; default: the rule says nothing of it.</param>
/// <param name="Delete">Who may remove; default: the rule says nothing of it.</param>
internal sealed record PathRule(string Pattern, ImmutableArray<RuleSubject> Write, ImmutableArray<RuleSubject> Delete)
{
    /// <summary>More rules in one policy, or subjects in one rule, are not believed.</summary>
    public const int Most = 1024;
}

/// <summary>A node, or all that have a role.</summary>
internal readonly record struct RuleSubject(NodeId Node, string Role)
{
    public static RuleSubject Of(NodeId node) => new(node, "");

    public static RuleSubject Of(string role) => new(default, role);
}
