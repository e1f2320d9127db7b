using VfsSync.Engine.Running;

namespace VfsSync;

/// <summary>A capability to join a cluster. Whoever has the token can use it: treat it like a password.</summary>
public sealed class VfsInvitation
{
    internal VfsInvitation(InvitationStatus made)
    {
        Token = made.Token;
        Role = made.Role;
        Uses = made.Uses;
        Expires = made.Expires?.LocalDateTime;
        Node = made.Issuer;
        Addresses = [.. made.Addresses];
    }

    /// <summary>What the other machine needs: Start-VfsNode -Path DIR -Invitation TOKEN.</summary>
    public string Token { get; }

    /// <summary>The role that the joining node gets.</summary>
    public string Role { get; }

    /// <summary>How many nodes may join with it; 0 is any number.</summary>
    public int Uses { get; }

    /// <summary>Until when, local time; null for ever.</summary>
    public DateTime? Expires { get; }

    /// <summary>The node that made it.</summary>
    public string Node { get; }

    /// <summary>Where the joining node will knock.</summary>
    public string[] Addresses { get; }

    /// <summary>The token.</summary>
    public override string ToString() => Token;

    /// <summary>
    /// As it goes out to the pipeline. PowerShell wraps what a view prints at the window's edge, but never text; so that a token can be copied,
    /// the formatter (which asks for the first type name only) is told that this is text.
    /// </summary>
    internal PSObject ForPipeline()
    {
        var shown = PSObject.AsPSObject(this);
        if (shown.TypeNames[0] != "System.String") shown.TypeNames.Insert(0, "System.String");
        return shown;
    }
}
