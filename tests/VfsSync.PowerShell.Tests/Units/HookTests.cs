using VfsSync.PowerShell.Running;
using VfsSync.ShellTests.Hosted;

namespace VfsSync.ShellTests.Units;

public sealed class HookTests
{
    [Theory]
    [InlineData("{ param($e) \"$e\" >> $using:PWD/vfs.log }", "param($e) \"$e\" >> ${vfsUsing0}/vfs.log")]
    [InlineData("{ \"${using:a}\" + $using:b.Length }", "\"${vfsUsing1}\" + ${vfsUsing0}.Length")]
    [InlineData("{ & { $using:a } }", "& { ${vfsUsing0} }")]
    [InlineData("{ 1 }", "1")]
    public void Is_rebuilt_from_its_text(string block, string expected)
    {
        using var shell = new Shell();
        var hook = Hook.Of(shell.One<ScriptBlock>(block), name => "value of " + name);
        Assert.Equal(expected, hook.Text.Trim());
        Assert.All(hook.Values.Values, v => Assert.StartsWith("value of ", (string)v!, StringComparison.Ordinal));
    }
}
