using System.Buffers;

namespace VfsSync.PowerShell.Pipeline;

/// <summary>A file that appears whole or not at all: written beside its name, then renamed.</summary>
internal sealed class FileCopy(string target) : IDisposable
{
    private readonly string _staged = Path.Combine(Path.GetDirectoryName(target)!, $".{Guid.NewGuid():N}");
    private bool _made;

    public void From(Stream content, LongWork progress, CancellationToken stopping)
    {
        using var shown = progress;
        using var file = new FileStream(_staged, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        _made = true;
        Pour(content, bytes => file.Write(bytes), progress, stopping);
    }

    /// <summary>Copies a stream piece by piece, looking up between the pieces.</summary>
    public static void Pour(Stream content, Action<ReadOnlySpan<byte>> into, LongWork progress, CancellationToken stopping)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 20);
        try
        {
            long done = 0;
            for (int n; (n = content.Read(buffer)) > 0; progress.Show(done))
            {
                stopping.ThrowIfCancellationRequested();
                into(buffer.AsSpan(0, n));
                done += n;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public void Publish(DateTime? modifiedUtc)
    {
        if (modifiedUtc is { } time) File.SetLastWriteTimeUtc(_staged, time);
        File.Move(_staged, target, overwrite: true);
        _made = false;
    }

    public void Dispose()
    {
        if (_made) File.Delete(_staged);
    }
}
