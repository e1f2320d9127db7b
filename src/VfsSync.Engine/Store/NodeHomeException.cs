namespace VfsSync.Engine.Store;

/// <summary>Why a folder cannot be a node's. The names are stable: they become error ids.</summary>
internal enum NodeHomeFault
{
    /// <summary>Neither the folder nor its parent exists.</summary>
    NoSuchFolder,

    /// <summary>Something else than a folder is there.</summary>
    NotAFolder,

    /// <summary>This user may not write there, or nothing more fits.</summary>
    NotWritable,

    /// <summary>It lies within another node's folder.</summary>
    NestedFolder,

    /// <summary>A running node holds it.</summary>
    FolderInUse,

    /// <summary>A newer VfsSync wrote it.</summary>
    NewerVersion,

    /// <summary>`.vfs` is no directory of its own.</summary>
    UnsafeHome,

    /// <summary>A file in `.vfs` cannot be understood or is missing.</summary>
    Damaged,
}

/// <summary>The folder cannot be used; the message says why and what to do.</summary>
internal sealed class NodeHomeException(NodeHomeFault id, string message, Exception? inner = null) : IOException(message, inner)
{
    public NodeHomeFault Id { get; } = id;
}
