using System.Diagnostics;

namespace VfsSync.Engine.Tests.Running;

/// <summary>What .NET cannot do on a disk, sh can.</summary>
internal static class Shell
{
    public static string Run(string script, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("sh", ["-ec", script, "sh", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{script}: {errors.GetAwaiter().GetResult()}");
        return said;
    }
}
