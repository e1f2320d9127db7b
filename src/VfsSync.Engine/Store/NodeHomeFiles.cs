using System.Runtime.Versioning;

namespace VfsSync.Engine.Store;

/// <summary>Small files of a node's home: only its owner reads them, and each is always whole, also after a crash.</summary>
internal sealed class NodeHomeFiles(string home)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    public string PathOf(string name) => Path.Join(home, name);

    /// <summary>Null when there is no such file.</summary>
    public byte[]? Read(string name) => File.Exists(PathOf(name)) ? File.ReadAllBytes(PathOf(name)) : null;

    /// <summary>Durable when it returns: file flushed, renamed into place, directory flushed.</summary>
    public void Write(string name, ReadOnlySpan<byte> content)
    {
        var temporary = PathOf(name + ".new");
        File.Delete(temporary);
        using (var file = new FileStream(temporary, Fresh()))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, PathOf(name), overwrite: true);
        DirectoryFlush.Flush(home);
    }

    /// <summary>Gives a file another's name. Durable when it returns; nothing happens where it is gone already.</summary>
    public void Rename(string name, string to)
    {
        if (File.Exists(PathOf(name))) File.Move(PathOf(name), PathOf(to), overwrite: true);
        DirectoryFlush.Flush(home);
    }

    /// <summary>Takes a secret file away from all but its owner. A warning when it had been open to others, or stays so.</summary>
    public string? Protect(string name)
    {
        var path = PathOf(name);
        if (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & Others) == 0) return null;
        return CloseToOthers(path, OwnerOnly)
            ? $"'{path}' could be read by other users of this machine. It is closed to them now (mode 0600); if someone may have copied it, renew it (Start-VfsNode -RenewKey), or expel the node and let it join anew."
            : $"'{path}' can be read by other users of this machine, and this file system does not let that be changed.";
    }

    /// <summary>Makes the home directory, mode 0700, or closes the one that is there.</summary>
    public void CreateHome()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(home);
            return;
        }
        var fresh = !Directory.Exists(home);
        Directory.CreateDirectory(home, OwnerOnly | UnixFileMode.UserExecute);
        CloseToOthers(home, OwnerOnly | UnixFileMode.UserExecute);
        if (fresh) DirectoryFlush.Flush(Path.GetDirectoryName(home)!);
    }

    /// <summary>False where the file system keeps no modes (FAT): a node may live there all the same.</summary>
    [UnsupportedOSPlatform("windows")]
    private static bool CloseToOthers(string path, UnixFileMode mode)
    {
        if ((File.GetUnixFileMode(path) & Others) == 0) return true;
        try
        {
            File.SetUnixFileMode(path, mode);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
        return (File.GetUnixFileMode(path) & Others) == 0;
    }

    private static FileStreamOptions Fresh()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        return options;
    }
}
