using System.Text;
using VfsSync.Engine.Running;
using VfsSync.PowerShell.Choosing;

namespace VfsSync.PowerShell.Pipeline;

/// <summary>Text and bytes on their way into a file: UTF-8 without BOM, a line feed after each text on every system. The write begins with the first full buffer.</summary>
internal sealed class TextWrite(VfsPlace place, bool append, bool noNewline) : IDisposable
{
    private const int Room = 64 * 1024;

    private readonly MemoryStream _pending = new();
    private FileWrite? _write;

    public void Write(string text)
    {
        Span<byte> small = stackalloc byte[512];
        var bytes = text.Length * 3 <= small.Length ? small[..Encoding.UTF8.GetBytes(text, small)] : Encoding.UTF8.GetBytes(text);
        Write(bytes);
        if (!noNewline) Write("\n"u8);
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_pending.Length + bytes.Length > Room) Flush();
        if (bytes.Length > Room) Begun().Write(bytes);
        else _pending.Write(bytes);
    }

    public FileStatus Commit(CancellationToken stopping)
    {
        Flush();
        return Begun().Commit(stopping);
    }

    public void Dispose() => _write?.Dispose();

    private FileWrite Begun() => _write ??= place.Node.Sync.BeginWrite(place.Path, append);

    private void Flush()
    {
        if (_pending.Length == 0) return;
        Begun().Write(_pending.GetBuffer().AsSpan(0, (int)_pending.Length));
        _pending.SetLength(0);
    }
}
