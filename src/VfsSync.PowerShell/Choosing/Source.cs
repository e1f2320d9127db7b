using VfsSync.PowerShell.Pipeline;
using VfsSync.PowerShell.Running;

namespace VfsSync.PowerShell.Choosing;

/// <summary>A file whose content is to be copied into a node.</summary>
/// <param name="Name">Its own name.</param>
/// <param name="Origin">Where it is, for people.</param>
/// <param name="Size">Bytes, as far as known.</param>
/// <param name="Open">Opens its content.</param>
internal sealed record Source(string Name, string Origin, long Size, Func<CancellationToken, Stream> Open)
{
    /// <param name="file">A FileInfo or VfsFile.</param>
    public static Source Of(object file) => file switch
    {
        FileInfo info => new Source(info.Name, info.FullName, info.Exists ? info.Length : 0, _ => info.Open(new FileStreamOptions { Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 })),
        VfsFile { Kind: "File" } vfs => new Source(vfs.Name[(vfs.Name.LastIndexOf('/') + 1)..], $"{vfs.Node}:{vfs.Name}", vfs.Size, stopping => Of(vfs).Node.Sync.OpenRead(Of(vfs).Path, stopping)),
        FileSystemInfo other => throw NoFile(other.FullName),
        var other => throw NoFile(other.ToString()!),
    };

    private static VfsPlace Of(VfsFile file) => new(new NodeChooser(RunningNodes.All, null).One(new NodeChoice(file.Node, file.NodeId)), Core.Tree.EntryPath.Parse(file.Name));

    private static CommandException NoFile(string path) => new("VfsNotAFile", ErrorCategory.InvalidArgument, path,
        $"'{path}' is not a file, so it has no content to write. Copy a directory into the node's folder with Copy-Item -Recurse.");
}
