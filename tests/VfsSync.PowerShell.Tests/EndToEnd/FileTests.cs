namespace VfsSync.ShellTests.EndToEnd;

public sealed class FileTests : NodeShell
{
    public FileTests()
    {
        StartOne();
        Shell.Run("'one', 'two' | Write-VfsFile hello.txt; 'x' | Write-VfsFile docs/plan.md; 'y' | Write-VfsFile docs/deep/notes.md; 'z' | Write-VfsFile app.log");
    }

    [Fact]
    public void Reads_lines_text_or_bytes()
    {
        Assert.Equal(["one", "two"], Names("Read-VfsFile hello.txt"));
        Assert.Equal("one\ntwo\n", Shell.One<string>("Read-VfsFile hello.txt -Raw"));
        Assert.Equal("one\ntwo\n"u8.ToArray(), Shell.Run("Read-VfsFile hello.txt -AsByteStream").Select(b => (byte)b.BaseObject));
        Assert.Equal("one\ntwo\n"u8.ToArray(), (byte[])Assert.Single(Shell.Run("Read-VfsFile hello.txt -AsByteStream -Raw")).BaseObject);
    }

    [Fact]
    public void Reads_into_files_of_the_disk()
    {
        Shell.Run("Read-VfsFile hello.txt -Destination ./made/");
        Assert.True(File.Exists(Path.Combine(Folder, "made", "hello.txt")));
        Assert.Equal("VfsNoSuchFolder", Shell.ErrorOf("Read-VfsFile hello.txt -Destination ./none/deeper/"));
        Assert.Equal("VfsNoSuchFolder", Shell.ErrorOf("Read-VfsFile hello.txt -Destination ./none/copy.txt"));
        Assert.Equal("VfsSeveralToOne", Shell.ErrorOf("Read-VfsFile hello.txt, hello.txt -Destination ./twice.txt"));
        File.WriteAllText(Path.Combine(Folder, ".a-name-of-some-leng"), "the user's own");
        File.WriteAllText(Path.Combine(Folder, ".a-name-of-some-len"), "the user's own");
        Shell.Run("Read-VfsFile hello.txt -Destination ./a-name-of-some-length.txt");
        foreach (var own in (string[])[".a-name-of-some-leng", ".a-name-of-some-len"]) Assert.Equal("the user's own", File.ReadAllText(Path.Combine(Folder, own)));
        Shell.Run("Read-VfsFile hello.txt -Destination ./copy.txt; $null = [IO.Directory]::CreateDirectory(\"$PWD/out\"); Get-VfsFile -Recurse *.md | Read-VfsFile -Destination ./out");
        Assert.Equal("one\ntwo\n", File.ReadAllText(Path.Combine(Folder, "copy.txt")));
        Assert.Equal(["notes.md", "plan.md"], Directory.EnumerateFiles(Path.Combine(Folder, "out")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void What_is_not_there_has_near_matches()
    {
        Assert.Equal("VfsNotFound", Shell.ErrorOf("Read-VfsFile helo.txt"));
        Assert.Contains("hello.txt", Shell.Errors[0].ToString(), StringComparison.Ordinal);
        Assert.Equal("VfsNotFound", Shell.ErrorOf("Get-VfsFile docs/plam.md"));
        Assert.Contains("docs/plan.md", Shell.Errors[0].ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Get-VfsFile", "app.log docs hello.txt")]
    [InlineData("Get-VfsFile -Recurse", "app.log docs docs/deep docs/deep/notes.md docs/plan.md hello.txt")]
    [InlineData("Get-VfsFile -Recurse -File", "app.log docs/deep/notes.md docs/plan.md hello.txt")]
    [InlineData("Get-VfsFile -Recurse -Directory", "docs docs/deep")]
    [InlineData("Get-VfsFile docs", "docs/deep docs/plan.md")]
    [InlineData("Get-VfsFile docs/", "docs/deep docs/plan.md")]
    [InlineData("Get-VfsFile *.log", "app.log")]
    [InlineData("Get-VfsFile *.LOG", "app.log")]
    [InlineData("Get-VfsFile docs/*/*", "docs/deep/notes.md")]
    [InlineData("Get-VfsFile *.md -Recurse", "docs/deep/notes.md docs/plan.md")]
    [InlineData("Get-VfsFile nothing*", "")]
    [InlineData("'hello.txt', 'app.log' | Get-VfsFile", "hello.txt app.log")]
    [InlineData("Get-ChildItem ./a/*.log | Get-VfsFile", "app.log")]
    [InlineData("Get-VfsFile *.log | Get-VfsFile", "app.log")]
    [InlineData("Get-VfsFile ./a/docs/*.md", "docs/plan.md")]
    [InlineData("Set-Location ./a/docs; Get-VfsFile", "app.log docs hello.txt")]
    [InlineData("Set-Location ./a/docs; Get-VfsFile .", "docs/deep docs/plan.md")]
    [InlineData("Set-Location ./a/docs; Get-VfsFile ../hello.txt", "hello.txt")]
    [InlineData("Set-Location ./a/docs; Get-VfsFile hello.txt", "hello.txt")]
    public void Lists(string script, string expected) => Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), Names(script));

    [Fact]
    public void Files_bind_to_other_cmdlets_by_PSPath()
    {
        Assert.Equal(["z"], Names("Get-VfsFile *.log | Get-Content"));
        Shell.Run("$null = [IO.Directory]::CreateDirectory(\"$PWD/logs\"); Get-VfsFile *.log | Copy-Item -Destination ./logs");
        Assert.True(File.Exists(Path.Combine(Folder, "logs", "app.log")));
    }

    [Theory]
    [InlineData("Read-VfsFile ../secret", "VfsPathOutsideNode")]
    [InlineData("Read-VfsFile /etc/passwd", "VfsPathOutsideNode")]
    [InlineData("'x' | Write-VfsFile ../x", "VfsPathOutsideNode")]
    [InlineData("'x' | Write-VfsFile docs/../../x", "VfsPathInvalid")]
    [InlineData("'x' | Write-VfsFile .vfs/x", "VfsPathInvalid")]
    [InlineData("'x' | Write-VfsFile .VFS./x", "VfsPathInvalid")]
    [InlineData("'x' | Write-VfsFile ./a/.vfs/x", "VfsPathInvalid")]
    [InlineData("Remove-VfsFile ./a", "VfsPathInvalid")]
    public void No_path_leaves_the_folder(string script, string id) => Assert.Equal(id, Shell.ErrorOf(script));

    [Fact]
    public void Moves()
    {
        Shell.Run("Move-VfsFile hello.txt hi.txt");
        Assert.False(File.Exists(Path.Combine(Folder, "a", "hello.txt")));
        Assert.Equal("docs/hi.txt", Shell.One<VfsFile>("Move-VfsFile hi.txt docs -PassThru").Name);
        Shell.Run("Get-VfsFile docs/*.* | Move-VfsFile -Destination old/");
        Assert.Equal(["old/hi.txt", "old/plan.md"], Names("Get-VfsFile old"));
        Shell.Run("Move-VfsFile old older -WhatIf");
        Assert.True(Directory.Exists(Path.Combine(Folder, "a", "old")));
        Assert.Equal("VfsAlreadyExists", Shell.ErrorOf("Move-VfsFile app.log old/hi.txt"));
        Assert.Equal("VfsNotFound", Shell.ErrorOf("Move-VfsFile nothing x"));
    }

    [Fact]
    public void Several_files_to_one_path_are_one_error_and_no_move()
    {
        Assert.Equal("VfsSeveralToOne", Shell.ErrorOf("Move-VfsFile *.* all"));
        Assert.Equal(["app.log", "docs", "hello.txt"], Names("Get-VfsFile"));
        Assert.Equal("VfsSeveralToOne", Shell.ErrorOf("'one', 'two', 'three' | ForEach-Object { 'x' | Write-VfsFile $_ }; 'one', 'two', 'three' | Move-VfsFile -Destination all"));
    }

    [Theory]
    [InlineData("Move-VfsFile docs, hello.txt two")]
    [InlineData("Move-VfsFile hello.txt, app.log two")]
    [InlineData("Move-VfsFile -LiteralPath hello.txt, docs two")]
    [InlineData("Get-VfsFile -Directory | Move-VfsFile -Destination two")]
    [InlineData("Get-VfsFile -Directory | Move-VfsFile -Destination two -PassThru | Select-Object -First 1")]
    [InlineData("Get-VfsFile -Directory | Move-VfsFile -Destination two -WhatIf")]
    [InlineData("[pscustomobject]@{ Path = 'docs'; Destination = 'two' }, [pscustomobject]@{ Path = 'hello.txt'; Destination = './a/two' } | Move-VfsFile")]
    public void Of_several_to_one_path_none_is_moved(string script)
    {
        Shell.Run("'x' | Write-VfsFile more/file");
        Assert.Equal("VfsSeveralToOne", Shell.ErrorOf(script));
        Assert.Equal(["app.log", "docs", "hello.txt", "more"], Names("Get-VfsFile"));
    }

    [Fact]
    public void A_move_that_waits_for_what_else_comes_is_done_in_order()
    {
        Shell.Run("'x' | Write-VfsFile more/file");
        Assert.Equal(["two"], Names("Get-VfsFile | Select-Object -First 1 | Move-VfsFile -Destination two -PassThru"));
        Shell.Run("'docs old', 'more docs', 'hello.txt docs/' | ForEach-Object { $w = $_.Split(' '); [pscustomobject]@{ Path = $w[0]; Destination = $w[1] } } | Move-VfsFile");
        Assert.Equal(["docs/file", "docs/hello.txt"], Names("Get-VfsFile docs"));
        Assert.Equal(["docs", "old", "two"], Names("Get-VfsFile"));
    }

    [Fact]
    public void A_pipeline_that_throws_moves_nothing_to_the_one_path()
    {
        Shell.Try("& { 'hello.txt'; throw 'boo' } | Move-VfsFile -Destination two");
        Assert.Equal(["app.log", "docs", "hello.txt"], Names("Get-VfsFile"));
    }

    [Fact]
    public void A_move_to_its_own_place_is_told_as_that()
    {
        foreach (var script in (string[])["Move-VfsFile hello.txt hello.txt", "Move-VfsFile docs/plan.md docs/"])
        {
            Assert.Equal("VfsInvalidTarget", Shell.ErrorOf(script));
            Assert.Contains("nothing to move", Shell.Errors[0].ToString(), StringComparison.Ordinal);
        }
        Assert.Equal("VfsNotFound", Shell.ErrorOf("Move-VfsFile nothing nothing"));
    }

    [Fact]
    public void No_file_moves_to_another_node()
    {
        Shell.Run("$b = Start-VfsNode ./b -Name b -Port 0");
        foreach (var script in (string[])["Move-VfsFile ./a/hello.txt ./b/", "Move-VfsFile hello.txt ./b/h.txt -Node a", "Get-VfsFile hello.txt -Node a | Move-VfsFile -Destination ./b/h.txt"])
        {
            Assert.Equal("VfsPathInOtherNode", Shell.ErrorOf(script));
            Assert.Contains("cannot be moved between nodes", Shell.Errors[0].ToString(), StringComparison.Ordinal);
            Assert.DoesNotMatch("[0-9a-f]{64}", Shell.Errors[0].ToString());
        }
        Shell.Run("$f = Get-VfsFile hello.txt -Node a; Stop-VfsNode a");
        Assert.Equal("VfsNodeNotFound", Shell.ErrorOf("$f | Read-VfsFile"));
        Assert.DoesNotMatch("[0-9a-f]{64}", Shell.Errors[0].ToString());
    }

    [Fact]
    public void Rows_of_a_table_bind_by_their_names()
    {
        Assert.Equal(["x", "y"], Names("[pscustomobject]@{ Path = 'docs/plan.md' }, [pscustomobject]@{ Path = 'docs/deep/*.md' } | Read-VfsFile"));
        Assert.Equal(["app.log"], Names("[pscustomobject]@{ Path = '*.log'; Size = 2 } | Get-VfsFile"));
        Shell.Run("[pscustomobject]@{ Path = 'hello.txt'; Destination = 'hi.txt' }, [pscustomobject]@{ Path = 'app.log'; Destination = 'logs/' } | Move-VfsFile");
        Assert.Equal(["docs", "docs/deep", "docs/deep/notes.md", "docs/plan.md", "hi.txt", "logs", "logs/app.log"], Names("Get-VfsFile -Recurse"));
        Shell.Run("[pscustomobject]@{ Path = 'hi.txt' } | Remove-VfsFile");
        Assert.Empty(Names("Get-VfsFile hi*"));
        Assert.Equal(["x"], Names("Get-ChildItem ./a/docs/*.md | Read-VfsFile"));
        Assert.Equal(["x"], Names("Get-VfsFile docs/*.md | Read-VfsFile"));
        Assert.Equal("a", Shell.One<string>("[pscustomobject]@{ Name = 'a' } | Get-VfsNode"));
        Assert.Equal("a", Shell.One<string>("$a | Get-VfsNode"));
    }

    [Fact]
    public void Removes()
    {
        Shell.Run("Remove-VfsFile app.log -WhatIf");
        Assert.Single(Names("Get-VfsFile *.log"));
        Shell.Run("Get-VfsFile *.log | Remove-VfsFile");
        Assert.False(File.Exists(Path.Combine(Folder, "a", "app.log")));
        Assert.Equal("VfsNotEmpty", Shell.ErrorOf("Remove-VfsFile docs"));
        Shell.Run("Remove-VfsFile docs -Recurse");
        Assert.Equal(["hello.txt"], Names("Get-VfsFile -Recurse"));
    }

    [Fact]
    public void Sync_finds_what_was_changed_and_plans_under_what_if()
    {
        Assert.All(Shell.Run("[IO.File]::WriteAllText(\"$PWD/a/new.txt\", 'n'); Sync-VfsFile -WhatIf"), c => Assert.Equal("Planned", ((VfsChange)c.BaseObject).State));
        Shell.Run("Sync-VfsFile new.txt");
        Assert.Equal("VfsNotFound", Shell.ErrorOf("Sync-VfsFile now.txt"));
        Assert.Contains("new.txt", Shell.Errors[0].ToString(), StringComparison.Ordinal);
        Shell.Run("'x' | Write-VfsFile gone.txt; [IO.File]::Delete(\"$PWD/a/gone.txt\"); Sync-VfsFile gone.txt | Out-Null; Sync-VfsFile gone.txt");
        Assert.Equal(["new.txt"], Names("Get-VfsFile new.txt"));
    }

    [Fact]
    public void A_removal_tells_the_version_before_it_and_none_after()
    {
        // The watcher believes a removal at its second look; in one round of twenty at least, the cmdlet is there first.
        var done = Names("""
            1..20 | ForEach-Object {
                "$_" | Write-VfsFile short.txt
                $before = (Get-VfsFile short.txt).Version
                [IO.File]::Delete("$PWD/a/short.txt")
                Sync-VfsFile short.txt -ErrorAction Ignore | ForEach-Object { "$($_.Kind) $($_.From -eq $before) $($null -eq $_.To)" }
            }
            """);
        Assert.NotEmpty(done);
        Assert.All(done, d => Assert.Equal("Remove True True", d));
    }

    [Fact]
    public void Sync_works_as_a_job()
    {
        Shell.Run("[IO.File]::WriteAllText(\"$PWD/a/new.txt\", 'n'); $j = Sync-VfsFile -AsJob; $null = $j | Wait-Job");
        Assert.Equal("Completed", Shell.One<string>("$j.State"));
        Shell.Run("$j | Receive-Job");
        Assert.Equal(["new.txt"], Names("Get-VfsFile new.txt"));
        Assert.Equal("VfsJob", Shell.One<string>("(Get-Job)[-1].PSJobTypeName"));
    }

    [Fact]
    public void Tab_offers_the_folders_own_dot_files()
    {
        Shell.Run("'conflicts: merge' | Write-VfsFile .vfspolicy.yaml");
        Assert.Equal([".vfspolicy.yaml"], Shell.Completions("Read-VfsFile .vfs"));
    }

    [Fact]
    public void Parallel_runspaces_share_the_nodes()
    {
        Shell.Run("1..4 | ForEach-Object -Parallel { Import-Module $using:args[0]; \"$_\" | Write-VfsFile \"p/$_\" -Node a } -ThrottleLimit 4", VfsSync.Hosting.ModulePath.Manifest);
        Assert.Equal(4, Names("Get-VfsFile p").Count);
        Assert.Equal("a", Shell.One<string>("(Get-VfsNode -Local).Name"));
    }

    [Fact]
    public void What_if_of_sync_is_a_plan_and_one_line()
    {
        var screen = Shell.Screen("[IO.File]::WriteAllText(\"$PWD/a/new.txt\", 'n'); $plan = Sync-VfsFile -WhatIf");
        Assert.Single(screen.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => line.StartsWith("What if: ", StringComparison.Ordinal));
    }

    [Fact]
    public void The_path_chooses_the_node()
    {
        Shell.Run("$b = Start-VfsNode ./b -Name b -Port 0; 'in b' | Write-VfsFile ./b/f.txt");
        Assert.Equal("in b", Shell.One<string>("Read-VfsFile f.txt -Node b"));
        Assert.Equal("VfsPathInOtherNode", Shell.ErrorOf("Read-VfsFile ./b/f.txt -Node a"));
        Assert.Equal("in b", Shell.One<string>("Set-Location ./b; Read-VfsFile f.txt"));
        Assert.Equal("in b", Shell.One<string>("Get-VfsFile f.txt -Node b | Read-VfsFile"));
    }

    private List<string> Names(string script) => [.. Shell.Run(script).Select(o => o.ToString())];
}
