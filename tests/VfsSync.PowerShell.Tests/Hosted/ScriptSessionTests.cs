namespace VfsSync.ShellTests.Hosted;

/// <summary>The quick start's host: output, errors and exit codes as `pwsh -File` gives them.</summary>
public sealed class ScriptSessionTests : IDisposable
{
    private readonly Shell _shell = new();

    public void Dispose() => _shell.Dispose();

    [Theory]
    [InlineData("'x'", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("throw 'boo'", 1)]
    [InlineData("try { throw 'boo' } catch { }", 0)]
    [InlineData("& { exit 3 }; 'never'", 3)]
    public void Exit_codes(string script, int expected)
    {
        _shell.Screen(script);
        Assert.Equal(expected, _shell.ExitCode);
    }

    [Fact]
    public void Errors_go_to_the_error_output()
    {
        Assert.Equal("before", _shell.Screen("'before'; throw 'boo'").Trim());
        Assert.Contains("boo", _shell.ScreenErrors, StringComparison.Ordinal);
    }
}
