namespace VfsSync.Engine.Tests.Disk;

/// <summary>A fresh directory on the real disk, and the user at work in it.</summary>
internal sealed class OnDisk : IDisposable
{
    public OnDisk() => Directory.CreateDirectory(Root);

    public string Root { get; } = Path.Combine(Path.GetTempPath(), $"vfssync-{Guid.NewGuid():n}", "folder");

    public string Outside => Path.GetDirectoryName(Root)!;

    public string this[string path] => Path.Combine(Root, path);

    public void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[path])!);
        File.WriteAllText(this[path], text);
    }

    public string? Read(string path) => File.Exists(this[path]) ? File.ReadAllText(this[path]) : null;

    public void Delete(string path)
    {
        if (Directory.Exists(this[path])) Directory.Delete(this[path], true);
        else File.Delete(this[path]);
    }

    public void Rename(string from, string to)
    {
        if (Directory.Exists(this[from])) Directory.Move(this[from], this[to]);
        else File.Move(this[from], this[to]);
    }

    public void Dispose()
    {
        if (Directory.Exists(Outside)) Directory.Delete(Outside, true);
    }
}
