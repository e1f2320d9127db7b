using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace VfsSync.Engine.Store;

/// <summary>
/// One prepared statement of one <see cref="Database"/>, typed and without boxing: a SqliteCommand looks its parameters up by name and makes a reader each
/// time, which costs more than the look-up itself. Bind from left to right; disposing gives it back for the next use.
/// </summary>
internal sealed class Statement(sqlite3 connection, sqlite3_stmt handle) : IDisposable
{
    private int _bound;

    public Statement Bind(long value) => Checked(raw.sqlite3_bind_int64(handle, ++_bound, value));

    public Statement Bind(long? value) => value is { } v ? Bind(v) : Checked(raw.sqlite3_bind_null(handle, ++_bound));

    public Statement Bind(ReadOnlySpan<byte> value) =>
        Checked(value.IsEmpty ? raw.sqlite3_bind_zeroblob(handle, ++_bound, 0) : raw.sqlite3_bind_blob(handle, ++_bound, value));

    public Statement Bind(byte[]? value) => value is null ? Checked(raw.sqlite3_bind_null(handle, ++_bound)) : Bind(value.AsSpan());

    public Statement Bind(string value) => Checked(raw.sqlite3_bind_text(handle, ++_bound, value));

    /// <summary>Goes to the next row; false after the last.</summary>
    public bool Step()
    {
        var rc = raw.sqlite3_step(handle);
        if (rc == raw.SQLITE_ROW) return true;
        if (rc != raw.SQLITE_DONE) Database.Fail(connection, rc);
        return false;
    }

    /// <summary>For statements without rows: runs and gives the statement back.</summary>
    public void Run()
    {
        try
        {
            Step();
        }
        finally
        {
            Dispose();
        }
    }

    public bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    public long Int(int column) => raw.sqlite3_column_int64(handle, column);

    /// <summary>Valid until the next step.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(handle, column);

    public string Text(int column) => raw.sqlite3_column_text(handle, column).utf8_to_string();

    public void Dispose()
    {
        // The result repeats the last step's error, which was already thrown.
        _ = raw.sqlite3_reset(handle);
        if (_bound > 0) _ = raw.sqlite3_clear_bindings(handle);
        _bound = 0;
    }

    public void Close() => handle.Dispose();

    private Statement Checked(int rc)
    {
        if (rc != raw.SQLITE_OK) Database.Fail(connection, rc);
        return this;
    }
}
