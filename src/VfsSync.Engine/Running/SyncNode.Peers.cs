using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;
using VfsSync.Engine.Net;

namespace VfsSync.Engine.Running;

internal sealed partial class SyncNode
{
    private static readonly TimeSpan s_lateLinks = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<NodeId, DateTimeOffset> _lastSeen = new();
    private readonly ConcurrentDictionary<NodeId, bool> _ending = new();
    private ImmutableHashSet<NodeId> _connected = [];

    public IReadOnlyList<MemberStatus> Members() => _lane.Ask(() => (IReadOnlyList<MemberStatus>)[.. _members.All.Where(m => m.Node != Id && !_session.Judge.IsReplaced(m)).OrderBy(m => m.Name, StringComparer.Ordinal).Select(Status)]);

    /// <summary>Adds an address to the peer book and dials it now.</summary>
    /// <returns>The member reached.</returns>
    /// <exception cref="NodeException">Unreachable, NotAMember, OtherCluster, VersionMismatch.</exception>
    public async Task<MemberStatus> ConnectAsync(string address, CancellationToken cancellation)
    {
        if (!PeerAddress.TryParse(address, out var parsed)) throw new NodeException("VfsBadAddress", $"'{address}' is no address of a peer. Write host, host:port, IPv4:port or [IPv6]:port.");
        var link = await DialAsync(parsed, cancellation);
        var peer = link.Peer;
        if (peer == Id)
        {
            link.Dispose();
            throw new NodeException("VfsBadAddress", $"{parsed} is {Name} itself. Give the address of another node of the cluster.");
        }
        _dialling.Resume(peer);
        if (IsConnected(peer)) link.Dispose();
        else
        {
            var refusal = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            new Thread(() => { ServeLink(link); refusal.TrySetResult("the link was closed"); }) { Name = $"vfs read {parsed}", IsBackground = true }.Start();
            var up = WaitConnectedAsync([peer], cancellation);
            if (await Task.WhenAny(up, refusal.Task) != up && !IsConnected(peer)) throw Refused(parsed);
            await up;
            await UntilAsync(() => _session.Peers.Live.Any(l => l.Peer == peer && l.Standing is not null), cancellation);
        }
        _book.Update(b => b.Reached(peer, parsed, AddressSource.Given, DateTimeOffset.UtcNow));
        // One that was let in elsewhere a moment ago only shows itself as yet.
        return _lane.Ask(() => _members.Find(peer) is { } member ? Status(member) : null) ?? throw Refused(parsed);
    }

    /// <summary>Ends the link to a member and, like the member when it hears why, dials no more until <see cref="ConnectAsync"/> or the next start. Returns when the link is gone.</summary>
    public async Task DisconnectAsync(NodeId member, CancellationToken cancellation)
    {
        _ending[member] = true;
        try
        {
            await EndAsync(member, cancellation);
            // What the other side had begun before it heard comes up within a moment, and is ended, too.
            await Task.Delay(s_lateLinks, cancellation);
            await EndAsync(member, cancellation);
        }
        finally
        {
            _ending.TryRemove(member, out _);
        }
    }

    private Task EndAsync(NodeId member, CancellationToken cancellation)
    {
        _dialling.Silence(member, here: true);
        foreach (var link in _links.All.Where(l => l.Link.Peer == member)) link.Close(GoodbyeMessage.Disconnected, $"{Name} ended it (Disconnect-VfsNode). It comes back by Connect-VfsNode on either side, or when one of the two starts again.");
        return UntilAsync(() => _session.Peers.Live.All(l => l.Peer != member), cancellation);
    }

    // Told here, not by the session: this may come over a link that the session has closed as the second of two, or that is down by then.
    private void SentAway(NodeId by, string why)
    {
        _dialling.Silence(by, here: false);
        Trouble(new ProblemEffect(EntryPath.Root, new Problem(EntryPath.Root, ProblemKind.Peer, $"There is no link to {_members.Now.Members.GetValueOrDefault(by)?.Name ?? by.Hash.Short()}: {why}", by.ToString())));
        if (_dialling.EndedHere(by) is null) Reached(by); // It was brought back meanwhile.
    }

    private void Reached(NodeId member)
    {
        if (_problems.Clear(member.ToString())) _events.Add(new SyncEvent(DateTimeOffset.Now, SyncEventKind.ProblemCleared, _members.NameOf(member)));
    }

    private bool IsMeant(PeerSession link) => !_ending.ContainsKey(link.Peer) && !(_links.Find(link.Link) is { } driver && _dialling.IsLate(driver.Link));

    // What will be so in a moment is waited for, so that what is said next is true; not for long, since it hangs on the other side as well.
    private async Task UntilAsync(Func<bool> holds, CancellationToken cancellation)
    {
        using var brief = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        brief.CancelAfter(TimeSpan.FromSeconds(2));
        try
        {
            await _waiting.UntilAsync(() => _lane.Ask(holds), Stopped, brief.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // It is said as it is.
        }
    }

    private async Task<IPeerLink> DialAsync(PeerAddress address, CancellationToken cancellation)
    {
        try
        {
            return await _transport.ConnectAsync(address.ToString(), cancellation);
        }
        catch (PeerException e)
        {
            throw new NodeException("VfsUnreachable", e.Message, e);
        }
    }

    private NodeException Refused(PeerAddress address)
    {
        var said = Problems().LastOrDefault(p => p.Kind == ProblemKind.Peer)?.Message;
        return new NodeException("VfsNotAMember", said ?? $"{address} did not accept this node. Check that it belongs to the same cluster.");
    }

    private bool IsConnected(NodeId member) => _connected.Contains(member);

    private void ServeLink(IPeerLink link) => _links.Serve(link);

    private void LinksChanged(HappenedEffect happened)
    {
        _lastSeen[happened.Node] = DateTimeOffset.Now;
        var live = _session.Peers.Live.ToList();
        _connected = [.. live.Select(l => l.Peer)];
        _dialling.Wake();
        if (!_connected.Contains(happened.Node))
        {
            KeepWords();
            return;
        }
        foreach (var link in live.Where(l => l.Peer == happened.Node)) Remember(link);
        if (!live.Any(l => l.Peer == happened.Node && IsMeant(l))) return;
        _dialling.Resume(happened.Node);
        Reached(happened.Node);
    }

    private void Remember(PeerSession link)
    {
        if (!PeerAddress.TryParse(link.Address, out var address)) return;
        if (link.Outgoing) _book.Update(b => b.Reached(link.Peer, address, SourceOf(link, address), DateTimeOffset.UtcNow));
        else if (link.ListenPort > 0) _book.Update(b => b.With(link.Peer, address with { Port = link.ListenPort }, AddressSource.Incoming));
    }

    // What is known of members outlives the node: written when a link goes and at the end, not with every acknowledgement.
    private PeerBook KeepWords()
    {
        var words = _members.All.Where(m => m.Node != Id).Select(m => (m.Node, Word: new LastWord(LastSeen(m.Node), _session.Peers.Known(m.Node)?.Gone()))).ToList();
        return _book.Update(book => words.Where(w => w.Word != LastWord.None).Aggregate(book, (b, w) => b.With(w.Node, w.Word)));
    }

    private DateTimeOffset? LastSeen(NodeId member)
    {
        var book = _book.Current;
        return new[]
        {
            _lastSeen.TryGetValue(member, out var seen) ? seen : (DateTimeOffset?)null,
            _session.Peers.Live.Where(l => l.Peer == member).Max(l => _links.Find(l.Link)?.LastHeard),
            _session.Peers.HeardMs(member) is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null,
            book.Words.GetValueOrDefault(member)?.Seen,
            book.Of(member).Max(a => a.LastSuccess),
        }.Max()?.ToLocalTime();
    }

    private MemberStatus Status(Membership member)
    {
        var link = _session.Peers.Live.FirstOrDefault(l => l.Peer == member.Node);
        var fresh = _dialling.IsTrying(member.Node) && _dialling.LastError(member.Node) is null && !_lastSeen.ContainsKey(member.Node);
        var state = link is not null ? MemberState.Connected : fresh ? MemberState.Connecting : MemberState.Offline;
        var address = AddressOf(link) ?? _book.Current.Of(member.Node).FirstOrDefault()?.Address.ToString();
        var roundTrip = link?.RoundTripMs is { } ms ? TimeSpan.FromMilliseconds(ms) : (TimeSpan?)null;
        var known = _session.Peers.Known(member.Node);
        var behind = known is null ? (long?)null : _store.Cursor.Dots.Sum(d => Math.Max(0, d.Number - known.Shown[d.Author]));
        var via = link is null && _session.Peers.Via(member.Node) is { } peer ? _members.NameOf(peer) : null;
        return new MemberStatus(member.Node, member.Name, _session.Judge.RoleOf(member.Node), state, address, link?.Outgoing ?? false, roundTrip, behind,
            known?.Files, known?.Bytes, LastSeen(member.Node), via, link is not null ? null : WhyAway(member) ?? (known is not null && via is null && address is null ? NobodyHasALink() : null), FoundBy(link, member.Node));
    }

    private string? WhyAway(Membership member) => _dialling.EndedHere(member.Node) switch
    {
        true => "ended here with Disconnect-VfsNode; Connect-VfsNode brings it back",
        false => $"{member.Name} ended it with Disconnect-VfsNode; Connect-VfsNode brings it back",
        null => _dialling.LastError(member.Node),
    };

    private string? NobodyHasALink() => _connected.Count == 1 ? $"{_members.NameOf(_connected.Single())} has no link to it; start it" : "no connected member has a link to it; start it";

    // A port from which somebody dialled leads nowhere.
    private static string? AddressOf(PeerSession? link) =>
        link is { Outgoing: false, ListenPort: > 0 and var port } && PeerAddress.TryParse(link.Address, out var there) ? (there with { Port = port }).ToString() : link?.Address;

    private ImmutableArray<string> OwnAddresses()
    {
        var addresses = NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i.OperationalStatus == OperationalStatus.Up && i.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(a => a.Address)
            .Where(a => a.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 && !a.IsIPv6LinkLocal)
            .Append(IPAddress.Loopback);
        return [.. addresses.Select(a => new PeerAddress(a.ToString(), Port).ToString()).Distinct().Take(16)];
    }
}
