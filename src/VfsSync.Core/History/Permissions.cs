namespace VfsSync.Core.History;

/// <summary>What a node may do.</summary>
[Flags]
internal enum Permissions
{
    /// <summary>Nothing: it is let in nowhere.</summary>
    None = 0,

    /// <summary>Hold the folder's names and contents.</summary>
    Read = 1,

    /// <summary>Make and change files, directories and symlinks.</summary>
    Write = 2,

    /// <summary>Remove them, or rename them away.</summary>
    Delete = 4,

    /// <summary>Change the policy, invite.</summary>
    Admin = 8,
}

/// <summary>The roles that exist without being named in a policy.</summary>
internal static class KnownRoles
{
    public const string Admin = "admin", Editor = "editor", Writer = "writer", Reader = "reader", Vault = "vault";

    public static IReadOnlyList<string> All { get; } = [Admin, Editor, Writer, Reader, Vault];

    /// <summary>What a role may do where no policy says anything else; nothing if there is no such role.</summary>
    public static Permissions May(string role) => role switch
    {
        Admin => Permissions.Read | Permissions.Write | Permissions.Delete | Permissions.Admin,
        Editor => Permissions.Read | Permissions.Write | Permissions.Delete,
        Writer => Permissions.Read | Permissions.Write,
        Reader => Permissions.Read,
        _ => Permissions.None,
    };
}
