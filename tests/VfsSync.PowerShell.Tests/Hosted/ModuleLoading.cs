using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using VfsSync.Hosting;

namespace VfsSync.ShellTests.Hosted;

/// <summary>
/// Before anything else, as in a session with another module in it: another YamlDotNet is loaded. Then the module, from where a user gets it, so that the tests
/// see the very types it has loaded.
/// </summary>
internal static class ModuleLoading
{
    public static Assembly OtherYaml { get; private set; } = null!;

    [ModuleInitializer]
    internal static void Load()
    {
        OtherYaml = AssemblyLoadContext.Default.LoadFromAssemblyPath(typeof(ModuleLoading).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "OtherYaml").Value!);
        AssemblyLoadContext.Default.Resolving += static (context, name) =>
            name.Name == "VfsSync.PowerShell" ? Assembly.LoadFrom(Path.Combine(ModulePath.Root, "module", "bin", "VfsSync.PowerShell.dll")) : null;
        Environment.SetEnvironmentVariable("VFSSYNC_INVITATION", null);
        using var session = new ScriptSession(new ScriptUI(TextReader.Null, TextWriter.Null, TextWriter.Null, colours: false, progress: false, width: 100));
    }
}
