using VfsSync.Engine.Running;
using VfsSync.PowerShell.Running;

namespace VfsSync;

/// <summary>A capability to join a cluster. Whoever has the token can use it: treat it like a password.</summary>
public sealed class VfsInvitation
{
    internal VfsInvitation(InvitationStatus status, RunningNode? seenBy = null)
    {
        SeenById = seenBy?.Id;
        (Id, Token, Name, Role, Uses, Node) = (status.Id.ToString(), status.Token.Length > 0 ? status.Token : null, status.Name, status.Role, status.Uses, status.Issuer);
        (Expires, Made) = (status.Expires?.LocalDateTime, status.Made?.LocalDateTime);
        (Addresses, Joined) = ([.. status.Addresses], [.. status.Admitted]);
        (State, IsClosed) = (status.State.ToString(), status.IsClosed);
    }

    /// <summary>What the other machine needs: Start-VfsNode -Path DIR -Invitation TOKEN. Only on what New-VfsInvitation emits: nobody keeps it.</summary>
    public string? Token { get; }

    /// <summary>What its maker calls it (New-VfsInvitation -Name); null if nothing, and on other nodes.</summary>
    public string? Name { get; }

    /// <summary>Open, Used, Expired or Revoked.</summary>
    public string State { get; }

    /// <summary>The role that the joining node gets.</summary>
    public string Role { get; }

    /// <summary>How many nodes may join with it; 0 is any number.</summary>
    public int Uses { get; }

    /// <summary>Who joined with it.</summary>
    public string[] Joined { get; }

    /// <summary>Until when, local time; null for ever.</summary>
    public DateTime? Expires { get; }

    /// <summary>When it was made, local time; null on other nodes than its maker.</summary>
    public DateTime? Made { get; }

    /// <summary>The node that made it.</summary>
    public string Node { get; }

    /// <summary>Where the joining node will knock.</summary>
    public string[] Addresses { get; }

    /// <summary>Its identity, in hexadecimal; it says nothing of the token.</summary>
    public string Id { get; }

    internal string? SeenById { get; }

    // A record says that it lets in nobody else.
    internal bool IsClosed { get; }

    /// <summary>The token; its identity where that is not known.</summary>
    public override string ToString() => Token ?? Id;

    /// <summary>
    /// As it goes out to the pipeline. PowerShell wraps what a view prints at the window's edge, but never text; so that a token can be copied,
    /// the formatter (which asks for the first type name only) is told that this is text.
    /// </summary>
    internal PSObject ForPipeline()
    {
        var shown = PSObject.AsPSObject(this);
        if (Token is not null && shown.TypeNames[0] != "System.String") shown.TypeNames.Insert(0, "System.String");
        return shown;
    }
}
