using System.Collections.Immutable;
using VfsSync.Core.History;

namespace VfsSync.Core.Rules;

/// <summary>What a text of the policy says of members and paths, names looked up, as its author's record will say it.</summary>
internal sealed record PolicyDraft(ImmutableArray<RoleRights> Roles, ImmutableArray<NodeRights> Nodes, ImmutableArray<PathRule> Rules)
{
    /// <summary>A version of the policy as this node may write it.</summary>
    /// <param name="rights">What the text says.</param>
    /// <param name="members">All members: name and id; without a name those whose key is another by now.</param>
    /// <param name="judge">What holds now.</param>
    /// <param name="author">Who writes.</param>
    /// <exception cref="PolicyException">A name is wrong, a node would become or leave a vault, nobody would be an admin, or the author may not make or narrow one of these admins.</exception>
    public static PolicyDraft Of(PolicyRights rights, IReadOnlyCollection<(string Name, NodeId Node)> members, Judge judge, NodeId author)
    {
        const int MostSubjects = 1000; // a record has an end
        var (roles, nodes, rules) = rights.For(members);
        if (rules.Sum(r => (r.Write.IsDefault ? 0 : r.Write.Length) + (r.Delete.IsDefault ? 0 : r.Delete.Length)) > MostSubjects) throw new PolicyException(1, 1, $"its rules name more than {MostSubjects} nodes and roles. Use roles.");
        foreach (var (line, right) in rights.Nodes.Zip(nodes)) CheckVault(line, right, judge.Nodes.RolesOf(right.Node));
        var draft = new PolicyDraft(roles, nodes, rules);
        var version = new PolicyVersion(default, new Dot(new Author(author, 0), 1), [], draft.With([]), []).For(judge.FirstKeyOf);
        // What a text says of whom the root has cut off, or by a key that is none any more, changes nothing.
        var bound = members.Where(m => m.Name.Length > 0 && !judge.IsCut(m.Node)).ToList();
        foreach (var (name, node) in bound.OrderBy(m => m.Name, StringComparer.Ordinal))
        {
            var (was, is_) = (judge.Now(node).HasFlag(Permissions.Admin), version.Says(judge.FirstKeyOf(node), judge.Nodes.RolesOf(node)).HasFlag(Permissions.Admin));
            if (was == is_ || judge.AreOne(node, author) || judge.Nodes.IsAbove(author, node)) continue;
            var line = rights.Nodes.FirstOrDefault(l => string.Equals(l.Node.Text, name, StringComparison.OrdinalIgnoreCase))?.Node ?? new Named(name, 1, 1);
            throw new PolicyException(line.Line, line.Column, was
                ? $"'{name}' is an admin, and only a node above it (who invited it, or one above that) may take that from it."
                : $"only a node above '{name}' (who invited it, or one above that) may make it an admin.");
        }
        if (!bound.Exists(m => version.Says(judge.FirstKeyOf(m.Node), judge.Nodes.RolesOf(m.Node)).HasFlag(Permissions.Admin)))
            throw new PolicyException(1, 1, "nobody would be an admin any more, and nobody could change that. Leave one.");
        return draft;
    }

    // Whether a node has the key was settled when it was invited: without it there is nothing that it could do, and who has it holds no sealed data blindly.
    private static void CheckVault(NodeLine line, NodeRights right, IReadOnlyList<string> invited)
    {
        var (wasVault, isVault, at) = (invited is [KnownRoles.Vault], right.Role == KnownRoles.Vault, line.Role ?? line.Node);
        if (wasVault && !isVault && (right.Role.Length > 0 || right.May != Permissions.None))
            throw new PolicyException(at.Line, at.Column, $"'{line.Node.Text}' was invited as a vault, so it has no key to read anything with. Write '{KnownRoles.Vault}' or '{PolicyText.None}', or invite it anew, into another folder there.");
        if (isVault && invited.Count > 0 && !wasVault)
            throw new PolicyException(at.Line, at.Column, $"'{line.Node.Text}' was invited with the folder's key, so it cannot become a vault. Give it another role, or invite a vault (New-VfsInvitation -Vault).");
    }

    /// <summary>The statement of it.</summary>
    /// <param name="seen">What its author has of every author's records.</param>
    public PolicyStatement With(ImmutableArray<SeenRecord> seen) => new(Roles, Nodes, seen);
}
