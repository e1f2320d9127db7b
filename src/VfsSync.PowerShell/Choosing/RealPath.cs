namespace VfsSync.PowerShell.Choosing;

/// <summary>A path with the symlinks in it resolved, as far as it exists.</summary>
internal static class RealPath
{
    public static string Of(string path)
    {
        var real = Path.GetPathRoot(path)!;
        foreach (var part in path[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            real = Path.Combine(real, part);
            try
            {
                if (new DirectoryInfo(real).ResolveLinkTarget(returnFinalTarget: true) is { } target) real = target.FullName;
            }
            catch (IOException)
            {
                // Not there, or a loop: the path stays as it is from here on.
            }
        }
        return real;
    }

    /// <summary>The same for what may itself be a symlink in a folder: only the directories on the way are resolved.</summary>
    public static string OfParent(string path) =>
        Path.GetDirectoryName(path) is { } parent ? Path.Combine(Of(parent), Path.GetFileName(path)) : path;
}
