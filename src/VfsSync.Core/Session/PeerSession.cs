using System.Collections.Immutable;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Session;

/// <summary>Where a link stands.</summary>
internal enum LinkPhase
{
    /// <summary>Our hello is out, theirs is not here.</summary>
    Greeting,

    /// <summary>The other end wants to become a member.</summary>
    Joining,

    /// <summary>Both are members; their cursor is not here.</summary>
    Comparing,

    /// <summary>Records flow.</summary>
    Live,

    /// <summary>Goodbye is said.</summary>
    Closed,
}

/// <summary>One link: who is at the other end, what it has, what it shows. It greets, judges who may stay, and pushes past the peer's cursor.</summary>
internal sealed class PeerSession(SessionContext context, Forks forks, LinkUpInput link)
{
    private const long MeasureEveryMs = 60_000;

    /// <summary>Of more authors no cluster is; what a peer says of more costs others.</summary>
    public const int MostAuthors = 64 * 1024;

    // Of some 90 bytes each.
    private const int RowsInFrame = 2048;

    private readonly HashSet<Author> _differing = [];
    private readonly List<(Dot Dot, RecordId Id)> _parts = [];
    private long _pingedMs;
    private ulong _greetedAs;
    private (long Files, long Bytes)? _totals;

    public int Link => link.Link;

    /// <summary>When it came up.</summary>
    public long UpMs { get; } = context.NowMs;

    public NodeId Peer => link.Peer;

    public bool Outgoing => link.Outgoing;

    public string Address => link.Address;

    public ReadOnlyMemory<byte> PeerKey => link.PeerKey;

    public LinkPhase Phase { get; private set; } = LinkPhase.Greeting;

    /// <summary>Whether the peer holds no keys.</summary>
    public bool IsVault => context.Members.Find(Peer)?.IsVault == true;

    /// <summary>Whether records ever flowed over it.</summary>
    public bool WasLive { get; private set; }

    public ulong Epoch { get; private set; }

    public int ListenPort { get; private set; }

    /// <summary>What the peer has, or has been sent.</summary>
    public VersionVector Cursor { get; private set; }

    /// <summary>Whether the peer has no record of a node that is not here, nor another in its place.</summary>
    public bool KnowsNoMoreOf(NodeId node) =>
        Phase == LinkPhase.Live && !_differing.Any(a => a.Node == node) && Cursor.Dots.All(d => d.Author.Node != node || context.View.Cursor[d.Author] >= d.Number);

    /// <summary>What the peer says it shows.</summary>
    public VersionVector Shown { get; private set; }

    /// <summary>How far the peer is, by its own word; null until it said so over this link.</summary>
    public Standing? Standing => _totals is var (files, bytes) ? new(Shown, files, bytes, Hops: 1) : null;

    public long? RoundTripMs { get; private set; }

    public void Greet()
    {
        var me = context.Identity;
        _greetedAs = me.Epoch;
        context.Send(Link, new HelloMessage(PeerMessage.Major, PeerMessage.Minor, me.Cluster, me.Membership, me.Chain, context.Identity.Epoch, me.ListenPort, me.Software));
    }

    /// <summary>The node has begun another epoch since: links are per epoch, and the other side knows the one before.</summary>
    public bool IsOutdated => _greetedAs != context.Identity.Epoch && Phase != LinkPhase.Closed;

    /// <summary>Judges the other side's hello. False: the link is being closed.</summary>
    public bool Welcome(HelloMessage hello)
    {
        if (Phase != LinkPhase.Greeting) return Close("Protocol", "A second hello on one link.");
        if (hello.MajorVersion != PeerMessage.Major)
            return Close("VersionMismatch", $"This node speaks protocol version {PeerMessage.Major}, the other one {hello.MajorVersion} ({hello.Software}). Update the older of the two.");
        if (hello.Cluster != context.Identity.Cluster) return Close("OtherCluster", "The other node belongs to another cluster. Check the address, or join with an invitation of this cluster.");
        (Epoch, ListenPort) = (hello.Epoch, hello.ListenPort);
        if (Peer == context.Identity.Node && Epoch == context.Identity.Epoch) return Close("Self", "This is the node itself.");
        if (hello.Membership is null)
        {
            Phase = LinkPhase.Joining;
            return true;
        }
        if (hello.Membership.Node != Peer) return Close("NotAMember", "The membership shown is another node's.");
        if (!context.Members.TryShow(hello.Membership, hello.Chain, out var reason) && !context.Members.IsAdmitted(Peer)) return Close("NotAMember", $"Its membership does not hold: {reason}");
        if (EndIfExpelled()) return false;
        Compare();
        return true;
    }

    /// <summary>Ends the link if the policy lets this peer, or this node, do nothing any more. True if so.</summary>
    public bool EndIfExpelled()
    {
        if (Phase is LinkPhase.Greeting or LinkPhase.Joining && context.Members.Find(Peer) is null) return false;
        var judge = context.Judgement.Now;
        if (!judge.MayConnect(context.Identity.Node, context.Identity.Membership)) Close("Leaving", "This node was expelled by the folder's policy.");
        else if (!judge.Nodes.Contains(Peer) && context.Members.Find(Peer) is { } shown && judge.ClosingOf(shown.Grant, shown.First.Node) is not null)
            Close("Expelled", $"The invitation by which {shown.Name} joined lets in others only. It needs a new one (New-VfsInvitation): move .vfs out of its folder there, and start the node with that.", tellWhy: Phase == LinkPhase.Live);
        else if (context.Members.Find(Peer) is { } old && judge.IsReplaced(old))
            Close("Expelled", $"{old.Name} has taken another key, and this one opens nothing any more. Start the folder in which it was renewed; or move .vfs out of this one, and let it join anew with an invitation.", tellWhy: Phase == LinkPhase.Live);
        else if (!judge.MayConnect(Peer, context.Members.Find(Peer))) Close("Expelled", $"The folder's policy has expelled {context.Members.NameOf(Peer)}. An admin can let it in again (Grant-VfsPermission).", tellWhy: Phase == LinkPhase.Live);
        else return false;
        return true;
    }

    public void Compare()
    {
        Phase = LinkPhase.Comparing;
        context.Emit(new MemberEffect(Link, IsVault));
        SendCursor();
    }

    public void SendCursor()
    {
        var rows = forks.Sure(context.View.Cursor).Dots;
        for (var from = 0; from == 0 || from < rows.Length; from += RowsInFrame)
            context.Send(Link, new CursorMessage([.. rows.Skip(from).Take(RowsInFrame).Select(d => (d, context.View.RecordIdOf(d)))], More: from + RowsInFrame < rows.Length));
    }

    /// <summary>The whole of a cursor that came in parts; null while there is more of it.</summary>
    public CursorMessage? Gathered(CursorMessage part)
    {
        if (_parts.Count + part.Received.Length > MostAuthors) throw new FormatException("a cursor of more authors than a cluster may have");
        if (!part.More && _parts.Count == 0) return part;
        _parts.AddRange(part.Received);
        if (part.More) return null;
        var whole = new CursorMessage([.. _parts]);
        _parts.Clear();
        return whole;
    }

    public void Compared(CursorMessage message)
    {
        Phase = LinkPhase.Live;
        WasLive = true;
        _differing.Clear();
        _differing.UnionWith(message.Received.Where(r => context.View.Cursor[r.Dot.Author] >= r.Dot.Number && context.View.RecordIdOf(r.Dot) != r.Id).Select(r => r.Dot.Author));
        Cursor = VersionVector.Of(message.Received.Select(r => r.Dot).Where(d => !_differing.Contains(d.Author)));
        // It may have set records aside: what it shows of those that it has now, it says anew.
        var received = VersionVector.Of(message.Received.Select(r => r.Dot));
        Shown = VersionVector.Of(Shown.Dots.Where(received.Contains));
        context.Emit(new PushEffect(Link, Cursor, Restart: true));
        Ping();
    }

    /// <summary>Something is being said to the peer anyway: now and then the way there and back is measured beside it.</summary>
    public void MeasureNowAndThen()
    {
        if (context.NowMs - _pingedMs >= MeasureEveryMs) Ping();
    }

    private void Ping()
    {
        _pingedMs = context.NowMs;
        context.Send(Link, new PingMessage(context.NowMs));
    }

    /// <summary>The peer has these, since it acknowledged them. Where its log differs from the one here, numbers say nothing.</summary>
    public void Has(IEnumerable<Dot> dots) => Cursor = Bounded(Cursor.Join(VersionVector.Of(dots.Where(d => !_differing.Contains(d.Author)))));

    /// <summary>Whether it holds another course of this author's log than the one here.</summary>
    public bool Differs(Author author) => _differing.Contains(author);

    /// <summary>It sent records that contradict the log here.</summary>
    public void Contradicted(IEnumerable<Author> authors) => _differing.UnionWith(authors);

    /// <summary>It sent records that the log here goes on with.</summary>
    public void Sent(IReadOnlyCollection<Dot> dots)
    {
        _differing.ExceptWith(dots.Select(d => d.Author));
        Has(dots);
    }

    /// <summary>From this record on, an author's log is another one here: the peer is sent it.</summary>
    public void TookBack(Dot first)
    {
        _differing.Remove(first.Author); // It may have been the one that is here now.
        Cursor = Cursor.UpTo(first with { Number = first.Number - 1 });
        context.Emit(new PushEffect(Link, Cursor, Restart: true));
    }

    public void Push() => context.Emit(new PushEffect(Link, Cursor, Restart: false));

    public void Acknowledged(HaveMessage have)
    {
        Has(have.Received);
        Shown = Bounded(Shown.Join(VersionVector.Of(have.Shown)));
        _totals = (have.Files, have.Bytes);
    }

    private static VersionVector Bounded(VersionVector said) =>
        said.Dots.Length <= MostAuthors ? said : throw new FormatException("it says that it has records of more authors than a cluster may have");

    public void Pong(long number) => RoundTripMs = Math.Max(0, context.NowMs - number);

    /// <summary>Ends the link. Returns false.</summary>
    /// <param name="reason">A word for programs.</param>
    /// <param name="text">A sentence for people.</param>
    /// <param name="tellWhy">The records that led to it go before.</param>
    public bool Close(string reason, string text, bool tellWhy = false)
    {
        if (Phase == LinkPhase.Closed) return false;
        if (tellWhy) Push();
        Phase = LinkPhase.Closed;
        context.Emit(new CloseEffect(Link, reason, text, tellWhy));
        if (reason is not ("VersionMismatch" or "OtherCluster" or "NotAMember")) return false;
        if (Outgoing || reason == "VersionMismatch") Problem($"{Address}: {text}");
        else Problem($"A node at {Host} that is no member knocked and was refused. If it belongs here, let it join: New-VfsInvitation, and Start-VfsNode -Invitation there.");
        return false;
    }

    /// <summary>Trouble with this peer. Who is no member may change its key and port at will; one problem stands for all of a host.</summary>
    public void Problem(string message) => context.Emit(new ProblemEffect(EntryPath.Root, new Problem(EntryPath.Root, ProblemKind.Peer, message, context.Members.Find(Peer) is null ? Host : Peer.ToString())));

    private string Host => Address.LastIndexOf(':') is > 0 and var at ? Address[..at] : Address;
}
