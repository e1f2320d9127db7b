namespace VfsSync.ShellTests.EndToEnd;

/// <summary>What names and patterns mean.</summary>
public sealed class ChoosingTests : NodeShell
{
    [Fact]
    public void A_pattern_that_finds_no_member_or_node_is_no_error()
    {
        StartTwo();
        Assert.Empty(Shell.Run("Disconnect-VfsNode z* -Node a -PassThru; Get-VfsProblem -Node z*; Get-VfsProblem z*; Get-VfsActivity z*; Get-VfsActivity z* -Follow"));
        Assert.Equal("VfsMemberNotFound", Shell.ErrorOf("Disconnect-VfsNode z -Node a"));
        Assert.Equal("VfsNodeNotFound", Shell.ErrorOf("Disconnect-VfsNode b -Node z*"));
        Assert.Equal("VfsNodeNotFound", Shell.ErrorOf("Get-VfsProblem -Node z"));
        Assert.Equal("VfsNodeNotFound", Shell.ErrorOf("Get-VfsActivity -Node z"));
    }

    [Fact]
    public void A_name_with_wildcards_in_it_is_a_name()
    {
        Shell.Run("$a = Start-VfsNode ./a -Name 'we ird [x] 1' -Port 0; $b = Start-VfsNode ./b -Name '[' -Port 0 -Invitation (New-VfsInvitation)");
        Shell.Run("$a, $b | Wait-VfsNode -Connected -Timeout 30 | Out-Null; 'x' | Write-VfsFile f -Node 'we ird [x] 1'");
        Assert.Equal("we ird [x] 1", Shell.One<string>("Get-VfsNode 'we ird [x] 1' -Local"));
        Assert.Equal("f", Shell.One<string>("Wait-VfsNode '[' -Member 'we ird [x] 1' -Timeout 30 | Out-Null; Get-VfsFile -Node '['"));
        Assert.Equal("[", Shell.One<string>("Disconnect-VfsNode '[' -Node 'we ird [x] 1' -PassThru"));
        Assert.Equal("we ird [x] 1", Shell.One<string>("Stop-VfsNode 'we ird [x] 1' -PassThru"));
    }

    [Theory]
    [InlineData("Get-VfsFile '['", "VfsPathInvalid")]
    [InlineData("Get-VfsFile '*/[/x'", "VfsPathInvalid")]
    [InlineData("Read-VfsFile 'docs/['", "VfsPathInvalid")]
    [InlineData("Remove-VfsFile '[a'", "VfsPathInvalid")]
    [InlineData("Move-VfsFile '[a' b", "VfsPathInvalid")]
    [InlineData("Sync-VfsFile '[a'", "VfsPathInvalid")]
    [InlineData("Get-VfsNode '['", "VfsNodeNotFound")]
    [InlineData("Stop-VfsNode '['", "VfsNodeNotFound")]
    [InlineData("Wait-VfsNode '['", "VfsNodeNotFound")]
    [InlineData("Get-VfsFile -Node '['", "VfsNodeNotFound")]
    [InlineData("Get-VfsProblem -Node '['", "VfsNodeNotFound")]
    [InlineData("Get-VfsActivity -Node '['", "VfsNodeNotFound")]
    [InlineData("Disconnect-VfsNode '['", "VfsMemberNotFound")]
    [InlineData("Wait-VfsNode -Member '[' -Timeout 0", "VfsWaitTimeout")]
    public void A_malformed_pattern_is_an_ordinary_error(string script, string id)
    {
        StartOne();
        Assert.Equal(id, Shell.ErrorOf(script));
        Assert.Equal("goes on", Shell.One<string>($"& {{ {script} -ErrorAction SilentlyContinue; 'goes on' }}"));
    }

    [Theory]
    [InlineData("Get-VfsProblem -Kind '['")]
    [InlineData("Get-VfsActivity -Kind Conflict, '[a'")]
    public void A_malformed_kind_is_an_unknown_one(string script) => Assert.Equal("VfsUnknownKind", Shell.ErrorOf(script));

    [Theory]
    [InlineData("Wait-VfsNode a -Member a -Timeout 5")]
    [InlineData("Wait-VfsNode a -Connected -Member b, A -Timeout 5")]
    [InlineData("Wait-VfsNode a -Member $a -Timeout 5")]
    [InlineData("Disconnect-VfsNode a -Node a")]
    [InlineData("$a | Disconnect-VfsNode -Node a")]
    [InlineData("Disconnect-VfsNode $a.Id.Substring(0, 8) -Node a")]
    public void A_node_is_no_member_of_its_own(string script)
    {
        StartOne();
        Assert.Equal("VfsMemberNotFound", Shell.ErrorOf(script));
        Assert.Contains("node 'a' itself", Shell.Errors[0].ToString(), StringComparison.OrdinalIgnoreCase);
    }
}
