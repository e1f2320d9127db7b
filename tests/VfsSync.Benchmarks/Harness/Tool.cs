using System.Diagnostics;

namespace VfsSync.Benchmarks.Harness;

/// <summary>Other programs of this machine.</summary>
internal static class Tool
{
    /// <summary>Full path of a program; null if it is not installed.</summary>
    public static string? Find(string name) =>
        ((Environment.GetEnvironmentVariable("PATH") ?? "") + ":/usr/sbin:/sbin").Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(d => Path.Combine(d, name)).FirstOrDefault(File.Exists);

    /// <summary>Starts a program whose output nobody wants.</summary>
    public static Process Start(string name, params string[] args)
    {
        var start = new ProcessStartInfo(Find(name) ?? name, args) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{name} does not start.");
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, e) => { if (e.Data is { } line && Environment.GetEnvironmentVariable("VFS_BENCH_DEBUG") is not null) Console.Error.WriteLine($"{name}: {line}"); };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Runs a program to its end; its exit code.</summary>
    public static int Run(string name, params string[] args)
    {
        using var process = Start(name, args);
        process.WaitForExit();
        return process.ExitCode;
    }
}
