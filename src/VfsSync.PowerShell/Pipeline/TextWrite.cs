using System.Globalization;
using System.Text;
using VfsSync.Engine.Running;
using VfsSync.PowerShell.Choosing;

namespace VfsSync.PowerShell.Pipeline;

/// <summary>
/// Text or bytes on their way into a file: UTF-8 without BOM, a line feed after each text on every system. Bytes are as they are while nothing but bytes comes;
/// among texts each is its number, as Set-Content writes it. The write begins with the first full buffer.
/// </summary>
internal sealed class TextWrite(VfsPlace place, bool append, bool noNewline) : IDisposable
{
    private const int Room = 64 * 1024;

    private readonly MemoryStream _pending = new();
    private FileWrite? _write;
    private bool _text;

    public void Write(string text)
    {
        if (!_text) BecomeText();
        Span<byte> small = stackalloc byte[512];
        var bytes = text.Length * 3 <= small.Length ? small[..Encoding.UTF8.GetBytes(text, small)] : Encoding.UTF8.GetBytes(text);
        Put(bytes);
        if (!noNewline) Put("\n"u8);
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (!_text) Put(bytes);
        else
            foreach (var one in bytes) Write(one.ToString(CultureInfo.CurrentCulture));
    }

    public FileStatus Commit(CancellationToken stopping)
    {
        Flush();
        return Begun().Commit(stopping);
    }

    public void Dispose() => _write?.Dispose();

    private void Put(ReadOnlySpan<byte> bytes)
    {
        if (_pending.Length + bytes.Length > Room) Flush();
        if (bytes.Length > Room) Begun().Write(bytes);
        else _pending.Write(bytes);
    }

    // What came as bytes before the first text turns out to have been numbers.
    private void BecomeText()
    {
        _text = true;
        if (_write is not null)
            throw new CommandException("VfsMixedInput", ErrorCategory.InvalidArgument, null, $"Text came after more than {ViewText.Bytes(Room)} of bytes: write them by separate calls, the second with -Append.");
        var bytes = _pending.ToArray();
        _pending.SetLength(0);
        Write(bytes);
    }

    private FileWrite Begun() => _write ??= place.Node.Sync.BeginWrite(place.Path, append);

    private void Flush()
    {
        if (_pending.Length == 0) return;
        Begun().Write(_pending.GetBuffer().AsSpan(0, (int)_pending.Length));
        _pending.SetLength(0);
    }
}
