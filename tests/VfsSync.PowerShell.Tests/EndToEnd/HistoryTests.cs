namespace VfsSync.ShellTests.EndToEnd;

/// <summary>Versions, looked at and brought back.</summary>
public sealed class HistoryTests : NodeShell
{
    [Fact]
    public void Versions_are_read_as_they_come_down_the_pipeline()
    {
        StartOne();
        Shell.Run("'first' | Write-VfsFile f; 'second' | Write-VfsFile f; Remove-VfsFile f");
        Assert.Equal(["second", "first"], Shell.Run("Get-VfsHistory f | Where-Object Entry -eq File | Read-VfsFile").Select(l => l.ToString()));
        Assert.Equal("first", Shell.One<string>("Get-VfsHistory f | Where-Object Version -eq 1 | Read-VfsFile -Raw").Trim());
        Assert.Equal("VfsNotFound", Shell.ErrorOf("Get-VfsHistory f | Where-Object Entry -eq Absent | Read-VfsFile"));
    }

    [Fact]
    public void Versions_come_newest_first_and_the_one_before_is_brought_back_everywhere()
    {
        StartTwo();
        Shell.Run("'one' | Write-VfsFile plan.md; 'two and more' | Write-VfsFile plan.md; $null = $a | Wait-VfsNode -Member b -Timeout 30");
        var versions = Shell.Run("Get-VfsHistory plan.md -Node b").Select(v => (VfsHistory)v.BaseObject).ToList();
        Assert.Equal([(2, "Modified", 13L, 9L, "a", "here"), (1, "Created", 4L, 4L, "a", "here")], versions.Select(v => (v.Version, v.Kind, v.Size, v.Change, v.Author, v.Held)));
        var change = Shell.One<VfsChange>("Get-VfsHistory plan.md -Node b | Restore-VfsFile -WhatIf; Restore-VfsFile plan.md -Version 1 -Node b");
        Assert.Equal(("Modify", "Applied", 2, 1), (change.Kind, change.State, change.From, change.To));
        Eventually("(Read-VfsFile plan.md -Node a) -eq 'one'");
        Assert.Equal(3, Shell.Run("Get-VfsHistory plan.md").Count);
        Assert.Equal("Planned", Shell.One<VfsChange>("Get-VfsHistory plan.md -Node b | Where-Object Version -eq 2 | Restore-VfsFile -Node a -WhatIf").State);
    }

    [Fact]
    public void Versions_of_several_nodes_are_in_the_order_in_which_they_were_made()
    {
        StartTwo();
        foreach (var node in (string[])["a", "b", "a", "b"])
            Shell.Run("param($n) \"by $n\" + [Environment]::TickCount64 | Write-VfsFile f -Node $n; $null = Wait-VfsNode $n -Synced -Timeout 30", node);
        foreach (var node in (string[])["a", "b"])
            Assert.Equal(["b4", "a3", "b2", "a1"], Shell.Run("param($n) Get-VfsHistory f -Node $n | ForEach-Object { $_.Author + $_.Version }", node).Select(v => v.ToString()));
    }

    [Fact]
    public void What_is_gone_has_a_history_and_comes_back_with_its_time_and_mode()
    {
        StartOne();
        var file = Path.Combine(Folder, "a", "d", "script");
        Shell.Run("'text' | Write-VfsFile d/script");
        Chmod(file, 0x1C0);
        File.SetLastWriteTimeUtc(file, new DateTime(2020, 2, 2, 2, 2, 2, DateTimeKind.Utc));
        Shell.Run("$null = Sync-VfsFile; Remove-VfsFile d -Recurse");
        Assert.Equal("Removed", Shell.Run("Get-VfsHistory d/script | ForEach-Object Kind")[0].ToString());
        Shell.Run("$null = Get-VfsHistory d/script | Where-Object Entry -eq File | Restore-VfsFile");
        Assert.Equal("text\n", File.ReadAllText(file));
        Assert.Equal((0x1C0, 2020), (ModeOf(file), File.GetLastWriteTimeUtc(file).Year));
        Assert.Equal("VfsNotFound", Shell.ErrorOf("Get-VfsHistory never"));
        Assert.Equal("VfsNotFound", Shell.ErrorOf("Restore-VfsFile d/script -Version 99"));
    }

    [Fact]
    public void A_version_is_read_and_the_folder_stays_as_it_is()
    {
        StartTwo();
        Shell.Run("'one' | Write-VfsFile plan.md; 'other' | Write-VfsFile d/other");
        Shell.Run("param($then) $global:then = $then", Later());
        Later();
        Shell.Run("'two' | Write-VfsFile plan.md; Remove-VfsFile d/other; $null = $a | Wait-VfsNode -Member b -Timeout 30");
        Assert.Equal(["one", "one", "two", "other", "other"], Shell.Run("""
            Read-VfsFile plan.md -Version 1 -Node b; Read-VfsFile plan.md -At $then; Read-VfsFile plan.md -Version 2; Read-VfsFile d/other -Version 1; Read-VfsFile d/o* -At $then
            """).Select(l => l.ToString()));
        Shell.Run("Read-VfsFile d/other -At $then -Destination ./copied");
        Assert.Equal("other\n", File.ReadAllText(Path.Combine(Folder, "copied")));
        Assert.Equal("VfsNotFound", Shell.ErrorOf("Read-VfsFile d/other -Version 2"));
        Assert.Equal("VfsNotFound", Shell.ErrorOf("Read-VfsFile plan.md -Version 3"));
        Assert.Equal("VfsNotFound", Shell.ErrorOf("Read-VfsFile plan.md -At 7d"));
        Assert.Equal("VfsVersionAmbiguous", Shell.ErrorOf("Read-VfsFile plan.md -At 7d -Version 1"));
        Assert.Equal("two", Shell.One<string>("Read-VfsFile plan.md"));
    }

    [Fact]
    public void A_directory_is_as_it_was_at_a_moment()
    {
        StartOne();
        Shell.Run("'1' | Write-VfsFile d/kept; '1' | Write-VfsFile d/changed; '1' | Write-VfsFile d/removed; '1' | Write-VfsFile outside");
        Shell.Run("param($then) $global:then = $then", Later());
        Later();
        Shell.Run("'2' | Write-VfsFile d/changed; Remove-VfsFile d/removed; '2' | Write-VfsFile d/new/deep; '2' | Write-VfsFile outside");
        var planned = Shell.Run("Restore-VfsFile d -At $then -WhatIf").Select(c => (VfsChange)c.BaseObject).ToList();
        Assert.Equal(["Modify d/changed", "Create d/removed", "Remove d/new/deep", "Remove d/new"], planned.Select(c => c.ToString()));
        Assert.All(planned, c => Assert.Equal("Planned", c.State));
        Assert.Equal("2", Shell.One<string>("Read-VfsFile d/changed"));
        Shell.Run("$null = Restore-VfsFile d -At $then");
        Assert.Equal(["d/changed", "d/kept", "d/removed"], Shell.Run("Get-VfsFile d -Recurse | ForEach-Object Name").Select(n => n.ToString()));
        Assert.Equal(["1", "1", "2"], Shell.Run("Read-VfsFile d/changed; Read-VfsFile d/removed; Read-VfsFile outside").Select(l => l.ToString()));
        Assert.Empty(Shell.Run("Restore-VfsFile d -At $then"));
    }

    [Fact]
    public void What_stood_against_a_removal_or_followed_a_rename_is_there_again()
    {
        StartTwo();
        Shell.Run("'1' | Write-VfsFile d/kept -Node a; '1' | Write-VfsFile d/old -Node a; $null = $a | Wait-VfsNode -Member b -Timeout 30; Disconnect-VfsNode b -Node a");
        Shell.Run("'2' | Write-VfsFile d/kept -Node b; '2' | Write-VfsFile d/old -Node b; Move-VfsFile d/old d/new -Node a; Remove-VfsFile d/kept -Node a");
        Shell.Run("$null = Connect-VfsNode (Get-VfsNode -Local | Where-Object Name -eq b).Address -Node a");
        Shell.Run("$null = $a, $b | Wait-VfsNode -Timeout 30");
        Eventually("(Get-VfsFile d -Recurse -Node a | ForEach-Object { $_.Name + (Read-VfsFile $_.Name -Node a) }) -join ' ' -ceq 'd/kept2 d/new2'");
        Shell.Run("param($then) $global:then = $then", Later());
        Later();
        Shell.Run("'3' | Write-VfsFile d/kept -Node a; Move-VfsFile d/new d/third -Node a");
        Assert.Equal(["2", "2"], Shell.Run("Read-VfsFile d/kept -At $then -Node a; Read-VfsFile d/new -At $then -Node a").Select(l => l.ToString()));
        Assert.Equal("VfsNotFound", Shell.ErrorOf("Read-VfsFile d/old -At $then -Node a"));
        Assert.Equal("VfsNotFound", Shell.ErrorOf("Restore-VfsFile never -At $then -Node a"));
        Assert.Empty(Shell.Run("Restore-VfsFile d/old -At $then -Node a"));
        Assert.Equal("VfsIsDirectory", Shell.ErrorOf("Read-VfsFile d -At $then -Node a"));
        Shell.Run("$null = Restore-VfsFile d -At $then -Node a; $null = $a | Wait-VfsNode -Member b -Timeout 30");
        Eventually("(Get-VfsFile d -Recurse -Node b | ForEach-Object { $_.Name + (Read-VfsFile $_.Name -Node b) }) -join ' ' -ceq 'd/kept2 d/new2'");
        Assert.Empty(Shell.Run("Restore-VfsFile d -At $then -Node a"));
    }

    [Fact]
    public void The_whole_folder_is_as_it_was_but_for_its_policy()
    {
        StartOne();
        Shell.Run("'1' | Write-VfsFile f");
        Shell.Run("param($then) $global:then = $then", Later());
        Later();
        Shell.Run("'2' | Write-VfsFile f; '2' | Write-VfsFile d/new; 'conflicts: merge' | Write-VfsFile .vfspolicy.yaml");
        Assert.Equal(["Modify f", "Remove d/new", "Remove d"], Shell.Run("Restore-VfsFile ./a -At $then -WhatIf").Select(c => c.ToString()));
        Shell.Run("$null = Restore-VfsFile ./a -At $then");
        Assert.Equal([".vfspolicy.yaml", "f"], Shell.Run("Get-VfsFile -Recurse | ForEach-Object Name").Select(n => n.ToString()));
        Shell.Run("$null = Restore-VfsFile .vfspolicy.yaml -At $then");
        Assert.Equal(["f"], Shell.Run("Get-VfsFile -Recurse | ForEach-Object Name").Select(n => n.ToString()));
    }

    [Fact]
    public void A_file_comes_back_where_a_directory_is_now_and_the_other_way_round()
    {
        StartOne();
        Shell.Run("'1' | Write-VfsFile d/file; '1' | Write-VfsFile d/directory/deep");
        Shell.Run("param($then) $global:then = $then", Later());
        Later();
        Shell.Run("Remove-VfsFile d/file; Remove-VfsFile d/directory -Recurse; '2' | Write-VfsFile d/file/deep/er; '2' | Write-VfsFile d/directory");
        Assert.Equal("VfsIsDirectory", Shell.ErrorOf("Restore-VfsFile d/file -Version 1"));
        Shell.Run("$null = Restore-VfsFile d -At $then");
        Assert.Equal(["1", "1"], Shell.Run("Read-VfsFile d/file; Read-VfsFile d/directory/deep").Select(l => l.ToString()));
        Assert.Empty(Shell.Run("Restore-VfsFile d -At $then"));
    }

    [Fact]
    public void A_content_that_is_nowhere_here_is_an_error_and_the_rest_goes_on()
    {
        StartOne();
        // In one go: what stands still for a moment is captured.
        Shell.Run("""
            param($long, $first, $second)
            [IO.File]::WriteAllBytes($long, $first)
            '1' | Write-VfsFile short; $null = Sync-VfsFile
            [IO.File]::WriteAllBytes($long, $second)
            '2' | Write-VfsFile short; $null = Sync-VfsFile
            """, Path.Combine(Folder, "a", "long"), Bytes(1), Bytes(2));
        Assert.Equal("elsewhere", Shell.Run("Get-VfsHistory long | ForEach-Object Held")[^1].ToString());
        Assert.Equal("VfsContentMissing", Shell.ErrorOf("'long', 'short' | Restore-VfsFile -Version 1"));
        Assert.Equal("1", Shell.One<string>("Read-VfsFile short"));
    }

    [Fact]
    public void A_long_content_that_stood_still_comes_back_after_it_was_overwritten_and_its_node_restarted()
    {
        StartOne();
        var file = Path.Combine(Folder, "a", "long");
        File.WriteAllBytes(file, Bytes(1));
        Shell.Run("$null = Sync-VfsFile");
        Until(() => Directory.GetFiles(Path.Combine(Folder, "a", ".vfs", "history")).Sum(f => new FileInfo(f).Length) > 300_000);
        File.WriteAllBytes(file, Bytes(2));
        Shell.Run("$null = Sync-VfsFile; Stop-VfsNode; $null = Start-VfsNode ./a -Port 0");
        Assert.Equal(["here", "here"], Shell.Run("Get-VfsHistory long | ForEach-Object Held").Select(h => h.ToString()));
        Assert.Equal("Applied", Shell.One<VfsChange>("Restore-VfsFile long -Version 1").State);
        Assert.Equal(Bytes(1), File.ReadAllBytes(file));
    }

    [Fact]
    public void A_history_can_be_narrowed_down()
    {
        StartTwo();
        Shell.Run("'1' | Write-VfsFile by-a -Node a; '1' | Write-VfsFile by-b -Node b; $null = $a, $b | Wait-VfsNode -Timeout 30");
        Assert.Equal(["by-b"], Shell.Run("Get-VfsHistory -Author b -Node a | ForEach-Object Name").Select(n => n.ToString()));
        Assert.Empty(Shell.Run("Get-VfsHistory -Until 1h -Node a"));
        Assert.Equal(2, Shell.Run("Get-VfsHistory -Since 1h -Node a").Count);
        Assert.Matches(@"v1\s+\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\s+b\s+Created\s+2 B\s+\+2 B\s+here\s+by-b", Shell.Screen("Get-VfsHistory by-b -Node a"));
    }

    [Fact]
    public void A_directory_in_which_something_lies_now_is_not_removed()
    {
        StartOne();
        Shell.Run("'1' | Write-VfsFile d/old; Remove-VfsFile d -Recurse; '2' | Write-VfsFile d/new");
        Assert.Equal("VfsNotEmpty", Shell.ErrorOf("Get-VfsHistory d | Where-Object { $_.Name -eq 'd' -and $_.Kind -eq 'Removed' } | Restore-VfsFile"));
        Assert.Equal("2", Shell.One<string>("Read-VfsFile d/new"));
    }

    [Fact]
    public void Versions_bring_their_node_along_and_tab_knows_them()
    {
        StartTwo();
        Shell.Run("'one' | Write-VfsFile only-b.md -Node b; $null = $b | Wait-VfsNode -Member a -Timeout 30; Stop-VfsNode a; 'two' | Write-VfsFile only-b.md -Node b");
        Shell.Run("$a = Start-VfsNode ./a -Name a -Port 0 -ErrorAction Stop; Disconnect-VfsNode b -Node a; Disconnect-VfsNode a -Node b");
        Assert.Equal("b", Shell.One<VfsChange>("Get-VfsHistory only-b.md -Node b | Select-Object -First 1 | Restore-VfsFile -Version 1").Node);
        Assert.Equal(["3", "2", "1"], Shell.Completions("Restore-VfsFile only-b.md -Node b -Version "));
        Assert.Equal(["a", "b"], Shell.Completions("Get-VfsHistory -Author ").Order());
        Assert.Contains("2h", Shell.Completions("Restore-VfsFile only-b.md -At "));
    }

    [Fact]
    public void A_malformed_author_finds_nothing()
    {
        StartOne();
        Shell.Run("'1' | Write-VfsFile f");
        Assert.Empty(Shell.Run("Get-VfsHistory -Author '['"));
    }

    private static byte[] Bytes(int seed)
    {
        var bytes = new byte[300_000];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    // A moment that a clock can tell from the last.
    private static DateTime Later()
    {
        var now = DateTime.Now;
        Assert.True(SpinWait.SpinUntil(() => DateTime.Now > now.AddMilliseconds(5), 5000));
        return DateTime.Now;
    }

    [System.Runtime.Versioning.UnsupportedOSPlatformGuard("windows")]
    private static bool HasModes => !OperatingSystem.IsWindows();

    private static void Chmod(string file, int mode)
    {
        if (HasModes) File.SetUnixFileMode(file, (UnixFileMode)mode);
    }

    private static int ModeOf(string file) => HasModes ? (int)File.GetUnixFileMode(file) : 0x1C0;
}
