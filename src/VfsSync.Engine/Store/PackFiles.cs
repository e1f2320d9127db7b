using System.Globalization;
using Microsoft.Win32.SafeHandles;
using VfsSync.Core.Content;
using VfsSync.Core.Session;

namespace VfsSync.Engine.Store;

/// <summary>
/// Append-only files of sealed chunks. What lies past the indexed end of a pack was never promised: at open its whole frames are taken over, the rest is cut.
/// One thread appends at a time; any thread reads.
/// </summary>
internal sealed class PackFiles : IDisposable
{
    public const long DefaultMaxBytes = 256L << 20;

    private readonly string _directory;
    private readonly long _maxBytes;
    private SafeFileHandle? _file;
    private long _flushed;
    private bool _dirty;

    /// <summary>From here on a pack holds nothing: what was appended could not be made durable.</summary>
    public event Action<int, long>? Lost;

    public PackFiles(string directory, long maxBytes)
    {
        (_directory, _maxBytes) = (directory, maxBytes);
        Directory.CreateDirectory(directory);
        Last = Numbers().DefaultIfEmpty(1).Max();
        if (File.Exists(NameOf(Last))) _flushed = Tail = new FileInfo(NameOf(Last)).Length;
    }

    /// <summary>The pack that grows, and where it ends.</summary>
    public int Last { get; private set; }

    public long Tail { get; private set; }

    /// <summary>Bytes of a pack; 0 if it is not there.</summary>
    public long LengthOf(int pack) => new FileInfo(NameOf(pack)) is { Exists: true } file ? file.Length : 0;

    /// <summary>Whole frames past the indexed ends; torn tails are cut.</summary>
    public IEnumerable<(ChunkId Id, ChunkSpot Spot)> Adopt(IReadOnlyDictionary<int, long> indexed)
    {
        foreach (var pack in Numbers().Order())
        {
            var start = indexed.GetValueOrDefault(pack);
            if (new FileInfo(NameOf(pack)).Length <= start) continue;
            foreach (var found in Scan(pack, start)) yield return found;
        }
    }

    /// <summary>Appends frames; on failure nothing of them stays. Not durable before <see cref="Flush"/>.</summary>
    public List<(ChunkId Id, ChunkSpot Spot)> Append(IReadOnlyList<SealedChunk> chunks)
    {
        var spots = new List<(ChunkId, ChunkSpot)>(chunks.Count);
        for (var from = 0; from < chunks.Count;)
        {
            if (Tail > 0 && Tail + PackFrame.HeaderLength + chunks[from].Bytes.Length > _maxBytes) RollOver();
            from += AppendRun(chunks, from, spots);
        }
        return spots;
    }

    public void Flush()
    {
        if (!_dirty) return;
        try
        {
            RandomAccess.FlushToDisk(_file!);
            (_dirty, _flushed) = (false, Tail);
        }
        catch (IOException e)
        {
            GiveUp();
            throw StoreRefusals.Of(e);
        }
    }

    // The system tells of a failed flush once: the next one would succeed without the bytes being there. They are written anew, into another file.
    private void GiveUp()
    {
        var (pack, from) = (Last, _flushed);
        try
        {
            RandomAccess.SetLength(_file!, from);
        }
        catch (IOException)
        {
            // What lies past it is never asked for.
        }
        _file?.Dispose();
        _file = null;
        (Last, Tail, _flushed, _dirty) = (Last + 1, 0, 0, false);
        Lost?.Invoke(pack, from);
    }

    /// <summary>The bytes of a chunk; null when they are not there, or not what was written.</summary>
    public byte[]? Read(ChunkId id, ChunkSpot spot)
    {
        var frame = new PackFrame(id, spot.Length);
        var bytes = GC.AllocateUninitializedArray<byte>(frame.TotalLength);
        try
        {
            using var file = File.OpenHandle(NameOf(spot.Pack), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return ReadFully(file, bytes, spot.Offset) && frame.Verifies(bytes) ? bytes[PackFrame.HeaderLength..] : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // Gone, or not to be read: another holder has it.
        }
    }

    public void Dispose() => _file?.Dispose();

    private int AppendRun(IReadOnlyList<SealedChunk> chunks, int from, List<(ChunkId, ChunkSpot)> spots)
    {
        var (count, end) = (0, Tail);
        var buffers = new List<ReadOnlyMemory<byte>>();
        for (var i = from; i < chunks.Count && buffers.Count < 512; i++)
        {
            var frame = new PackFrame(chunks[i].Id, chunks[i].Bytes.Length);
            if (end > 0 && end + frame.TotalLength > _maxBytes) break;
            buffers.Add(PackFrame.Header(chunks[i]));
            buffers.Add(chunks[i].Bytes);
            spots.Add((frame.Id, new ChunkSpot(Last, end, frame.Length)));
            (count, end) = (count + 1, end + frame.TotalLength);
        }
        Write(buffers);
        Tail = end;
        return count;
    }

    private void Write(List<ReadOnlyMemory<byte>> buffers)
    {
        _file ??= OpenLast();
        _dirty = true;
        try
        {
            RandomAccess.Write(_file, buffers, Tail);
        }
        catch (IOException e)
        {
            RandomAccess.SetLength(_file, Tail);
            throw StoreRefusals.Of(e);
        }
    }

    private void RollOver()
    {
        Flush();
        _file?.Dispose();
        _file = null;
        (Last, Tail, _flushed) = (Last + 1, 0, 0);
    }

    private SafeFileHandle OpenLast()
    {
        var made = !File.Exists(NameOf(Last));
        var file = File.OpenHandle(NameOf(Last), made ? FileMode.CreateNew : FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        if (made) DirectoryFlush.Flush(_directory);
        return file;
    }

    private IEnumerable<(ChunkId Id, ChunkSpot Spot)> Scan(int pack, long start)
    {
        using var file = File.OpenHandle(NameOf(pack), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var end = start;
        while (ReadFrame(file, end) is { } frame)
        {
            yield return (frame.Id, new ChunkSpot(pack, end, frame.Length));
            end += frame.TotalLength;
        }
        RandomAccess.SetLength(file, end);
        // What is taken over must be as durable as what is indexed.
        RandomAccess.FlushToDisk(file);
        if (pack == Last) _flushed = Tail = end;
    }

    private static PackFrame? ReadFrame(SafeFileHandle file, long offset)
    {
        var header = new byte[PackFrame.HeaderLength];
        if (!ReadFully(file, header, offset) || !PackFrame.TryReadHeader(header, out var frame)) return null;
        var bytes = new byte[frame.TotalLength];
        return ReadFully(file, bytes, offset) && frame.Verifies(bytes) ? frame : null;
    }

    private static bool ReadFully(SafeFileHandle file, Span<byte> target, long offset)
    {
        while (target.Length > 0)
        {
            var read = RandomAccess.Read(file, target, offset);
            if (read == 0) return false;
            target = target[read..];
            offset += read;
        }
        return true;
    }

    private IEnumerable<int> Numbers() =>
        from file in Directory.EnumerateFiles(_directory, "*.pack")
        let name = Path.GetFileNameWithoutExtension(file)
        where int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _)
        select int.Parse(name, CultureInfo.InvariantCulture);

    private string NameOf(int pack) => Path.Combine(_directory, pack.ToString("D6", CultureInfo.InvariantCulture) + ".pack");
}
