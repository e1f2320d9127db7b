using VfsSync.Engine.Running;
using VfsSync.PowerShell.Pipeline;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Choosing;

/// <summary>Which members of a node are meant.</summary>
internal static class MemberChoice
{
    /// <summary>Those that match; none if there are none.</summary>
    public static IReadOnlyList<MemberStatus> Find(RunningNode node, NodeChoice choice) => choice.Among(node.Sync.Members(), m => m.Name, m => m.Id.ToString());

    /// <summary>Those that match; none only for a pattern.</summary>
    /// <exception cref="CommandException">There are none.</exception>
    public static IReadOnlyList<MemberStatus> Of(RunningNode node, NodeChoice choice) => Find(node, choice) is var found && (found.Count > 0 || choice.IsPattern && !IsItself(node, choice))
        ? found : throw NotFound(node, choice);

    /// <exception cref="CommandException">The node itself is meant: it is no member beside itself.</exception>
    public static void RefuseItself(RunningNode node, NodeChoice choice)
    {
        if (IsItself(node, choice)) throw NotFound(node, choice);
    }

    public static string Missing(RunningNode node, NodeChoice choice) => IsItself(node, choice)
        ? $"'{choice}' is node '{node.Name}' itself. Name another member; it knows {Known(node)}."
        : $"Node '{node.Name}' knows no member called '{choice}'; it knows {Known(node)}.";

    private static string Known(RunningNode node) => node.Sync.Members() is { Count: > 0 } all ? string.Join(", ", all.Select(m => m.Name)) : "none";

    public static CommandException NotFound(RunningNode node, NodeChoice choice) => new("VfsMemberNotFound", ErrorCategory.ObjectNotFound, choice, Missing(node, choice));

    private static bool IsItself(RunningNode node, NodeChoice choice) => choice.Names(node.Name, node.Id) && Find(node, choice).Count == 0;
}
