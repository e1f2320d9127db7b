using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Wire;
using VfsSync.Engine.Net;

namespace VfsSync.Engine.Running;

internal sealed partial class SyncNode
{
    private readonly ConcurrentDictionary<NodeId, DateTimeOffset> _lastSeen = new();
    private ImmutableHashSet<NodeId> _connected = [];

    public IReadOnlyList<MemberStatus> Members() => _lane.Ask(() => (IReadOnlyList<MemberStatus>)[.. _members.All.Where(m => m.Node != Id).OrderBy(m => m.Name, StringComparer.Ordinal).Select(Status)]);

    /// <summary>Makes an invitation; its token is the only copy of its secret.</summary>
    /// <param name="role">admin, editor, writer, reader or vault.</param>
    /// <param name="uses">How many nodes; 0 = any number.</param>
    /// <param name="expiresIn">From now; null = never.</param>
    /// <exception cref="NodeException">NotAdmin, UnknownRole.</exception>
    public InvitationStatus CreateInvitation(string role, int uses, TimeSpan? expiresIn)
    {
        if (!Memberships.Roles.Contains(role)) throw new NodeException("VfsUnknownRole", $"There is no role '{role}'. Choose one of {string.Join(", ", Memberships.Roles.Order())}.");
        if (Role != Memberships.Admin) throw new NodeException("VfsNotAdmin", $"{Name} is {Role}, and only an admin may invite. Run this on an admin's node.");
        var expires = expiresIn is { } span ? DateTimeOffset.UtcNow + span : (DateTimeOffset?)null;
        using var grantKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var grant = Memberships.SignGrant(Cluster, grantKey.ExportSubjectPublicKeyInfo(), role, expires?.ToUnixTimeMilliseconds() ?? 0, uses, Id, _home.Identity.SigningKey);
        var (self, chain) = Running.Cluster.Decode(_home.Cluster!.Membership);
        var clusterKey = role == "vault" ? [] : _home.Cluster.ClusterKey;
        var addresses = OwnAddresses();
        var token = InvitationToken.Encode(new Invitation(grant, grantKey.ExportPkcs8PrivateKey(), clusterKey, [self, .. chain], addresses));
        return new InvitationStatus(token, role, uses, expires, Name, addresses);
    }

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
        _dialling.Silence(peer, silent: false);
        if (IsConnected(peer)) link.Dispose();
        else
        {
            var refusal = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            new Thread(() => { ServeLink(link); refusal.TrySetResult("the link was closed"); }) { Name = $"vfs read {parsed}", IsBackground = true }.Start();
            var up = WaitConnectedAsync([peer], cancellation);
            if (await Task.WhenAny(up, refusal.Task) != up && !IsConnected(peer)) throw Refused(parsed);
            await up;
        }
        _book.Update(b => b.Reached(peer, parsed, AddressSource.Given, DateTimeOffset.UtcNow));
        return Members().FirstOrDefault(m => m.Id == peer) ?? throw Refused(parsed);
    }

    /// <summary>Ends the link to a member and, like the member when it hears why, dials no more until <see cref="ConnectAsync"/> or the next start.</summary>
    public void Disconnect(NodeId member)
    {
        _dialling.Silence(member, silent: true);
        foreach (var link in _links.All.Where(l => l.Link.Peer == member)) link.Close(GoodbyeMessage.Disconnected, $"{Name} ended it (Disconnect-VfsNode). It comes back by Connect-VfsNode on either side, or when one of the two starts again.");
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
        var said = Problems().LastOrDefault(p => p.Kind == Core.Tree.ProblemKind.Peer)?.Message;
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
        if (!_connected.Contains(happened.Node)) return;
        foreach (var link in live.Where(l => l.Peer == happened.Node)) Remember(link);
        _dialling.Silence(happened.Node, silent: false);
        if (_problems.Clear(happened.Node.ToString()))
            _events.Add(new SyncEvent(DateTimeOffset.Now, SyncEventKind.ProblemCleared, _members.NameOf(happened.Node)));
    }

    private void Remember(PeerSession link)
    {
        if (!PeerAddress.TryParse(link.Address, out var address)) return;
        if (link.Outgoing) _book.Update(b => b.Reached(link.Peer, address, AddressSource.Given, DateTimeOffset.UtcNow));
        else if (link.ListenPort > 0) _book.Update(b => b.With(link.Peer, address with { Port = link.ListenPort }, AddressSource.Incoming));
    }

    private MemberStatus Status(Membership member)
    {
        var link = _session.Peers.Live.FirstOrDefault(l => l.Peer == member.Node);
        var driver = link is null ? null : _links.Find(link.Link);
        var state = link is not null ? MemberState.Connected : _dialling.IsTrying(member.Node) && _lastSeen.IsEmpty ? MemberState.Connecting : MemberState.Offline;
        var address = link?.Address ?? _book.Current.Of(member.Node).FirstOrDefault()?.Address.ToString();
        var roundTrip = link?.RoundTripMs is { } ms ? TimeSpan.FromMilliseconds(ms) : (TimeSpan?)null;
        var known = _session.Peers.Known(member.Node);
        var behind = known is null ? (long?)null : _store.Cursor.Dots.Sum(d => Math.Max(0, d.Number - known.Shown[d.Author]));
        var via = link is null && _session.Peers.Via(member.Node) is { } peer ? _members.NameOf(peer) : null;
        var seen = driver?.LastHeard.ToLocalTime() ?? (_lastSeen.TryGetValue(member.Node, out var last) ? last : _book.Current.Of(member.Node).Max(a => a.LastSuccess)?.ToLocalTime());
        return new MemberStatus(member.Node, member.Name, member.Role, state, address, link?.Outgoing ?? false, roundTrip, behind,
            known?.Files, known?.Bytes, seen, via, link is null ? _dialling.LastError(member.Node) : null);
    }

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
