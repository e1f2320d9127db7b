using VfsSync.Engine.Running;
using VfsSync.PowerShell.Pipeline;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Choosing;

/// <summary>Which members of a node are meant.</summary>
internal static class MemberChoice
{
    /// <summary>Those that match; none if there are none.</summary>
    public static IReadOnlyList<MemberStatus> Find(RunningNode node, NodeChoice choice) => [.. node.Sync.Members().Where(m => choice.Matches(m.Name, m.Id.ToString()))];

    /// <exception cref="CommandException">There are none.</exception>
    public static IReadOnlyList<MemberStatus> Of(RunningNode node, NodeChoice choice) => Find(node, choice) is { Count: > 0 } found ? found
        : throw new CommandException("VfsMemberNotFound", ErrorCategory.ObjectNotFound, choice, Missing(node, choice));

    public static string Missing(RunningNode node, NodeChoice choice) =>
        $"Node '{node.Name}' knows no member called '{choice}'; it knows {(node.Sync.Members() is { Count: > 0 } all ? string.Join(", ", all.Select(m => m.Name)) : "none")}.";
}
