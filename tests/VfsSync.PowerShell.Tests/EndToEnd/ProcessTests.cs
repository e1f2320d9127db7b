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

    public void Dispose() => Directory.Delete(_folder, recursive: true);

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
        using var process = Start(script);
        var output = await UntilSaid(process, "served");
        Assert.Equal(0, kill(process.Id, signal));
        output += await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(12)).Token);
        Assert.True(process.ExitCode == 0, $"{process.ExitCode}: {output} {await process.StandardError.ReadToEndAsync()}");
        if (signal != 2) Assert.Contains("ended well", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_wait_SIGTERM_stops_the_nodes_and_then_the_process()
    {
        using var process = Start(Script("Start-VfsNode \"$PSScriptRoot/data\" -Name served -Port 0; [Threading.Thread]::Sleep(60000)"));
        await UntilSaid(process, "served");
        Assert.Equal(0, kill(process.Id, 15));
        await process.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(12)).Token);
        Assert.Equal(128 + 15, process.ExitCode);
    }

    [Fact]
    public async Task The_views_are_there_in_a_fresh_session()
    {
        var (code, output) = await Run(Script("$n = Start-VfsNode \"$PSScriptRoot/data\" -Name fresh -Port 0; 'x' | Write-VfsFile a.txt; Get-VfsNode; Get-VfsFile; New-VfsInvitation; Stop-VfsNode"));
        Assert.True(code == 0, output);
        Assert.Contains("Name          State      Role    Peers   Files      Size  Behind     RTT  Where", output, StringComparison.Ordinal);
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

    private static async Task<(int Code, string Output)> Run(string script, params string[] arguments)
    {
        using var process = Start(script, arguments);
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }

    private static Process Start(string script, params string[] arguments)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var program = Path.Combine(ModulePath.Root, "examples", "Quickstart", "bin", configuration, "net10.0", "quickstart.dll");
        var start = new ProcessStartInfo("dotnet", [program, script, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["VFSSYNC_INVITATION"] = "";
        return Process.Start(start)!;
    }

    private static async Task<string> UntilSaid(Process process, string word)
    {
        var said = "";
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            said += line + "\n";
            if (line.StartsWith(word, StringComparison.Ordinal)) return said;
        }
        Assert.Fail(said + await process.StandardError.ReadToEndAsync());
        return said;
    }

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int kill(int process, int signal);
}
