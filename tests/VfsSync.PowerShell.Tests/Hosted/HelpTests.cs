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
    public void What_should_process_has_is_named_and_described()
    {
        foreach (var name in _shell.Run("(Get-Command -Module VfsSync | Where-Object { $_.Parameters.ContainsKey('WhatIf') }).Name").Select(n => n.ToString()))
        {
            var screen = _shell.Screen($"Get-Help {name} -Full").ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal);
            Assert.Contains("[-WhatIf][-Confirm]", screen, StringComparison.Ordinal);
            Assert.Contains("Nothingisdone.", screen, StringComparison.Ordinal);
        }
        Assert.DoesNotContain("-WhatIf", _shell.Screen("Get-Help Get-VfsFile -Full"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("New-VfsInvitation", "Role", "editor|False")]
    [InlineData("New-VfsInvitation", "ExpiresIn", "24 hours|False")]
    [InlineData("Write-VfsFile", "Append", "False|False")]
    [InlineData("Start-VfsNode", "OnEvent", "None|False")]
    [InlineData("Start-VfsNode", "Path", "None|True (ByValue, ByPropertyName)")]
    [InlineData("Read-VfsFile", "Path", "None|True (ByValue, ByPropertyName)")]
    [InlineData("Read-VfsFile", "LiteralPath", "None|True (ByPropertyName)")]
    [InlineData("Stop-VfsNode", "Node", "the one around the current folder, else the only one|True (ByValue)")]
    public void Defaults_and_what_the_pipeline_binds_are_told(string name, string parameter, string expected) =>
        Assert.Equal(expected, _shell.One<string>("param($name, $p) $h = (Get-Help $name -Full).parameters.parameter | Where-Object name -eq $p; \"$($h.defaultValue)|$($h.pipelineInput)\"", name, parameter));

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Inputs_and_links_are_told_and_there(string name)
    {
        var inputs = _shell.Run("param($name) (Get-Help $name -Full).inputTypes.inputType.type.name", name).Select(t => t.ToString()).ToList();
        Assert.NotEmpty(inputs);
        Assert.All(inputs, type => _shell.Run("param($type) [type] $type", type));
        var links = _shell.Run("param($name) (Get-Help $name -Full).relatedLinks.navigationLink.linkText", name).Select(t => t.ToString()).ToList();
        Assert.NotEmpty(links);
        Assert.DoesNotContain(name, links);
        foreach (var link in links.Where(l => l.Contains("-Vfs", StringComparison.Ordinal))) Assert.Single(_shell.Run("Get-Command $args[0]", link));
    }

    [Fact]
    public void There_is_an_about_topic() => Assert.Contains("A node is one replica of one folder", _shell.Screen("Get-Help about_VfsSync"), StringComparison.Ordinal);
}
