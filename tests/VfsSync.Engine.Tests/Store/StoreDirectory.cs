namespace VfsSync.Engine.Tests.Store;

/// <summary>A fresh directory, gone at the end.</summary>
internal sealed class StoreDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("vfs-store-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>The files as they are now, as a process that died this moment would leave them.</summary>
    public StoreDirectory Copy()
    {
        var copy = new StoreDirectory();
        foreach (var file in Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories))
        {
            if (file.EndsWith(".lock", StringComparison.Ordinal)) continue;
            var target = copy[System.IO.Path.GetRelativePath(Path, file)];
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        return copy;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
