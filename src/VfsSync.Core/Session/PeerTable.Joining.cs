using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Session;

/// <summary>Who asks to be let in, and what the others then hear of it.</summary>
internal sealed partial class PeerTable
{
    private void Join(PeerSession peer, JoinMessage join)
    {
        if (RefusalOf(peer, join) is { } refusal)
        {
            peer.Close(refusal.Reason, refusal.Text);
            return;
        }
        var batch = new CommitBatch();
        authoring.Write(batch, new Admission(join.Membership));
        context.Members.TryAdd(join.Membership, join.IssuerChain, out _, by: batch.Records[^1].Opened.Header);
        context.Judgement.Reconsider(batch);
        context.Commit(batch, flushed: true, () => Admitted(peer, join.Membership), error => peer.Close("Stopping", $"The admission cannot be recorded: {error}"));
    }

    private (string Reason, string Text)? RefusalOf(PeerSession peer, JoinMessage join)
    {
        var (member, members) = (join.Membership, context.Members);
        if (member.Node != peer.Peer) return ("InvitationInvalid", "The membership is for another key.");
        var free = members.FreeName(member.Name, member.Node);
        if (free != member.Name) return ("NameTaken", free);
        var known = members.Find(member.Node);
        var uses = members.UsesOf(member.Grant) - (known is not null && known.Grant.GrantKey.Span.SequenceEqual(member.Grant.GrantKey.Span) ? 1 : 0);
        if (Memberships.Refusal(member.Grant, context.NowMs, uses) is { } refusal)
            return (refusal, refusal == "InvitationUsed" ? "This invitation has been used up. Ask for a new one (New-VfsInvitation)." : "This invitation has expired. Ask for a new one (New-VfsInvitation).");
        if (!member.Grant.Issuer.Hash.IsZero && !context.Judgement.Now.Now(member.Grant.Issuer).HasFlag(Permissions.Admin))
            return ("InvitationInvalid", "Who made this invitation is no admin any more. Ask an admin for a new one (New-VfsInvitation).");
        if (!members.TryAdd(member, join.IssuerChain, out var reason, admitted: false) && members.Find(member.Node) is null) return ("InvitationInvalid", reason);
        return null;
    }

    private void Admitted(PeerSession peer, Membership member)
    {
        context.Send(peer.Link, new WelcomeMessage(member.Name));
        context.Emit(new HappenedEffect(Happening.Joined, member.Node, Text: member.Role));
        peer.Compare();
        PushToAll();
    }
}
