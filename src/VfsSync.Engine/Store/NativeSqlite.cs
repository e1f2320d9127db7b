using System.Runtime.InteropServices;

namespace VfsSync.Engine.Store;

/// <summary>
/// Finds SQLite's native library. `dotnet` finds it through the deps file; pwsh has none for a module, so it is loaded by its full path.
/// </summary>
internal static class NativeSqlite
{
    private static readonly Lock Gate = new();
    private static bool _done;

    /// <summary>Takes effect once per process; harmless where the library would be found anyway.</summary>
    /// <param name="moduleDirectory">Where the module's assemblies lie.</param>
    public static void Load(string moduleDirectory)
    {
        lock (Gate)
        {
            if (_done) return;
            _done = true;
            if (Candidates(moduleDirectory).FirstOrDefault(File.Exists) is not { } file) return;
            NativeLibrary.SetDllImportResolver(typeof(SQLitePCL.SQLite3Provider_e_sqlite3).Assembly, (name, _, _) =>
                name == "e_sqlite3" ? NativeLibrary.Load(file) : IntPtr.Zero);
        }
    }

    internal static IEnumerable<string> Candidates(string moduleDirectory)
    {
        var (system, name) = OperatingSystem.IsWindows() ? ("win", "e_sqlite3.dll") : OperatingSystem.IsMacOS() ? ("osx", "libe_sqlite3.dylib") : ("linux", "libe_sqlite3.so");
        if (system == "linux" && RuntimeInformation.RuntimeIdentifier is var rid && (rid.Contains("musl", StringComparison.Ordinal) || rid.Contains("alpine", StringComparison.Ordinal)))
            system = "linux-musl";
        var platform = $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        foreach (var directory in new[] { platform, Path.Combine("runtimes", platform, "native"), "" })
        {
            yield return Path.Combine(moduleDirectory, directory, name);
            if (name.StartsWith("lib", StringComparison.Ordinal)) yield return Path.Combine(moduleDirectory, directory, name[3..]);
        }
    }
}
