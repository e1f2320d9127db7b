using Microsoft.Win32.SafeHandles;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk;

/// <summary>
/// Large files that an earlier run had begun to stage: what of them came over the net is not fetched again. They lie in `.vfs/left`, are cut into chunks when
/// a content is first missed, and go as soon as nothing is missed any more, or the disk has no room. Whatever is read from them is verified.
/// </summary>
internal sealed class Leftovers : IDisposable
{
    private const long WorthIt = 1 << 20;

    private readonly Lock _lock = new();
    private readonly string _directory;
    private readonly ContentReader _reader;
    private readonly KeyRing _keys;
    private readonly Dictionary<ChunkId, (LeftFile File, long Offset, int Length)> _places = [];
    private List<LeftFile>? _files;
    private volatile bool _empty;

    private Leftovers(string directory, ContentReader reader, KeyRing keys) => (_directory, _reader, _keys, _empty) = (directory, reader, keys, !Directory.Exists(directory));

    /// <summary>Takes what lies staged, before it is cleaned away.</summary>
    /// <param name="home">The `.vfs` directory.</param>
    /// <param name="reader">Cuts into chunks.</param>
    /// <param name="keys">Names chunks.</param>
    public static Leftovers Gather(string home, ContentReader reader, KeyRing keys)
    {
        var directory = Path.Combine(home, "left");
        // What is left of what was left has had its chance.
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        var staged = new DirectoryInfo(Path.Combine(home, "tmp"));
        // A name with an ending came out of the folder: that is the user's.
        foreach (var file in staged.Exists ? staged.EnumerateFiles().Where(f => f.Length >= WorthIt && f.Extension.Length == 0).ToList() : [])
        {
            Directory.CreateDirectory(directory);
            file.MoveTo(Path.Combine(directory, file.Name));
        }
        return new Leftovers(directory, reader, keys);
    }

    /// <summary>A chunk's bytes; null if they are not here.</summary>
    public ReadOnlyMemory<byte>? Read(ChunkId id)
    {
        if (_empty) return null;
        lock (_lock)
        {
            if (_empty) return null;
            if (_files is null) Open();
            if (!_places.TryGetValue(id, out var place)) return null;
            var bytes = GC.AllocateUninitializedArray<byte>(place.Length);
            // Not in one expression: a null array would become an empty memory, which is not null.
            if (place.File.Read(bytes, place.Offset) == place.Length && _keys.IdOf(bytes) == id) return bytes;
            return null;
        }
    }

    /// <summary>They are of no more use, or in the way.</summary>
    public void Drop()
    {
        if (_empty) return;
        lock (_lock)
        {
            Dispose();
            Directory.Delete(_directory, recursive: true);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _empty = true;
            foreach (var file in _files ?? []) file.Dispose();
            _files = null;
            _places.Clear();
        }
    }

    private void Open()
    {
        _files = [.. Directory.GetFiles(_directory).Select(f => new LeftFile(f))];
        foreach (var file in _files)
        {
            var at = 0L;
            foreach (var chunk in _reader.Chunks(file))
            {
                _places[chunk.Id] = (file, at, chunk.Length);
                at += chunk.Length;
            }
        }
    }

    private sealed class LeftFile(string path) : IReadableFile
    {
        private readonly SafeFileHandle _file = File.OpenHandle(path);

        public FileStamp Stamp() => default(FileStamp) with { Size = RandomAccess.GetLength(_file) };

        public int Read(Span<byte> buffer, long offset) => RandomAccess.Read(_file, buffer, offset);

        public void Dispose() => _file.Dispose();
    }
}
