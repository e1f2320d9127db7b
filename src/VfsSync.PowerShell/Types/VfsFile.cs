using VfsSync.Core.Tree;
using VfsSync.Engine.Running;
using VfsSync.PowerShell.Running;

namespace VfsSync;

/// <summary>
/// A file, directory or symlink of a node's folder. It has no property <c>Path</c>, on purpose: other cmdlets would take it for a path under $PWD;
/// <see cref="PSPath"/> is what Get-Content, Copy-Item and the like bind.
/// </summary>
public sealed class VfsFile
{
    internal VfsFile(string node, string nodeId, string root, FileStatus status)
    {
        (Node, NodeId) = (node, nodeId);
        Name = status.Path.Text;
        Kind = status.Kind.ToString();
        Size = status.Size;
        Modified = status.Kind == EntryKind.Directory ? null : FromUnixNanoseconds(status.ModifiedNs);
        State = status.State.ToString();
        Version = status.Version;
        Author = status.Author;
        (Held, Members) = (status.HeldBy, status.Members);
        Target = status.Target;
        FullName = System.IO.Path.Combine(root, status.Path.Text.Replace('/', System.IO.Path.DirectorySeparatorChar));
    }

    /// <summary>The path inside the folder, with '/'.</summary>
    public string Name { get; }

    /// <summary>File, Directory or Symlink.</summary>
    public string Kind { get; }

    /// <summary>Bytes of the content; 0 for what has none.</summary>
    public long Size { get; }

    /// <summary>When the content was last written, local time; null for directories.</summary>
    public DateTime? Modified { get; }

    /// <summary>Synced, Receiving, Remote, Changed, Conflict, LocalOnly or Problem.</summary>
    public string State { get; }

    /// <summary>Which version of this path, counted from 1.</summary>
    public int Version { get; }

    /// <summary>The node that made this version.</summary>
    public string Author { get; }

    /// <summary>How many members, this node included, are known to show it.</summary>
    public int Held { get; }

    /// <summary>Of how many.</summary>
    public int Members { get; }

    /// <summary>A symlink's text; null for the rest.</summary>
    public string? Target { get; }

    /// <summary>The node whose folder it is in.</summary>
    public string Node { get; }

    /// <summary>The path on this machine's disk.</summary>
    public string FullName { get; }

    /// <summary>The same for PowerShell's own cmdlets, which bind it to -LiteralPath.</summary>
    public string PSPath => @"Microsoft.PowerShell.Core\FileSystem::" + FullName;

    internal string NodeId { get; }

    internal static VfsFile Of(RunningNode node, FileStatus status) => new(node.Name, node.Id, node.Root, status);

    private static DateTime FromUnixNanoseconds(long ns) => DateTime.UnixEpoch.AddTicks(ns / TimeSpan.NanosecondsPerTick).ToLocalTime();

    /// <summary>The path inside the folder.</summary>
    public override string ToString() => Name;
}
