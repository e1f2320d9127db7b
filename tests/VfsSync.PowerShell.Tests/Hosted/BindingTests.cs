namespace VfsSync.ShellTests.Hosted;

/// <summary>What does not need a node: how parameters bind, what errors say, what completes.</summary>
[Collection("Nodes")]
public sealed class BindingTests : IDisposable
{
    private readonly Shell _shell = new();

    public void Dispose() => _shell.Dispose();

    [Theory]
    [InlineData("Read-VfsFile x", "VfsNoNode")]
    [InlineData("'x' | Write-VfsFile x", "VfsNoNode")]
    [InlineData("Stop-VfsNode", "VfsNoNode")]
    [InlineData("Get-VfsFile", "VfsNoNode")]
    [InlineData("Wait-VfsNode", "VfsNoNode")]
    [InlineData("New-VfsInvitation", "VfsNoNode")]
    [InlineData("Sync-VfsFile", "VfsNoNode")]
    [InlineData("Get-VfsNode nobody", "VfsNodeNotFound")]
    [InlineData("Stop-VfsNode nobody", "VfsNodeNotFound")]
    [InlineData("Get-VfsActivity -Node nobody", "VfsNodeNotFound")]
    [InlineData("Read-VfsFile ./x -Node nobody", "VfsNoNode")]
    [InlineData("Start-VfsNode /tmp/x -Invitation nonsense", "VfsInvitationInvalid")]
    [InlineData("Get-VfsActivity -Since soon", "ParameterArgumentTransformationError")]
    [InlineData("New-VfsInvitation -ExpiresIn soon", "ParameterArgumentTransformationError")]
    public void Errors_have_stable_ids(string script, string id) => Assert.Equal(id, _shell.ErrorOf(script));

    [Theory]
    [InlineData("Get-VfsNode")]
    [InlineData("Get-VfsNode *")]
    [InlineData("Get-VfsActivity")]
    [InlineData("Get-VfsActivity -Follow")]
    [InlineData("Get-VfsProblem")]
    public void With_no_nodes_there_is_nothing_to_list(string script) => Assert.Empty(_shell.Run(script));

    [Fact]
    public void A_malformed_invitation_is_not_repeated()
    {
        _shell.Try("Start-VfsNode /tmp/x -Invitation 'a secret word'");
        Assert.DoesNotContain("secret word", Assert.Single(_shell.Errors).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$i = 'vfs-token-abc'; $i")]
    [InlineData("'  vfs-token-a\nbc  '")]
    [InlineData("$s = [Security.SecureString]::new(); foreach ($c in 'vfs-token-abc'.ToCharArray()) { $s.AppendChar($c) }; $s")]
    [InlineData("$args[0]")]
    [InlineData("[IO.FileInfo] $args[0]")]
    public void An_invitation_comes_in_many_forms(string script)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "vfs-token-abc\n");
            var given = Assert.Single(_shell.Run(script, file));
            Assert.Equal("vfs-token-abc", VfsSync.PowerShell.Choosing.InvitationText.Of(given, "/nowhere", State()));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Roles_and_kinds_complete()
    {
        Assert.Equal(["reader"], _shell.Completions("New-VfsInvitation -Role re"));
        Assert.Equal(["Received", "Recorded", "Removed", "Renamed"], _shell.Completions("Get-VfsActivity -Kind Re").Order());
        Assert.Equal(["Linked", "Lost"], _shell.Completions("Get-VfsActivity -Kind L").Order());
        Assert.Contains("vault", _shell.Completions("New-VfsInvitation -Role "));
        Assert.Contains("Unreadable", _shell.Completions("Get-VfsProblem -Kind Un"));
    }

    [Theory]
    [InlineData("New-VfsInvitation -ExpiresIn ", "never")]
    [InlineData("Get-VfsActivity -Since ", "yesterday")]
    [InlineData("Connect-VfsNode ", null)]
    [InlineData("Start-VfsNode . -Peer ", null)]
    [InlineData("Start-VfsNode . -Name ", null)]
    public void What_is_no_path_does_not_complete_as_one(string line, string? offered)
    {
        var words = _shell.Completions(line).ToList();
        Assert.Equal(offered is not null, words.Count > 0);
        if (offered is not null) Assert.Contains(offered, words);
        Assert.All(words, w => Assert.False(File.Exists(w) || Directory.Exists(w), w));
    }

    [Fact]
    public void What_is_offered_is_taken()
    {
        foreach (var word in _shell.Completions("Get-VfsActivity -Since ")) _shell.Run($"Get-VfsActivity -Since {word}");
        foreach (var word in _shell.Completions("New-VfsInvitation -ExpiresIn ")) Assert.Equal("VfsNoNode", _shell.ErrorOf($"New-VfsInvitation -ExpiresIn {word}"));
    }

    [Fact]
    public void Parameters_that_scripts_rely_on_are_there()
    {
        foreach (var (name, parameters) in new[]
        {
            ("Start-VfsNode", "Path Name Invitation Peer Port Wait OnEvent"), ("New-VfsInvitation", "Role Uses ExpiresIn Node"), ("Wait-VfsNode", "Synced Connected Member Timeout Node"),
            ("Write-VfsFile", "Path Value Append NoNewline Node"), ("Read-VfsFile", "Path LiteralPath Raw AsByteStream Destination Node"), ("Get-VfsFile", "Path Recurse Node"),
            ("Get-VfsActivity", "Follow Since Kind Node"), ("Sync-VfsFile", "Path AsJob Node"),
        })
            Assert.Subset(((CmdletInfo)_shell.Run("Get-Command $args[0]", name)[0].BaseObject).Parameters.Keys.ToHashSet(), parameters.Split(' ').ToHashSet());
    }

    private SessionState State() => _shell.One<SessionState>("$ExecutionContext.SessionState");
}
