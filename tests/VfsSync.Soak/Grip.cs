using Microsoft.Win32.SafeHandles;
using VfsSync.Engine.Disk.Linux;

namespace VfsSync.Soak;

/// <summary>
/// A file held open while its name is taken away, so that one knows what was really removed: a node may have put something else under the name in between.
/// </summary>
internal sealed class Grip : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly uint _links;

    /// <exception cref="IOException">It is not there, or no file.</exception>
    public Grip(string path)
    {
        _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        _links = Links();
    }

    /// <summary>Whether what is held lost its name.</summary>
    public bool IsGone => Links() < _links;

    public string Sum()
    {
        using var stream = new FileStream(_handle, FileAccess.Read);
        return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(stream))[..Trees.SumLength];
    }

    public void Dispose() => _handle.Dispose();

    private uint Links() => Libc.Stat((int)_handle.DangerousGetHandle(), out var stat) < 0 ? throw new IOException("stat") : stat.Links;
}
