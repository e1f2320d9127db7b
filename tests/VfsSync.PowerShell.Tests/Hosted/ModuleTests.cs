using System.Diagnostics;
using System.Runtime.Loader;
using VfsSync.Hosting;

namespace VfsSync.ShellTests.Hosted;

public sealed class ModuleTests : IDisposable
{
    private readonly Shell _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public void The_manifest_exports_what_the_dll_has()
    {
        var exported = _shell.Run("(Test-ModuleManifest $args[0]).ExportedCmdlets.Keys", ModulePath.Manifest).Select(c => c.ToString()).Order();
        var there = typeof(VfsNode).Assembly.GetExportedTypes().Select(t => (CmdletAttribute?)Attribute.GetCustomAttribute(t, typeof(CmdletAttribute))).OfType<CmdletAttribute>().Select(c => $"{c.VerbName}-{c.NounName}").Order();
        Assert.Equal(there, exported);
    }

    [Fact]
    public void Names_use_approved_verbs_and_singular_nouns()
    {
        foreach (var command in _shell.Run("Get-Command -Module VfsSync").Select(c => (CommandInfo)c.BaseObject).Cast<CmdletInfo>())
        {
            Assert.Contains(command.Verb, (string[])["Start", "Stop", "Resume", "Get", "Connect", "Disconnect", "Wait", "New", "Write", "Read", "Move", "Remove", "Sync", "Resolve", "Restore", "Grant", "Revoke"]);
            Assert.Contains(command.Noun, (string[])["VfsNode", "VfsFile", "VfsConflict", "VfsHistory", "VfsInvitation", "VfsPermission", "VfsActivity", "VfsProblem"]);
            if (command.Verb != "Stop" && command.Noun != "VfsFile") Assert.NotEmpty(command.OutputType);
        }
    }

    [Fact]
    public void What_changes_something_can_be_asked_what_if()
    {
        foreach (var command in _shell.Run("Get-Command -Module VfsSync").Select(c => (CmdletInfo)c.BaseObject))
            Assert.Equal(command.Verb is not ("Get" or "Wait"), command.Parameters.ContainsKey("WhatIf"));
    }

    [Fact]
    public void The_dll_stands_alone_and_its_dependencies_apart()
    {
        var bin = Path.Combine(ModulePath.Root, "module", "bin");
        Assert.Equal(["VfsSync.PowerShell.dll", "VfsSync.PowerShell.pdb"], Directory.EnumerateFiles(bin).Select(Path.GetFileName).Order());
        foreach (var system in (string[])["linux-x64", "linux-arm64", "linux-musl-x64", "osx-x64", "osx-arm64", "win-x64", "win-arm64"])
            Assert.NotEmpty(Directory.EnumerateFiles(Path.Combine(bin, "deps", "runtimes", system, "native"), "*e_sqlite3*"));
    }

    [Fact]
    public void Another_module_with_another_YamlDotNet_does_no_harm()
    {
        var engine = typeof(Engine.Running.SyncNode).Assembly;
        var context = AssemblyLoadContext.GetLoadContext(engine)!;
        var ours = context.LoadFromAssemblyName(new System.Reflection.AssemblyName("YamlDotNet"));
        Assert.Equal("VfsSync", context.Name);
        Assert.Same(AssemblyLoadContext.Default, AssemblyLoadContext.GetLoadContext(ModuleLoading.OtherYaml));
        Assert.Same(context, AssemblyLoadContext.GetLoadContext(ours));
        Assert.Equal(13, ModuleLoading.OtherYaml.GetName().Version!.Major);
        Assert.Equal(18, ours.GetName().Version!.Major);
        Assert.Equal(1, Deserialized(ModuleLoading.OtherYaml));
        Assert.Equal(1, Deserialized(ours));
    }

    [Fact]
    public void The_default_context_is_lent_the_engine_and_nothing_else()
    {
        Assert.DoesNotContain(AssemblyLoadContext.Default.Assemblies, a => a.GetName().Name is "VfsSync.Engine" or "VfsSync.Core" or "Microsoft.Data.Sqlite" or "ZstdSharp");
        Assert.Throws<FileNotFoundException>(() => AssemblyLoadContext.Default.LoadFromAssemblyName(new System.Reflection.AssemblyName("Microsoft.Data.Sqlite")));
    }

    [Fact]
    public void Packs_to_the_current_folder_of_the_session()
    {
        var folder = Directory.CreateTempSubdirectory("vfssync-pack-").FullName;
        try
        {
            _shell.Run("param($folder, $build) Set-Location $folder; & $build Pack -NoBuild -Destination ./out", folder, Path.Combine(ModulePath.Root, "build.ps1"));
            Assert.Single(Directory.EnumerateFiles(Path.Combine(folder, "out"), "VfsSync.*.nupkg"));
            Assert.Single(Directory.EnumerateFiles(Path.Combine(folder, "out"), "VfsSync.psd1", SearchOption.AllDirectories));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Can_be_removed_and_imported_again()
    {
        _shell.Run("Remove-Module VfsSync");
        Assert.Empty(_shell.Run("Get-Command -Module VfsSync"));
        _shell.Run("Import-Module $args[0]", ModulePath.Manifest);
        Assert.Empty(_shell.Run("Get-VfsNode -Local | Where-Object Name -eq nobody"));
    }

    [Fact]
    public void Imports_in_a_moment()
    {
        // Best of several: the machine may be busy with other tests. The first import of a process is measured by hand.
        var best = Enumerable.Range(0, 5).Min(_ =>
        {
            _shell.Run("Remove-Module VfsSync");
            var since = Stopwatch.GetTimestamp();
            _shell.Run("Import-Module $args[0]", ModulePath.Manifest);
            return Stopwatch.GetElapsedTime(since).TotalMilliseconds;
        });
        Assert.True(best < 300, $"{best:0} ms");
    }

    // new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>("x: 1").Count, in whichever version.
    private static int Deserialized(System.Reflection.Assembly yaml)
    {
        dynamic deserializer = ((dynamic)Activator.CreateInstance(yaml.GetType("YamlDotNet.Serialization.DeserializerBuilder")!)!).Build();
        return deserializer.Deserialize<Dictionary<string, object>>("x: 1").Count;
    }
}
