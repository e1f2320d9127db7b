namespace VfsSync.ShellTests.EndToEnd;

public sealed class EventTests : NodeShell
{
    [Fact]
    public void Activity_tells_what_happened()
    {
        StartTwo();
        Shell.Run("'x' | Write-VfsFile hello.txt -Node a; $a | Wait-VfsNode -Timeout 30 | Out-Null");
        Assert.Equal("hello.txt", Shell.One<VfsActivity>("Get-VfsActivity -Node a -Kind Recorded | Where-Object Name -eq hello.txt").Name);
        Shell.Run("Remove-VfsFile hello.txt -Node a");
        Assert.Equal("a Recorded hello.txt removed", Shell.One<string>("Get-VfsActivity -Node a -Kind Recorded | Where-Object { $_.Name -eq 'hello.txt' -and $null -eq $_.Size }"));
        var received = Shell.One<VfsActivity>("Get-VfsActivity b -Kind Rec* -Since 1h | Where-Object { $_.Kind -eq 'Received' -and $_.Name -eq 'hello.txt' }");
        Assert.Equal(("a", "b"), (received.Node, received.SeenBy));
        Assert.Empty(Shell.Run("Get-VfsActivity -Since ([DateTime]::Now.AddHours(1))"));
        Assert.Equal("VfsUnknownKind", Shell.ErrorOf("Get-VfsActivity -Kind Recieved -Follow"));
        Assert.Equal("VfsUnknownKind", Shell.ErrorOf("Get-VfsProblem -Kind Bogus"));
    }

    [Fact]
    public void A_kind_may_be_named_as_the_table_does()
    {
        StartTwo();
        Assert.Equal("NodeConnected", Shell.One<string>("Get-VfsActivity a -Kind linked | Select-Object -First 1 -ExpandProperty Kind"));
        Assert.Equal("NodeJoined", Shell.One<string>("Get-VfsActivity a -Kind Joined | Select-Object -First 1 -ExpandProperty Kind"));
        Assert.NotEmpty(Shell.Run("Get-VfsActivity a -Kind NodeConnected"));
    }

    [Fact]
    public void A_hook_hears_of_its_node_s_start()
    {
        var log = Path.Combine(Folder, "vfs.log");
        Shell.Run("$log = $args[0]; $a = Start-VfsNode ./a -Name a -Port 0 -OnEvent { param($e) [IO.File]::AppendAllText($using:log, \"$e`n\") }", log);
        Until(() => File.Exists(log) && File.ReadAllText(log).StartsWith("a Node founded a cluster", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Following_ends_when_the_pipeline_has_enough()
    {
        StartOne();
        using var ps = System.Management.Automation.PowerShell.Create(Shell.Runspace).AddScript("Get-VfsActivity -Follow | Where-Object Name -eq go | Select-Object -First 1");
        var run = ps.BeginInvoke();
        using var other = new Hosted.Shell();
        for (var i = 0; i < 100 && !run.IsCompleted; i++)
        {
            other.Run("$args[0] | Write-VfsFile go", i);
            await Task.Delay(100);
        }
        Assert.True(run.IsCompleted);
        Assert.Equal("go", ((VfsActivity)Assert.Single(ps.EndInvoke(run)).BaseObject).Name);
    }

    [Fact]
    public async Task Following_ends_with_its_nodes()
    {
        StartOne();
        using var other = new Hosted.Shell();
        var stopping = Task.Run(async () =>
        {
            await Task.Delay(500);
            other.Run("Stop-VfsNode a");
        });
        Shell.Run("Get-VfsActivity -Follow");
        await stopping; // The node is out of the session before it has ended.
    }

    [Fact]
    public void Problems_are_followed_those_that_stand_first()
    {
        StartOne();
        using var other = new Hosted.Shell();
        using var told = new PSDataCollection<PSObject>();
        using var ps = System.Management.Automation.PowerShell.Create(Shell.Runspace).AddScript("Get-VfsProblem -Follow | Select-Object -First 3");
        string[] values = ["maybe", "never", "always"];
        other.Run("\"conflicts:`n  x: maybe\" | Write-VfsFile .vfspolicy.yaml");
        Until(() => other.Run("Get-VfsProblem").Count == 1);
        var run = ps.BeginInvoke<PSObject, PSObject>(null, told);
        for (var i = 0; i < values.Length; i++)
        {
            Until(() => told.Count == i + 1);
            Assert.Contains(values[i], ((VfsProblem)told[i].BaseObject).Message, StringComparison.Ordinal);
            if (i + 1 < values.Length) other.Run("param($v) \"conflicts:`n  x: $v\" | Write-VfsFile .vfspolicy.yaml", values[i + 1]);
        }
        ps.EndInvoke(run);
    }

    [Fact]
    public void Subscribers_hear_of_every_file_even_while_a_cmdlet_waits()
    {
        StartTwo();
        Shell.Run("""
            $global:seen = 0
            $null = Register-EngineEvent VfsSync.FileChanged -Action { $global:seen += @($Event.MessageData).Count }
            1..200 | ForEach-Object { "$_" | Write-VfsFile "n/$_" -Node $a }
            $b | Wait-VfsNode -Timeout 60 | Out-Null
            """);
        Assert.Equal(200, Shell.One<int>("$seen"));
    }

    [Fact]
    public void A_hook_runs_in_the_node_s_own_runspace()
    {
        var log = Path.Combine(Folder, "vfs.log");
        Shell.Run("$log = $args[0]; $a = Start-VfsNode ./a -Name a -Port 0 -OnEvent { param($e) [IO.File]::AppendAllText($using:log, \"$($e.Kind) $($e.Name)`n\"); \"saw $($e.Name)\" }", log);
        Shell.Run("'x' | Write-VfsFile hooked.txt");
        Eventually("@(Get-VfsActivity -Kind Hook | Where-Object Message -eq 'saw hooked.txt').Count -gt 0");
        Assert.Contains("Recorded hooked.txt", File.ReadAllText(log), StringComparison.Ordinal);
    }

    [Fact]
    public void In_a_hook_a_bare_path_is_its_own_node_s()
    {
        StartOne();
        Shell.Run("'of a' | Write-VfsFile same -Node a; $x = Start-VfsNode ./x -Name x -Port 0 -OnEvent { param($e) if ($e.Name) { \"read $(Read-VfsFile $e.Name)\" } }");
        Shell.Run("'of x' | Write-VfsFile same -Node x");
        Eventually("@(Get-VfsActivity x -Kind Hook | Where-Object Message -eq 'read of x').Count -gt 0");
    }

    [Fact]
    public void A_hook_that_throws_is_reported_and_the_next_event_still_comes()
    {
        Shell.Run("$a = Start-VfsNode ./a -Name a -Port 0 -OnEvent { param($e) if ($e.Name -eq 'bad') { throw 'no' }; if ($e.Name) { \"saw $($e.Name)\" } }");
        Shell.Run("'x' | Write-VfsFile bad; 'x' | Write-VfsFile good");
        Eventually("@(Get-VfsActivity -Kind Hook | Where-Object Message -eq 'saw good').Count -gt 0");
        Assert.NotEmpty(Shell.Run("Get-VfsActivity -Kind Hook | Where-Object Message -eq 'Error: no'"));
    }

    [Fact]
    public void A_node_is_stopped_when_its_hook_has_ended()
    {
        var log = Path.Combine(Folder, "vfs.log");
        Shell.Run("$log = $args[0]; $a = Start-VfsNode ./a -Name a -Port 0 -OnEvent { param($e) if ($e.Name) { [VfsSync.ShellTests.EndToEnd.SlowLog]::Write($using:log) } }", log);
        Shell.Run("'x' | Write-VfsFile slow.txt");
        Until(() => File.Exists(log));
        Shell.Run("Stop-VfsNode a");
        Assert.Equal(8, new FileInfo(log).Length);
    }

    [Fact]
    public void A_hook_that_does_not_end_is_stopped_with_its_node()
    {
        var log = Path.Combine(Folder, "vfs.log");
        Shell.Run("$log = $args[0]; $a = Start-VfsNode ./a -Name a -Port 0 -OnEvent { param($e) while ($true) { [IO.File]::AppendAllText($using:log, 'x'); [Threading.Thread]::Sleep(20) } }", log);
        Shell.Run("'x' | Write-VfsFile endless.txt");
        Until(() => File.Exists(log));
        var since = System.Diagnostics.Stopwatch.StartNew();
        Shell.Run("Stop-VfsNode a");
        Assert.InRange(since.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        var written = new FileInfo(log).Length;
        Thread.Sleep(300);
        Assert.Equal(written, new FileInfo(log).Length);
    }

    [Fact]
    public void A_hook_may_stop_its_own_node()
    {
        var log = Path.Combine(Folder, "vfs.log");
        Shell.Run("$log = $args[0]; $a = Start-VfsNode ./a -Name a -Port 0 -OnEvent { param($e) if ($e.Name -eq 'bye') { Stop-VfsNode a; [IO.File]::AppendAllText($using:log, 'stopped') } }", log);
        Shell.Run("'x' | Write-VfsFile bye");
        Until(() => File.Exists(log) && File.ReadAllText(log) == "stopped");
        Assert.Empty(Shell.Run("Get-VfsNode"));
    }
}

/// <summary>For hooks: one statement that takes a while, so that nothing can stop it on its way.</summary>
public static class SlowLog
{
    public static void Write(string log)
    {
        for (var i = 0; i < 8; i++, Thread.Sleep(50)) File.AppendAllText(log, "x");
    }
}
