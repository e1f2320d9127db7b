using System.Globalization;
using VfsSync.Core.Session;

namespace VfsSync.Engine.Store;

internal sealed partial class SqliteFolderStore
{
    private const string FileName = "vfs.db";

    /// <summary>Opens the store in a `.vfs` directory, or makes one there.</summary>
    /// <param name="vfsDirectory">`&lt;folder&gt;/.vfs`; made when missing.</param>
    /// <param name="moduleDirectory">Where the module's assemblies lie; null: beside this one.</param>
    /// <param name="maxPackBytes">A pack that reached this is followed by the next.</param>
    /// <exception cref="StoreVersionException">A newer program wrote it.</exception>
    /// <exception cref="StoreCorruptException">It is damaged: <see cref="SetAside"/>, then open again.</exception>
    /// <exception cref="StoreInUseException">Another node has it open.</exception>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static SqliteFolderStore Open(string vfsDirectory, string? moduleDirectory = null, long maxPackBytes = PackFiles.DefaultMaxBytes)
    {
        NativeSqlite.Load(moduleDirectory ?? Path.GetDirectoryName(typeof(SqliteFolderStore).Assembly.Location) ?? AppContext.BaseDirectory);
        Directory.CreateDirectory(vfsDirectory);
        var inUse = TakeLock(vfsDirectory);
        Database? writer = null;
        try
        {
            writer = Database.OpenWriter(Path.Combine(vfsDirectory, FileName));
            return new SqliteFolderStore(vfsDirectory, inUse, writer, maxPackBytes);
        }
        catch
        {
            writer?.Dispose();
            inUse.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Moves a damaged database to `.vfs/corrupt-&lt;time&gt;/` and returns that directory. Packs stay: the next open indexes them again from their frames.
    /// The node goes on under a new epoch, because its own numbering went with the log.
    /// </summary>
    public static string SetAside(string vfsDirectory, DateTimeOffset now)
    {
        using var inUse = TakeLock(vfsDirectory);
        var name = $"corrupt-{now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture)}";
        var target = Path.Combine(vfsDirectory, name);
        for (var again = 2; Directory.Exists(target); again++) target = Path.Combine(vfsDirectory, $"{name}-{again}");
        Directory.CreateDirectory(target);
        // The log first: without its database it is nothing, but a new database must never meet an old log.
        foreach (var suffix in new[] { "-wal", "-shm", "" })
        {
            var file = Path.Combine(vfsDirectory, FileName + suffix);
            if (File.Exists(file)) File.Move(file, Path.Combine(target, FileName + suffix));
        }
        DirectoryFlush.Flush(vfsDirectory);
        return target;
    }

    /// <summary>Ends cleanly: what waits is indexed, the totals are kept, the write-ahead log is emptied.</summary>
    public void Dispose()
    {
        lock (_writing)
        {
            if (_closed) return;
            try
            {
                Close();
            }
            catch (Exception e) when (e is IOException or StoreException)
            {
                // Not a clean end, then: the next open checks the database and adopts what waits. Nothing that was promised is missing.
            }
            _closed = true;
            _readers.Dispose();
            _chunks.Dispose();
            _writer.Dispose();
            _inUse.Dispose();
        }
    }

    private void Close()
    {
        if (_chunks.HasWaiting) Commit(new CommitBatch(), Durability.Flushed);
        var totals = _totals.Value;
        Transact(flushed: true, () =>
        {
            _writer["update state set clean = 1, files = ?, bytes = ?"].Bind(totals.Files).Bind(totals.Bytes).Run();
            return static () => { };
        });
    }

    // After a clean end the kept totals hold; after any other the database is checked (it costs its size) and they are counted again.
    private static Totals OpenState(Database writer)
    {
        var totals = default(Totals);
        bool clean;
        using (var row = writer["select clean, files, bytes from state"])
        {
            if (!row.Step()) throw new StoreCorruptException("its state row is missing");
            clean = row.Int(0) == 1;
            totals = new(row.Int(1), row.Int(2));
        }
        if (!clean) totals = CheckAndCount(writer);
        writer.Begin(full: false);
        writer["update state set clean = 0"].Run();
        writer.Commit();
        return totals;
    }

    private static Totals CheckAndCount(Database writer)
    {
        using (var row = writer["pragma quick_check(1)"])
        {
            if (row.Step() && row.Text(0) is var verdict && verdict != "ok") throw new StoreCorruptException(verdict);
        }
        using var count = writer["select count(size), sum(size) from shown"];
        return count.Step() ? new(count.Int(0), count.Int(1)) : default;
    }

    private static FileStream TakeLock(string vfsDirectory)
    {
        try
        {
            return new FileStream(Path.Combine(vfsDirectory, "store.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException))
        {
            throw new StoreInUseException(vfsDirectory, e);
        }
    }
}
