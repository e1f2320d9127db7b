using System.Buffers;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Wire;
using VfsSync.Engine.Net;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Running;

/// <summary>
/// The two threads of a link: one reads and posts to the lane; the other sends, messages first, then records from the log, then chunks asked for, so that
/// nothing small waits behind something big.
/// </summary>
internal sealed class LinkDriver : IDisposable
{
    private const int RoomForChunks = 160 * 1024;

    private readonly IPeerLink _link;
    private readonly IFolderStore _store;
    private readonly ContentSource _source;
    private readonly Action<SessionInput> _post;
    private readonly Lock _lock = new();
    private readonly Queue<PeerMessage> _messages = new();
    private readonly Queue<ChunkId> _asked = new();
    private readonly ArrayBufferWriter<byte> _buffer = new(PeerMessage.MaxFrame);
    private readonly Thread _sender;
    private readonly SemaphoreSlim _work = new(0);
    private VersionVector _cursor;
    private long _after;
    private bool _push, _closing;
    private int _down;

    public LinkDriver(int number, IPeerLink link, IFolderStore store, ContentSource source, Action<SessionInput> post)
    {
        (Number, _link, _store, _source, _post) = (number, link, store, source, post);
        _sender = new Thread(Send) { Name = $"vfs send {number}", IsBackground = true };
    }

    public int Number { get; }

    public IPeerLink Link => _link;

    public DateTimeOffset LastHeard { get; private set; } = DateTimeOffset.UtcNow;

    /// <summary>Starts sending, and reads on this thread until the link ends.</summary>
    public void Run()
    {
        _sender.Start();
        _post(new LinkUpInput(Number, _link.Peer, _link.PeerKey, _link.Outgoing, _link.Address));
        var reason = "closed by the other side";
        try
        {
            while (_link.Receive() is { } payload)
            {
                LastHeard = DateTimeOffset.UtcNow;
                _post(new MessageInput(Number, MessageCodec.Decode(payload)));
            }
        }
        catch (Exception e) when (e is IOException or FormatException or ObjectDisposedException)
        {
            reason = e.Message;
        }
        Down(reason);
    }

    public void Send(PeerMessage message)
    {
        lock (_lock) _messages.Enqueue(message);
        _work.Release();
    }

    public void Push(VersionVector cursor, bool restart)
    {
        lock (_lock)
        {
            _cursor = restart ? cursor : _cursor.Join(cursor);
            if (restart) _after = 0;
            _push = true;
        }
        _work.Release();
    }

    public void Serve(IReadOnlyList<ChunkId> ids)
    {
        lock (_lock)
            foreach (var id in ids) _asked.Enqueue(id);
        _work.Release();
    }

    /// <summary>Sends what is queued as messages, then closes.</summary>
    public void Close(string reason, string text)
    {
        lock (_lock)
        {
            if (reason != "Goodbye") _messages.Enqueue(new GoodbyeMessage(reason, text));
            _closing = true;
        }
        _work.Release();
    }

    /// <summary>Waits a bounded time until the last words are sent.</summary>
    public void Dispose()
    {
        if (Thread.CurrentThread != _sender && _sender.IsAlive) _sender.Join(TimeSpan.FromSeconds(1));
        Down("closed here");
        _work.Release();
    }

    private void Down(string reason)
    {
        if (Interlocked.Exchange(ref _down, 1) != 0) return;
        lock (_lock) _closing = true;
        _link.Dispose();
        _work.Release();
        _post(new LinkDownInput(Number, reason));
    }

    private void Send()
    {
        try
        {
            while (true)
            {
                _work.Wait();
                while (SendNext()) { }
                lock (_lock)
                    if (_closing && _messages.Count == 0) break;
            }
            Down("closed here");
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            Down(e.Message);
        }
    }

    private bool SendNext()
    {
        PeerMessage? message = null;
        var chunk = default(ChunkId?);
        var push = false;
        lock (_lock)
        {
            if (_messages.TryDequeue(out var queued)) message = queued;
            else if (_closing) return false;
            else if (_push) push = true;
            else if (_asked.TryDequeue(out var id)) chunk = id;
            else return false;
        }
        if (message is not null) Write(message);
        else if (push) PushRecords();
        else SendChunks(chunk!.Value);
        return true;
    }

    private void PushRecords()
    {
        VersionVector cursor;
        long after;
        lock (_lock)
        {
            (cursor, after) = (_cursor, _after);
            _push = false;
        }
        var records = _store.RecordsAfter(after, cursor, 64, SignedRecord.MaxBytes / 2);
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
            // A restart meanwhile begins anew; what was sent is known there in any case.
            if (_after == after) _after = records[^1].Sequence;
            foreach (var (_, dot, _) in records) _cursor = _cursor.With(dot);
            _push = true;
        }
    }

    // What the store has of a record's new chunks rides beside it: small contents, and the lists of long ones.
    private void Attach(SignedRecord record, List<SealedChunk> chunks)
    {
        foreach (var id in RecordCodec.DecodeHeader(record.Header).Needed)
        {
            if (!_store.TryReadChunk(id, out var bytes)) continue;
            chunks.Add(new SealedChunk(id, bytes));
            if (chunks.Sum(c => c.Bytes.Length) > RoomForChunks / 2) FlushChunks(chunks);
        }
    }

    private void FlushChunks(List<SealedChunk> chunks)
    {
        Write(new ChunksMessage([.. chunks]));
        chunks.Clear();
    }

    private void Flush(List<SignedRecord> records, List<SealedChunk> chunks, ref int bytes)
    {
        if (records.Count == 0) return;
        if (bytes + chunks.Sum(c => c.Bytes.Length) > PeerMessage.MaxFrame - 4096) FlushChunks(chunks);
        Write(new RecordsMessage([.. records], [.. chunks]));
        records.Clear();
        chunks.Clear();
        bytes = 0;
    }

    private void SendChunks(ChunkId first)
    {
        var found = new List<SealedChunk>();
        var gone = new List<ChunkId>();
        var bytes = 0;
        for (ChunkId? id = first; id is { } next; id = bytes < RoomForChunks / 4 ? NextAsked() : null)
        {
            if (_source.ReadSealed(next) is not { } chunk)
            {
                gone.Add(next);
                continue;
            }
            if (found.Count > 0 && bytes + chunk.Bytes.Length > PeerMessage.MaxFrame - 4096)
            {
                Write(new ChunksMessage([.. found]));
                (found, bytes) = ([], 0);
            }
            found.Add(chunk);
            bytes += chunk.Bytes.Length;
        }
        if (gone.Count > 0) Write(new GoneMessage([.. gone]));
        if (found.Count > 0) Write(new ChunksMessage([.. found]));
    }

    private ChunkId? NextAsked()
    {
        lock (_lock) return _asked.TryDequeue(out var id) ? id : null;
    }

    private void Write(PeerMessage message)
    {
        _buffer.ResetWrittenCount();
        MessageCodec.Encode(message, _buffer);
        _link.Send(_buffer.WrittenSpan);
    }
}
