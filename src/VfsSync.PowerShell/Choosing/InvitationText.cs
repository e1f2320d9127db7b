using System.Net;
using System.Security;
using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Choosing;

/// <summary>The token in what -Invitation is given: the token itself, a VfsInvitation, a SecureString, or the path of a file that holds it.</summary>
internal static class InvitationText
{
    public const string Variable = "VFSSYNC_INVITATION";

    private const string Prefix = "vfs-token-";

    /// <exception cref="CommandException">There is no token in it. The message never shows what was given.</exception>
    public static string? Of(object? given, string folder, SessionState session) => (given is PSObject wrapped ? wrapped.BaseObject : given) switch
    {
        // As from a variable that is set for the first start only.
        null or "" when Belongs(folder) => null,
        null or "" => throw Malformed("it is empty. Is the variable or file set that it comes from?"),
        VfsInvitation { Token: { } token } => token,
        VfsInvitation when Belongs(folder) => null,
        VfsInvitation => throw Malformed("this object has no token: only New-VfsInvitation emits one, nobody keeps it. Make a new invitation."),
        SecureString secret => Checked(new NetworkCredential("", secret).Password),
        FileInfo file => FromFile(file.FullName),
        string text when LooksLikeToken(text) => Checked(text),
        string text when ExistingFile(text, session) is { } path => FromFile(path),
        _ => throw Malformed("it is neither a token (they start with 'vfs-token-') nor a file that holds one."),
    };

    /// <summary>The environment's token, for a folder that belongs to no cluster yet.</summary>
    public static string? FromEnvironment(string folder) =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text && !Belongs(folder) ? Checked(text) : null;

    // A join that failed leaves a .vfs without it.
    private static bool Belongs(string folder) => File.Exists(Path.Combine(folder, ".vfs", "cluster.json"));

    private static bool LooksLikeToken(string text) => text.TrimStart().StartsWith(Prefix, StringComparison.Ordinal);

    private static string FromFile(string path) => Checked(File.ReadAllText(path));

    // A terminal or a mail may have broken the line.
    private static string Checked(string text)
    {
        var token = string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
        return token.StartsWith(Prefix, StringComparison.Ordinal) ? token : throw Malformed("what was read is no token (they start with 'vfs-token-').");
    }

    private static string? ExistingFile(string text, SessionState session)
    {
        var path = session.Path.GetUnresolvedProviderPathFromPSPath(text);
        return File.Exists(path) ? path : null;
    }

    private static CommandException Malformed(string why) =>
        new("VfsInvitationInvalid", ErrorCategory.InvalidArgument, null, $"The invitation cannot be read: {why} Make one with New-VfsInvitation on a node of the cluster, and copy the whole line.");
}
