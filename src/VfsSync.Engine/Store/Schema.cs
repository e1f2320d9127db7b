namespace VfsSync.Engine.Store;

/// <summary>The tables of vfs.db. `key` columns hold <see cref="PathKey"/>s, blobs named after a value hold it as <see cref="RowCodec"/> writes it.</summary>
internal static class Schema
{
    public const int Version = 1;

    private const string Tables = """
        create table state(one integer primary key check(one = 1), clean integer not null, files integer not null, bytes integer not null, flushes integer not null);
        insert into state values(1, 0, 0, 0, 0);
        create table setting(name text primary key, value text not null) without rowid;
        create table author(id integer primary key, node blob not null, epoch integer not null);

        create table log(
            seq integer primary key, author integer not null, number integer not null, clear integer not null,
            id blob not null, sum integer not null, header blob not null, signature blob not null, body blob not null);
        create unique index log_dot on log(author, number);
        create index log_clear on log(seq) where clear = 1;

        -- A version is in head or in past, never in both: a superseded head moves over.
        create table head(
            key blob not null, author integer not null, number integer not null, live integer not null, moved_to blob, version blob not null,
            primary key(key, author, number)) without rowid;
        create index head_moved on head(moved_to) where moved_to is not null;
        create table past(
            key blob not null, author integer not null, number integer not null, version blob not null,
            primary key(key, author, number)) without rowid;

        -- origin is null where it is the key itself; size is null for what Totals does not count.
        create table shown(id integer primary key, key blob not null, origin blob, inode integer, size integer, row blob not null);
        create unique index shown_key on shown(key);
        create index shown_origin on shown(origin) where origin is not null;
        create index shown_inode on shown(inode) where inode is not null;

        -- chunk is the first 8 bytes of the chunk's id: places are hints, verified by reading.
        create table place(file integer not null, offset integer not null, chunk integer not null, length integer not null, primary key(file, offset)) without rowid;
        create index place_chunk on place(chunk);

        -- pack 0 is the table small, offset its id.
        create table chunk(id blob primary key, pack integer not null, offset integer not null, length integer not null) without rowid;
        create table small(id integer primary key, bytes blob not null);
        create table pack(number integer primary key, indexed integer not null);
        """;

    // Later than the others, and nothing that an older program would miss.
    private const string AsideLog = """
        create table if not exists aside_log(
            seq integer primary key, author integer not null, number integer not null, clear integer not null,
            id blob not null, sum integer not null, header blob not null, signature blob not null, body blob not null)
        """;

    // Records that were sealed with a key that was not here, by their arrival.
    private const string Closed = "create table if not exists closed(seq integer primary key)";

    // What changes said that do not hold.
    private const string Denied = "create table if not exists denied(key blob not null, author integer not null, number integer not null, version blob not null, primary key(key, author, number)) without rowid";

    // Files whose content over 64 KiB is not known to be captured; a change of the content gives a file a new turn, which never was another's. Where the table is new,
    // nothing is captured yet.
    private const string Due = """
        create table due(turn integer primary key autoincrement, file integer not null unique);
        insert into due(file) select id from shown where size > 65536 order by id;
        """;

    /// <summary>Makes the tables of a new store; refuses those of a newer program.</summary>
    /// <exception cref="StoreVersionException">A newer program wrote it.</exception>
    public static void Prepare(Database writer)
    {
        var found = (int)writer.Scalar("pragma user_version");
        if (found > Version) throw new StoreVersionException(found, Version);
        var knowsDue = found == Version && writer.Scalar("select count(*) from sqlite_schema where name = 'due'") > 0;
        if (found == Version)
        {
            writer.Execute(AsideLog);
            writer.Execute(Denied);
            writer.Execute(Closed);
        }
        if (knowsDue) return;
        writer.Begin(full: true);
        try
        {
            if (found < Version) writer.Execute(Tables);
            writer.Execute(AsideLog);
            writer.Execute(Denied);
            writer.Execute(Closed);
            writer.Execute(Due);
            writer.Execute($"pragma user_version={Version}");
            writer.Commit();
        }
        finally
        {
            writer.Rollback();
        }
    }
}
