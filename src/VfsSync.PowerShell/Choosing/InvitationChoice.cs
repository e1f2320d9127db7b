using VfsSync.PowerShell.Pipeline;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Choosing;

/// <summary>Which invitations are meant: by name, which may have wildcards, or by identity (its first 8 digits do).</summary>
internal static class InvitationChoice
{
    /// <summary>Those of a node that are meant; all without a name.</summary>
    /// <exception cref="CommandException">There is none of that name. The message never shows what may be a token.</exception>
    public static IReadOnlyList<VfsInvitation> Among(RunningNode node, string[]? names)
    {
        var all = node.Sync.Invitations().Select(i => new VfsInvitation(i, node)).ToList();
        if (names is null) return all;
        var meant = new List<VfsInvitation>();
        foreach (var name in names)
        {
            var choice = new NodeChoice(name);
            var found = choice.Among(all, i => i.Name ?? "", i => i.Id);
            if (found.Count == 0 && !choice.IsPattern) throw NotFound(node, name);
            meant.AddRange(found.Except(meant));
        }
        return meant;
    }

    private static CommandException NotFound(RunningNode node, string name) => new("VfsInvitationNotFound", ErrorCategory.ObjectNotFound, null, name.StartsWith("vfs-token-", StringComparison.Ordinal)
        ? "An invitation is named by what it is called or by its identity, not by its token. Get-VfsInvitation shows both."
        : $"{node.Name} knows no invitation '{name}'. Get-VfsInvitation shows those that it knows; revoke it on the node that made it.");
}
