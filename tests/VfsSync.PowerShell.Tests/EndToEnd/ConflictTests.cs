namespace VfsSync.ShellTests.EndToEnd;

/// <summary>Conflicts, looked at and closed as a user does.</summary>
public sealed class ConflictTests : NodeShell
{
    [Theory]
    [InlineData("Theirs", "b")]
    [InlineData("Ours", "a")]
    public void One_version_is_kept_on_both_nodes(string keep, string expected)
    {
        Conflict();
        var conflict = Shell.One<VfsConflict>("Get-VfsConflict -Node a");
        Assert.Equal(("plan.md", "Edited", "a", "b"), (conflict.Name, conflict.Kind, conflict.Ours.Author, conflict.Theirs.Author));
        Assert.Equal("plan.md", (conflict.Kept == "Ours" ? conflict.Ours : conflict.Theirs).Name);
        Shell.Run("Get-VfsConflict -Node a | Resolve-VfsConflict -Keep $args[0]", keep);
        Settled(expected);
    }

    [Fact]
    public void Both_are_kept_as_files_of_their_own()
    {
        Conflict();
        var copy = Shell.One<VfsConflict>("Get-VfsConflict -Node a").Copy;
        Assert.Equal("plan.md", Shell.One<VfsFile>("Resolve-VfsConflict plan.md -Keep Both -Node a -PassThru").Name);
        Eventually("@(Get-VfsConflict -Node a).Count + @(Get-VfsConflict -Node b).Count -eq 0");
        Assert.Equal(["a", "b"], new[] { ReadAt("a", "plan.md"), ReadAt("a", copy) }.Order());
        Assert.Equal("Synced", Shell.One<VfsFile>("Get-VfsFile $args[0] -Node b", copy).State);
    }

    [Fact]
    public void A_file_of_the_disk_names_its_conflict()
    {
        Conflict();
        Assert.Equal("plan.md", Shell.One<VfsFile>("[IO.FileInfo]::new($args[0]) | Resolve-VfsConflict -Keep Ours -PassThru", Path.Combine(Folder, "a", "plan.md")).Name);
        Settled("a");
        Assert.Equal("VfsNoConflict", Shell.ErrorOf("[IO.FileInfo]::new($args[0]) | Resolve-VfsConflict -Keep Ours", Path.Combine(Folder, "a", "plan.md")));
    }

    [Fact]
    public void A_file_takes_the_place_of_both()
    {
        Conflict();
        File.WriteAllText(Path.Combine(Folder, "merged.md"), "merged");
        Shell.Run("Resolve-VfsConflict plan.md -With ./merged.md -Node b");
        Settled("merged");
    }

    [Fact]
    public void Changes_of_different_lines_are_merged_and_overlapping_ones_are_left()
    {
        Conflict("one`ntwo`nthree`n", "ONE`ntwo`nthree`n", "one`ntwo`nTHREE`n");
        Shell.Run("Get-VfsConflict -Node a | Resolve-VfsConflict -Keep Merged");
        Settled("ONE\ntwo\nTHREE\n");
    }

    [Fact]
    public void What_both_changed_stays_as_it_is()
    {
        Conflict("one`n", "uno`n", "un`n");
        Assert.Equal("keepBoth", Shell.One<VfsConflict>("Get-VfsConflict -Node a").Policy);
        Shell.Run("'conflicts: merge' | Write-VfsFile .vfspolicy.yaml -Node a");
        Assert.Equal("merge", Shell.One<VfsConflict>("Get-VfsConflict -Node a").Policy);
        Assert.Equal("VfsMergeOverlaps", Shell.ErrorOf("Resolve-VfsConflict plan.md -Keep Merged -Node b"));
        Assert.Single(Shell.Run("Get-VfsConflict -Node a"));
    }

    [Fact]
    public void What_if_changes_nothing_and_what_is_no_conflict_is_an_error()
    {
        Conflict();
        Shell.Run("Get-VfsConflict -Node a | Resolve-VfsConflict -Keep Theirs -WhatIf");
        Assert.Single(Shell.Run("Get-VfsConflict plan* -Node a"));
        Assert.Equal("VfsNoConflict", Shell.ErrorOf("Resolve-VfsConflict other.md -Keep Both -Node a"));
        Assert.Equal("VfsNotFound", Shell.ErrorOf("Resolve-VfsConflict plan.md -With ./nowhere -Node a"));
        Shell.Run("$c = Get-VfsConflict -Node a; $c | Resolve-VfsConflict -Keep Both");
        Assert.Equal("VfsNoConflict", Shell.ErrorOf("$c | Resolve-VfsConflict -Keep Ours"));
    }

    [Fact]
    public void An_edit_of_the_copy_that_nobody_saw_is_never_removed()
    {
        Conflict();
        var conflict = Shell.One<VfsConflict>("Get-VfsConflict -Node a");
        Shell.Run("param($c, $copy) [IO.File]::WriteAllText($copy, 'edited just now'); $c | Resolve-VfsConflict -Keep $c.Kept -ErrorAction SilentlyContinue", conflict, Path.Combine(Folder, "a", conflict.Copy));
        Eventually("@(Get-VfsFile -Recurse -Node b | ForEach-Object { Read-VfsFile $_.Name -Raw -Node b -ErrorAction SilentlyContinue }) -contains 'edited just now'");
    }

    [Fact]
    public void A_conflict_shows_in_one_row()
    {
        Conflict();
        var table = Shell.Screen("Get-VfsConflict -Node a");
        Assert.Matches(@"Since\s+Ours\s+Theirs\s+Kept\s+Policy\s+Name", table);
        Assert.Matches(@"\d{4}-\d\d-\d\d \d\d:\d\d\s+a \d\d:\d\d:\d\d\s+b \d\d:\d\d:\d\d\s+(Ours|Theirs)\s+keepBoth\s+plan.md", table);
    }

    [Theory]
    [InlineData("-Keep Ours", "a")]
    [InlineData("-Keep Theirs", "c")]
    [InlineData("-With ./merged.md", "merged")]
    public void Three_versions_are_closed_at_once(string how, string expected)
    {
        File.WriteAllText(Path.Combine(Folder, "merged.md"), "merged");
        StartTwo();
        Shell.Run("$c = Start-VfsNode ./c -Name c -Port 0 -Invitation (New-VfsInvitation -Node a); $a, $c | Wait-VfsNode -Connected -Timeout 30 | Out-Null; Stop-VfsNode *");
        foreach (var node in (string[])["a", "b", "c"])
        {
            File.WriteAllText(Path.Combine(Folder, node, "plan.md"), node);
            File.SetLastWriteTimeUtc(Path.Combine(Folder, node, "plan.md"), DateTime.UtcNow);
            Shell.Run("param($n) $null = Start-VfsNode ./$n -Port 0", node);
        }
        Shell.Run("foreach ($n in 'b', 'c') { $null = Connect-VfsNode (Get-VfsNode -Local | Where-Object Name -eq a).Address -Node $n }");
        Eventually("'a', 'b', 'c' | ForEach-Object -Begin { $n = 0 } -Process { $n += @(Get-VfsFile -Node $_).Count + @(Get-VfsConflict -Node $_).Count } -End { $n -eq 15 }");
        Shell.Run($"Get-VfsConflict -Node a | Resolve-VfsConflict {how}");
        Eventually("'a', 'b', 'c' | ForEach-Object -Begin { $n = 0 } -Process { $n += @(Get-VfsFile -Node $_).Count } -End { $n -eq 3 }");
        foreach (var node in (string[])["a", "b", "c"]) Until(() => ReadAt(node, "plan.md") == expected);
        Assert.Empty(Shell.Run("Get-VfsConflict -Node a; Get-VfsConflict -Node b; Get-VfsConflict -Node c"));
    }

    // Two nodes that write one file while they have no link.
    private void Conflict(string? ancestor = null, string own = "a", string other = "b")
    {
        StartTwo();
        if (ancestor is not null) Shell.Run($"\"{ancestor}\" | Write-VfsFile plan.md -NoNewline -Node a; $null = $a | Wait-VfsNode -Member b -Timeout 30");
        Shell.Run($"""
            Disconnect-VfsNode b -Node a
            "{own}" | Write-VfsFile plan.md -NoNewline -Node a; "{other}" | Write-VfsFile plan.md -NoNewline -Node b
            $null = Connect-VfsNode (Get-VfsNode -Local | Where-Object Name -eq b).Address -Node a
            """);
        Eventually("@(Get-VfsConflict -Node a).Count + @(Get-VfsConflict -Node b).Count -eq 2 -and @(Get-VfsFile -Node a).Count + @(Get-VfsFile -Node b).Count -eq 4");
    }

    private void Settled(string expected)
    {
        Eventually("@(Get-VfsFile -Node a).Count + @(Get-VfsFile -Node b).Count -eq 2");
        Eventually($"(Read-VfsFile plan.md -Raw -Node a) + (Read-VfsFile plan.md -Raw -Node b) -ceq '{expected}{expected}'");
        Assert.Empty(Shell.Run("Get-VfsConflict -Node a; Get-VfsConflict -Node b"));
    }

    private string ReadAt(string node, string name) => File.ReadAllText(Path.Combine(Folder, node, name));
}
