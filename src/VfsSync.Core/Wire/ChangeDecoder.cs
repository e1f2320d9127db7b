using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using System.Text.Unicode;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Wire;

/// <summary>Turns the fields of changes back into changes: keeps the authors of the body and the path before.</summary>
internal sealed class ChangeDecoder
{
    // Shared prefixes could make megabytes of paths out of a few bytes. An honest body, cut by EstimateChange, counts each path in full.
    private const int MaxPathBytes = 1024 * 1024;

    private readonly List<Author> _authors = [];
    private byte[] _path = [];
    private int _pathBytes;

    public void ReadAuthors(ReadOnlySpan<byte> rows)
    {
        if (rows.Length % ChangeWire.AuthorLength != 0) throw new FormatException($"A list of authors has {rows.Length} bytes.");
        for (; !rows.IsEmpty; rows = rows[ChangeWire.AuthorLength..])
            _authors.Add(new Author(new NodeId(rows[..Hash256.Length]), BinaryPrimitives.ReadUInt64LittleEndian(rows[Hash256.Length..])));
    }

    public Change Read(ProtoReader message)
    {
        var c = ChangeWire.Read(message);
        if (c.Shared > _path.Length) throw new FormatException("A path shares more than there is.");
        _path = Count([.. _path.AsSpan(0, c.Shared), .. c.Rest]);
        var from = c.Moved ? PathOf(SourceOf(c)) : default(EntryPath?);
        return new Change(c.Branch, PathOf(_path), EntryOf(c), VectorOf(c.Parents), from, VectorOf(c.FromParents), c.Withdrawn);
    }

    private byte[] SourceOf(ChangeWire c)
    {
        if (c.FromShared > _path.Length || c.FromTail > _path.Length) throw new FormatException("A rename's source shares more than there is.");
        return Count([.. _path.AsSpan(0, c.FromShared), .. c.FromMiddle, .. _path.AsSpan(_path.Length - c.FromTail)]);
    }

    private byte[] Count(byte[] path)
    {
        _pathBytes += path.Length;
        return _pathBytes <= MaxPathBytes ? path : throw new FormatException("The paths of a record are too long.");
    }

    private static EntryPath PathOf(byte[] bytes)
    {
        var reason = "it is not UTF-8";
        if (Utf8.IsValid(bytes) && EntryPath.TryParse(Encoding.UTF8.GetString(bytes), out var path, out reason)) return path;
        throw new FormatException($"A record has a path that is none: {reason}.");
    }

    private static Entry EntryOf(ChangeWire c)
    {
        if (!Enum.IsDefined((EntryKind)c.Kind)) throw new FormatException($"An entry has the unknown kind {c.Kind}.");
        var content = c.Kind == (int)EntryKind.File ? ManifestOf(c) : null;
        if (content is null && !c.Ids.IsEmpty) throw new FormatException("An entry that is no file has content.");
        return new Entry((EntryKind)c.Kind, c.Size, c.ModifiedNs, c.Mode, content, TargetOf(c.Target));
    }

    private static string? TargetOf(ReadOnlySpan<byte> target)
    {
        if (target.IsEmpty) return null;
        if (target.Length > ChangeRules.MaxTargetBytes || !Utf8.IsValid(target)) throw new FormatException("A symlink has an impossible target.");
        return Encoding.UTF8.GetString(target);
    }

    private static Manifest ManifestOf(ChangeWire c)
    {
        var ids = RecordCodec.ReadHashes(c.Ids, Manifest.MaxRefs, h => new ChunkId(h));
        var lengths = new ProtoReader(c.Lengths);
        var chunks = ImmutableArray.CreateBuilder<ChunkRef>(ids.Length);
        var left = c.Size;
        for (var i = 0; i < ids.Length; i++)
        {
            var length = c.Depth == 0 && i == ids.Length - 1 ? (ulong)left : lengths.Varint();
            if (length is < 1 or > Chunker.Max) throw new FormatException("A file has a chunk of an impossible length.");
            chunks.Add(new ChunkRef(ids[i], (int)length));
            left -= (int)length;
        }
        if (!lengths.AtEnd) throw new FormatException("A file has more lengths than chunks.");
        return new Manifest(c.Size, c.Depth, chunks.MoveToImmutable());
    }

    private VersionVector VectorOf(ReadOnlySpan<byte> packed)
    {
        var r = new ProtoReader(packed);
        var dots = new List<Dot>();
        while (!r.AtEnd)
        {
            var (index, number) = (r.Varint(), r.Varint());
            if (index >= (ulong)_authors.Count) throw new FormatException("A vector names an author that the record does not list.");
            if (number is 0 or > long.MaxValue) throw new FormatException("A vector has an impossible number.");
            if (dots.Count >= ChangeRules.MaxAuthors) throw new FormatException("A vector has too many authors.");
            dots.Add(new Dot(_authors[(int)index], (long)number));
        }
        var vector = VersionVector.Of(dots);
        return vector.Dots.Length == dots.Count ? vector : throw new FormatException("A vector names an author twice.");
    }
}
