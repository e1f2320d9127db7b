namespace VfsSync.ShellTests.EndToEnd;

/// <summary>A node that halted goes on when a person says so.</summary>
public sealed class ResumeTests : NodeShell
{
    [Fact]
    public void It_shows_why_it_halted_and_goes_on_as_the_same_node()
    {
        Shell.Run("$a = Start-VfsNode $args[0] -Name a -Port 0 -RemovalLimit 5", Directory.CreateDirectory(Path.Combine(Folder, "a")).FullName);
        Shell.Run("1..10 | ForEach-Object { \"$_\" | Write-VfsFile \"d/f$_\" -Node a }");
        Assert.Equal("VfsNotHalted", Shell.ErrorOf("Resume-VfsNode"));
        Directory.Delete(Path.Combine(Folder, "a", "d"), recursive: true);
        Eventually("(Get-VfsNode a -Local).State -eq 'Halted'");
        Assert.Contains(" files are gone", Shell.One<string>("(Get-VfsNode a -Local).Trouble"), StringComparison.Ordinal);
        Assert.Equal("VfsNodeHalted", Shell.ErrorOf("Sync-VfsFile -Node a"));
        foreach (var what in (string[])["-Synced", "-Connected", "-Member nobody"]) Assert.Equal("VfsNodeHalted", Shell.ErrorOf($"Wait-VfsNode a {what} -Timeout 20"));
        Shell.Run("$null = Start-VfsNode ./other -Name other -Port 0; Resume-VfsNode -WhatIf");
        Assert.Equal("Halted", Shell.One<string>("(Get-VfsNode a -Local).State"));
        var resumed = Shell.One<VfsNode>("Resume-VfsNode * -Confirm:$false"); // of several those that are halted
        Assert.Equal("VfsNotHalted", Shell.ErrorOf("Resume-VfsNode * -Confirm:$false"));
        Assert.Equal(("a", "Running", null, 5L), (resumed.Name, resumed.State, resumed.Trouble, resumed.RemovalLimit));
        Assert.Equal(Shell.One<string>("$a.Id"), resumed.Id);
        Assert.Equal("on", Shell.One<string>("'on' | Write-VfsFile on -Node a; Read-VfsFile on -Node a"));
        Assert.Empty(Shell.Run("Get-VfsFile -Recurse -Node a | Where-Object Name -like 'd/*'"));
    }

    [Fact]
    public void A_node_whose_folder_is_empty_at_its_start_is_an_error_and_there_to_be_resumed()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder, "a")).FullName;
        for (var i = 0; i < 120; i++) File.WriteAllText(Path.Combine(folder, $"f{i}"), $"{i}");
        Shell.Run("Start-VfsNode ./a -Name a -Port 0; Stop-VfsNode a");
        foreach (var file in Directory.GetFiles(folder)) File.Delete(file);
        Assert.Equal("VfsNodeHalted", Shell.ErrorOf("Start-VfsNode ./a"));
        Assert.Equal("Halted", Shell.One<string>("(Get-VfsNode a).State"));
        Assert.Equal("Running", Shell.One<VfsNode>("Get-VfsNode a -Local | Resume-VfsNode -Confirm:$false").State);
        Assert.Equal(0L, Shell.One<long>("(Get-VfsNode a -Local).Files"));
    }
}
