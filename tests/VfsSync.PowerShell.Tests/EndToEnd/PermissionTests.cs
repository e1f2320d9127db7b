namespace VfsSync.ShellTests.EndToEnd;

/// <summary>Who may do what, looked at and changed as a user does.</summary>
public sealed class PermissionTests : NodeShell
{
    [Fact]
    public void What_is_only_shown_is_not_done_also_where_it_is_forced()
    {
        StartTwo();
        Shell.Run("function Expel { [CmdletBinding(SupportsShouldProcess)] param() Revoke-VfsPermission b -Node a -Force }; Expel -WhatIf");
        Assert.Equal("editor", Shell.One<string>("(Get-VfsPermission b -Node a).Role"));
        Shell.Run("Expel");
        Assert.Equal("none", Shell.One<string>("(Get-VfsPermission b -Node a).Role"));
    }

    [Fact]
    public void An_object_brings_the_node_along_that_told_of_it()
    {
        StartTwo();
        Shell.Run("$x = Start-VfsNode ./x -Name x -Port 0; $other = Start-VfsNode ./other -Name b2 -Port 0 -Invitation (New-VfsInvitation -Node x); $x, $other | Wait-VfsNode -Connected -Timeout 30 | Out-Null");
        Shell.Run("Get-VfsPermission b2 -Node x | Grant-VfsPermission -Role reader");
        Assert.Equal("reader", Shell.One<string>("(Get-VfsPermission b2 -Node x).Role"));
        Assert.Equal("Revoked", Shell.One<string>("New-VfsInvitation -Node x -Uses 0 | Revoke-VfsInvitation -PassThru | ForEach-Object State"));
    }

    [Fact]
    public void One_name_that_is_none_takes_no_other_with_it()
    {
        StartTwo();
        Assert.Equal("VfsMemberNotFound", Shell.ErrorOf("$found = Get-VfsPermission nope, b -Node a"));
        Assert.Equal("b", Shell.One<string>("$found.Member"));
    }

    [Fact]
    public void Roles_are_told_given_and_taken_and_the_policy_keeps_its_remarks()
    {
        Two("editor");
        Assert.Equal(["a: admin", "b: editor"], Shell.Run("Get-VfsPermission -Node a").Select(p => p.ToString()));
        Shell.Run("\"# ours`nconflicts: merge`n\" | Write-VfsFile .vfspolicy.yaml -Node a -NoNewline");
        var reader = Shell.One<VfsPermission>("Grant-VfsPermission b reader -Node a -PassThru");
        Assert.Equal(("reader", true, false, false, false), (reader.Role, reader.Read, reader.Write, reader.Delete, reader.Admin));
        Assert.Equal("# ours\nconflicts: merge\nnodes:\n  b: reader\n", ReadAt("a", ".vfspolicy.yaml"));
        Eventually("(Get-VfsNode b -Local).Role -eq 'reader'");
        Shell.Run("Grant-VfsPermission b -Permission write -Node a");
        Eventually("(Get-VfsNode b -Local).Role -eq 'writer'");
        Shell.Run("Revoke-VfsPermission b write -Node a -Force");
        Assert.Equal("# ours\nconflicts: merge\nnodes:\n  b: reader\n", ReadAt("a", ".vfspolicy.yaml"));
    }

    [Fact]
    public void The_root_key_names_an_admin_and_cuts_off_the_founder()
    {
        Two("editor");
        var key = Path.Combine(Folder, "root key");
        File.Move(Path.Combine(Folder, "a", ".vfs", "root.key"), key);
        File.WriteAllText(Path.Combine(Folder, "no key"), "hello");
        Assert.Equal("VfsNotRootKey", Shell.ErrorOf("Grant-VfsPermission b admin -Node b -RootKey './no key'"));
        Assert.Equal("VfsNotRootKey", Shell.ErrorOf("Grant-VfsPermission b admin -Node b -RootKey ./nowhere"));
        Assert.Equal("VfsNotByRoot", Shell.ErrorOf("Grant-VfsPermission b writer -Node b -RootKey './root key'"));
        Assert.Equal("VfsNotByRoot", Shell.ErrorOf("Grant-VfsPermission a admin -Node b -RootKey './root key'"));
        Assert.Equal("VfsNotByRoot", Shell.ErrorOf("Revoke-VfsPermission a write -Node b -RootKey './root key' -Force"));
        Shell.Run("Grant-VfsPermission b admin -Node b -RootKey './root key' -WhatIf");
        Assert.Equal("editor", Shell.One<VfsPermission>("Get-VfsPermission b -Node b").Role);
        Assert.Equal("admin", Shell.One<VfsPermission>("Grant-VfsPermission b admin -Node b -RootKey './root key' -PassThru").Role);
        Assert.Equal("none", Shell.One<VfsPermission>("Get-VfsPermission a -Node b | Revoke-VfsPermission -Node b -RootKey './root key' -Force -PassThru").Role);
        Eventually("(Get-VfsNode a -Local).Role -eq 'none'");
        Assert.StartsWith("vfs-token-", Shell.One<string>("\"$(New-VfsInvitation -Node b)\""), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_reader_may_not_do_is_an_error_and_what_it_did_by_hand_can_be_taken_back()
    {
        Two("reader");
        Shell.Run("'1' | Write-VfsFile f -Node a; Wait-VfsNode a -Synced -Timeout 30 | Out-Null");
        Assert.Equal("VfsDenied", Shell.ErrorOf("'2' | Write-VfsFile f -Node b"));
        Assert.Equal("VfsDenied", Shell.ErrorOf("Remove-VfsFile f -Node b"));
        Assert.Equal("VfsDenied", Shell.ErrorOf("Move-VfsFile f g -Node b"));
        Assert.Equal("VfsNotAdmin", Shell.ErrorOf("Grant-VfsPermission a reader -Node b"));
        Assert.Equal("VfsNotAdmin", Shell.ErrorOf("New-VfsInvitation -Node b"));
        File.WriteAllText(Path.Combine(Folder, "b", "f"), "mine");
        Eventually("(Get-VfsFile f -Node b).State -eq 'LocalOnly'");
        Assert.Equal("f", Shell.One<VfsProblem>("Get-VfsProblem -Node b -Kind Denied").Name);
        Assert.Equal(("Planned", "f"), Shell.One<VfsChange>("Get-VfsFile -State LocalOnly -Node b | Restore-VfsFile -WhatIf") is var planned ? (planned.State, planned.Name) : default);
        Assert.Equal(("Applied", "f"), Shell.One<VfsChange>("Get-VfsFile -State LocalOnly -Node b | Restore-VfsFile -Confirm:$false") is var made ? (made.State, made.Name) : default);
        Eventually("(Read-VfsFile f -Node b) -eq '1'");
        Assert.Equal("VfsNothingToRestore", Shell.ErrorOf("Restore-VfsFile f -Node b"));
    }

    [Fact]
    public void Effective_rights_at_a_path_and_mistakes_that_change_nothing()
    {
        Two("editor");
        Shell.Run("\"rules:`n  legal/: { write: [a] }`n\" | Write-VfsFile .vfspolicy.yaml -Node a -NoNewline");
        var at = Shell.Run("Get-VfsPermission -Path legal/x -Node a").Select(p => (VfsPermission)p.BaseObject).ToList();
        Assert.Equal([("a", true, "legal/x", null), ("b", false, "legal/x", "legal/")], at.Select(p => (p.Member, p.Write, p.Path!, p.Rule)));
        Assert.Equal("VfsPolicyInvalid", Shell.ErrorOf("Grant-VfsPermission b boss -Node a"));
        Assert.Equal("VfsPolicyInvalid", Shell.ErrorOf("Revoke-VfsPermission a -Force -Node a"));
        Assert.Equal("VfsMemberNotFound", Shell.ErrorOf("Get-VfsPermission nobody -Node a"));
        Assert.Equal("VfsUnknownPermission", Shell.ErrorOf("Grant-VfsPermission b -Permission fly -Node a"));
        Assert.Equal("rules:\n  legal/: { write: [a] }\n", ReadAt("a", ".vfspolicy.yaml"));
        Shell.Run("Get-VfsPermission b -Node a | Revoke-VfsPermission -Force -Node a");
        Eventually("(Get-VfsNode a).Where({ $_.Name -eq 'b' -and -not $_.IsLocal }).State -ne 'Connected'");
        Assert.Equal("none", Shell.One<VfsPermission>("Get-VfsPermission b -Node a").Role);
    }

    private string ReadAt(string node, string path) => File.ReadAllText(Path.Combine(Folder, node, path));

    private void Two(string role)
    {
        Shell.Run("Start-VfsNode ./a -Name a -Port 0 | Out-Null; Start-VfsNode ./b -Name b -Port 0 -Invitation (New-VfsInvitation $args[0] -Node a) | Out-Null", role);
        Eventually("@(Get-VfsNode).Where({ $_.State -eq 'Connected' }).Count -ge 1");
    }
}
