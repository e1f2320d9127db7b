using System.Diagnostics;

namespace VfsSync.ShellTests.EndToEnd;

public sealed class NodeTests : NodeShell
{
    [Fact]
    public void The_first_node_founds_a_cluster_and_is_its_admin()
    {
        var node = Shell.One<VfsNode>("Start-VfsNode ./new -Name first -Port 0");
        Assert.Equal(("first", "Running", "admin", true), (node.Name, node.State, node.Role, node.IsLocal));
        Assert.True(Directory.Exists(Path.Combine(Folder, "new", ".vfs")));
    }

    [Fact]
    public void The_second_joins_by_invitation()
    {
        StartTwo();
        Assert.Equal("editor", Shell.One<string>("$b.Role"));
        Assert.Equal(["a", "b"], Shell.Run("(Get-VfsNode -Local).Name").Select(n => n.ToString()));
        Assert.Equal("Connected", Shell.One<string>("(Get-VfsNode | Where-Object { -not $_.IsLocal -and $_.Name -eq 'b' }).State"));
    }

    [Theory]
    [InlineData("Start-VfsNode ./no/such/place", "VfsNoSuchFolder")]
    [InlineData("Start-VfsNode ./a", "VfsFolderInUse")]
    [InlineData("Start-VfsNode env:", "VfsNotAFolder")]
    [InlineData("Start-VfsNode ./c -Invitation vfs-token-nonsense", "VfsInvitationInvalid")]
    public void What_cannot_start_says_why(string script, string id)
    {
        StartOne();
        Assert.Equal(id, Shell.ErrorOf(script));
    }

    [Theory]
    [InlineData("Start-VfsNode ./no/such/place -Wait; 'goes on'", "VfsNoSuchFolder")]
    [InlineData("Start-VfsNode ./a -Wait; 'goes on'", "VfsFolderInUse")]
    [InlineData("Start-VfsNode env: -Wait; 'goes on'", "VfsNotAFolder")]
    [InlineData("function Serve { Start-VfsNode ./a -Wait; 'goes on' } Serve; 'goes on'", "VfsFolderInUse")]
    public void A_service_that_cannot_start_ends_its_script_with_code_1(string script, string id)
    {
        StartOne();
        Assert.DoesNotContain("goes on", Shell.Screen(script), StringComparison.Ordinal);
        Assert.Equal(1, Shell.ExitCode);
        Assert.Equal(id, Shell.ErrorOf(script));
        Assert.Equal(id, Shell.One<string>($"try {{ {script} }} catch {{ $_.FullyQualifiedErrorId.Split(',')[0] }}"));
        Assert.Equal("a", Shell.One<string>("(Get-VfsNode -Local).Name"));
    }

    [Fact]
    public void A_node_takes_a_new_key_and_stays_who_it_is()
    {
        StartTwo();
        Shell.Run("'early' | Write-VfsFile file -Node b; $a, $b | Wait-VfsNode -Synced -Timeout 60 | Out-Null; Grant-VfsPermission b writer -Node a -Confirm:$false; Stop-VfsNode b");
        Assert.Contains("under a new key", Shell.Screen("$renewed = Start-VfsNode ./b -RenewKey -Port 0"), StringComparison.Ordinal);
        Assert.NotEqual(Shell.One<string>("$b.Id"), Shell.One<string>("$renewed.Id"));
        Assert.Equal(("b", "writer"), (Shell.One<string>("$renewed.Name"), Shell.One<string>("$renewed.Role")));
        Shell.Run("'late' | Write-VfsFile file -Node b; Wait-VfsNode b -Synced -Timeout 60 | Out-Null");
        Assert.Equal("late", Shell.One<string>("Read-VfsFile file -Node a"));
        Eventually("(Get-VfsNode | Where-Object { -not $_.IsLocal -and $_.Name -eq 'b' }).Id -eq $renewed.Id");
        Assert.Equal(2, Shell.One<int>("@(Get-VfsPermission -Node a).Count"));
        Shell.Run("Stop-VfsNode *");
        Assert.Equal(Shell.One<string>("$renewed.Id"), Shell.One<string>("(Start-VfsNode ./b -Port 0).Id"));
    }

    [Fact]
    public void A_port_that_was_given_must_be_free()
    {
        Shell.Run("$a = Start-VfsNode ./a -Name a -Port 0");
        var port = Shell.One<string>("$a.Address").Split(':')[^1];
        Assert.Equal("VfsPortInUse", Shell.ErrorOf($"Start-VfsNode ./b -Port {port}"));
        Assert.Equal("editor", Shell.One<string>("(Start-VfsNode ./b -Port 0 -Invitation (New-VfsInvitation -Node a)).Role"));
    }

    [Fact]
    public void Nothing_starts_under_what_if()
    {
        Assert.Empty(Shell.Run("Start-VfsNode ./a -WhatIf"));
        Assert.False(Directory.Exists(Path.Combine(Folder, "a")));
    }

    [Fact]
    public void A_stopped_node_goes_on_under_its_name()
    {
        StartOne();
        var id = Shell.One<string>("$a.Id");
        Assert.Equal("Stopped", Shell.One<string>("($a | Stop-VfsNode -PassThru).State"));
        Assert.Empty(Shell.Run("Get-VfsNode"));
        Assert.Equal(id, Shell.One<string>("(Start-VfsNode ./a -Port 0).Id"));
        Shell.Run("Stop-VfsNode; $null = Start-VfsNode ./a -Port 0 -Name other -WarningVariable global:warned");
        Assert.Contains("keeps its name 'a'", Shell.One<string>("$warned"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_is_taken_gets_a_number_and_a_warning()
    {
        StartOne();
        Assert.Equal("a-2", Shell.One<string>("(Start-VfsNode ./b -Name a -Port 0 -Invitation (New-VfsInvitation) -WarningVariable global:warned).Name"));
        Assert.Contains("has the name 'a'", Shell.One<string>("$warned"), StringComparison.Ordinal);
        Assert.Contains("'a-2'", Shell.One<string>("$warned"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_around_another_is_warned_of()
    {
        Shell.Run("$null = [IO.Directory]::CreateDirectory(\"$PWD/p/deep\"); $c = Start-VfsNode ./p/deep/c -Name c -Port 0; $p = Start-VfsNode ./p -Name p -Port 0 -WarningVariable global:warned");
        Assert.Contains("is the folder of node 'c'", Shell.One<string>("$warned"), StringComparison.Ordinal);
        Shell.Run("Stop-VfsNode *; $null = Start-VfsNode ./q/ -Name q -Port 0; Stop-VfsNode q; $null = Start-VfsNode . -Name all -Port 0 -WarningVariable global:warned");
        Assert.Contains("/q' below is the folder of a node", Shell.One<string>("\"$warned\""), StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_names_whom_a_wait_is_for()
    {
        StartTwo();
        Shell.Run("Stop-VfsNode b");
        using var ps = System.Management.Automation.PowerShell.Create(Shell.Runspace).AddScript("Wait-VfsNode a -Member b, ghost -Timeout 2 2>$null; Wait-VfsNode a -Member b -Timeout 2 2>$null");
        ps.Invoke();
        Assert.Contains(ps.Streams.Progress, p => p.StatusDescription == "a waits for b (not connected)");
        Assert.Contains(ps.Streams.Progress, p => p.StatusDescription == "a waits for b (not connected), ghost (no member yet)");
    }

    [Fact]
    public void Stopping_does_not_guess()
    {
        StartTwo();
        Assert.Equal("VfsNodeAmbiguous", Shell.ErrorOf("Stop-VfsNode"));
        Shell.Run("Set-Location ./b; Stop-VfsNode");
        Assert.Equal("a", Shell.One<string>("(Get-VfsNode -Local).Name"));
    }

    [Theory]
    [InlineData("Stop-VfsNode -Node $null")]
    [InlineData("Stop-VfsNode -Node @()")]
    [InlineData("Stop-VfsNode -Node $a, $null")]
    [InlineData("$null | Stop-VfsNode")]
    [InlineData("$null | Wait-VfsNode")]
    [InlineData("$null | Get-VfsNode")]
    [InlineData("$null | Get-VfsActivity")]
    [InlineData("$null | Get-VfsProblem")]
    [InlineData("$null | New-VfsInvitation")]
    [InlineData("$null | Disconnect-VfsNode")]
    [InlineData("$null | Connect-VfsNode")]
    [InlineData("Remove-VfsFile * -Node $null")]
    [InlineData("'x' | Write-VfsFile f -Node $null")]
    public void No_node_is_not_the_same_as_none_named(string script)
    {
        StartOne();
        Assert.Equal("ParameterArgumentValidationError", Shell.ErrorOf(script));
        Assert.Equal("a", Shell.One<string>("(Get-VfsNode -Local).Name"));
    }

    [Fact]
    public void A_pattern_that_finds_no_node_is_no_error()
    {
        Shell.Run("Stop-VfsNode *");
        StartOne();
        Assert.Empty(Shell.Run("Stop-VfsNode z* -PassThru; Wait-VfsNode z*"));
        Assert.Equal("VfsNodeNotFound", Shell.ErrorOf("Stop-VfsNode z"));
    }

    [Fact]
    public void Folders_come_down_the_pipeline() =>
        Assert.Equal(["a", "b"], Shell.Run("'./a', './b' | Start-VfsNode -Port 0 | ForEach-Object { $_.Folder.Split('/')[-1] }").Select(n => n.ToString()));

    [Fact]
    public void All_that_Get_VfsNode_shows_can_be_stopped()
    {
        StartTwo();
        Assert.Equal(["a", "b"], Shell.Run("Get-VfsNode | Stop-VfsNode -PassThru").Select(n => n.ToString()));
        Shell.Run("$a = Start-VfsNode ./a -Port 0");
        Assert.Equal("VfsNodeNotFound", Shell.ErrorOf("Get-VfsNode b | Stop-VfsNode"));
        Assert.Contains("does not run in this session", Shell.Errors[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_invitation_is_its_token()
    {
        StartOne();
        Assert.StartsWith("vfs-token-", Shell.One<string>("\"$(New-VfsInvitation)\""), StringComparison.Ordinal);
        var made = Shell.One<VfsInvitation>("New-VfsInvitation reader -Uses 3 -ExpiresIn 2h");
        Assert.Equal(("reader", 3, "a"), (made.Role, made.Uses, made.Node));
        Assert.InRange(made.Expires!.Value, DateTime.Now.AddMinutes(119), DateTime.Now.AddMinutes(121));
        Assert.Equal("writer", Shell.One<string>("(New-VfsInvitation Writer).Role"));
        Assert.Equal("VfsUnknownRole", Shell.ErrorOf("New-VfsInvitation king"));
        Assert.Equal("vault", Shell.One<string>("(New-VfsInvitation -Vault).Role"));
        Assert.Equal("VfsUnknownRole", Shell.ErrorOf("New-VfsInvitation reader -Vault"));
    }

    [Fact]
    public void The_environment_invites_a_new_folder()
    {
        StartOne();
        try
        {
            Shell.Run("$env:VFSSYNC_INVITATION = $token = New-VfsInvitation; Stop-VfsNode a");
            Assert.Equal("VfsUnreachable", Shell.ErrorOf("Start-VfsNode ./b -Name b -Port 0"));
            // What a join that failed leaves behind is no node yet: the next start joins.
            Shell.Run("$a = Start-VfsNode ./a");
            Assert.Equal(Shell.One<string>("$a.Cluster"), Shell.One<string>("(Start-VfsNode ./b -Name b -Port 0).Cluster"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("VFSSYNC_INVITATION", null);
        }
    }

    [Fact]
    public void An_empty_invitation_founds_nothing_by_mistake()
    {
        Assert.Equal("VfsInvitationInvalid", Shell.ErrorOf("Start-VfsNode ./a -Port 0 -Invitation $env:NOT_SET_ANYWHERE"));
        Assert.Contains("empty", Shell.Errors[0].ToString(), StringComparison.Ordinal);
        StartOne();
        Shell.Run("Stop-VfsNode; $a = Start-VfsNode ./a -Port 0 -Invitation $env:NOT_SET_ANYWHERE");
    }

    [Fact]
    public void Waiting_alone_returns_with_the_node()
    {
        StartOne();
        Assert.Equal("a", Shell.One<VfsNode>("Wait-VfsNode -Timeout 10").Name);
        Assert.Equal("VfsWaitTimeout", Shell.ErrorOf("Wait-VfsNode -Connected -Timeout 0.1"));
        Assert.Contains("New-VfsInvitation", Shell.Errors[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_holds_already_is_no_timeout()
    {
        StartTwo();
        Shell.Run("'x' | Write-VfsFile f; $a, $b | Wait-VfsNode -Timeout 30 | Out-Null");
        Assert.Equal(["a", "b"], Shell.Run("$a, $b | Wait-VfsNode -Timeout 0").Select(n => n.ToString()));
        Assert.Equal("a", Shell.One<string>("Wait-VfsNode a -Synced -Connected -Member b -Timeout 0"));
        Shell.Run("Stop-VfsNode b");
        Eventually("(Get-VfsNode).Where({ $_.Name -eq 'b' -and -not $_.IsLocal }).State -ne 'Connected'"); // It may not have read the goodbye yet.
        Assert.Equal("VfsWaitTimeout", Shell.ErrorOf("Wait-VfsNode a -Timeout 0"));
        Shell.Run("Stop-VfsNode a; $a = Start-VfsNode ./a -Port 0");
        Assert.Equal("VfsWaitTimeout", Shell.ErrorOf("Wait-VfsNode a -Member b -Timeout 0"));
        Assert.DoesNotContain(".  See", Shell.Errors[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Waiting_in_vain_is_an_error_that_says_for_whom()
    {
        StartTwo();
        Shell.Run("Stop-VfsNode b");
        Assert.Equal("VfsWaitTimeout", Shell.ErrorOf("Wait-VfsNode a -Synced -Member b, ghost -Timeout 1"));
        Assert.Contains("ghost", Shell.Errors[0].ToString(), StringComparison.Ordinal);
        Assert.Contains("b", Shell.Errors[0].ToString(), StringComparison.Ordinal);
        Assert.Equal(ErrorCategory.OperationTimeout, Shell.Errors[0].CategoryInfo.Category);
    }

    [Fact]
    public async Task Ctrl_C_ends_a_wait()
    {
        StartTwo();
        Shell.Run("Stop-VfsNode b");
        using var ps = System.Management.Automation.PowerShell.Create(Shell.Runspace).AddScript("Wait-VfsNode a -Member b");
        var run = ps.BeginInvoke();
        await Task.Delay(500);
        var since = System.Diagnostics.Stopwatch.GetTimestamp();
        ps.Stop();
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(5));
        Assert.Throws<PipelineStoppedException>(() => ps.EndInvoke(run));
    }

    [Fact]
    public void Links_are_ended_and_made_by_hand()
    {
        StartTwo();
        var address = "127.0.0.1:" + Shell.One<string>("$b.Address").Split(':')[^1];
        Shell.Run("Disconnect-VfsNode a -Node b; Disconnect-VfsNode b -Node a");
        Eventually("@(Get-VfsNode | Where-Object State -eq Connected).Count -eq 0");
        Assert.Equal("Connected", Shell.One<VfsNode>("Connect-VfsNode $args[0] -Node a", address).State);
        Assert.Equal("VfsMemberNotFound", Shell.ErrorOf("Disconnect-VfsNode ghost -Node a"));
        Assert.Equal("VfsUnreachable", Shell.ErrorOf("Connect-VfsNode 127.0.0.1:1 -Node a"));
    }

    [Fact]
    public void Who_was_disconnected_by_one_side_does_not_dial_back_and_comes_back_from_either()
    {
        StartTwo();
        var address = "127.0.0.1:" + Shell.One<string>("$b.Address").Split(':')[^1];
        Shell.Run("Disconnect-VfsNode b -Node a");
        Eventually("@(Get-VfsProblem -Node b | Where-Object Message -match 'Disconnect-VfsNode').Count -eq 1");
        for (var clock = Stopwatch.StartNew(); clock.ElapsedMilliseconds < 1000;) Assert.Empty(Shell.Run("Get-VfsNode | Where-Object State -eq Connected"));
        Shell.Run("$null = Connect-VfsNode (Get-VfsNode -Local | Where-Object Name -eq a).Address -Node b");
        Eventually("@(Get-VfsProblem -Node b).Count -eq 0");
        Shell.Run("Disconnect-VfsNode a -Node b");
        Eventually("@(Get-VfsProblem -Node a).Count -eq 1");
        Shell.Run("$null = Connect-VfsNode $args[0] -Node a", address);
        Eventually("@(Get-VfsProblem -Node a).Count -eq 0");
    }

    [Fact]
    public void A_member_behind_another_is_waited_for_and_shown()
    {
        StartTwo();
        Shell.Run("$c = Start-VfsNode ./c -Name c -Port 0 -Invitation (New-VfsInvitation -Node a); 'x' | Write-VfsFile f -Node c");
        Shell.Run("$c | Wait-VfsNode -Synced -Member a, b -Timeout 30");
        Assert.Equal("x", File.ReadAllText(Path.Combine(Folder, "b", "f")).Trim());
        Shell.Run("Stop-VfsNode b; 'y' | Write-VfsFile f -Node c");
        Assert.Equal("VfsWaitTimeout", Shell.ErrorOf("$c | Wait-VfsNode -Member b -Timeout 1"));
        Assert.Contains("b (a has no link to it; start it; last seen ", Shell.Errors[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_is_ended_when_the_cmdlet_returns_and_both_sides_say_who_ended_it()
    {
        StartTwo();
        var ended = Shell.One<VfsNode>("Disconnect-VfsNode b -Node a -PassThru");
        Assert.Equal(("Offline", "ended here with Disconnect-VfsNode; Connect-VfsNode brings it back"), (ended.State, ended.Trouble));
        Eventually("(Get-VfsNode a | Where-Object IsLocal -eq $false).Trouble -eq 'a ended it with Disconnect-VfsNode; Connect-VfsNode brings it back'");
        Assert.Equal("VfsWaitTimeout", Shell.ErrorOf("Wait-VfsNode a -Member b -Timeout 0.5"));
        Assert.Contains("b (ended here with Disconnect-VfsNode; Connect-VfsNode brings it back)", Shell.Errors[0].ToString(), StringComparison.Ordinal);
        Shell.Run("$null = Connect-VfsNode (Get-VfsNode -Local | Where-Object Name -eq a).Address -Node b");
        Assert.Empty(Shell.Run("Get-VfsNode | Where-Object Trouble"));
    }

    [Fact]
    public void Who_dialled_in_is_shown_where_it_listens_and_with_what_it_said()
    {
        StartTwo();
        Shell.Run("'x' | Write-VfsFile f -Node a; $a | Wait-VfsNode -Member b -Timeout 30");
        var port = Shell.One<string>("$b.Address").Split(':')[^1];
        Assert.EndsWith($":{port}", Shell.One<string>("(Get-VfsNode b | Where-Object SeenBy -eq a).Address"), StringComparison.Ordinal);
        Assert.Equal("b", Shell.One<VfsNode>("Get-VfsNode | Where-Object State -eq Connected | Where-Object SeenBy -eq a | Connect-VfsNode -Node a").Name);
        Shell.Run("Disconnect-VfsNode b -Node a");
        var connected = Shell.One<VfsNode>("Connect-VfsNode $args[0] -Node a", $"127.0.0.1:{port}");
        Assert.Equal((1L, 0L), (connected.Files, connected.Behind));
    }

    [Fact]
    public void What_was_known_of_a_member_that_is_away_is_known_after_a_restart()
    {
        StartTwo();
        Shell.Run("'x' | Write-VfsFile f -Node a; $a | Wait-VfsNode -Member b -Timeout 30; $size = (Get-VfsNode -Local)[0].Size; Stop-VfsNode b; 'y' | Write-VfsFile g -Node a; Stop-VfsNode a");
        var stopped = DateTime.Now;
        Shell.Run("Start-VfsNode ./a -Port 0");
        Eventually("(Get-VfsNode b).State -eq 'Offline'");
        var away = Shell.One<VfsNode>("Get-VfsNode b");
        Assert.Equal((1L, Shell.One<long>("$size"), 1L), (away.Files, away.Size, away.Behind));
        Assert.InRange(away.LastSeen!.Value, stopped.AddSeconds(-20), stopped);
    }

    [Fact]
    public void Removing_the_module_stops_the_nodes_of_its_own_session_only()
    {
        StartOne();
        using (var other = new Hosted.Shell())
        {
            other.Run("param($f) Start-VfsNode $f/o -Name other -Port 0", Folder);
            other.Run("Remove-Module VfsSync");
        }
        Assert.Equal("a", Shell.One<string>("(Get-VfsNode -Local).Name"));
    }

    [Fact]
    public void Names_complete()
    {
        StartTwo();
        Assert.Equal(["a", "b"], Shell.Completions("Stop-VfsNode -Node ").Order());
        Shell.Run("'x' | Write-VfsFile 'docs/my file.txt'; 'x' | Write-VfsFile docs/other.txt");
        Assert.Equal(["docs/"], Shell.Completions("Read-VfsFile d"));
        Assert.Equal(["'docs/my file.txt'"], Shell.Completions("Read-VfsFile docs/m"));
        Assert.Contains("b", Shell.Completions("Wait-VfsNode -Member "));
        Shell.Run("'x' | Write-VfsFile 'docs/[1].txt'");
        Assert.Equal(["'docs/`[1`].txt'"], Shell.Completions("Read-VfsFile docs/["));
        Assert.Equal("x", Shell.One<string>("Read-VfsFile 'docs/`[1`].txt'"));
        Assert.Equal(["'docs/[1].txt'"], Shell.Completions("Read-VfsFile -LiteralPath docs/["));
        Assert.Equal(["'docs/[1].txt'"], Shell.Completions("Write-VfsFile docs/["));
        Shell.Run("'x' | Write-VfsFile only-b.txt -Node b; Set-Location ./b");
        Assert.Equal(["only-b.txt"], Shell.Completions("Read-VfsFile only"));
    }
}
