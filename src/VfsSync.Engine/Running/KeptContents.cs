using System.Buffers.Binary;
using System.Collections.Concurrent;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;

namespace VfsSync.Engine.Running;

/// <summary>
/// The chunks of what plans took out of the folder. A file is kept until it is captured for history, if it is to be, and every member shows what had been received
/// when it was taken out, for then each has what it wants of it or wants it no more; at most for a day once it is captured, and never at the cost of a full disk.
/// </summary>
/// <param name="shelf">Where the files are.</param>
/// <param name="received">What this node has received.</param>
/// <param name="expand">All chunks of a content; null while a part of its manifest is not here.</param>
/// <param name="cut">Cuts a file into its chunks.</param>
/// <param name="captures">Whether anything is captured from here.</param>
internal sealed class KeptContents(
    IKeptShelf shelf, Func<VersionVector> received, Func<Manifest, IReadOnlyList<ChunkRef>?> expand, Func<IReadableFile, IReadOnlyList<ChunkRef>> cut, bool captures)
{
    // A note is one byte that says whether the file is to be captured, then its chunks.
    private const int NoteBytes = Hash256.Length + sizeof(int);
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<string, KeptChunks> _files = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<ChunkId, (string Name, long Offset, int Length)> _places = new();

    public bool IsEmpty => _files.IsEmpty;

    /// <summary>Whether all of a content can be read from what is kept.</summary>
    public bool Has(Manifest content) => expand(content) is { } chunks && chunks.All(c => _places.ContainsKey(c.Id));

    /// <summary>What an earlier run left, and whatever else came there without being told. A file without a note (a crash came in between) is read once more.</summary>
    public void TakeIn()
    {
        foreach (var file in shelf.Files.Where(f => !_files.ContainsKey(f.Name)))
        {
            if (shelf.NoteOf(file.Name) is { } note && Read(note) is var (chunks, wanted) && chunks.Sum(c => (long)c.Length) == file.Size) Index(file.Name, chunks, wanted);
            else if (Cut(file) is { } cut) Add(file.Name, cut, wanted: true);
        }
    }

    /// <summary>A file has come onto the shelf.</summary>
    /// <param name="name">Its name there.</param>
    /// <param name="content">What it holds.</param>
    /// <param name="wanted">Whether its history is.</param>
    public void Add(string name, Manifest content, bool wanted = true)
    {
        if (expand(content) is { } chunks) Add(name, chunks, wanted);
        else if (shelf.Files.FirstOrDefault(f => f.Name == name) is { } file && Cut(file) is { } cut) Add(name, cut, wanted);
    }

    /// <summary>Files that are to be captured, by name.</summary>
    public IReadOnlyList<string> Unpacked => [.. _files.Where(f => f.Value.IsAwaited).Select(f => f.Key)];

    public IReadOnlyList<ChunkRef> ChunksOf(string name) => _files.TryGetValue(name, out var kept) ? kept.Chunks : [];

    /// <summary>A file is captured: it stays only as long as others may need it.</summary>
    public void Packed(string name)
    {
        if (_files.TryGetValue(name, out var kept)) kept.IsAwaited = false;
    }

    public bool Has(ChunkId chunk) => _places.ContainsKey(chunk);

    private IReadOnlyList<ChunkRef>? Cut(KeptFile file)
    {
        try
        {
            using var kept = new Kept(shelf, file);
            return cut(kept);
        }
        catch (IOException)
        {
            return null; // Dropped meanwhile, or not readable: the next start tries again.
        }
    }

    private void Add(string name, IReadOnlyList<ChunkRef> chunks, bool wanted)
    {
        var note = new byte[1 + chunks.Count * NoteBytes];
        note[0] = wanted ? (byte)1 : (byte)0;
        for (var i = 0; i < chunks.Count; i++)
        {
            chunks[i].Id.Hash.CopyTo(note.AsSpan(1 + i * NoteBytes));
            BinaryPrimitives.WriteInt32LittleEndian(note.AsSpan(1 + i * NoteBytes + Hash256.Length), chunks[i].Length);
        }
        Index(name, chunks, wanted);
        shelf.Note(name, note);
    }

    /// <summary>The bytes under a chunk's name, not verified; null if no kept file has them.</summary>
    public byte[]? Read(ChunkId id)
    {
        if (!_places.TryGetValue(id, out var place)) return null;
        try
        {
            var bytes = GC.AllocateUninitializedArray<byte>(place.Length);
            return shelf.Read(place.Name, bytes, place.Offset) == place.Length ? bytes : null;
        }
        catch (IOException)
        {
            return null; // Dropped meanwhile.
        }
    }

    /// <summary>Bytes of one file; fewer than asked for if it has fewer, or is there no more.</summary>
    /// <exception cref="IOException">It is there, and cannot be read now.</exception>
    public int Read(string name, Span<byte> bytes, long offset)
    {
        try
        {
            return shelf.Read(name, bytes, offset);
        }
        catch (IOException) when (!_files.ContainsKey(name))
        {
            return 0; // Dropped meanwhile.
        }
    }

    /// <summary>Drops what nobody needs any more, what is too old, and, where the disk runs full, everything.</summary>
    /// <param name="shownByAll">Whether every member shows all of this.</param>
    public void Sweep(Func<VersionVector, bool> shownByAll)
    {
        if (IsEmpty) return;
        var full = shelf.IsFull;
        foreach (var file in shelf.Files)
            if (_files.TryGetValue(file.Name, out var kept) && (full || !kept.IsAwaited && (DateTimeOffset.UtcNow - file.Since > s_longest || shownByAll(kept.Until)))) Drop(file.Name, kept.Chunks);
    }

    private void Index(string name, IReadOnlyList<ChunkRef> chunks, bool wanted)
    {
        var at = 0L;
        foreach (var chunk in chunks)
        {
            _places[chunk.Id] = (name, at, chunk.Length);
            at += chunk.Length;
        }
        _files[name] = new KeptChunks(received(), chunks) { IsAwaited = captures && wanted };
    }

    private void Drop(string name, IReadOnlyList<ChunkRef> chunks)
    {
        if (!_files.TryRemove(name, out _)) return;
        foreach (var chunk in chunks)
            if (_places.TryGetValue(chunk.Id, out var place) && place.Name == name) _places.TryRemove(new(chunk.Id, place));
        shelf.Drop(name);
    }

    private sealed class Kept(IKeptShelf shelf, KeptFile file) : IReadableFile
    {
        public FileStamp Stamp() => default(FileStamp) with { Size = file.Size };

        public int Read(Span<byte> buffer, long offset) => shelf.Read(file.Name, buffer, offset);

        public void Dispose() { }
    }

    private static (List<ChunkRef> Chunks, bool Wanted) Read(byte[] note)
    {
        var chunks = new List<ChunkRef>(note.Length / NoteBytes);
        for (var at = 1; at + NoteBytes <= note.Length; at += NoteBytes)
            chunks.Add(new ChunkRef(new ChunkId(new Hash256(note.AsSpan(at, Hash256.Length))), BinaryPrimitives.ReadInt32LittleEndian(note.AsSpan(at + Hash256.Length))));
        return (chunks, note.Length > 0 && note[0] != 0);
    }

    /// <param name="Until">What every member is to show before the file goes.</param>
    /// <param name="Chunks">What is in it.</param>
    private sealed record KeptChunks(VersionVector Until, IReadOnlyList<ChunkRef> Chunks)
    {
        /// <summary>Whether it is still to be captured.</summary>
        public bool IsAwaited { get; set; }
    }
}
