using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Wire;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Running;

/// <summary>
/// What a link has to send, in order of urgency: messages first, then records from the log, then chunks asked for, so that nothing small waits behind
/// something big. Filled by the lane, emptied by one sender.
/// </summary>
internal sealed class Outbox(IFolderStore store, ContentSource source, OutgoingChunks outgoing, Action<PeerMessage> write)
{
    private const int RoomForChunks = 160 * 1024, MostGone = 4096, MostLastRounds = 16;

    /// <summary>More than this a program of ours never leaves unread, or asks for ahead.</summary>
    public const int MostMessages = 64 * 1024, MostAsked = 256 * 1024;

    private readonly Lock _lock = new();
    private readonly Queue<PeerMessage> _messages = new();
    private readonly Queue<ChunkId> _asked = new();
    private VersionVector _cursor;
    private long _after;
    private int _restarts;
    private bool _push, _pushed, _closing, _toVault;
    private GoodbyeMessage? _afterRecords;
    private int _lastRounds;

    /// <summary>The peer cannot open chunks: it is sent them with somebody's word. To be set before any record or chunk is to go.</summary>
    public bool ToVault
    {
        get => Volatile.Read(ref _toVault);
        set => Volatile.Write(ref _toVault, value);
    }

    /// <summary>The last words are said; nothing else will be.</summary>
    public bool Closed
    {
        get
        {
            lock (_lock) return _closing && _messages.Count == 0 && _afterRecords is null;
        }
    }

    /// <summary>False if the peer leaves too many unread.</summary>
    public bool Send(PeerMessage message)
    {
        lock (_lock)
        {
            if (_messages.Count >= MostMessages) return false;
            _messages.Enqueue(message);
            return true;
        }
    }

    public void Push(VersionVector cursor, bool restart)
    {
        lock (_lock)
        {
            _cursor = restart ? cursor : _cursor.Join(cursor);
            if (restart) (_after, _restarts) = (0, _restarts + 1);
            _push = true;
        }
    }

    /// <summary>False if the peer asks for too many ahead.</summary>
    public bool Serve(IReadOnlyList<ChunkId> ids)
    {
        lock (_lock)
        {
            if (_asked.Count + ids.Count > MostAsked) return false;
            foreach (var id in ids) _asked.Enqueue(id);
            return true;
        }
    }

    /// <summary>Nothing more is sent than the messages that are queued, and last this goodbye; before it records, if they are to go before, but not without end.</summary>
    public void Close(GoodbyeMessage? goodbye, bool afterRecords = false)
    {
        lock (_lock)
        {
            if (afterRecords && !_closing) _afterRecords = goodbye;
            else if (goodbye is not null) _messages.Enqueue(goodbye);
            _closing = true;
        }
    }

    /// <summary>Sends what is most urgent. False if there was nothing.</summary>
    public bool SendNext()
    {
        PeerMessage? message = null;
        var chunk = default(ChunkId?);
        var push = false;
        lock (_lock)
        {
            if (_afterRecords is { } last && !(_push && _lastRounds < MostLastRounds))
            {
                _messages.Enqueue(last);
                _afterRecords = null;
            }
            // What this node has just recorded goes before the word that it has it; by turns, so that neither waits for long.
            if (_push && !_pushed && !_closing && _messages.TryPeek(out var first) && first is HaveMessage) push = true;
            else if (_messages.TryDequeue(out var queued)) message = queued;
            else if (_afterRecords is not null) (push, _lastRounds) = (true, _lastRounds + 1);
            else if (_closing) return false;
            else if (_push) push = true;
            else if (_asked.TryDequeue(out var id)) chunk = id;
            else return false;
            _pushed = push;
        }
        if (message is not null) write(message);
        else if (push) PushRecords();
        else SendChunks(chunk!.Value);
        return true;
    }

    private void PushRecords()
    {
        VersionVector cursor;
        long after;
        int restarts;
        lock (_lock)
        {
            (cursor, after, restarts) = (_cursor, _after, _restarts);
            _push = false;
        }
        var records = store.RecordsAfter(after, cursor, 64, SignedRecord.MaxBytes / 2);
        if (records.Count == 0) return;
        var (message, chunks) = (new List<SignedRecord>(), new List<SealedChunk>());
        var bytes = 0;
        foreach (var (_, _, record) in records)
        {
            Attach(record, chunks);
            if (message.Count > 0 && bytes + record.Length > SignedRecord.MaxBytes / 2) Flush(message, chunks, ref bytes);
            message.Add(record);
            bytes += record.Length;
        }
        Flush(message, chunks, ref bytes);
        lock (_lock)
        {
            _push = true;
            if (_restarts != restarts) return; // The peer's own word came meanwhile, maybe because it had no use for these.
            _after = records[^1].Sequence;
            foreach (var (_, dot, _) in records) _cursor = _cursor.With(dot);
        }
    }

    // What the store has of a record's new chunks rides beside it: small contents, and the lists of long ones. What is captured of these is asked for if it is needed.
    private void Attach(SignedRecord record, List<SealedChunk> chunks)
    {
        foreach (var id in RecordCodec.DecodeHeader(record.Header).Needed)
        {
            if (store.IsCaptured(id) || !store.TryReadChunk(id, out var bytes) || outgoing.Kept(id, bytes) is not { } kept) continue;
            var chunk = ToVault ? outgoing.Vouched(kept) : kept;
            if (chunks.Sum(c => c.WireLength) + chunk.WireLength > PeerMessage.MaxFrame - 4096) FlushChunks(chunks);
            chunks.Add(chunk);
            if (chunks.Sum(c => c.WireLength) > RoomForChunks / 2) FlushChunks(chunks);
        }
    }

    private void FlushChunks(List<SealedChunk> chunks)
    {
        write(new ChunksMessage([.. chunks]));
        chunks.Clear();
    }

    private void Flush(List<SignedRecord> records, List<SealedChunk> chunks, ref int bytes)
    {
        if (records.Count == 0) return;
        if (bytes + chunks.Sum(c => c.WireLength) > PeerMessage.MaxFrame - 4096) FlushChunks(chunks);
        write(new RecordsMessage([.. records], [.. chunks]));
        records.Clear();
        chunks.Clear();
        bytes = 0;
    }

    private void SendChunks(ChunkId first)
    {
        var found = new List<SealedChunk>();
        var gone = new List<ChunkId>();
        var bytes = 0;
        for (ChunkId? id = first; id is { } next; id = bytes < RoomForChunks / 4 && gone.Count < MostGone ? NextAsked() : null)
        {
            if (source.ReadSealed(next) is not { } read)
            {
                gone.Add(next);
                continue;
            }
            var chunk = ToVault ? outgoing.Vouched(read) : read;
            if (found.Count > 0 && bytes + chunk.WireLength > PeerMessage.MaxFrame - 4096)
            {
                Write(found);
                bytes = 0;
            }
            found.Add(chunk);
            bytes += chunk.WireLength;
        }
        if (gone.Count > 0) write(new GoneMessage([.. gone]));
        if (found.Count > 0) Write(found);
    }

    private void Write(List<SealedChunk> chunks)
    {
        write(new ChunksMessage([.. chunks]));
        foreach (var chunk in chunks) chunk.Return();
        chunks.Clear();
    }

    private ChunkId? NextAsked()
    {
        lock (_lock) return _asked.TryDequeue(out var id) ? id : null;
    }
}
