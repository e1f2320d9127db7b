using VfsSync.Core.Content;

namespace VfsSync.Core.Tree;

/// <summary>What can be at a path.</summary>
public enum EntryKind
{
    /// <summary>Nothing.</summary>
    Absent = 0,

    /// <summary>A regular file.</summary>
    File = 1,

    /// <summary>A directory.</summary>
    Directory = 2,

    /// <summary>A symbolic link: stored, never followed.</summary>
    Symlink = 3,
}

/// <summary>What is at a path, apart from where it is.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Size">Bytes of a file's content; 0 for the rest.</param>
/// <param name="ModifiedNs">Modification time, nanoseconds since 1970-01-01 UTC; 0 for directories (their times follow their content) and absence.</param>
/// <param name="Mode">Permission bits (0..0o777); 0 for symlinks and absence.</param>
/// <param name="Content">A file's content.</param>
/// <param name="Target">A symlink's text.</param>
internal sealed record Entry(EntryKind Kind, long Size = 0, long ModifiedNs = 0, int Mode = 0, Manifest? Content = null, string? Target = null)
{
    /// <summary>Nothing there.</summary>
    public static Entry Absent { get; } = new(EntryKind.Absent);

    public static Entry File(Manifest content, long modifiedNs, int mode) => new(EntryKind.File, content.Size, modifiedNs, mode, content);

    public static Entry Directory(int mode) => new(EntryKind.Directory, Mode: mode);

    public static Entry Symlink(string target, long modifiedNs) => new(EntryKind.Symlink, ModifiedNs: modifiedNs, Target: target);

    public bool IsAbsent => Kind == EntryKind.Absent;

    /// <summary>Same kind and same content, whatever the times and modes: such entries never conflict.</summary>
    public bool SameContent(Entry other) => Kind == other.Kind && Size == other.Size && Target == other.Target && Equals(Content, other.Content);
}
