namespace VfsSync.Engine.Store;

/// <summary>Whether a folder can be a node's: looks, and at most creates its last part.</summary>
internal static class NodeHomeFolder
{
    public const string HomeName = ".vfs";

    public const string VersionName = "version";

    /// <summary>The folder as it really is: absolute, symlinks resolved; made if only its last part was missing.</summary>
    /// <exception cref="NodeHomeException">NoSuchFolder, NotAFolder, NotWritable, NestedFolder, UnsafeHome.</exception>
    public static string Prepare(string path)
    {
        var root = Resolve(path);
        if (File.Exists(root)) throw new NodeHomeException(NodeHomeFault.NotAFolder, $"'{root}' is a file. Name a folder.");
        RefuseNested(root);
        if (!Directory.Exists(root)) Create(root);
        RefuseUnsafe(Path.Join(root, HomeName));
        return root;
    }

    /// <summary>Nodes in folders directly below: their files would be synced twice.</summary>
    public static IEnumerable<string> NodesBelow(string root) =>
        Directory.EnumerateDirectories(root, "*", new EnumerationOptions { AttributesToSkip = FileAttributes.ReparsePoint }).Where(IsNode);

    /// <summary>Follows the symlinks in every part of a path; what does not exist stays as it is.</summary>
    private static string Resolve(string path)
    {
        try
        {
            return RealPath(path, 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new NodeHomeException(NodeHomeFault.NoSuchFolder, $"'{path}' cannot be followed: {e.Message}", e);
        }
    }

    private static string RealPath(string path, int depth)
    {
        if (depth > 40) throw new IOException("Too many symbolic links.");
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var real = Path.GetPathRoot(full)!;
        foreach (var part in full[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            real = Path.Join(real, part);
            if (new DirectoryInfo(real) is { LinkTarget: not null } link && link.ResolveLinkTarget(returnFinalTarget: false) is { } target)
                real = RealPath(target.FullName, depth + 1);
        }
        return real;
    }

    private static void Create(string root)
    {
        var parent = Path.GetDirectoryName(root);
        if (!Directory.Exists(parent))
            throw new NodeHomeException(NodeHomeFault.NoSuchFolder, $"There is no folder '{parent}', so '{root}' cannot be made in it. Create it, or correct the path.");
        try
        {
            Directory.CreateDirectory(root);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NodeHomeException(NodeHomeFault.NotWritable, $"'{root}' cannot be created: {StoreRefusals.Why(e)}", e);
        }
    }

    private static void RefuseNested(string root)
    {
        for (var above = Path.GetDirectoryName(root); above is not null; above = Path.GetDirectoryName(above))
            if (IsNode(above))
                throw new NodeHomeException(NodeHomeFault.NestedFolder, $"'{root}' lies within '{above}', which is a node's folder and syncs it already. Choose a folder outside.");
    }

    private static void RefuseUnsafe(string home)
    {
        if (new DirectoryInfo(home).LinkTarget is not null)
            throw new NodeHomeException(NodeHomeFault.UnsafeHome, $"'{home}' is a symbolic link. It must be a directory of this folder alone: remove the link.");
        if (File.Exists(home)) throw new NodeHomeException(NodeHomeFault.UnsafeHome, $"'{home}' is a file. VfsSync needs that name for its own directory: move the file away.");
    }

    private static bool IsNode(string folder) => File.Exists(Path.Join(folder, HomeName, VersionName));
}
