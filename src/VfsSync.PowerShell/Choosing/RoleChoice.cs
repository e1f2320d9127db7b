using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Choosing;

/// <summary>The roles that a node can have today.</summary>
internal static class RoleChoice
{
    public static string[] Usable { get; } = ["editor", "writer", "reader", "admin"];

    /// <exception cref="CommandException">There is no such role, or nothing can run with it yet.</exception>
    public static string Of(string given)
    {
        var role = given.Trim().ToLowerInvariant();
        if (Usable.Contains(role)) return role;
        var choose = $"Choose one of {string.Join(", ", Usable)}.";
        throw role == "vault"
            ? new CommandException("VfsRoleNotYet", ErrorCategory.NotImplemented, given, $"This version cannot run a vault yet, so nobody could use the invitation. {choose}")
            : new CommandException("VfsUnknownRole", ErrorCategory.InvalidArgument, given, $"There is no role '{given}'. {choose}");
    }
}
