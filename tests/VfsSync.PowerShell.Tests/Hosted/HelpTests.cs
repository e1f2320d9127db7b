namespace VfsSync.ShellTests.Hosted;

public sealed class HelpTests : IDisposable
{
    private readonly Shell _shell = new();

    public void Dispose() => _shell.Dispose();

    public static TheoryData<string> Cmdlets
    {
        get
        {
            using var shell = new Shell();
            return [.. shell.Run("(Get-Command -Module VfsSync).Name").Select(n => n.ToString())];
        }
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Every_cmdlet_and_parameter_has_help_with_three_examples(string name)
    {
        var help = Assert.Single(_shell.Run("Get-Help $args[0] -Full", name));
        var text = _shell.One<string>("param($name) $h = Get-Help $name; \"$($h.Synopsis)|$($h.Description.Text)|$(@($h.Examples.example).Count)\"", name).Split('|');
        Assert.All(text, part => Assert.False(string.IsNullOrWhiteSpace(part)));
        Assert.True(int.Parse(text[2], System.Globalization.CultureInfo.InvariantCulture) >= 3, name);
        var undescribed = _shell.Run("""
            param($name)
            $described = @((Get-Help $name).parameters.parameter | Where-Object { $_.description.Text } | ForEach-Object { $_.name })
            $common = [Management.Automation.Cmdlet]::CommonParameters + [Management.Automation.Cmdlet]::OptionalCommonParameters
            (Get-Command $name).Parameters.Keys | Where-Object { $_ -notin $described -and $_ -notin $common }
            """, name);
        Assert.Empty(undescribed);
        Assert.NotNull(help);
    }

    [Fact]
    public void Examples_are_shown()
    {
        var screen = _shell.Screen("Get-Help Write-VfsFile -Examples");
        Assert.Contains("'Hello from Mac!' | Write-VfsFile hello.txt", screen, StringComparison.Ordinal);
    }

    [Fact]
    public void The_syntax_names_the_parameters()
    {
        var screen = _shell.Screen("Get-Help Start-VfsNode");
        Assert.Contains("Start-VfsNode [-Path] <String>", screen, StringComparison.Ordinal);
        Assert.Contains("[-OnEvent <ScriptBlock>]", screen, StringComparison.Ordinal);
    }

    [Fact]
    public void There_is_an_about_topic() => Assert.Contains("A node is one replica of one folder", _shell.Screen("Get-Help about_VfsSync"), StringComparison.Ordinal);
}
