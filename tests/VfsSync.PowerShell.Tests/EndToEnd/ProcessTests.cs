using System.Diagnostics;
using System.Runtime.InteropServices;
using VfsSync.Hosting;

namespace VfsSync.ShellTests.EndToEnd;

/// <summary>Real processes: the quick start, a service, and build.ps1.</summary>
[Collection("Nodes")]
[Trait("Needs", "Engine")]
public sealed class ProcessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vfssync-process-").FullName;

    private readonly List<Process> _started = [];

    // A process that a failed test leaves behind still writes into the folder.
    public void Dispose()
    {
        foreach (var process in _started)
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_quick_start_runs_through()
    {
        var (code, output) = await Run(Path.Combine(ModulePath.Root, "examples", "quickstart.ps1"), _folder);
        Assert.True(code == 0, output);
        Assert.Contains("server reads: Hello from the laptop!", output, StringComparison.Ordinal);
        Assert.Contains("laptop reads: Hello from the server!", output, StringComparison.Ordinal);
        Assert.Contains("notes.md on laptop: False", output, StringComparison.Ordinal);
        Assert.Contains("\n0 conflicts", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', output);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_service_ends_with_exit_code_0(int signal)
    {
        var script = Script("Start-VfsNode \"$PSScriptRoot/data\" -Name served -Port 0 -Wait; 'ended well'");
        var process = Start(script);
        var output = await UntilSaid(process, "served");
        Assert.Equal(0, kill(process.Id, signal));
        output += await ToItsEnd(process, seconds: 12);
        Assert.True(process.ExitCode == 0, $"{process.ExitCode}: {output}");
        if (signal != 2) Assert.Contains("ended well", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_cannot_start_ends_with_exit_code_1()
    {
        var (code, output) = await Run(Script("Start-VfsNode \"$PSScriptRoot/no/such/place\" -Wait\n'went on'"));
        Assert.True(code == 1, $"{code}: {output}");
        Assert.Contains("no/such", output, StringComparison.Ordinal);
        Assert.DoesNotContain("went on\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_wait_SIGTERM_stops_the_nodes_and_then_the_process()
    {
        var process = Start(Script("Start-VfsNode \"$PSScriptRoot/data\" -Name served -Port 0; [Threading.Thread]::Sleep(60000)"));
        await UntilSaid(process, "served");
        Assert.Equal(0, kill(process.Id, 15));
        await ToItsEnd(process, seconds: 12);
        Assert.Equal(128 + 15, process.ExitCode);
    }

    [Fact]
    public async Task The_views_are_there_in_a_fresh_session()
    {
        var (code, output) = await Run(Script("$n = Start-VfsNode \"$PSScriptRoot/data\" -Name fresh -Port 0; 'x' | Write-VfsFile a.txt; Get-VfsNode; Get-VfsFile; New-VfsInvitation; Stop-VfsNode"));
        Assert.True(code == 0, output);
        Assert.Contains("Name       State      Role   Peers   Files     Size Behind    RTT  Where", output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^vfs-token-\S{100,}\r?$", output);
    }

    [Fact]
    public async Task Build_ps1_packs_what_the_gallery_takes()
    {
        var (code, output) = await Run(Path.Combine(ModulePath.Root, "build.ps1"), "Pack", "-NoBuild", "-Destination", _folder);
        Assert.True(code == 0, output);
        var version = Directory.EnumerateDirectories(Path.Combine(_folder, "VfsSync")).Select(Path.GetFileName).Single();
        var (imported, said) = await Run(Script($"Remove-Module VfsSync; Import-Module '{_folder}/VfsSync/{version}/VfsSync.psd1'; (Get-Module VfsSync).ExportedCmdlets.Count; (Get-Help Start-VfsNode).Synopsis"));
        Assert.True(imported == 0, said);
        Assert.Contains("Starts a node", said, StringComparison.Ordinal);
        using var package = System.IO.Compression.ZipFile.OpenRead(Path.Combine(_folder, $"VfsSync.{version}.nupkg"));
        Assert.Contains("VfsSync.nuspec", package.Entries.Select(e => e.FullName));
        Assert.Contains("VfsSync.psd1", package.Entries.Select(e => e.FullName));
    }

    private string Script(string text)
    {
        var file = Path.Combine(_folder, $"{Guid.NewGuid():N}.ps1");
        File.WriteAllText(file, text);
        return file;
    }

    private async Task<(int Code, string Output)> Run(string script, params string[] arguments)
    {
        var process = Start(script, arguments);
        var output = await ToItsEnd(process, seconds: 120);
        return (process.ExitCode, output);
    }

    private Process Start(string script, params string[] arguments)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var program = Path.Combine(ModulePath.Root, "examples", "Quickstart", "bin", configuration, "net10.0", "quickstart.dll");
        // Whoever runs the tests in the background of a script has SIGINT ignored, under nohup SIGHUP; children inherit it.
        string[] command = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT,HUP", "dotnet"] : ["dotnet"];
        var start = new ProcessStartInfo(command[0], [.. command.Skip(1), program, script, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["VFSSYNC_INVITATION"] = "";
        var process = Process.Start(start)!;
        _started.Add(process);
        return process;
    }

    private static async Task<string> UntilSaid(Process process, string word)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var said = "";
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            said += line + "\n";
            if (line.StartsWith(word, StringComparison.Ordinal)) return said;
        }
        Assert.Fail(said + await process.StandardError.ReadToEndAsync(limit.Token));
        return said;
    }

    private static async Task<string> ToItsEnd(Process process, int seconds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return output + await errors;
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int kill(int process, int signal);
}
