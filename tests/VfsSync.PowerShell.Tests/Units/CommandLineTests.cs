using VfsSync.PowerShell.Running;

namespace VfsSync.ShellTests.Units;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData(true, "-c", "Start-VfsNode /data -Wait")]
    [InlineData(true, "-NoProfile", "-NonInteractive", "-Command", "1")]
    [InlineData(true, "-ExecutionPolicy", "Bypass", "--command", "1")]
    [InlineData(true, "-wd", "/tmp", "-EncodedCommand", "MQA=")]
    [InlineData(false)]
    [InlineData(false, "-NoProfile", "-NoLogo")]
    [InlineData(false, "-NoExit", "-Command", "1")]
    [InlineData(false, "-noe", "-c", "1")]
    [InlineData(false, "-File", "a.ps1", "-c", "x")]
    [InlineData(false, "a.ps1")]
    public void Pwsh_ends_with_its_command(bool expected, params string[] arguments) => Assert.Equal(expected, CommandLine.IsOneCommand(["pwsh", .. arguments]));
}
