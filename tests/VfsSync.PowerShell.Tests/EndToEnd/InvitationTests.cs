namespace VfsSync.ShellTests.EndToEnd;

/// <summary>Invitations, as a user makes, finds and revokes them.</summary>
public sealed class InvitationTests : NodeShell
{
    [Fact]
    public void An_invitation_that_is_only_told_of_founds_nothing()
    {
        StartOne();
        Shell.Run("$null = New-VfsInvitation -Name phone");
        Assert.Equal("VfsInvitationInvalid", Shell.ErrorOf("Start-VfsNode ./b -Name b -Port 0 -Invitation (Get-VfsInvitation phone)"));
        Assert.False(Directory.Exists(Path.Combine(Folder, "b", ".vfs")));
    }

    [Fact]
    public void They_are_named_found_and_revoked()
    {
        Shell.Run("Start-VfsNode ./a -Name a | Out-Null; $made = New-VfsInvitation reader -Name phone -Uses 0 -ExpiresIn never; New-VfsInvitation | Out-Null");
        var open = Shell.Run("Get-VfsInvitation -State Open").Select(i => (VfsInvitation)i.BaseObject).ToList();
        Assert.Equal([("phone", "reader", 0, "a"), (null, "editor", 1, "a")], open.Select(i => (i.Name, i.Role, i.Uses, i.Node)));
        Assert.All(open, i => Assert.Equal((null, i.Id), (i.Token, i.ToString())));
        Assert.Equal("phone", Shell.One<VfsInvitation>("Get-VfsInvitation $made.Id.Substring(0, 8)").Name);
        Assert.Equal("phone", Shell.One<VfsInvitation>("Get-VfsInvitation pho*").Name);
        Assert.Contains("phone", Shell.Completions("Get-VfsInvitation ph"));

        Shell.Run("Start-VfsNode ./b -Name b -Invitation $made | Out-Null; Wait-VfsNode a -Connected -Timeout 30 | Out-Null");
        Assert.Equal(["b"], Shell.One<VfsInvitation>("Get-VfsInvitation phone -Node a").Joined);
        Shell.Run("Revoke-VfsInvitation phone -Node a -WhatIf");
        Assert.Equal("Open", Shell.One<VfsInvitation>("Get-VfsInvitation phone -Node a").State);
        Assert.Equal("VfsNotAdmin", Shell.ErrorOf("Get-VfsInvitation -Node b | Revoke-VfsInvitation -Node b"));
        Assert.Equal("Revoked", Shell.One<VfsInvitation>("$made | Revoke-VfsInvitation -Node a -PassThru").State);
        Assert.Equal("VfsInvitationUsed", Shell.ErrorOf("Start-VfsNode ./c -Name c -Invitation $made"));
        Shell.Run("Get-VfsInvitation -Node a | Revoke-VfsInvitation -Node a");
        Assert.Empty(Shell.Run("Get-VfsInvitation -State Open -Node a"));
    }

    [Fact]
    public void What_is_shown_of_them_is_a_table_without_a_token()
    {
        Shell.Run("Start-VfsNode ./a -Name a | Out-Null; $made = New-VfsInvitation writer -Name 'build servers' -Uses 3 -ExpiresIn 2d");
        var screen = Shell.Screen("Get-VfsInvitation");
        Assert.Matches(@"Id\s+Name\s+Role\s+State\s+Used\s+Expires\s+Node\s+Joined", screen);
        Assert.Matches(@"[0-9a-f]{8} build servers\s+writer\s+Open\s+0/3\s+20\d\d-\d\d-\d\d \d\d:\d\d\s+a", screen);
        Assert.DoesNotContain("vfs-token", Shell.Screen("Get-VfsInvitation | Format-List *"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Get-VfsInvitation nothing", "VfsInvitationNotFound")]
    [InlineData("Revoke-VfsInvitation nothing", "VfsInvitationNotFound")]
    [InlineData("New-VfsInvitation -OutFile x.png", "VfsNeedsQrCode")]
    [InlineData("New-VfsInvitation -AsQrCode -OutFile x.gif", "VfsPictureKind")]
    [InlineData("New-VfsInvitation -AsQrCode -OutFile ./no/x.png", "VfsNoFolder")]
    public void Mistakes_are_told_and_nothing_is_made(string script, string error)
    {
        Shell.Run("Start-VfsNode ./a -Name a | Out-Null");
        Assert.Equal(error, Shell.ErrorOf(script));
        Assert.Empty(Shell.Run("Get-VfsInvitation"));
    }

    [Fact]
    public void A_token_given_for_a_name_is_not_repeated_in_the_error()
    {
        Shell.Run("Start-VfsNode ./a -Name a | Out-Null; $token = (New-VfsInvitation).Token");
        Assert.Equal("VfsInvitationNotFound", Shell.ErrorOf("Revoke-VfsInvitation $token"));
        Assert.DoesNotContain("vfs-token", Shell.Run("$Error[0].ToString() + $Error[0].TargetObject")[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_hold_the_token()
    {
        Shell.Run("Start-VfsNode ./a -Name a | Out-Null");
        var lines = Shell.Run("New-VfsInvitation -AsQrCode").Select(l => l.ToString()!).ToList();
        Assert.True(lines.Count > 40 && lines.All(l => l.Length == lines[0].Length), $"{lines.Count} lines");
        Assert.All(lines, l => Assert.All(l, c => Assert.Contains(c, " \u2580\u2584\u2588")));
        var png = Shell.One<FileInfo>("New-VfsInvitation -Name png -AsQrCode -OutFile ./i.png");
        var svg = Shell.One<FileInfo>("New-VfsInvitation -Name svg -AsQrCode -OutFile ./i.SVG");
        Assert.Equal(Path.Combine(Folder, "i.png"), png.FullName);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], File.ReadAllBytes(png.FullName)[..4]);
        Assert.Contains("<svg", File.ReadAllText(svg.FullName), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(png.FullName));
        Assert.Equal(3, Shell.Run("Get-VfsInvitation -State Open").Count);
    }
}
