using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Choosing;

/// <summary>The roles that a node can be invited with.</summary>
internal static class RoleChoice
{
    public static string[] Usable { get; } = ["editor", "writer", "reader", "admin", "vault"];

    /// <exception cref="CommandException">There is no such role.</exception>
    public static string Of(string given)
    {
        var role = given.Trim().ToLowerInvariant();
        if (Usable.Contains(role)) return role;
        throw new CommandException("VfsUnknownRole", ErrorCategory.InvalidArgument, given, $"There is no role '{given}'. Choose one of {string.Join(", ", Usable)}.");
    }
}
