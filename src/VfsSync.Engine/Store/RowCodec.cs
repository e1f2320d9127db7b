using VfsSync.Core.Reconcile;
using System.Runtime.InteropServices;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Engine.Store;

/// <summary>Versions and index rows as the bytes of a column. Path, dot and origin are columns of their own and come in as arguments.</summary>
internal sealed class RowCodec(AuthorTable authors)
{
    private const int HasMovedTo = 1, HasMovedFrom = 2, HasFromParents = 4, IsWithdrawn = 8;
    private const int IsPlaced = 1, IsLocalOnly = 2, HasLocalName = 4, IsUnsure = 8, HasOf = 16;
    private const int HasContent = 0x10, HasTarget = 0x20, KindBits = 0x0F;

    /// <summary>In SQL, of the column of an index row: its first byte, the flags, has the bit of <see cref="IndexRow.LocalOnly"/>.</summary>
    public static string IsLocalOnlyRow { get; } =
        $"substr(row, 1, 1) in ({string.Join(", ", Enumerable.Range(0, 32).Where(flags => (flags & IsLocalOnly) != 0).Select(flags => $"x'{flags:x2}'"))})";

    private readonly RowWriter _writer = new();

    /// <summary>Valid until the next encoding; only inside a commit, because it may meet a new author.</summary>
    public ReadOnlySpan<byte> Encode(Version version)
    {
        _writer.Clear();
        _writer.Byte((version.MovedTo is null ? 0 : HasMovedTo) | (version.MovedFrom is null ? 0 : HasMovedFrom) | (version.FromParents.IsEmpty ? 0 : HasFromParents) | (version.Withdrawn ? IsWithdrawn : 0));
        _writer.Hash(version.Record.Hash);
        _writer.Signed(version.Time.Value);
        Write(version.Vector);
        Write(version.Entry);
        if (version.MovedTo is { } to) _writer.Text(to.Text);
        if (version.MovedFrom is { } from) _writer.Text(from.Text);
        if (!version.FromParents.IsEmpty) Write(version.FromParents);
        return _writer.Written;
    }

    public Version ReadVersion(EntryPath path, Dot dot, ReadOnlySpan<byte> bytes)
    {
        var reader = new RowReader(bytes);
        var flags = reader.Byte();
        return new Version(
            path, dot, new RecordId(reader.Hash()), new HybridTime(reader.Signed()), ReadVector(ref reader), ReadEntry(ref reader),
            (flags & HasMovedTo) != 0 ? EntryPath.Parse(reader.Text()) : null,
            (flags & HasMovedFrom) != 0 ? EntryPath.Parse(reader.Text()) : null,
            (flags & HasFromParents) != 0 ? ReadVector(ref reader) : default,
            (flags & IsWithdrawn) != 0);
    }

    /// <summary>Valid until the next encoding; only inside a commit, because it may meet a new author.</summary>
    public ReadOnlySpan<byte> Encode(IndexRow row)
    {
        _writer.Clear();
        _writer.Byte((row.Placed ? IsPlaced : 0) | (row.LocalOnly ? IsLocalOnly : 0) | (row.LocalName is null ? 0 : HasLocalName) | (row.Stamp.Unsure ? IsUnsure : 0) | (row.Of is null ? 0 : HasOf));
        _writer.Unsigned((ulong)authors.IdOf(row.Shown.Author));
        _writer.Signed(row.Shown.Number);
        Write(row.Vector);
        Write(row.Entry);
        Write(row.Stamp);
        if (row.LocalName is not null) _writer.Text(row.LocalName);
        if (row.Of is { } of) _writer.Text(of.Text);
        return _writer.Written;
    }

    public IndexRow ReadRow(EntryPath path, EntryPath origin, ReadOnlySpan<byte> bytes)
    {
        var reader = new RowReader(bytes);
        var flags = reader.Byte();
        var shown = ReadDot(ref reader);
        var vector = ReadVector(ref reader);
        var entry = ReadEntry(ref reader);
        var stamp = ReadStamp(ref reader, (flags & IsUnsure) != 0);
        var localName = (flags & HasLocalName) != 0 ? reader.Text() : null;
        EntryPath? of = (flags & HasOf) != 0 ? EntryPath.Parse(reader.Text()) : null;
        return new IndexRow(path, entry, stamp, vector, shown, origin, localName, (flags & IsPlaced) != 0, (flags & IsLocalOnly) != 0, of);
    }

    private void Write(VersionVector vector)
    {
        _writer.Unsigned((ulong)vector.Dots.Length);
        foreach (var dot in vector.Dots)
        {
            _writer.Unsigned((ulong)authors.IdOf(dot.Author));
            _writer.Signed(dot.Number);
        }
    }

    private Dot ReadDot(ref RowReader reader) => new(authors[(long)reader.Unsigned()], reader.Signed());

    private VersionVector ReadVector(ref RowReader reader)
    {
        var vector = VersionVector.Empty;
        for (var left = reader.Count(2); left > 0; left--) vector = vector.With(ReadDot(ref reader));
        return vector;
    }

    private void Write(Entry entry)
    {
        _writer.Byte((int)entry.Kind | (entry.Content is null ? 0 : HasContent) | (entry.Target is null ? 0 : HasTarget));
        _writer.Signed(entry.Size);
        _writer.Signed(entry.ModifiedNs);
        _writer.Signed(entry.Mode);
        if (entry.Content is { } content) Write(content);
        if (entry.Target is { } target) _writer.Text(target);
    }

    private static Entry ReadEntry(ref RowReader reader)
    {
        var kind = reader.Byte();
        var (size, modified, mode) = (reader.Signed(), reader.Signed(), (int)reader.Signed());
        if (kind == (int)EntryKind.Absent && size == 0 && modified == 0 && mode == 0) return Entry.Absent;
        return new Entry(
            (EntryKind)(kind & KindBits), size, modified, mode,
            (kind & HasContent) != 0 ? ReadManifest(ref reader) : null,
            (kind & HasTarget) != 0 ? reader.Text() : null);
    }

    private void Write(Manifest content)
    {
        _writer.Signed(content.Size);
        _writer.Signed(content.Depth);
        _writer.Unsigned((ulong)content.Chunks.Length);
        foreach (var chunk in content.Chunks)
        {
            _writer.Hash(chunk.Id.Hash);
            _writer.Signed(chunk.Length);
        }
    }

    private static Manifest ReadManifest(ref RowReader reader)
    {
        var (size, depth) = (reader.Signed(), (int)reader.Signed());
        var chunks = new ChunkRef[reader.Count(Hash256.Length + 1)];
        for (var i = 0; i < chunks.Length; i++) chunks[i] = new ChunkRef(new ChunkId(reader.Hash()), (int)reader.Signed());
        return new Manifest(size, depth, ImmutableCollectionsMarshal.AsImmutableArray(chunks));
    }

    private void Write(FileStamp stamp)
    {
        _writer.Signed(stamp.Size);
        _writer.Signed(stamp.ModifiedNs);
        _writer.Unsigned(stamp.Inode);
        _writer.Signed(stamp.ChangedNs);
        _writer.Signed(stamp.Mode);
    }

    private static FileStamp ReadStamp(ref RowReader reader, bool unsure) =>
        new(reader.Signed(), reader.Signed(), reader.Unsigned(), reader.Signed(), (int)reader.Signed(), unsure);
}
