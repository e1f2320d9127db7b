using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Engine.Store;

/// <summary>The versions of every path: its heads in one table, what they superseded in another.</summary>
internal sealed class PathHistory(AuthorTable authors, RowCodec codec, ReaderPool readers)
{
    public IReadOnlyList<Version> Heads(EntryPath path) => readers.Read((this, path), static (database, a) =>
        a.Item1.Collect(database["select key, author, number, version from head where key = ?"].Bind(PathKey.Of(a.path)), a.path));

    public IReadOnlyList<Version> MovedTo(EntryPath target) => readers.Read((this, target), static (database, a) =>
        a.Item1.Collect(database["select key, author, number, version from head where moved_to = ?"].Bind(PathKey.Of(a.target))));

    public IReadOnlyList<Version> MovedBelow(EntryPath directory, int limit) => readers.Read((this, directory, limit), static (database, a) =>
    {
        var (after, before) = PathKey.Below(a.directory);
        return a.Item1.Collect(database["select key, author, number, version from head where moved_to > ? and moved_to < ? order by moved_to limit ?"].Bind(after).Bind(before).Bind(a.limit));
    });

    public IReadOnlyList<Version> Versions(EntryPath path) => readers.Read((this, path), static (database, a) =>
        a.Item1.Collect(database["""
            select key, author, number, version from head where key = ?1
            union all select key, author, number, version from past where key = ?1
            """].Bind(PathKey.Of(a.path)), a.path));

    public IReadOnlyList<Version> From(Dot first) => readers.Read((this, authors, first), static (database, a) =>
        a.Item1.Collect(database["""
            select key, author, number, version from head where author = ?1 and number >= ?2
            union all select key, author, number, version from past where author = ?1 and number >= ?2
            """].Bind(a.authors.Find(a.first.Author)).Bind(a.first.Number)));

    public IReadOnlyList<Version> DeniedFrom(Dot first) => readers.Read((this, authors, first), static (database, a) =>
        a.Item1.Collect(database["select key, author, number, version from denied where author = ?1 and number >= ?2"].Bind(a.authors.Find(a.first.Author)).Bind(a.first.Number)));

    public IReadOnlyList<Version> Denied(EntryPath path) => readers.Read((this, path), static (database, a) =>
        a.Item1.Collect(database["select key, author, number, version from denied where key = ?1"].Bind(PathKey.Of(a.path)), a.path));

    public IReadOnlyList<EntryPath> LiveBelow(EntryPath directory, int limit) => readers.Read((directory, limit), static (database, a) =>
    {
        var (after, before) = PathKey.Below(a.directory);
        var found = new List<EntryPath>();
        using var row = database["select distinct key from head where key > ? and key < ? and live = 1 order by key limit ?"].Bind(after).Bind(before).Bind(a.limit);
        while (row.Step()) found.Add(PathKey.Read(row.Blob(0)));
        return found;
    });

    public void Write(Database writer, CommitBatch batch)
    {
        foreach (var (author, first) in batch.SetAside) Forget(writer, new Dot(author, first));
        foreach (var version in batch.Denied) Deny(writer, version);
        foreach (var version in batch.Granted) Grant(writer, version);
        var fresh = batch.Records.Select(r => r.Opened.Dot).ToHashSet();
        var denied = batch.Denied.Select(v => (v.Path, v.Dot)).ToHashSet();
        foreach (var (path, heads) in batch.Heads) SetHeads(writer, PathKey.Of(path), heads, fresh);
        foreach (var version in batch.Records.Select(r => r.Opened).Concat(batch.Opened).SelectMany(Version.Of))
            if (!IsHead(batch, version) && !denied.Contains((version.Path, version.Dot))) AddPast(writer, PathKey.Of(version.Path), authors.IdOf(version.Dot.Author), version.Dot.Number, codec.Encode(version));
    }

    // The records keep what their versions said.
    private void Forget(Database writer, Dot first)
    {
        var author = authors.IdOf(first.Author);
        writer["delete from head where author = ? and number >= ?"].Bind(author).Bind(first.Number).Run();
        writer["delete from past where author = ? and number >= ?"].Bind(author).Bind(first.Number).Run();
        writer["delete from denied where author = ? and number >= ?"].Bind(author).Bind(first.Number).Run();
    }

    private void Deny(Database writer, Version version)
    {
        var (key, author) = (PathKey.Of(version.Path), authors.IdOf(version.Dot.Author));
        writer["delete from head where key = ? and author = ? and number = ?"].Bind(key).Bind(author).Bind(version.Dot.Number).Run();
        writer["delete from past where key = ? and author = ? and number = ?"].Bind(key).Bind(author).Bind(version.Dot.Number).Run();
        writer["insert or ignore into denied(key, author, number, version) values(?, ?, ?, ?)"].Bind(key).Bind(author).Bind(version.Dot.Number).Bind(codec.Encode(version)).Run();
    }

    private void Grant(Database writer, Version version)
    {
        var (key, author) = (PathKey.Of(version.Path), authors.IdOf(version.Dot.Author));
        writer["delete from denied where key = ? and author = ? and number = ?"].Bind(key).Bind(author).Bind(version.Dot.Number).Run();
        AddPast(writer, key, author, version.Dot.Number, codec.Encode(version));
    }

    private static bool IsHead(CommitBatch batch, Version version)
    {
        if (!batch.Heads.TryGetValue(version.Path, out var heads)) return false;
        foreach (var head in heads)
            if (head.Dot == version.Dot) return true;
        return false;
    }

    private void SetHeads(Database writer, byte[] key, IReadOnlyList<Version> heads, HashSet<Dot> fresh)
    {
        var standing = Retire(writer, key, heads);
        foreach (var head in heads)
        {
            if (standing.Contains(head.Dot)) continue;
            var author = authors.IdOf(head.Dot.Author);
            // What an earlier commit had superseded (or refused) stands again.
            if (!fresh.Contains(head.Dot))
                writer["delete from past where key = ? and author = ? and number = ?"].Bind(key).Bind(author).Bind(head.Dot.Number).Run();
            writer["insert or replace into head(key, author, number, live, moved_to, version) values(?, ?, ?, ?, ?, ?)"]
                .Bind(key).Bind(author).Bind(head.Dot.Number).Bind(head.Entry.IsAbsent ? 0 : 1)
                .Bind(head.MovedTo is { } to ? PathKey.Of(to) : null).Bind(codec.Encode(head)).Run();
        }
    }

    // Moves the heads that are none any more to the past, and tells which ones stay.
    private HashSet<Dot> Retire(Database writer, byte[] key, IReadOnlyList<Version> heads)
    {
        var standing = new HashSet<Dot>();
        var gone = new List<(long Author, long Number, byte[] Version)>();
        using (var row = writer["select author, number, version from head where key = ?"].Bind(key))
        {
            while (row.Step())
            {
                var dot = new Dot(authors[row.Int(0)], row.Int(1));
                if (heads.Any(head => head.Dot == dot)) standing.Add(dot);
                else gone.Add((row.Int(0), row.Int(1), row.Blob(2).ToArray()));
            }
        }
        foreach (var (author, number, version) in gone)
        {
            writer["delete from head where key = ? and author = ? and number = ?"].Bind(key).Bind(author).Bind(number).Run();
            AddPast(writer, key, author, number, version);
        }
        return standing;
    }

    private static void AddPast(Database writer, byte[] key, long author, long number, ReadOnlySpan<byte> version) =>
        writer["insert or ignore into past(key, author, number, version) values(?, ?, ?, ?)"].Bind(key).Bind(author).Bind(number).Bind(version).Run();

    private List<Version> Collect(Statement row, EntryPath? path = null)
    {
        var found = new List<Version>();
        using (row)
        {
            while (row.Step())
                found.Add(codec.ReadVersion(path ?? PathKey.Read(row.Blob(0)), new Dot(authors[row.Int(1)], row.Int(2)), row.Blob(3)));
        }
        // Author numbers differ from node to node; what deciding sees must not.
        if (found.Count > 1) found.Sort(static (x, y) => x.Path.CompareTo(y.Path) is not 0 and var c ? c : x.Dot.CompareTo(y.Dot));
        return found;
    }
}
