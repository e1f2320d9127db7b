using VfsSync.Core.History;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Session;

/// <summary>All links of a node: who is connected, what goes to whom, and what is acknowledged.</summary>
internal sealed partial class PeerTable(
    SessionContext context, Authoring authoring, Placing placing, Fetcher fetcher, Offers offers, Forks forks, Keeping? keeping = null)
{
    private const int LostUnseenMs = 10_000, MostLinks = 4;

    private readonly Dictionary<int, PeerSession> _links = [];
    private readonly Incoming _incoming = new(context, authoring, forks, keeping);
    private readonly Progress _progress = new(context, placing, keeping, forks);
    private readonly Followers _followers = new(context);
    private readonly SortedSet<(long DueMs, int Link)> _relays = [];
    private readonly HashSet<int> _gaps = [];
    private Author _heard;
    private ulong _epoch = context.Identity.Epoch;
    private bool _allShownOnce, _refused;

    /// <summary>Told with the paths of which others' records were received.</summary>
    public event Action<IEnumerable<EntryPath>>? Learned;

    /// <summary>It is not known any more what this path of the disk holds.</summary>
    public event Action<EntryPath>? Forgot;

    /// <summary>Told with each chunk that came, and the stage that waited for it.</summary>
    public event Action<long, Content.ChunkId>? Brought;

    /// <summary>Told with the stages for which a chunk could not be written.</summary>
    public event Action<IReadOnlyList<long>, Problem>? NotTaken;

    /// <summary>Links over which records flow.</summary>
    public IEnumerable<PeerSession> Live => _links.Values.Where(l => l.Phase == LinkPhase.Live);

    /// <summary>What of the log this disk shows.</summary>
    public VersionVector Shown => _progress.Shown;

    public void Up(LinkUpInput up)
    {
        var peer = new PeerSession(context, forks, up);
        _links[up.Link] = peer;
        peer.Greet();
    }

    public void Down(LinkDownInput down)
    {
        if (!_links.Remove(down.Link, out var peer)) return;
        _strangers.Remove(down.Link);
        offers.LinkDown(down.Link);
        fetcher.LinkDown(down.Link);
        if (peer.WasLive) _followers.Down(peer);
        if (_links.Values.All(l => l.Peer != peer.Peer)) context.Members.Forget(peer.Peer);
        if (peer.WasLive && Live.All(l => l.Peer != peer.Peer)) context.Emit(new HappenedEffect(Happening.Lost, peer.Peer, Text: down.Reason));
    }

    public void Received(MessageInput input)
    {
        if (!_links.TryGetValue(input.Link, out var peer) || peer.Phase == LinkPhase.Closed) return;
        Guarded(peer, () => Dispatch(peer, input.Message));
    }

    private void Guarded(PeerSession peer, Action handle)
    {
        try
        {
            handle();
        }
        catch (FormatException e)
        {
            peer.Problem($"{context.Members.NameOf(peer.Peer)} ({peer.Address}) sent something wrong: {e.Message}");
            peer.Close("Protocol", e.Message);
        }
    }

    /// <summary>Members may do other things than before: a vault may take chunks of others now.</summary>
    public void JudgedAnew()
    {
        EndExpelled();
        if (keeping is null) return;
        keeping.JudgedAnew();
        foreach (var peer in Live.Where(l => keeping.CanGive(l.Peer))) fetcher.LinkUp(peer.Link);
        keeping.PeerCame();
    }

    /// <summary>Own records were committed: they go out at once.</summary>
    public void PushToAll()
    {
        foreach (var peer in Live) peer.Push();
        _progress.Arrived([new Dot(authoring.Author, context.View.Cursor[authoring.Author])]);
        if (_heard == authoring.Author) return;
        _heard = authoring.Author;
        Learn(context.View.FirstHeaders().Where(first => first.Author == authoring.Author));
    }

    public void Tick()
    {
        while (_relays.Count > 0 && _relays.Min.DueMs <= context.NowMs)
        {
            if (_links.TryGetValue(_relays.Min.Link, out var peer) && peer.Phase == LinkPhase.Live) peer.Push();
            _relays.Remove(_relays.Min);
        }
        _followers.Tick([.. Live]);
        TellOfStrangers();
    }

    /// <summary>Another policy holds: whoever may do nothing any more is told so, and goes.</summary>
    public void EndExpelled()
    {
        foreach (var peer in _links.Values.ToList()) peer.EndIfExpelled();
    }

    /// <summary>Tells peers what has been received and shown since they were told last.</summary>
    public void Acknowledge()
    {
        var news = _progress.News();
        if (news.Count == 0) return;
        foreach (var peer in Live)
        {
            foreach (var message in news) context.Send(peer.Link, message);
            peer.MeasureNowAndThen();
        }
    }

    /// <summary>Links or members may have changed: asks how far those are that this node is not linked with.</summary>
    public void AskAround()
    {
        if (_epoch != context.Identity.Epoch) GreetAnew();
        _followers.Ask([.. Live]);
        forks.LookAround(Live);
    }

    // Whoever dialled dials again.
    private void GreetAnew()
    {
        _epoch = context.Identity.Epoch;
        foreach (var peer in _links.Values.Where(l => l.IsOutdated).ToList()) peer.Close("NewEpoch", "This node goes on under another epoch.");
    }

    /// <summary>How far a member is, by its own word or by that of others; null if nobody ever said.</summary>
    public Standing? Known(NodeId member) => _followers.Known(member, Live);

    /// <summary>Through which peer a member is linked that has no link to this node; null if none says so.</summary>
    public NodeId? Via(NodeId member) => _followers.Via(member) is { } number && _links.TryGetValue(number, out var peer) ? peer.Peer : null;

    /// <summary>When others last said that someone is linked with a member; null if nobody did.</summary>
    public long? HeardMs(NodeId member) => _followers.HeardMs(member);

    /// <summary>How far a member was in an earlier run of this node; until it is heard of, that stays known.</summary>
    public void Recall(NodeId member, Standing standing) => _followers.Recall(member, standing);

    /// <summary>Whether a member shows all of this, by its own word or by that of others; of one that is not linked with anyone, nobody can say what it has changed.</summary>
    public bool Shows(NodeId member, VersionVector target) => Known(member) is { IsLinked: true } known && known.Shown.Includes(target);

    /// <summary>Whether this node shows all of this, and every other member has told it so over a link: for what is given up then, hearsay is not enough.</summary>
    public bool AllShow(VersionVector target) => Shown.Includes(target) && Others.All(m => Live.Any(l => l.Peer == m.Node && l.Shown.Includes(target)));

    // All that this node or one of its peers has ever heard of.
    private bool AllAreHere => Others.All(m => Live.Any(l => l.Peer == m.Node) || Known(m.Node) is null);

    private IEnumerable<Membership> Others => context.Members.All.Where(m => m.Node != context.Identity.Node && context.Judgement.Now.MayConnect(m.Node, m));

    private void Dispatch(PeerSession peer, PeerMessage message)
    {
        switch (message)
        {
            case HelloMessage hello: peer.Welcome(hello); break;
            case JoinMessage join when peer.Phase == LinkPhase.Joining: Join(peer, join); break;
            case GoodbyeMessage bye: SaidGoodbye(peer, bye); break;
            case CursorMessage cursor when peer.Phase is LinkPhase.Comparing or LinkPhase.Live: Compare(peer, cursor); break;
            case UnknownMessage when peer.Phase is LinkPhase.Comparing or LinkPhase.Live: break; // Of a newer version; a stranger has nothing more to say.
            case not null when peer.Phase == LinkPhase.Live: DispatchLive(peer, message); break;
            default: throw new FormatException("a message that does not belong here");
        }
    }

    private void DispatchLive(PeerSession peer, PeerMessage message)
    {
        switch (message)
        {
            case RecordsMessage records: Take(peer, records); break;
            case ChunksMessage chunks: TakeChunks(peer, chunks); break;
            case HaveMessage have: Acknowledged(peer, have); break;
            case WantMessage want: context.Emit(new ServeEffect(peer.Link, want.Ids)); break;
            case GoneMessage gone: fetcher.Gone(peer.Link, gone.Ids); break;
            case PingMessage ping: context.Send(peer.Link, new PongMessage(ping.Number)); break;
            case PongMessage pong: peer.Pong(pong.Number); break;
            case OfferMessage offer: if (keeping is null && context.Judgement.Now.Now(peer.Peer).HasFlag(Permissions.Write)) offers.Received(peer.Link, offer); break;
            case SpoiledMessage spoiled: keeping?.Spoiled(peer, spoiled, Live); break;
            case FollowMessage follow: _followers.Asked(peer.Link, follow); break;
            case ProgressMessage progress: _followers.Heard(peer.Link, progress); break;
            default: throw new FormatException("a message that does not belong here");
        }
    }

    private void Compare(PeerSession peer, CursorMessage part)
    {
        if (peer.Gathered(part) is not { } cursor) return;
        var first = peer.Phase == LinkPhase.Comparing;
        if (first && !KeepLink(peer)) return;
        foreach (var (dot, id) in cursor.Received) CheckOwn(dot, id);
        peer.Compared(cursor);
        EndRefusal();
        if (!first) return;
        if (keeping?.CanGive(peer.Peer) != false) fetcher.LinkUp(peer.Link);
        keeping?.PeerCame();
        foreach (var all in _progress.All()) context.Send(peer.Link, all);
        context.Emit(new HappenedEffect(Happening.Connected, peer.Peer, Text: peer.Address));
    }

    // One link per (node, epoch). Dialled from both sides, the one that the lower node dialled stays: both sides see that alike. Dialled twice by one side, that
    // side alone closes the second: the two may come up here in another order than there. Who is linked does not dial: where the first is there for long, the other side has
    // lost it, and only this one has not noticed.
    private bool KeepLink(PeerSession peer)
    {
        foreach (var other in _links.Values.Where(l => l != peer && l.Phase == LinkPhase.Live && l.Peer == peer.Peer && l.Epoch == peer.Epoch).ToList())
        {
            if (other.Outgoing == peer.Outgoing)
            {
                if (peer.Outgoing) return peer.Close("Duplicate", "There is a link between these nodes already.");
                continue;
            }
            var keepNew = peer.UpMs - other.UpMs > LostUnseenMs || peer.Outgoing == IsLower(peer);
            (keepNew ? other : peer).Close("Duplicate", "Both nodes dialled; the other link stays.");
            if (!keepNew) return false;
            offers.LinkDown(other.Link);
            fetcher.LinkDown(other.Link);
        }
        // A program of ours has no more than one or two for a moment.
        var oldest = _links.Values.Where(l => l != peer && l.Phase == LinkPhase.Live && l.Peer == peer.Peer).OrderByDescending(l => l.Link).ElementAtOrDefault(MostLinks - 1);
        oldest?.Close("Duplicate", "There are more links to this node than it needs.");
        return true;
    }

    private bool IsLower(PeerSession peer) =>
        context.Identity.Node != peer.Peer ? context.Identity.Node.CompareTo(peer.Peer) < 0 : context.Identity.Epoch < peer.Epoch;

    private void CheckOwn(Dot dot, RecordId id)
    {
        if (!authoring.Wrote(dot.Author)) return;
        var known = context.View.Cursor[dot.Author];
        if (dot.Number <= known && context.View.RecordIdOf(dot) == id) return;
        authoring.OthersHave(dot, id);
        if (dot.Number <= known) authoring.Forked(dot, id, $"two different records have the number {dot.Number}");
        else if (dot.Author == authoring.Author)
            authoring.BeginEpoch("another node holds records of this node that it does not know: its folder is a copy, or was restored from a backup");
    }

    private void Take(PeerSession peer, RecordsMessage message)
    {
        var result = _incoming.Take(message);
        peer.Contradicted(_incoming.Contradicted);
        if (_incoming.Strangers.Count > 0) MetStrangers(peer, _incoming.Strangers);
        if (result.Gap && _gaps.Add(peer.Link)) peer.SendCursor();
        if (result.Batch.Records.Count == 0)
        {
            if (result.Rest.Count > 0) Take(peer, new RecordsMessage([.. result.Rest], []));
            else SetRight(peer);
        }
        else context.Commit(result.Batch, flushed: true, () => Taken(peer, result, []), error => Refused(peer, result, error));
    }

    private void Taken(PeerSession from, Incoming.Result result, IEnumerable<EntryPath> affected)
    {
        _refused = false;
        _gaps.Remove(from.Link);
        from.Sent([.. result.Batch.Records.Select(r => r.Opened.Dot)]);
        _progress.Arrived(result.Batch.Records.Select(r => r.Opened.Dot));
        keeping?.Named(result.Batch.Records.Select(r => r.Opened.Header), context.View.LastSequence);
        placing.HeadsChanged(result.Batch.Heads.Keys.Concat(affected), context.View.LastSequence);
        Learned?.Invoke(result.Batch.Heads.Keys.Concat(affected));
        result.Batch.Denied.ForEach(TellDenied);
        foreach (var member in result.Members) context.Emit(new HappenedEffect(Happening.Joined, member.Node, Text: member.Role));
        if (!ReferenceEquals(result.Before, context.Members.Now)) MembersChanged();
        foreach (var peer in Live.Where(l => l != from)) Relay(peer);
        Learn(result.Batch.Records.Select(r => r.Opened.Header));
        if (result.Rest.Count > 0) Guarded(from, () => Take(from, new RecordsMessage([.. result.Rest], [])));
        else SetRight(from);
    }

    public void TellDenied(History.Version denied) =>
        context.Emit(new HappenedEffect(Happening.Denied, denied.Dot.Author.Node, denied.Path, denied.Entry, Text: "against the policy; Get-VfsHistory -Denied has it"));

    private void Learn(IEnumerable<RecordHeader> headers)
    {
        if (!forks.Learn(headers)) return;
        foreach (var peer in Live) peer.SendCursor();
    }

    // The author most likely tells every peer itself; a relay gives it a moment, and sends only what the peer has not acknowledged by then.
    private void Relay(PeerSession peer)
    {
        _relays.Add((context.NowMs + context.Settings.RelayMs, peer.Link));
        context.Emit(new WakeEffect(context.NowMs + context.Settings.RelayMs));
    }

    private void Refused(PeerSession peer, Incoming.Result result, string error)
    {
        context.Members.Restore(result.Before);
        context.Problem(EntryPath.Root, ProblemKind.Unwritable, $"Records of others cannot be kept: {error} They are asked for again.");
        _refused = true;
        peer.Close("Stopping", "Records cannot be kept here at the moment.");
    }

    // What was refused came again, or nobody who is connected has it any more.
    private void EndRefusal()
    {
        if (!_refused || !Live.All(l => context.View.Cursor.Includes(l.Cursor))) return;
        _refused = false;
        context.Emit(new ProblemEffect(EntryPath.Root, null));
    }

    private void Acknowledged(PeerSession peer, HaveMessage have)
    {
        var (before, shown) = (peer.Standing, peer.Shown);
        peer.Acknowledged(have);
        if (peer.Shown != shown) fetcher.MayHaveMore(peer.Link);
        if (peer.Standing != before) _followers.KnowsMore();
        if (!_allShownOnce && Live.All(l => l.Shown.Includes(context.View.Cursor)))
        {
            _allShownOnce = true;
            context.Emit(new HappenedEffect(Happening.Synced, context.Identity.Node));
        }
        else if (Live.Any(l => !l.Shown.Includes(context.View.Cursor))) _allShownOnce = false;
    }

    private void SaidGoodbye(PeerSession peer, GoodbyeMessage bye)
    {
        // Whoever knocks here without being a member has nothing to tell our user.
        if (bye.Reason is "NotAMember" or "OtherCluster" or "VersionMismatch" or "Expelled" && (peer.Outgoing || context.Members.Find(peer.Peer) is not null)) peer.Problem($"{peer.Address} refused this node: {bye.Readable}");
        peer.Close("Goodbye", bye.Reason);
    }
}
