using VfsSync.Core.Reconcile;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Store;

/// <summary>What this disk was last known to hold at each displayed path.</summary>
internal sealed class FolderIndex(RowCodec codec, ReaderPool readers)
{
    private const string Columns = "select key, origin, row from shown";

    public IndexRow? OnDisk(EntryPath path) => readers.Read((codec, path), static (database, a) =>
    {
        using var row = database[$"{Columns} where key = ?"].Bind(PathKey.Of(a.path));
        return row.Step() ? Read(a.codec, a.path, row) : null;
    });

    public IReadOnlyList<IndexRow> Below(EntryPath directory)
    {
        var (after, before) = PathKey.Below(directory);
        return Range(after, before, int.MaxValue);
    }

    /// <summary>All rows in path order, in pages: one long read would keep the write-ahead log from being emptied.</summary>
    public IEnumerable<IndexRow> All()
    {
        var (after, before) = PathKey.Below(EntryPath.Root);
        for (var page = Range(after, before, 256); page.Count > 0; page = Range(PathKey.Of(page[^1].Path), before, 256))
            foreach (var row in page) yield return row;
    }

    public IReadOnlyList<IndexRow> ShownFor(EntryPath origin) => readers.Read((codec, origin), static (database, a) =>
        Collect(a.codec, database[$"""
            {Columns} where key = ?1 and origin is null
            union all {Columns} where origin = ?1 order by key
            """].Bind(PathKey.Of(a.origin))));

    public IReadOnlyList<IndexRow> WithInode(ulong inode) => inode == 0 ? [] : readers.Read((codec, inode), static (database, a) =>
        Collect(a.codec, database[$"{Columns} where inode = ? order by key"].Bind((long)a.inode)));

    public IReadOnlyList<IndexRow> LocalOnly() => readers.Read(codec, static (database, codec) => Collect(codec, database[$"{Columns} where {RowCodec.IsLocalOnlyRow} order by key"]));

    public IReadOnlyList<(EntryPath Path, long Offset, int Length)> PlacesOf(ChunkId id) => readers.Read(id, static (database, id) =>
    {
        var found = new List<(EntryPath, long, int)>();
        using var row = database["""
            select key, offset, length from place join shown on shown.id = place.file where chunk = ? order by key, offset
            """].Bind(Prefix(id));
        while (row.Step()) found.Add((PathKey.Read(row.Blob(0)), row.Int(1), (int)row.Int(2)));
        return found;
    });

    public bool HasPlace(ChunkId id) => readers.Read(id, static (database, id) =>
    {
        using var row = database["select 1 from place where chunk = ? limit 1"].Bind(Prefix(id));
        return row.Step();
    });

    /// <summary>Paths with a head that the row at the path does not show.</summary>
    public IReadOnlyList<EntryPath> HeadsNotShown(AuthorTable authors) => readers.Read((codec, authors), static (database, a) =>
    {
        var found = new List<EntryPath>();
        using var row = database["select head.key, shown.origin, shown.row, head.author, head.number, head.live, head.version from head left join shown on shown.key = head.key order by head.key"];
        while (row.Step())
        {
            var path = PathKey.Read(row.Blob(0));
            if (found.Count > 0 && found[^1] == path) continue;
            var shown = row.IsNull(2) ? null : a.codec.ReadRow(path, row.IsNull(1) ? path : PathKey.Read(row.Blob(1)), row.Blob(2));
            var head = new Dot(a.authors[row.Int(3)], row.Int(4));
            if (shown is not { Of: null } || shown.Origin != path || shown.Shown != head || shown.Entry.IsAbsent == (row.Int(5) != 0) || IsOnlyNeeded(a.codec, shown, head, row.Blob(6))) found.Add(path);
        }
        using var headless = database["select key, origin, row from shown where not exists (select 1 from head where head.key = shown.key)"];
        while (headless.Step())
        {
            var path = PathKey.Read(headless.Blob(0));
            if (!a.codec.ReadRow(path, headless.IsNull(1) ? path : PathKey.Read(headless.Blob(1)), headless.Blob(2)).Entry.IsAbsent) found.Add(path);
        }
        found.Sort();
        return found;
    });

    // A directory that stands only because something lies in it is shown under the dot of what it took the name from.
    private static bool IsOnlyNeeded(RowCodec codec, IndexRow shown, Dot head, ReadOnlySpan<byte> version) =>
        shown.Entry.Kind == EntryKind.Directory && codec.ReadVersion(shown.Path, head, version).Entry.Kind != EntryKind.Directory;

    /// <summary>Writes rows and places; returns by how much <see cref="Totals"/> change.</summary>
    public Totals Write(Database writer, CommitBatch batch)
    {
        var change = default(Totals);
        var made = new Dictionary<EntryPath, long>();
        foreach (var (path, row) in batch.Index) change += row is null ? Remove(writer, path) : Put(writer, path, row, made);
        foreach (var (path, chunks) in batch.Places)
        {
            if (made.TryGetValue(path, out var id)) AddPlaces(writer, id, 0, chunks);
            else SetPlaces(writer, id = Find(writer, PathKey.Of(path)).Id, chunks);
            if (id != 0 && chunks.Sum(c => (long)c.Length) > Staging.SmallContent) writer["insert or replace into due(file) values(?)"].Bind(id).Run();
        }
        return change;
    }

    /// <summary>Files whose long content is to be captured, after a turn.</summary>
    public IReadOnlyList<(long Turn, EntryPath Path)> Due(long afterTurn, int limit) => readers.Read((afterTurn, limit), static (database, a) =>
    {
        var found = new List<(long, EntryPath)>();
        using var row = database["select due.turn, shown.key from due join shown on shown.id = due.file where due.turn > ? order by due.turn limit ?"].Bind(a.afterTurn).Bind(a.limit);
        while (row.Step()) found.Add((row.Int(0), PathKey.Read(row.Blob(1))));
        return found;
    });

    public static void MakeAllDue(Database writer) =>
        writer["insert or ignore into due(file) select id from shown where size > ? order by id"].Bind(Staging.SmallContent).Run();

    /// <summary>A file that changed meanwhile has another turn by now, and stays.</summary>
    public static void Captured(Database writer, IReadOnlyList<long> turns)
    {
        foreach (var turn in turns) writer["delete from due where turn = ?"].Bind(turn).Run();
    }

    private Totals Put(Database writer, EntryPath path, IndexRow row, Dictionary<EntryPath, long> made)
    {
        var key = PathKey.Of(path);
        var (id, before) = Find(writer, key);
        var after = Totals.Of(row);
        var statement = id == 0
            ? writer["insert into shown(key, origin, inode, size, row) values(?, ?, ?, ?, ?)"].Bind(key)
            : writer["update shown set origin = ?2, inode = ?3, size = ?4, row = ?5 where id = ?1"].Bind(id);
        statement.Bind(row.Origin == row.Path ? null : PathKey.Of(row.Origin)).Bind(row.Stamp.Inode == 0 ? null : (long)row.Stamp.Inode)
            .Bind(after.Files == 0 ? null : after.Bytes).Bind(codec.Encode(row)).Run();
        if (id == 0) made[path] = writer.LastRowId;
        return after - before;
    }

    private static (long Id, Totals Counted) Find(Database writer, byte[] key)
    {
        using var row = writer["select id, size from shown where key = ?"].Bind(key);
        return !row.Step() ? default : (row.Int(0), row.IsNull(1) ? default : new Totals(1, row.Int(1)));
    }

    private static Totals Remove(Database writer, EntryPath path)
    {
        var (id, before) = Find(writer, PathKey.Of(path));
        if (id == 0) return default;
        writer["delete from place where file = ?"].Bind(id).Run();
        writer["delete from due where file = ?"].Bind(id).Run();
        writer["delete from shown where id = ?"].Bind(id).Run();
        return -before;
    }

    // Places of a path without a row are dropped: nothing is shown there.
    private static void SetPlaces(Database writer, long id, IReadOnlyList<ChunkRef> chunks)
    {
        if (id == 0) return;
        var (kept, offset) = SamePrefix(writer, id, chunks);
        writer["delete from place where file = ? and offset >= ?"].Bind(id).Bind(offset).Run();
        AddPlaces(writer, id, offset, chunks.Skip(kept));
    }

    private static void AddPlaces(Database writer, long id, long offset, IEnumerable<ChunkRef> chunks)
    {
        foreach (var chunk in chunks)
        {
            writer["insert into place(file, offset, chunk, length) values(?, ?, ?, ?)"].Bind(id).Bind(offset).Bind(Prefix(chunk.Id)).Bind(chunk.Length).Run();
            offset += chunk.Length;
        }
    }

    // A file that grew keeps its first chunks where they were: only its tail is written.
    private static (int Count, long Offset) SamePrefix(Database writer, long id, IReadOnlyList<ChunkRef> chunks)
    {
        var (count, offset) = (0, 0L);
        using var row = writer["select chunk, length from place where file = ? order by offset"].Bind(id);
        while (count < chunks.Count && row.Step() && row.Int(0) == Prefix(chunks[count].Id) && row.Int(1) == chunks[count].Length)
            offset += chunks[count++].Length;
        return (count, offset);
    }

    private static long Prefix(ChunkId id)
    {
        Span<byte> bytes = stackalloc byte[Hash256.Length];
        id.Hash.CopyTo(bytes);
        return BitConverter.ToInt64(bytes);
    }

    private List<IndexRow> Range(byte[] after, byte[] before, int limit) => readers.Read((codec, after, before, limit), static (database, a) =>
        Collect(a.codec, database[$"{Columns} where key > ? and key < ? order by key limit ?"].Bind(a.after).Bind(a.before).Bind(a.limit)));

    private static List<IndexRow> Collect(RowCodec codec, Statement row)
    {
        var found = new List<IndexRow>();
        using (row)
        {
            while (row.Step()) found.Add(Read(codec, PathKey.Read(row.Blob(0)), row));
        }
        return found;
    }

    private static IndexRow Read(RowCodec codec, EntryPath path, Statement row) =>
        codec.ReadRow(path, row.IsNull(1) ? path : PathKey.Read(row.Blob(1)), row.Blob(2));
}

/// <summary>How many files the index shows on this disk, and their bytes.</summary>
internal readonly record struct Totals(long Files, long Bytes)
{
    public static Totals Of(IndexRow row) => row.Placed && row.Entry.Kind == EntryKind.File ? new(1, row.Entry.Size) : default;

    public static Totals operator +(Totals left, Totals right) => new(left.Files + right.Files, left.Bytes + right.Bytes);

    public static Totals operator -(Totals left, Totals right) => new(left.Files - right.Files, left.Bytes - right.Bytes);

    public static Totals operator -(Totals totals) => default(Totals) - totals;
}
