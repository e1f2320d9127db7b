using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Wire;
using VfsSync.Engine.Net;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Running;

/// <summary>Becomes a member: shows an invitation's grant to any node that the invitation names, and keeps what it is given.</summary>
/// <param name="home">Where it is kept.</param>
/// <param name="transport">Connects.</param>
/// <param name="invitation">What is shown.</param>
/// <param name="nearby">Sees nodes of the cluster on this network; null: nobody looks.</param>
internal sealed class Joiner(NodeHome home, IPeerTransport transport, Invitation invitation, Nearby? nearby = null)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10), s_looking = TimeSpan.FromSeconds(3);

    /// <exception cref="NodeException">No address answers, or the invitation is refused.</exception>
    public async Task JoinAsync(string name, IEnumerable<string> peers, CancellationToken cancellation)
    {
        var tried = new List<(string Address, Exception Why)>();
        NodeException? stranger = null;
        // What the user says goes first: an address of the invitation may lead to whatever has it in this network.
        await foreach (var address in AddressesAsync(peers, cancellation))
        {
            try
            {
                await JoinAtAsync(address, name, cancellation);
                return;
            }
            catch (Exception e) when (e is IOException or FormatException or OperationCanceledException && !cancellation.IsCancellationRequested)
            {
                tried.Add((address, e));
            }
            catch (NodeException e) when (e.Id == "VfsOtherCluster" && !home.MayBeMember)
            {
                stranger ??= e;
            }
        }
        if (stranger is not null) throw stranger;
        throw new NodeException("VfsUnreachable",
            $"No node of the cluster answers, so this one cannot join. Start the node that made the invitation, or give an address with -Peer host:port. Tried: {PeerFault.Summary(tried)}.");
    }

    // Those on this network come last: it takes a while until it is known who is there.
    private async IAsyncEnumerable<string> AddressesAsync(IEnumerable<string> peers, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var given = peers.Concat(invitation.Addresses).Distinct().ToList();
        foreach (var address in given) yield return address;
        if (nearby is null) yield break;
        foreach (var address in (await nearby.SeenAsync(s_looking, cancellation)).Except(given)) yield return address;
    }

    private async Task JoinAtAsync(string address, string name, CancellationToken cancellation)
    {
        for (var attempt = 0; attempt < 5; attempt++)
        {
            using var link = await transport.ConnectAsync(address, cancellation);
            if (link.Peer == home.Identity.Id) throw new IOException("this node itself");
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            deadline.CancelAfter(_patience);
            using var giveUp = deadline.Token.UnsafeRegister(static l => ((IPeerLink)l!).Dispose(), link);
            var member = Sign(name);
            var suggested = await Task.Factory.StartNew(() => Ask(link, member), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            if (suggested is null)
            {
                if (!invitation.SealKey.IsEmpty) home.SaveSealKeys([invitation.SealKey.ToArray()]);
                home.SaveCluster(new ClusterSettings(invitation.Grant.Cluster, name, invitation.ClusterKey.ToArray(), Cluster.Encode(member, invitation.IssuerChain), null));
                return;
            }
            name = suggested;
        }
        throw new NodeException("VfsNameTaken", $"Every name like '{name}' is taken in this cluster. Choose another with -Name.");
    }

    private Membership Sign(string name)
    {
        using var grantKey = ECDsa.Create();
        grantKey.ImportPkcs8PrivateKey(invitation.GrantPrivateKey.Span, out _);
        return Memberships.SignMembership(invitation.Grant, name, home.Identity.SigningKey, home.Identity.AgreementPublicKey, grantKey);
    }

    // Null once we are a member; else a name that is free.
    private string? Ask(IPeerLink link, Membership member)
    {
        Send(link, new HelloMessage(PeerMessage.Major, PeerMessage.Minor, invitation.Grant.Cluster, null, [], 0, 0, "VfsSync"));
        while (link.Receive() is { } payload)
        {
            switch (MessageCodec.Decode(payload))
            {
                case HelloMessage hello:
                    CheckSponsor(link, hello);
                    home.MayBeMember = true;
                    Send(link, new JoinMessage(member, invitation.IssuerChain));
                    break;
                case WelcomeMessage: return null;
                case GoodbyeMessage { Reason: "NameTaken" } taken:
                    home.MayBeMember = false;
                    return taken.Text;
                case GoodbyeMessage bye: throw Refused(bye);
            }
        }
        throw new IOException("it closed the connection without an answer");
    }

    // The other end must be a member of the cluster that the invitation names: else anybody at that address could pose as it.
    private void CheckSponsor(IPeerLink link, HelloMessage hello)
    {
        if (hello.MajorVersion != PeerMessage.Major)
            throw new NodeException("VfsVersionMismatch", $"{link.Address} speaks protocol version {hello.MajorVersion}, this node {PeerMessage.Major}. Update the older of the two.");
        var chain = hello.Chain.Concat(invitation.IssuerChain).DistinctBy(m => m.Node).ToDictionary(m => m.Node);
        if (hello.Cluster != invitation.Grant.Cluster || hello.Membership is not { } sponsor || sponsor.Node != link.Peer)
            throw new NodeException("VfsOtherCluster", $"{link.Address} is a node of another cluster than the invitation's.");
        if (!Memberships.Verify(sponsor, invitation.Grant.Cluster, chain.GetValueOrDefault, out var reason))
            throw new NodeException("VfsOtherCluster", $"{link.Address} cannot prove that it belongs to the cluster: {reason}.");
    }

    private NodeException Refused(GoodbyeMessage bye)
    {
        if (bye.Reason is not ("InvitationExpired" or "InvitationUsed" or "InvitationInvalid" or "OtherCluster" or "VersionMismatch")) throw new IOException($"{bye.Reason}: {bye.Readable}");
        home.MayBeMember = false;
        return new NodeException("Vfs" + bye.Reason, bye.Readable);
    }

    private static void Send(IPeerLink link, PeerMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        MessageCodec.Encode(message, buffer);
        link.Send(buffer.WrittenSpan);
    }
}
