using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using VfsSync.Core.History;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Rules;

/// <summary>A version of the policy as its record says it.</summary>
/// <param name="Id">The record.</param>
/// <param name="Dot">Its name.</param>
/// <param name="Parents">The versions of the policy that its author had before him.</param>
/// <param name="Statement">What it says of members.</param>
/// <param name="Rules">Where only some may write or remove.</param>
internal sealed record PolicyVersion(RecordId Id, Dot Dot, ImmutableArray<RecordId> Parents, PolicyStatement Statement, ImmutableArray<PathRule> Rules)
{
    private static readonly ConditionalWeakTable<ChangeRecord, PolicyVersion> s_made = []; // A record is asked when it is judged and when it is in the log.

    // Patterns cost much to make ready, and anybody may write them: nothing is done for those of versions that never hold.
    private readonly Lazy<ImmutableArray<Glob>> _globs = new(() => [.. Rules.Select(rule => GlobOf(rule.Pattern))]);

    /// <summary>Who wrote it, by the key that stands for him.</summary>
    public NodeId Author { get; private init; } = Dot.Author.Node;

    /// <summary>The same with each node named by the key that stands for it.</summary>
    public PolicyVersion For(Func<NodeId, NodeId> first) => this with
    {
        Author = first(Author),
        Statement = Statement with { Nodes = [.. Statement.Nodes.Select(n => n with { Node = first(n.Node) })] },
        Rules = [.. Rules.Select(r => r with { Write = For(r.Write, first), Delete = For(r.Delete, first) })],
    };

    private static ImmutableArray<RuleSubject> For(ImmutableArray<RuleSubject> subjects, Func<NodeId, NodeId> first) =>
        subjects.IsDefault ? default : [.. subjects.Select(s => s.Role.Length == 0 ? RuleSubject.Of(first(s.Node)) : s)];

    /// <summary>The version that a record is; null if it is none.</summary>
    public static PolicyVersion? Of(ChangeRecord record) => record.Header.Policy is null ? null
        : s_made.GetValue(record, static r => new PolicyVersion(r.Id, r.Dot, r.Header.PolicyHeads, r.Header.Policy!, r.Rules));

    // What a later program, or a hostile one, has written here: it keeps from nothing less than it may mean.
    private static Glob GlobOf(string pattern)
    {
        try
        {
            return Glob.Parse(pattern);
        }
        catch (FormatException)
        {
            return Glob.Parse("**");
        }
    }

    /// <summary>What a node may do by this text alone.</summary>
    /// <param name="node">Which.</param>
    /// <param name="roles">What it was invited as.</param>
    public Permissions Says(NodeId node, IReadOnlyList<string> roles)
    {
        foreach (var own in Statement.Nodes)
            if (own.Node == node) return own.May;
        return roles.Aggregate(Permissions.None, (may, role) => may | MayOf(role));
    }

    /// <summary>Whether its author had a record when he wrote it.</summary>
    /// <param name="dot">The record.</param>
    /// <param name="idAt">Ids of the log: what was seen may have been another course of it.</param>
    public bool Saw(Dot dot, Func<Dot, RecordId> idAt)
    {
        return dot.Author == Dot.Author && dot.Number <= Dot.Number || Saw(Statement.Seen, dot, idAt);
    }

    /// <summary>Whether a list of what was seen has a record in it.</summary>
    public static bool Saw(ImmutableArray<SeenRecord> all, Dot dot, Func<Dot, RecordId> idAt)
    {
        foreach (var seen in all)
            if (seen.Dot.Author == dot.Author && seen.Dot.Number >= dot.Number) return idAt(seen.Dot) == seen.Id;
        return false;
    }

    /// <summary>The pattern of the rule that keeps a node from writing, or from removing, at a path; null if none does.</summary>
    public string? Keeps(NodeId node, IReadOnlyList<string> roles, EntryPath path, Permissions verb)
    {
        for (var i = Rules.Length - 1; i >= 0; i--)
        {
            var subjects = verb == Permissions.Delete ? Rules[i].Delete : Rules[i].Write;
            if (subjects.IsDefault || !_globs.Value[i].Matches(path)) continue;
            return subjects.Any(s => s.Role.Length == 0 ? s.Node == node : HasRole(node, roles, s.Role)) ? null : _globs.Value[i].Text;
        }
        return null;
    }

    /// <summary>What the text calls a node; null if it says nothing of it by name.</summary>
    public string? RoleNameOf(NodeId node)
    {
        foreach (var own in Statement.Nodes)
            if (own.Node == node) return own.Role.Length > 0 ? own.Role : own.May == Permissions.None ? PolicyText.None : "custom";
        return null;
    }

    /// <summary>The pattern of a rule that keeps a node from removing something below a directory, which a rename would take out of its reach; null if none does.</summary>
    public string? KeepsBelow(NodeId node, IReadOnlyList<string> roles, EntryPath directory)
    {
        foreach (var (glob, rule) in _globs.Value.Zip(Rules))
            if (!rule.Delete.IsDefault && glob.LiesWithin(directory) && !rule.Delete.Any(s => s.Role.Length == 0 ? s.Node == node : HasRole(node, roles, s.Role))) return glob.Text;
        return null;
    }

    public bool HasRole(NodeId node, IReadOnlyList<string> roles, string role)
    {
        foreach (var own in Statement.Nodes)
            if (own.Node == node) return own.Role == role;
        return roles.Contains(role);
    }

    private Permissions MayOf(string role)
    {
        foreach (var own in Statement.Roles)
            if (own.Role == role) return own.May;
        return KnownRoles.May(role);
    }
}
