using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace VfsSync.Engine.Store;

/// <summary>One connection to vfs.db and its prepared statements. Used by one thread at a time.</summary>
internal sealed class Database : IDisposable
{
    // The store belongs to this process alone, so its connections need agree only among themselves: without this, every look-up locks the file anew (six calls).
    private static readonly string? s_vfs = OperatingSystem.IsWindows() ? null : "unix-excl";

    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, Statement> _statements = new(StringComparer.Ordinal);
    private bool? _full;
    private int _changesAtBegin;

    private Database(SqliteConnection connection) => _connection = connection;

    public static Database OpenWriter(string file) => Open(file, SqliteOpenMode.ReadWriteCreate, """
        pragma journal_mode=wal; pragma temp_store=memory; pragma cache_size=-16384; pragma journal_size_limit=67108864;
        pragma fullfsync=1; pragma checkpoint_fullfsync=1;
        """);

    public static Database OpenReader(string file) => Open(file, SqliteOpenMode.ReadWrite, "pragma query_only=1; pragma temp_store=memory;");

    /// <summary>The statement for a text, prepared once per connection.</summary>
    public Statement this[string sql]
    {
        get
        {
            if (_statements.TryGetValue(sql, out var known)) return known;
            var rc = raw.sqlite3_prepare_v3(_connection.Handle!, sql, raw.SQLITE_PREPARE_PERSISTENT, out var handle);
            if (rc != raw.SQLITE_OK) Fail(_connection.Handle, rc);
            return _statements[sql] = new Statement(_connection.Handle!, handle);
        }
    }

    /// <summary>Runs statements that are not worth keeping.</summary>
    public void Execute(string sql)
    {
        var rc = raw.sqlite3_exec(_connection.Handle!, sql);
        if (rc != raw.SQLITE_OK) Fail(_connection.Handle, rc);
    }

    public long LastRowId => raw.sqlite3_last_insert_rowid(_connection.Handle!);

    public long Scalar(string sql)
    {
        using var row = this[sql];
        return row.Step() ? row.Int(0) : 0;
    }

    /// <summary>
    /// A full commit syncs the whole write-ahead log, so it makes all earlier ones durable; a normal one is only written.
    /// SQLite takes the setting only between transactions.
    /// </summary>
    public void Begin(bool full)
    {
        if (_full != full) Execute(full ? "pragma synchronous=full" : "pragma synchronous=normal");
        _full = full;
        this["begin immediate"].Run();
        _changesAtBegin = raw.sqlite3_total_changes(_connection.Handle!);
    }

    /// <summary>Whether the transaction so far leaves the database as it was. SQLite would then commit without a flush.</summary>
    public bool NothingWritten => raw.sqlite3_total_changes(_connection.Handle!) == _changesAtBegin;

    public void Commit() => this["commit"].Run();

    /// <summary>Some errors (disk full) have already rolled back.</summary>
    public void Rollback()
    {
        if (raw.sqlite3_get_autocommit(_connection.Handle!) == 0) Execute("rollback");
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values) statement.Close();
        _statements.Clear();
        _connection.Dispose();
    }

    /// <summary>What may pass is an IOException, damage is a StoreCorruptException, the rest is a mistake of ours.</summary>
    [DoesNotReturn]
    public static void Fail(sqlite3? connection, int rc)
    {
        var text = raw.sqlite3_errstr(rc).utf8_to_string();
        if (connection is not null) text = $"{text} ({raw.sqlite3_errmsg(connection).utf8_to_string()}, {raw.sqlite3_extended_errcode(connection)})";
        throw Translate(new SqliteException($"SQLite: {text}", rc & 0xFF, rc));
    }

    private static Exception Translate(SqliteException e) => e.SqliteErrorCode switch
    {
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => new StoreCorruptException(e.Message, e),
        raw.SQLITE_FULL or raw.SQLITE_IOERR or raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY or raw.SQLITE_NOMEM or raw.SQLITE_BUSY or raw.SQLITE_PROTOCOL or raw.SQLITE_PERM
            => StoreRefusals.Of(e),
        _ => e,
    };

    private static Database Open(string file, SqliteOpenMode mode, string pragmas)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = mode, Pooling = false, Vfs = s_vfs }.ToString());
        var database = new Database(connection);
        try
        {
            connection.Open();
            _ = raw.sqlite3_busy_timeout(connection.Handle!, 5000);
            database.Execute(pragmas);
            return database;
        }
        catch (SqliteException e)
        {
            database.Dispose();
            throw Translate(e);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }
}
