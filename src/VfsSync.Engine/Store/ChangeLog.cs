using System.Collections.Immutable;
using System.IO.Hashing;
using System.Security.Cryptography;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Wire;

namespace VfsSync.Engine.Store;

/// <summary>All records in order of arrival, as they came. Cursor and last ids are kept in memory: the hot path asks for them on every message.</summary>
internal sealed class ChangeLog
{
    private const string SelectRecords = "select seq, author, number, id, sum, header, signature, body from log where seq > ? and seq <= ? order by seq";

    private readonly AuthorTable _authors;
    private readonly ReaderPool _readers;
    private volatile LogState _state;

    public ChangeLog(Database writer, AuthorTable authors, ReaderPool readers)
    {
        (_authors, _readers) = (authors, readers);
        var state = LogState.Empty with { LastSequence = writer.Scalar("select max(seq) from (select max(seq) as seq from log union all select max(seq) from aside_log)") };
        foreach (var author in authors.All)
        {
            using var row = writer["select number, id from log where author = ? order by number desc limit 1"].Bind(authors.Find(author));
            if (row.Step()) state = state.With(new Dot(author, row.Int(0)), new RecordId(row.Blob(1)));
        }
        _state = state;
    }

    public LogState State => _state;

    /// <summary>Moves what is set aside out of the log, writes the records, and returns the state to <see cref="Publish"/> once they are committed.</summary>
    public LogState Write(Database writer, CommitBatch batch)
    {
        foreach (var opened in batch.Opened)
            writer["delete from closed where seq = (select seq from log where author = ? and number = ?)"].Bind(_authors.IdOf(opened.Header.Author)).Bind(opened.Header.Number).Run();
        return Append(writer, batch.SetAside.Aggregate(_state, (state, aside) => SetAside(writer, state, new Dot(aside.Key, aside.Value))), batch.Records);
    }

    private LogState SetAside(Database writer, LogState state, Dot first)
    {
        var author = _authors.IdOf(first.Author);
        writer["delete from closed where seq in (select seq from log where author = ? and number >= ?)"].Bind(author).Bind(first.Number).Run();
        writer["insert into aside_log select * from log where author = ? and number >= ?"].Bind(author).Bind(first.Number).Run();
        writer["delete from log where author = ? and number >= ?"].Bind(author).Bind(first.Number).Run();
        using var row = writer["select id from log where author = ? and number = ?"].Bind(author).Bind(first.Number - 1);
        return state.Before(first, row.Step() ? new RecordId(row.Blob(0)) : default);
    }

    private LogState Append(Database writer, LogState state, IEnumerable<(SignedRecord Signed, ChangeRecord Opened)> records)
    {
        Span<byte> id = stackalloc byte[32];
        foreach (var (signed, opened) in records)
        {
            state = state with { LastSequence = state.LastSequence + 1 };
            state = state.With(opened.Dot, opened.Id);
            opened.Id.Hash.CopyTo(id);
            writer["insert into log(seq, author, number, clear, id, sum, header, signature, body) values(?, ?, ?, ?, ?, ?, ?, ?, ?)"]
                .Bind(state.LastSequence).Bind(_authors.IdOf(opened.Header.Author)).Bind(opened.Header.Number).Bind(opened.Header.KeyId == 0 || opened.Header.Policy is not null ? 1 : 0)
                .Bind(id).Bind(Sum(signed.Header.Span, signed.Signature.Span, signed.Body.Span))
                .Bind(signed.Header.Span).Bind(signed.Signature.Span).Bind(signed.Body.Span).Run();
            if (opened.IsClosed) writer["insert into closed(seq) values(?)"].Bind(state.LastSequence).Run();
        }
        return state;
    }

    public void Publish(LogState state) => _state = state;

    public RecordId RecordIdOf(Dot dot)
    {
        var state = _state;
        if (state.LastIds.TryGetValue(dot.Author, out var last) && state.Cursor[dot.Author] == dot.Number) return last;
        return state.Cursor.Contains(dot) ? _readers.Read((Authors: _authors, Dot: dot), ReadId) : default;
    }

    public IReadOnlyList<(long Sequence, Dot Dot, SignedRecord Record)> RecordsAfter(long afterSequence, VersionVector peerCursor, int maxRecords, int maxBytes)
    {
        // A commit may be in the table a moment before it is in the state: what is told goes no further than the state.
        var state = _state;
        var missing = state.Cursor.Dots.Where(mine => !peerCursor.Contains(mine)).Select(mine => new Dot(mine.Author, peerCursor[mine.Author] + 1)).ToArray();
        if (missing.Length == 0 || afterSequence >= state.LastSequence) return [];
        return _readers.Read((Log: this, missing, afterSequence, state.LastSequence, peerCursor, maxRecords, maxBytes), static (database, a) =>
        {
            var after = Math.Max(a.afterSequence, a.Log.Before(database, a.missing));
            return a.Log.Collect(database[SelectRecords].Bind(after).Bind(a.LastSequence), a.peerCursor, a.maxRecords, a.maxBytes);
        });
    }

    public IEnumerable<SignedRecord> All()
    {
        // In pages: one long read would keep the write-ahead log from being emptied.
        var page = RecordsAfter(0, VersionVector.Empty, 256, 4 << 20);
        while (page.Count > 0)
        {
            foreach (var (_, _, record) in page) yield return record;
            page = RecordsAfter(page[^1].Sequence, VersionVector.Empty, 256, 4 << 20);
        }
    }

    public IReadOnlyList<SignedRecord> Clear() => Records("select seq, author, number, id, sum, header, signature, body from log where clear = 1 order by seq");

    /// <summary>What was moved out of the log.</summary>
    public IReadOnlyList<SignedRecord> SetAside() => Records("select seq, author, number, id, sum, header, signature, body from aside_log order by seq");

    private List<SignedRecord> Records(string select) => _readers.Read(select, static (database, all) =>
    {
        var found = new List<SignedRecord>();
        using var row = database[all];
        while (row.Step()) found.Add(Record(row));
        return found;
    });

    /// <summary>Records that no commit has opened.</summary>
    public IReadOnlyList<(long, SignedRecord)> Closed(long afterSequence, int limit) => _readers.Read((afterSequence, limit), static (database, a) =>
    {
        var found = new List<(long, SignedRecord)>();
        using var row = database["select log.seq, author, number, id, sum, header, signature, body from closed join log on log.seq = closed.seq where closed.seq > ? order by closed.seq limit ?"].Bind(a.afterSequence).Bind(a.limit);
        while (row.Step()) found.Add((row.Int(0), Record(row)));
        return found;
    });

    /// <summary>Headers of the records that have number 1.</summary>
    public IReadOnlyList<RecordHeader> Firsts() => _readers.Read(_authors, static (database, authors) =>
    {
        var found = new List<RecordHeader>();
        for (var author = 0; author < authors.All.Length; author++)
        {
            using var row = database["select header from log where author = ? and number = 1"].Bind(author);
            if (row.Step()) found.Add(RecordCodec.DecodeHeader(row.Blob(0).ToArray()));
        }
        return found;
    });

    public RecordHeader? HeaderOf(Dot dot) => !_state.Cursor.Contains(dot) ? null : _readers.Read((_authors, dot), static (database, a) =>
    {
        using var row = database["select header from log where author = ? and number = ?"].Bind(a._authors.Find(a.dot.Author)).Bind(a.dot.Number);
        return row.Step() ? RecordCodec.DecodeHeader(row.Blob(0).ToArray()) : null;
    });

    private static RecordId ReadId(Database database, (AuthorTable Authors, Dot Dot) of)
    {
        using var row = database["select id from log where author = ? and number = ?"].Bind(of.Authors.Find(of.Dot.Author)).Bind(of.Dot.Number);
        return row.Step() ? new RecordId(row.Blob(0)) : default;
    }

    // An author's records arrive in order of number, so nothing before the first missing ones need be looked at: a peer that lacks little costs little.
    private long Before(Database database, Dot[] missing)
    {
        var first = long.MaxValue;
        foreach (var dot in missing)
        {
            using var row = database["select seq from log where author = ? and number >= ? order by number limit 1"].Bind(_authors.Find(dot.Author)).Bind(dot.Number);
            if (row.Step()) first = Math.Min(first, row.Int(0));
        }
        return first - 1;
    }

    private List<(long, Dot, SignedRecord)> Collect(Statement row, VersionVector peerCursor, int maxRecords, int maxBytes)
    {
        var found = new List<(long, Dot, SignedRecord)>();
        long bytes = 0;
        using var giveBack = row;
        while (found.Count < maxRecords && bytes < maxBytes && row.Step())
        {
            var dot = new Dot(_authors[row.Int(1)], row.Int(2));
            if (peerCursor.Contains(dot)) continue;
            var record = Record(row);
            bytes += record.Length;
            found.Add((row.Int(0), dot, record));
        }
        return found;
    }

    private static SignedRecord Record(Statement row)
    {
        ReadOnlySpan<byte> header = row.Blob(5), signature = row.Blob(6), body = row.Blob(7);
        Span<byte> id = stackalloc byte[32];
        SHA256.HashData(header, id);
        if (!row.Blob(3).SequenceEqual(id) || row.Int(4) != Sum(header, signature, body)) throw new StoreCorruptException($"record {row.Int(0)} of the log is not what was written");
        return new SignedRecord(header.ToArray(), signature.ToArray(), body.ToArray());
    }

    private static long Sum(ReadOnlySpan<byte> header, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> body) =>
        (long)XxHash3.HashToUInt64(body, (long)XxHash3.HashToUInt64(signature, (long)XxHash3.HashToUInt64(header)));
}

/// <summary>How far a log goes.</summary>
internal sealed record LogState(VersionVector Cursor, ImmutableDictionary<Author, RecordId> LastIds, long LastSequence)
{
    public static LogState Empty { get; } = new(default, ImmutableDictionary<Author, RecordId>.Empty, 0);

    public LogState With(Dot dot, RecordId id) => this with { Cursor = Cursor.With(dot), LastIds = LastIds.SetItem(dot.Author, id) };

    /// <summary>The same without an author's records from one on; the id is that of the record before it, none if there is none.</summary>
    public LogState Before(Dot first, RecordId last) => this with
    {
        Cursor = Cursor.UpTo(first with { Number = first.Number - 1 }),
        LastIds = last.IsNone ? LastIds.Remove(first.Author) : LastIds.SetItem(first.Author, last),
    };

    /// <summary>A number is never used twice, and none is left out (invariant 8): refused before anything is written.</summary>
    public void Check(CommitBatch batch)
    {
        var cursor = Cursor;
        foreach (var (author, first) in batch.SetAside)
        {
            if (first < 1 || first > cursor[author]) throw new ArgumentException($"There is no record {first} of {author} to set aside.", nameof(batch));
            cursor = cursor.UpTo(new Dot(author, first - 1));
        }
        foreach (var (_, opened) in batch.Records)
        {
            if (opened.Header.Number != cursor[opened.Header.Author] + 1)
                throw new ArgumentException($"Record {opened.Dot} does not follow number {cursor[opened.Header.Author]}.", nameof(batch));
            cursor = cursor.With(opened.Dot);
        }
    }
}
