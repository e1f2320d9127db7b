namespace VfsSync.ShellTests.EndToEnd;

public sealed class WriteTests : NodeShell
{
    public WriteTests() => StartOne();

    [Theory]
    [InlineData("'a' | Write-VfsFile f", "a\n")]
    [InlineData("'a', 'b' | Write-VfsFile f", "a\nb\n")]
    [InlineData("Write-VfsFile f 'a', 'b'", "a\nb\n")]
    [InlineData("Write-VfsFile f -Value 'ü€😀'", "ü€😀\n")]
    [InlineData("'a', 'b' | Write-VfsFile f -NoNewline", "ab")]
    [InlineData("1, 2.5 | Write-VfsFile f", "1\n2.5\n")]
    [InlineData("'a' | Write-VfsFile f; 'b' | Write-VfsFile f", "b\n")]
    [InlineData("'a' | Write-VfsFile f; 'b' | Write-VfsFile f -Append", "a\nb\n")]
    [InlineData("[byte[]](65, 66) | Write-VfsFile f", "AB")]
    [InlineData("Write-VfsFile f ([byte[]](65, 66))", "AB")]
    [InlineData("Write-VfsFile f ''", "\n")]
    [InlineData("Write-VfsFile f $null", "")]
    [InlineData("Write-VfsFile f @()", "")]
    [InlineData("Write-VfsFile f 1,2,3", "1\n2\n3\n")]
    [InlineData("Write-VfsFile f @('x', 2, $true)", "x\n2\nTrue\n")]
    [InlineData("Write-VfsFile f ([Collections.Generic.List[int]](1, 2))", "1\n2\n")]
    [InlineData("Write-VfsFile f @(1, @(2, 3), @(4, @(5, 6)))", "1\n2\n3\n4\nSystem.Object[]\n")]
    [InlineData("1, @(2, @(3, 4)) | Write-VfsFile f", "1\n2\n3\n4\n")]
    [InlineData("Write-VfsFile f 'a', $null, 'b'", "a\nb\n")]
    [InlineData("Write-VfsFile f ([pscustomobject]@{ a = 1 }), 'x'", "@{a=1}\nx\n")]
    [InlineData("Write-VfsFile f @{ a = 1 }", "System.Collections.Hashtable\n")]
    [InlineData("'a', [byte]1 | Write-VfsFile f", "a\n1\n")]
    [InlineData("[byte]1, [byte]2, 'a', [byte]3 | Write-VfsFile f", "1\n2\na\n3\n")]
    [InlineData("'a', [byte]1 | Write-VfsFile f -NoNewline", "a1")]
    public void Content_is_what_Set_Content_makes_of_it(string script, string expected)
    {
        Shell.Run(script);
        Assert.Equal(System.Text.Encoding.UTF8.GetBytes(expected), File.ReadAllBytes(OnDisk("f")));
    }

    [Fact]
    public void Text_after_many_bytes_is_an_error_and_leaves_the_old_file()
    {
        Shell.Run("'old' | Write-VfsFile f");
        Assert.Equal("VfsMixedInput", Shell.ErrorOf("[byte[]]::new(200000), 'a' | Write-VfsFile f"));
        Assert.Equal("old", Shell.One<string>("Read-VfsFile f"));
    }

    [Fact]
    public void An_upstream_throw_leaves_the_old_file()
    {
        Shell.Run("'old' | Write-VfsFile hello.txt");
        Shell.Run("try { 1..3 | ForEach-Object { if ($_ -eq 3) { throw 'x' }; \"$_\" } | Write-VfsFile hello.txt } catch { }");
        Assert.Equal("old", Shell.One<string>("Read-VfsFile hello.txt"));
        Assert.Equal("old\n", File.ReadAllText(OnDisk("hello.txt")));
    }

    [Fact]
    public async Task Ctrl_C_leaves_the_old_file()
    {
        Shell.Run("'old' | Write-VfsFile hello.txt");
        using var ps = System.Management.Automation.PowerShell.Create(Shell.Runspace).AddScript("& { 'new'; while ($true) { } } | Write-VfsFile hello.txt");
        var run = ps.BeginInvoke();
        await Task.Delay(300);
        ps.Stop();
        Assert.Throws<PipelineStoppedException>(() => ps.EndInvoke(run));
        Assert.Equal("old", Shell.One<string>("Read-VfsFile hello.txt"));
    }

    [Fact]
    public void An_empty_pipeline_writes_nothing()
    {
        Shell.Run("'old' | Write-VfsFile f; @() | Write-VfsFile f");
        Assert.Equal("old", Shell.One<string>("Read-VfsFile f"));
    }

    [Fact]
    public void Files_go_into_a_directory()
    {
        MakeFiles();
        Shell.Run("Get-ChildItem ./src/*.jpg | Write-VfsFile photos/");
        Assert.Equal(["photos/1.jpg", "photos/2.jpg"], Shell.Run("(Get-VfsFile photos).Name").Select(n => n.ToString()));
        Assert.Equal("two", File.ReadAllText(OnDisk("photos/2.jpg")));
        Shell.Run("Get-ChildItem ./src/1.jpg | Write-VfsFile photos");
        Shell.Run("Get-ChildItem ./src/1.jpg | Write-VfsFile as.jpg");
        Assert.Equal("one", File.ReadAllText(OnDisk("as.jpg")));
    }

    [Fact]
    public void Several_files_to_one_is_an_error_and_writes_nothing()
    {
        MakeFiles();
        Assert.Equal("VfsSeveralToOne", Shell.ErrorOf("Get-ChildItem ./src/*.jpg | Write-VfsFile one.jpg"));
        foreach (var sub in (string[])["x", "y"]) File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(Folder, "named", sub)).FullName, "same.txt"), sub);
        Shell.Run("'before' | Write-VfsFile kept.txt; 'before' | Write-VfsFile into/same.txt");
        foreach (var append in (string[])["", " -Append"]) Assert.Equal("VfsSeveralToOne", Shell.ErrorOf($"Get-ChildItem ./named/*/same.txt | Write-VfsFile into/{append}"));
        Assert.Equal("VfsMixedInput", Shell.ErrorOf("'text', ([IO.FileInfo]\"$PWD/named/x/same.txt\") | Write-VfsFile kept.txt"));
        Assert.Equal(["before", "before"], Shell.Run("Read-VfsFile kept.txt; Read-VfsFile into/same.txt").Select(l => l.ToString()));
        Assert.False(File.Exists(OnDisk("one.jpg")));
    }

    [Fact]
    public void Text_to_a_directory_is_an_error()
    {
        Shell.Run("'x' | Write-VfsFile d/x");
        Assert.Equal("VfsIsDirectory", Shell.ErrorOf("'x' | Write-VfsFile d"));
        Assert.Equal("VfsIsDirectory", Shell.ErrorOf("'x' | Write-VfsFile e/"));
    }

    [Fact]
    public void What_if_writes_nothing()
    {
        Shell.Run("'x' | Write-VfsFile f -WhatIf");
        Assert.False(File.Exists(OnDisk("f")));
    }

    [Fact]
    public void Says_nothing_unless_asked()
    {
        Assert.Empty(Shell.Run("'x' | Write-VfsFile f"));
        var file = Shell.One<VfsFile>("'xy' | Write-VfsFile f -PassThru");
        Assert.Equal(("f", 3, "File", "a"), (file.Name, file.Size, file.Kind, file.Node));
    }

    [Fact]
    public void The_path_is_literal()
    {
        Shell.Run("'x' | Write-VfsFile 'a[1]*.txt'");
        Assert.True(File.Exists(OnDisk("a[1]*.txt")));
        Assert.Equal("x", Shell.One<string>("Read-VfsFile -LiteralPath 'a[1]*.txt'"));
    }

    [Fact]
    public void A_large_file_goes_through()
    {
        Shell.Run("$b = [byte[]]::new(3MB); [Random]::new(1).NextBytes($b); Write-VfsFile big $b");
        Assert.Equal(3 << 20, new FileInfo(OnDisk("big")).Length);
        Assert.True(Shell.One<bool>("[Linq.Enumerable]::SequenceEqual($b, [byte[]](Read-VfsFile big -AsByteStream -Raw))"));
    }

    private string OnDisk(string name) => Path.Combine(Folder, "a", name);

    private void MakeFiles()
    {
        Directory.CreateDirectory(Path.Combine(Folder, "src"));
        File.WriteAllText(Path.Combine(Folder, "src", "1.jpg"), "one");
        File.WriteAllText(Path.Combine(Folder, "src", "2.jpg"), "two");
    }
}
