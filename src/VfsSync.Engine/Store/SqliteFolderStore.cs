using VfsSync.Core.Reconcile;
using System.Runtime.CompilerServices;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Engine.Store;

/// <summary>A folder's state in `.vfs/`: vfs.db (SQLite, write-ahead log) and packs. Composes ChangeLog, PathHistory, FolderIndex and ChunkStore over one writer.</summary>
internal sealed partial class SqliteFolderStore : IFolderStore
{
    private readonly Lock _writing = new();
    private readonly FileStream _inUse;
    private readonly Database _writer;
    private readonly ReaderPool _readers;
    private readonly AuthorTable _authors;
    private readonly ChangeLog _log;
    private readonly PathHistory _history;
    private readonly FolderIndex _index;
    private readonly ChunkStore _chunks;
    private StrongBox<Totals> _totals;
    private bool _closed;

    private SqliteFolderStore(string directory, FileStream inUse, Database writer, long maxPackBytes)
    {
        (_inUse, _writer) = (inUse, writer);
        Schema.Prepare(writer);
        _totals = new(OpenState(writer));
        _readers = new ReaderPool(Path.Combine(directory, FileName));
        _authors = new AuthorTable(writer);
        var codec = new RowCodec(_authors);
        _log = new ChangeLog(writer, _authors, _readers);
        _history = new PathHistory(_authors, codec, _readers);
        _index = new FolderIndex(codec, _readers);
        _chunks = new ChunkStore(writer, _readers, new PackFiles(Path.Combine(directory, "packs"), maxPackBytes), new PackFiles(Path.Combine(directory, "history"), maxPackBytes));
        if (_chunks.HasLost) MakeAllDue();
    }

    public VersionVector Cursor => _log.State.Cursor;

    public long LastSequence => _log.State.LastSequence;

    public void Commit(CommitBatch batch, Durability durability)
    {
        var flushed = durability == Durability.Flushed;
        lock (_writing)
        {
            _log.State.Check(batch);
            Transact(flushed, () =>
            {
                var indexed = _chunks.Write(_writer, batch.Chunks, flushed);
                var log = _log.Write(_writer, batch);
                _history.Write(_writer, batch);
                var totals = _totals.Value + _index.Write(_writer, batch);
                if (batch.LeavesUnjudged) _writer["delete from setting where name = ?"].Bind(IFolderStore.Judged).Run();
                return () =>
                {
                    _chunks.Publish(indexed);
                    _log.Publish(log);
                    _totals = new(totals);
                };
            });
        }
    }

    public void AddChunks(IReadOnlyList<SealedChunk> chunks)
    {
        lock (_writing) _chunks.Add(chunks);
    }

    public void Capture(IReadOnlyList<SealedChunk> chunks, IReadOnlyList<long> done, bool replace = false)
    {
        _chunks.Capture(chunks, replace);
        lock (_writing)
        {
            Transact(flushed: false, () =>
            {
                var indexed = _chunks.IndexCaptured(_writer);
                FolderIndex.Captured(_writer, done);
                return () => _chunks.Publish(indexed);
            });
        }
    }

    public bool IsCaptured(ChunkId id) => _chunks.IsCaptured(id);

    public IReadOnlyList<(long Turn, EntryPath Path)> DueForCapture(long afterTurn, int limit) => _index.Due(afterTurn, limit);

    public void MakeAllDue()
    {
        lock (_writing)
        {
            Transact(flushed: false, () =>
            {
                FolderIndex.MakeAllDue(_writer);
                return static () => { };
            });
        }
    }

    public RecordId RecordIdOf(Dot dot) => _log.RecordIdOf(dot);

    public IReadOnlyList<(long Sequence, Dot Dot, SignedRecord Record)> RecordsAfter(long afterSequence, VersionVector peerCursor, int maxRecords, int maxBytes) =>
        _log.RecordsAfter(afterSequence, peerCursor, maxRecords, maxBytes);

    public IEnumerable<SignedRecord> AllRecords() => _log.All();

    public IReadOnlyList<SignedRecord> ClearRecords() => _log.Clear();

    public IReadOnlyList<SignedRecord> SetAsideRecords() => _log.SetAside();

    public IReadOnlyList<RecordHeader> FirstHeaders() => _log.Firsts();

    public IReadOnlyList<(long Sequence, SignedRecord Record)> Closed(long afterSequence, int limit) => _log.Closed(afterSequence, limit);

    public IReadOnlyList<Version> VersionsFrom(Dot first) => _history.From(first);

    public IReadOnlyList<Version> DeniedFrom(Dot first) => _history.DeniedFrom(first);

    public IReadOnlyList<Version> Denied(EntryPath path) => _history.Denied(path);

    public RecordHeader? HeaderOf(Dot dot) => _log.HeaderOf(dot);

    public IReadOnlyList<Version> Heads(EntryPath path) => _history.Heads(path);

    public IReadOnlyList<Version> HeadsMovedTo(EntryPath target) => _history.MovedTo(target);

    public IReadOnlyList<Version> HeadsMovedBelow(EntryPath directory, int limit = int.MaxValue) => _history.MovedBelow(directory, limit);

    public IReadOnlyList<EntryPath> LiveBelow(EntryPath directory, int limit = int.MaxValue) => _history.LiveBelow(directory, limit);

    public IReadOnlyList<Version> Versions(EntryPath path) => _history.Versions(path);

    public IndexRow? OnDisk(EntryPath path) => _index.OnDisk(path);

    public IReadOnlyList<IndexRow> OnDiskBelow(EntryPath directory) => _index.Below(directory);

    public IReadOnlyList<IndexRow> ShownFor(EntryPath origin) => _index.ShownFor(origin);

    public IReadOnlyList<IndexRow> LocalOnly() => _index.LocalOnly();

    public IReadOnlyList<IndexRow> WithInode(ulong inode) => _index.WithInode(inode);

    public IEnumerable<IndexRow> Rows() => _index.All();

    public IReadOnlyList<(EntryPath Path, long Offset, int Length)> PlacesOf(ChunkId id) => _index.PlacesOf(id);

    public bool HasChunk(ChunkId id) => _chunks.Has(id);

    public bool KnowsChunk(ChunkId id) => _chunks.Has(id) || _index.HasPlace(id);

    public IReadOnlyList<EntryPath> HeadsNotShown() => _index.HeadsNotShown(_authors);

    public void Distrust(ChunkId id) => _chunks.Distrust(id);

    public bool TryReadChunk(ChunkId id, out ReadOnlyMemory<byte> sealedBytes) => _chunks.TryRead(id, out sealedBytes);

    public (long Files, long Bytes) Totals() => Volatile.Read(ref _totals).Value is var t ? (t.Files, t.Bytes) : default;

    public string? GetSetting(string name) => _readers.Read(name, static (database, name) =>
    {
        using var row = database["select value from setting where name = ?"].Bind(name);
        return row.Step() ? row.Text(0) : null;
    });

    public void SetSetting(string name, string? value)
    {
        lock (_writing)
        {
            Transact(flushed: true, () =>
            {
                if (value is null) _writer["delete from setting where name = ?"].Bind(name).Run();
                else _writer["insert or replace into setting(name, value) values(?, ?)"].Bind(name).Bind(value).Run();
                return static () => { };
            });
        }
    }

    /// <summary>For tests: brings the write-ahead log into the database.</summary>
    internal void Checkpoint()
    {
        lock (_writing) _writer.Execute("pragma wal_checkpoint(truncate)");
    }

    /// <summary>For tests: the database may not grow past so many pages (null: as many as ever), as on a full disk.</summary>
    internal void LimitPages(long? pages)
    {
        lock (_writing) _writer.Execute($"pragma max_page_count={pages ?? uint.MaxValue - 1}");
    }

    // Writes, commits, and only then lets memory follow.
    private void Transact(bool flushed, Func<Action> write)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        var authors = _authors.Mark();
        try
        {
            _writer.Begin(flushed);
            var publish = write();
            // Ordered commits before this one wait for its flush, also when it brings nothing itself; only a change makes SQLite flush.
            if (flushed && _writer.NothingWritten) _writer["update state set flushes = flushes + 1"].Run();
            _writer.Commit();
            publish();
        }
        catch
        {
            _authors.TakeBack(authors);
            _writer.Rollback();
            throw;
        }
    }
}
