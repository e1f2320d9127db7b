using System.Text;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Wire;

/// <summary>One change in a body, as fields. What a reader can work out is left out: under 100 bytes for most changes.</summary>
internal ref struct ChangeWire
{
    public const int AuthorLength = 32 + 8;

    public int Branch, Shared, Kind, Mode, Depth, FromShared, FromTail;
    public long Size, ModifiedNs;
    public bool Moved, Withdrawn;
    public ReadOnlySpan<byte> Rest, Ids, Lengths, Target, Parents, FromMiddle, FromParents;

    public static void Write(ref ProtoWriter w, Change change, Dictionary<Author, int> authors, ReadOnlySpan<byte> previous, ReadOnlySpan<byte> path)
    {
        var shared = previous.CommonPrefixLength(path);
        w.Int(1, change.Branch);
        w.Int(2, shared);
        w.Bytes(3, path[shared..]);
        WriteEntry(ref w, change.Entry);
        WriteVector(ref w, 11, change.Parents, authors);
        w.Int(17, change.Withdrawn ? 1 : 0);
        if (change.MovedFrom is not { } from) return;
        WriteSource(ref w, Encoding.UTF8.GetBytes(from.Text), path);
        WriteVector(ref w, 15, change.FromParents, authors);
    }

    private static void WriteEntry(ref ProtoWriter w, Entry entry)
    {
        w.Int(4, (int)entry.Kind);
        w.Int(5, entry.Size);
        w.SInt(6, entry.ModifiedNs);
        w.Int(7, entry.Mode);
        if (entry.Target is { } target) w.Text(10, target);
        if (entry.Content is not { } content) return;
        RecordCodec.WriteHashes(ref w, 8, content.Chunks, c => c.Id.Hash);
        w.Int(16, content.Depth);

        // The last length of an unfolded manifest is what is left of the size.
        var given = content.Depth == 0 ? content.Chunks.Length - 1 : content.Chunks.Length;
        if (given <= 0) return;
        var mark = w.Begin(9, 3 * given);
        for (var i = 0; i < given; i++) w.Varint((ulong)content.Chunks[i].Length);
        w.End(mark);
    }

    private static void WriteVector(ref ProtoWriter w, int field, VersionVector vector, Dictionary<Author, int> authors)
    {
        if (vector.IsEmpty) return;
        var mark = w.Begin(field);
        foreach (var dot in vector.Dots)
        {
            w.Varint((ulong)authors[dot.Author]);
            w.Varint(checked((ulong)dot.Number));
        }
        w.End(mark);
    }

    // A source is told by what differs from the target. The middle is written even when it is empty: it says that this is a rename.
    private static void WriteSource(ref ProtoWriter w, ReadOnlySpan<byte> from, ReadOnlySpan<byte> path)
    {
        var shared = from.CommonPrefixLength(path);
        var tail = 0;
        var most = Math.Min(from.Length, path.Length) - shared;
        while (tail < most && from[^(tail + 1)] == path[^(tail + 1)]) tail++;
        w.Int(12, shared);
        w.Int(13, tail);
        w.Bytes(14, from[shared..^tail]);
        if (from.Length == shared + tail) w.End(w.Begin(14));
    }

    public static ChangeWire Read(ProtoReader r)
    {
        var c = new ChangeWire();
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: c.Branch = r.Int32(); break;
                case 2: c.Shared = r.Int32(); break;
                case 3: c.Rest = r.Bytes(); break;
                case 4: c.Kind = r.Int32(); break;
                case 5: c.Size = r.Int(); break;
                case 6: c.ModifiedNs = r.SInt(); break;
                case 7: c.Mode = r.Int32(0x1FF); break;
                case 8: c.Ids = r.Bytes(); break;
                case 9: c.Lengths = r.Bytes(); break;
                case 10: c.Target = r.Bytes(); break;
                case 11: c.Parents = r.Bytes(); break;
                case 12: c.FromShared = r.Int32(); break;
                case 13: c.FromTail = r.Int32(); break;
                case 14:
                    c.Moved = true;
                    c.FromMiddle = r.Bytes();
                    break;
                case 15: c.FromParents = r.Bytes(); break;
                case 17: c.Withdrawn = r.Int32(1) == 1; break;
                case 16: c.Depth = r.Int32(ManifestReader.MaxDepth); break;
                default: r.Skip(); break;
            }
        }
        return c;
    }
}
