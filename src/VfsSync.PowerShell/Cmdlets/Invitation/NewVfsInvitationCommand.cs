using VfsSync.Engine.Running;
using VfsSync.PowerShell.Choosing;
using VfsSync.PowerShell.Pipeline;

namespace VfsSync.PowerShell.Cmdlets.Invitation;

/// <summary>Makes an invitation: a token with which another machine may join.</summary>
[Cmdlet(VerbsCommon.New, "VfsInvitation", SupportsShouldProcess = true)]
[OutputType(typeof(VfsInvitation), typeof(string), typeof(FileInfo))]
public sealed class NewVfsInvitationCommand : VfsCmdlet
{
    /// <summary>What the joining node may do: admin, editor, writer or reader; or vault, see -Vault.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(RoleCompleter))]
    [ValidateNotNullOrEmpty]
    public string Role { get; set; } = "editor";

    /// <summary>What to call it, to find it again with Get-VfsInvitation; it stays on this node.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateLength(1, SyncNode.MaxInvitationName)]
    public string? Name { get; set; }

    /// <summary>How many nodes may join with it; 0 is any number.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int Uses { get; set; } = 1;

    /// <summary>How long it holds: a TimeSpan, or text like '2h' or '7d'; 'never' for ever.</summary>
    [Parameter]
    [Duration]
    [ArgumentCompleter(typeof(DurationCompleter))]
    public TimeSpan ExpiresIn { get; set; } = TimeSpan.FromHours(24);

    /// <summary>For a vault: a node that keeps and serves what others have, sealed, and can read nothing of it. The same as the role vault.</summary>
    [Parameter]
    public SwitchParameter Vault { get; set; }

    /// <summary>Shows it as a picture for a phone's camera, instead of the token.</summary>
    [Parameter]
    public SwitchParameter AsQrCode { get; set; }

    /// <summary>With -AsQrCode: writes the picture to a file, .png or .svg, and emits the file.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OutFile { get; set; }

    /// <summary>The node that invites; it must be an admin.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(NodeCompleter))]
    [ValidateNotNull]
    public NodeChoice? Node { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Attempt(Node, () =>
    {
        if (Vault && MyInvocation.BoundParameters.ContainsKey(nameof(Role)) && RoleChoice.Of(Role) != "vault")
            throw new CommandException("VfsUnknownRole", ErrorCategory.InvalidArgument, Role, $"A vault has no other role: give -Vault or -Role {Role}.");
        var role = Vault ? "vault" : RoleChoice.Of(Role);
        var file = PictureFile();
        var node = Chooser.One(Node);
        if (!ShouldProcess(node.Name, $"Invite {(Uses == 1 ? "a node" : Uses == 0 ? "any number of nodes" : $"{Uses} nodes")} as {role}")) return;
        var made = new VfsInvitation(node.Sync.CreateInvitation(role, Uses, ExpiresIn == DurationAttribute.Never ? null : ExpiresIn, Name), node);
        if (!AsQrCode) WriteObject(made.ForPipeline());
        else if (file is null) WriteObject(QrPicture.Lines(made.Token!), enumerateCollection: true);
        else WriteObject(Written(file, made.Token!));
    });

    // Before anything is made: a token that nobody gets to see is of no use.
    private FileInfo? PictureFile()
    {
        if (OutFile is null) return null;
        if (!AsQrCode) throw new CommandException("VfsNeedsQrCode", ErrorCategory.InvalidArgument, OutFile, "-OutFile is where a picture goes: give -AsQrCode with it.");
        var file = new FileInfo(SessionState.Path.GetUnresolvedProviderPathFromPSPath(OutFile));
        if (file.Extension.ToUpperInvariant() is not (".PNG" or ".SVG")) throw new CommandException("VfsPictureKind", ErrorCategory.InvalidArgument, OutFile, $"'{file.Name}' is neither a .png nor a .svg file.");
        if (!file.Directory!.Exists) throw new CommandException("VfsNoFolder", ErrorCategory.ObjectNotFound, OutFile, $"There is no folder '{file.DirectoryName}' to put the picture in. Make it first.");
        return file;
    }

    private static FileInfo Written(FileInfo file, string token)
    {
        var bytes = file.Extension.Equals(".svg", StringComparison.OrdinalIgnoreCase) ? System.Text.Encoding.UTF8.GetBytes(QrPicture.Svg(token)) : QrPicture.Png(token);
        // It is as good as the token: whatever stood there, or led elsewhere, and whoever might read that, gives way to a file of its owner's.
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var made = $"{file.FullName}.{Guid.NewGuid():n}";
        using (var stream = new FileStream(made, options)) stream.Write(bytes);
        System.IO.File.Move(made, file.FullName, overwrite: true);
        file.Refresh();
        return file;
    }
}
