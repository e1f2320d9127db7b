using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace VfsSync.PowerShell.Loading;

/// <summary>The module's own load context: the engine and everything it needs, apart from what other modules of the session have loaded.</summary>
internal sealed class DependencyContext(string directory) : AssemblyLoadContext("VfsSync")
{
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var path = Path.Combine(directory, assemblyName.Name + ".dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }

    // PowerShell does not look into runtimes/<rid>/native/, so the full path is given.
    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        foreach (var system in Systems())
            foreach (var file in FileNames(unmanagedDllName))
            {
                var path = Path.Combine(directory, "runtimes", system, "native", file);
                if (File.Exists(path)) return LoadUnmanagedDllFromPath(path);
            }
        return 0;
    }

    private static IEnumerable<string> Systems()
    {
        yield return RuntimeInformation.RuntimeIdentifier;
        var machine = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        if (OperatingSystem.IsWindows()) yield return "win-" + machine;
        else if (OperatingSystem.IsMacOS()) yield return "osx-" + machine;
        else
        {
            if (Directory.Exists("/lib") && Directory.EnumerateFiles("/lib", "ld-musl-*").Any()) yield return "linux-musl-" + machine;
            yield return "linux-" + machine;
        }
    }

    private static string[] FileNames(string name) =>
        OperatingSystem.IsWindows() ? [name, name + ".dll"]
        : OperatingSystem.IsMacOS() ? [$"lib{name}.dylib", name, name + ".dylib"]
        : [$"lib{name}.so", name, name + ".so"];
}
