namespace VfsSync.Hosting;

/// <summary>Where the module lies: the nearest VfsSync.psd1 at or above the program.</summary>
public static class ModulePath
{
    /// <summary>The full path of VfsSync.psd1.</summary>
    /// <exception cref="FileNotFoundException">There is none at or above <see cref="AppContext.BaseDirectory"/>.</exception>
    public static string Manifest { get; } = Find();

    /// <summary>The folder that holds it.</summary>
    public static string Root => Path.GetDirectoryName(Manifest)!;

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var manifest = Path.Combine(folder.FullName, "VfsSync.psd1");
            if (File.Exists(manifest)) return manifest;
        }
        throw new FileNotFoundException("No VfsSync.psd1 at or above " + AppContext.BaseDirectory);
    }
}
