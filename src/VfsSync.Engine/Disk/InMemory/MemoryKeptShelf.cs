using System.Globalization;

namespace VfsSync.Engine.Disk.InMemory;

/// <summary>Long files that came out of a folder in memory.</summary>
internal sealed class MemoryKeptShelf : IKeptShelf
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, (byte[] Bytes, byte[]? Note)> _files = [];
    private int _count;

    public IReadOnlyList<KeptFile> Files
    {
        get
        {
            lock (_gate) return [.. _files.Select(f => new KeptFile(NameOf(f.Key), f.Value.Bytes.Length, DateTimeOffset.UtcNow))];
        }
    }

    public long FreeBytes => long.MaxValue;

    public MemoryKeptShelf Copied()
    {
        var copy = new MemoryKeptShelf { _count = _count };
        lock (_gate)
            foreach (var (number, file) in _files) copy._files[number] = file;
        return copy;
    }

    public string? Take(byte[] bytes)
    {
        if (bytes.Length < IKeptShelf.From) return null;
        lock (_gate)
        {
            _files[++_count] = (bytes, null);
            return NameOf(_count);
        }
    }

    public int Read(string name, Span<byte> buffer, long offset)
    {
        lock (_gate)
        {
            if (!_files.TryGetValue(Number(name), out var file)) throw new FileNotFoundException(name);
            var rest = file.Bytes.AsSpan((int)offset);
            var length = Math.Min(rest.Length, buffer.Length);
            rest[..length].CopyTo(buffer);
            return length;
        }
    }

    public void Note(string name, ReadOnlySpan<byte> chunks)
    {
        lock (_gate) _files[Number(name)] = (_files[Number(name)].Bytes, chunks.ToArray());
    }

    public byte[]? NoteOf(string name)
    {
        lock (_gate) return _files.GetValueOrDefault(Number(name)).Note;
    }

    public void Drop(string name)
    {
        lock (_gate) _files.Remove(Number(name));
    }

    private static string NameOf(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int Number(string name) => int.Parse(name, CultureInfo.InvariantCulture);
}
