namespace VfsSync.ShellTests.EndToEnd;

/// <summary>The examples of the design, as far as their cmdlets exist.</summary>
public sealed class ExampleTests : NodeShell
{
    [Fact]
    public void The_first_ten_lines()
    {
        Shell.Run("""
            $a = Start-VfsNode -Path ./vfs-a -Port 0
            $t = New-VfsInvitation -Role editor
            $b = Start-VfsNode -Path ./vfs-b -Invitation $t -Port 0
            'Hello from Mac!' | Write-VfsFile hello.txt
            $null = $a | Wait-VfsNode -Timeout 30
            """);
        Assert.Equal("Hello from Mac!\n", File.ReadAllText(Path.Combine(Folder, "vfs-b", "hello.txt")));
        Assert.NotEmpty(Shell.Run("Get-VfsNode | Where-Object State -eq Connected"));
        Assert.Equal(2, Shell.Run("Get-VfsNode -Local").Select(n => ((VfsNode)n.BaseObject).Name).Distinct().Count());
    }

    [Fact]
    public void One_liners()
    {
        StartOne();
        Shell.Run("[IO.File]::WriteAllBytes(\"$PWD/a/big.bin\", [byte[]]::new(11MB)); [IO.File]::WriteAllText(\"$PWD/a/x.log\", 'l'); Sync-VfsFile | Out-Null");
        Assert.Equal("big.bin", Shell.One<string>("Get-VfsFile -Recurse | Where-Object Size -gt 10MB | Sort-Object Size -Descending | Select-Object -First 5"));
        Assert.Contains("\"Name\":\"a\"", Shell.One<string>("Get-VfsNode | Where-Object State -eq Running | Select-Object Name, LastSeen | ConvertTo-Json"), StringComparison.Ordinal);
    }

    [Fact]
    public void Deploy_or_fail_the_build()
    {
        StartOne();
        Directory.CreateDirectory(Path.Combine(Folder, "dist", "css"));
        File.WriteAllText(Path.Combine(Folder, "dist", "index.html"), "<html>");
        File.WriteAllText(Path.Combine(Folder, "dist", "css", "a.css"), "a {}");
        Shell.Screen("""
            $ErrorActionPreference = 'Stop'
            $env:VFSSYNC_INVITATION = New-VfsInvitation -Node a
            $n = Start-VfsNode ./site -Invitation $env:VFSSYNC_INVITATION -Name site -Port 0
            $env:VFSSYNC_INVITATION = $null
            try { Copy-Item ./dist/* ./site -Recurse -Force
                  $n | Wait-VfsNode -Synced -Member a -Timeout 120 } finally { $n | Stop-VfsNode }
            """);
        Assert.True(Shell.ExitCode == 0, Shell.ScreenErrors);
        Assert.Equal("a {}", File.ReadAllText(Path.Combine(Folder, "a", "css", "a.css")));
        Shell.Screen("""
            $ErrorActionPreference = 'Stop'
            $n = Start-VfsNode ./site -Port 0
            try { $n | Wait-VfsNode -Synced -Member a, nobody -Timeout 1 } finally { $n | Stop-VfsNode }
            """);
        Assert.Equal(1, Shell.ExitCode);
    }

    [Fact]
    public void Two_nodes_events_and_a_job_in_one_session()
    {
        var said = Shell.Run("""
            $a = Start-VfsNode ./a -Name a; $b = Start-VfsNode ./b -Name b -Invitation (New-VfsInvitation -Node a)
            $null = Register-EngineEvent VfsSync.FileChanged -Action { $global:seen += @($Event.MessageData).Count }
            1..5000 | ForEach-Object { "$_" | Write-VfsFile "n/$_" -Node $a }; $null = $b | Wait-VfsNode -Timeout 60
            "$seen of 5000"; $null = Sync-VfsFile -AsJob | Wait-Job | Receive-Job; $a, $b | Stop-VfsNode
            """);
        Assert.Equal("5000 of 5000", Assert.Single(said).ToString());
    }
}
