using System.Globalization;
using System.Text;

namespace VfsSync.Engine.Store;

/// <summary>
/// At most one node per folder, in this process or another. The system releases it when the process ends, however that is. Who holds it stands in a file
/// beside it, since the locked one cannot be read.
/// </summary>
internal sealed class NodeHomeLock : IDisposable
{
    private readonly FileStream _held;
    private readonly NodeHomeFiles _files;

    private NodeHomeLock(FileStream held, NodeHomeFiles files) => (_held, _files) = (held, files);

    /// <exception cref="NodeHomeException">FolderInUse, naming the process and node that hold it.</exception>
    public static NodeHomeLock Take(NodeHomeFiles files, string root)
    {
        try
        {
            // FileShare.None is flock(LOCK_EX | LOCK_NB) on Unix: also a second open in this process fails.
            return new NodeHomeLock(new FileStream(files.PathOf("lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None), files);
        }
        catch (IOException e) when (e.GetType() == typeof(IOException) && IsHeld(e))
        {
            throw new NodeHomeException(NodeHomeFault.FolderInUse, $"'{root}' is in use by {Holder(files)}. Stop that node first, or use it.", e);
        }
    }

    /// <summary>Tells others who holds it. Not flushed: it is of no use after a crash.</summary>
    public void Sign(string? node) =>
        File.WriteAllText(_files.PathOf("holder"), string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId} {node}"));

    public void Dispose()
    {
        using (_held)
        {
            try
            {
                // The folder may have been renamed or removed under the node; then there is nothing to take away.
                if (Directory.Exists(_files.PathOf(""))) File.Delete(_files.PathOf("holder"));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A disk that takes nothing any more: the next holder writes over it.
            }
        }
    }

    /// <summary>EWOULDBLOCK on Linux and macOS, a sharing violation on Windows; anything else is a fault of the disk.</summary>
    private static bool IsHeld(IOException e) => (e.HResult & 0xFFFF) is 11 or 35 or 32;

    private static string Holder(NodeHomeFiles files)
    {
        var words = Encoding.UTF8.GetString(files.Read("holder") ?? []).Trim().Split(' ', 2);
        var process = words[0].Length == 0 ? "another process" : words[0] == Environment.ProcessId.ToString(CultureInfo.InvariantCulture) ? "this process" : $"process {words[0]}";
        return words.Length > 1 && words[1].Length > 0 ? $"node '{words[1]}' of {process}" : process;
    }
}
