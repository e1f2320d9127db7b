using System.ComponentModel;
using System.Globalization;

namespace VfsSync;

/// <summary>The texts of the default views: hidden code properties in VfsSync.Types.ps1xml call these. Not for scripts.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class ViewText
{
    private static readonly string[] Units = ["B", "KB", "MB", "GB", "TB", "PB"];

    /// <summary>A size as people read it; empty for what has none.</summary>
    public static string Size(PSObject instance) => Base(instance) switch
    {
        VfsFile { Kind: not "File" } => "",
        VfsFile file => Bytes(file.Size),
        VfsNode { Size: { } size } => Bytes(size),
        VfsChange change => Bytes(change.Size) + " ",
        VfsActivity { Size: { } size } => Bytes(size),
        VfsHistory { Entry: "File" } version => Bytes(version.Size),
        _ => "",
    };

    /// <summary>The state, coloured.</summary>
    public static string State(PSObject instance) => Coloured(Base(instance) switch
    {
        VfsNode node => node.State,
        VfsFile file => file.State,
        VfsChange change => change.State,
        _ => "",
    });

    /// <summary>The first digits of an identity: they do to name it.</summary>
    public static string ShortId(PSObject instance) => (Base(instance) as VfsInvitation)?.Id[..8] ?? "";

    /// <summary>How many have joined, of how many that may.</summary>
    public static string Used(PSObject instance) =>
        Base(instance) is VfsInvitation invitation ? $"{invitation.Joined.Length}/{(invitation.Uses == 0 ? "*" : invitation.Uses.ToString(CultureInfo.InvariantCulture))}" : "";

    /// <summary>Who has joined.</summary>
    public static string Joined(PSObject instance) => string.Join(", ", (Base(instance) as VfsInvitation)?.Joined ?? []);

    /// <summary>The version before a change; empty for none.</summary>
    public static string FromVersion(PSObject instance) => Version((Base(instance) as VfsChange)?.From);

    /// <summary>The version after it; empty for none.</summary>
    public static string ToVersion(PSObject instance) => Version((Base(instance) as VfsChange)?.To);

    /// <summary>Which version it is.</summary>
    public static string Number(PSObject instance) => Version(Base(instance) switch { VfsHistory version => version.Version, VfsFile file => file.Version, _ => null });

    /// <summary>By how much a version is longer than the one before; empty where nothing has a length.</summary>
    public static string Growth(PSObject instance) => Base(instance) is VfsHistory { Entry: "File" } version
        ? (version.Change > 0 ? "+" : version.Change < 0 ? "-" : "") + Bytes(Math.Abs(version.Change)) + " " : "";

    /// <summary>The kind of an activity, short enough for its column.</summary>
    public static string Kind(PSObject instance) => Base(instance) is VfsActivity activity ? ShownKind(activity.Kind) : "";

    internal static string ShownKind(string kind) => kind switch
    {
        "NodeJoined" => "Joined",
        "NodeConnected" => "Linked",
        "NodeLost" => "Lost",
        "ProblemCleared" => "Cleared",
        "Withdrawn" => "Withdrew",
        _ => kind,
    };

    /// <summary>A node's folder or address, through whom it is reached, or when it was last seen.</summary>
    public static string Where(PSObject instance) => Base(instance) switch
    {
        VfsNode { Folder: { } folder } => Tilde(folder),
        VfsNode { Via: { } hub } => $"through {hub}",
        VfsNode { State: "Offline", LastSeen: { } seen } => $"seen {Ago(DateTime.Now - seen)} ago",
        VfsNode { Address: { } address } => address,
        _ => "",
    };

    // Numbers stand at the right of their column, what follows at the left of its own: the blank keeps two apart.

    /// <summary>A link's round trip.</summary>
    public static string RoundTrip(PSObject instance) => Base(instance) is VfsNode { RoundTrip: { } time } ? Duration(time) + " " : "";

    /// <summary>How long something took.</summary>
    public static string Took(PSObject instance) => Base(instance) is VfsActivity { Took: { } time } ? Duration(time) + " " : "";

    /// <summary>How many hold it, of how many.</summary>
    public static string Held(PSObject instance) =>
        Base(instance) is VfsFile { Kind: not "Directory" } file ? string.Create(CultureInfo.CurrentCulture, $"{file.Held}/{file.Members} ") : "";

    /// <summary>The path of an activity, and the words that belong to it.</summary>
    public static string Name(PSObject instance) => Base(instance) switch
    {
        VfsActivity { Name: null } a => a.Message ?? "",
        VfsActivity { OldName: { } old } a => $"{a.Name} <- {old}",
        VfsActivity { Message: { } words } a => $"{a.Name} ({words})",
        VfsActivity a => a.Name!,
        VfsHistory { OldName: { } other, Entry: "Absent" } v => $"{v.Name} -> {other}",
        VfsHistory { OldName: { } other } v => $"{v.Name} <- {other}",
        VfsHistory v => v.Name,
        _ => "",
    };

    internal static string Bytes(long bytes)
    {
        double amount = bytes;
        var unit = 0;
        for (; amount >= 999.95 && unit < Units.Length - 1; unit++) amount /= 1024;
        return amount.ToString(unit == 0 ? "0" : "0.0", CultureInfo.CurrentCulture) + " " + Units[unit];
    }

    internal static string Duration(TimeSpan time) => time.TotalMilliseconds switch
    {
        < 9.95 => time.TotalMilliseconds.ToString("0.0", CultureInfo.CurrentCulture) + " ms",
        < 999.5 => time.TotalMilliseconds.ToString("0", CultureInfo.CurrentCulture) + " ms",
        < 99_950 => time.TotalSeconds.ToString("0.0", CultureInfo.CurrentCulture) + " s",
        _ => time.TotalMinutes.ToString("0", CultureInfo.CurrentCulture) + " min",
    };

    internal static string Ago(TimeSpan time) => time.TotalSeconds switch
    {
        < 100 => string.Create(CultureInfo.CurrentCulture, $"{Math.Max(0, time.TotalSeconds):0} s"),
        < 6000 => string.Create(CultureInfo.CurrentCulture, $"{time.TotalMinutes:0} min"),
        < 48 * 3600 => string.Create(CultureInfo.CurrentCulture, $"{time.TotalHours:0} h"),
        _ => string.Create(CultureInfo.CurrentCulture, $"{time.TotalDays:0} days"),
    };

    internal static string Tilde(string folder)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return home.Length > 1 && (folder == home || folder.StartsWith(home + Path.DirectorySeparatorChar, StringComparison.Ordinal)) ? "~" + folder[home.Length..] : folder;
    }

    // Four characters: who has so many versions can do without the v.
    private static string Version(int? number) => number switch
    {
        null => "",
        < 1000 => string.Create(CultureInfo.InvariantCulture, $"v{number}"),
        < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{number}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{number / 1000}k"),
    };

    private static object? Base(PSObject? instance) => instance?.BaseObject;

    private static string Coloured(string state) => state switch
    {
        "Running" or "Connected" or "Synced" or "Applied" => $"\e[32m{state}\e[0m",
        "Starting" or "Connecting" or "Receiving" or "Changed" or "Remote" or "LocalOnly" or "Planned" => $"\e[33m{state}\e[0m",
        "Halted" or "Conflict" or "Problem" or "Failed" => $"\e[31m{state}\e[0m",
        _ => state,
    };
}
