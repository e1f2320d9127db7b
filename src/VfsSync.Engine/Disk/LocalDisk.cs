namespace VfsSync.Engine.Disk;

/// <summary>Moves by full path that take a symlink for what it is.</summary>
internal static class LocalDisk
{
    /// <summary>Renames whatever is there; never onto something.</summary>
    public static void Move(string from, string to)
    {
        // File.Move refuses a symlink to a directory; Directory.Move renames it.
        if (Directory.Exists(from)) Directory.Move(from, to);
        else File.Move(from, to);
    }
}
