using System.Buffers;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Wire;
using VfsSync.Engine.Net;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Running;

/// <summary>
/// The two threads of a link: one reads and posts to the lane; the other sends what is in the outbox.
/// </summary>
internal sealed class LinkDriver : IDisposable
{
    private const string EndedHere = "closed here", EndedThere = "closed by the other side";

    private readonly IPeerLink _link;
    private readonly Outbox _outbox;
    private readonly Action<SessionInput> _post;
    private readonly Action _keepPace;
    private readonly Action<LinkDriver, string> _sentAway;
    private readonly Action<Exception> _failed;
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Thread _sender;
    private readonly object _gate = new();
    private static readonly TimeSpan s_greeting = TimeSpan.FromSeconds(30);
    private readonly ManualResetEventSlim _greeted = new(initialState: false, spinCount: 0), _told = new(initialState: false, spinCount: 0);
    private bool _work, _sending;
    private volatile bool _isMember;
    private string? _ended;
    private int _down;

    public LinkDriver(int number, IPeerLink link, IFolderStore store, ContentSource source, OutgoingChunks outgoing, Action<SessionInput> post, Action keepPace, Action<LinkDriver, string> sentAway, Action<Exception> failed)
    {
        (Number, _link, _post, _keepPace, _sentAway, _failed) = (number, link, post, keepPace, sentAway, failed);
        _outbox = new Outbox(store, source, outgoing, Write);
        _sender = new Thread(Send) { Name = $"vfs send {number}", IsBackground = true };
    }

    public int Number { get; }

    public IPeerLink Link => _link;

    /// <summary>Whether there is something to send.</summary>
    public bool IsSending
    {
        get
        {
            lock (_gate) return _work || _sending;
        }
    }

    public DateTimeOffset LastHeard { get; private set; } = DateTimeOffset.UtcNow;

    /// <summary>Starts sending, and reads on this thread until the link ends.</summary>
    public void Run()
    {
        _sender.Start();
        _post(new LinkUpInput(Number, _link.Peer, _link.PeerKey, _link.Outgoing, _link.Address));
        var reason = EndedThere;
        try
        {
            while (_link.Receive() is { } payload)
            {
                LastHeard = DateTimeOffset.UtcNow;
                var message = MessageCodec.Decode(payload, rent: true);
                // Before it has shown that it is a member it may greet and ask to be let in, and the lane hears of nothing else.
                if (!_isMember && message is not (HelloMessage or JoinMessage or GoodbyeMessage)) throw new FormatException("It sent a message that does not belong here.");
                if (message is GoodbyeMessage) Ended(EndedThere);
                if (_isMember && message is GoodbyeMessage { Reason: GoodbyeMessage.Disconnected } bye) _sentAway(this, bye.Readable);
                _post(new MessageInput(Number, message));
                _keepPace();
                // What a member sends next may be longer than a stranger's frames may be.
                if (message is HelloMessage { Membership: not null }) _greeted.Wait(s_greeting);
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            if (e is not (IOException or FormatException or ObjectDisposedException)) _failed(e);
            reason = e.Message;
        }
        Down(reason);
    }

    public void Send(PeerMessage message)
    {
        if (!_outbox.Send(message)) Flooded("it does not read what it asks for");
        Wake();
    }

    /// <summary>The other end is a member.</summary>
    public void FromMember(bool isVault)
    {
        _outbox.ToVault = isVault;
        _isMember = true;
        _link.FromMember();
        _greeted.Set();
    }

    public void Push(VersionVector cursor, bool restart)
    {
        _outbox.Push(cursor, restart);
        Wake();
    }

    public void Serve(IReadOnlyList<ChunkId> ids)
    {
        if (!_outbox.Serve(ids)) Flooded("it asks for more than it takes");
        Wake();
    }

    // Whoever does that is no program of ours: nothing that is queued for it needs to be sent.
    private void Flooded(string why)
    {
        Ended($"{why} ({EndedHere})");
        // It may wait for a sender that is stuck; the lane must not.
        ThreadPool.UnsafeQueueUserWorkItem(static link => link.Dispose(), _link, preferLocal: false);
    }

    /// <summary>Sends what is queued as messages, and records if they are to go before, then closes.</summary>
    public void Close(string reason, string text, bool afterRecords = false)
    {
        _greeted.Set();
        if (reason != "Goodbye") Ended(EndedHere);
        _outbox.Close(reason != "Goodbye" ? new GoodbyeMessage(reason, text) : null, afterRecords);
        Wake();
    }

    /// <summary>Ends it at once: the other side wants no link.</summary>
    public void Drop()
    {
        Ended(EndedThere);
        _greeted.Set();
        _link.Dispose();
    }

    /// <summary>Waits a bounded time until the last words are sent.</summary>
    public void Dispose() => Dispose(TimeSpan.FromSeconds(1));

    /// <summary>The same, with as much patience.</summary>
    public void Dispose(TimeSpan patience)
    {
        if (Thread.CurrentThread != _sender && _sender.IsAlive) _sender.Join(patience);
        Down(EndedHere);
        // Another thread may be about to say so: whoever disposed of the link relies on it.
        _told.Wait(TimeSpan.FromSeconds(1));
        Wake();
    }

    // Which thread sees the end first is chance; who said goodbye first is not.
    private void Ended(string by) => Interlocked.CompareExchange(ref _ended, by, null);

    private void Down(string reason)
    {
        if (Interlocked.Exchange(ref _down, 1) != 0) return;
        _greeted.Set();
        _outbox.Close(null);
        _link.Dispose();
        Wake();
        _post(new LinkDownInput(Number, Volatile.Read(ref _ended) ?? reason));
        _told.Set();
    }

    private void Send()
    {
        try
        {
            while (!_outbox.Closed)
            {
                WaitForWork();
                while (_outbox.SendNext()) { }
            }
            Down(EndedHere);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // What the store cannot read, say, is no trouble of this link.
            if (e is not (IOException or ObjectDisposedException)) _failed(e);
            Down(e.Message);
        }
        lock (_gate) _sending = false;
    }

    private void Wake()
    {
        lock (_gate)
        {
            _work = true;
            Monitor.Pulse(_gate);
        }
    }

    // It does not spin before it sleeps, see Worker.
    private void WaitForWork()
    {
        lock (_gate)
        {
            _sending = false;
            while (!_work) Monitor.Wait(_gate);
            (_work, _sending) = (false, true);
        }
    }

    private void Write(PeerMessage message)
    {
        _buffer.ResetWrittenCount();
        try
        {
            MessageCodec.Encode(message, _buffer);
        }
        catch (ArgumentException e)
        {
            throw new IOException(e.Message, e); // What does not fit a frame is the trouble of whoever made it so long, not this node's.
        }
        _link.Send(_buffer.WrittenSpan);
    }
}
