using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Session;

/// <summary>Who asks to be let in, and what the others then hear of it.</summary>
internal sealed partial class PeerTable
{
    private const long SettleAgainMs = 1000;
    private int _settled = -1; // how much was said of members when grants were looked at last
    private long _settleAtMs;

    private void Join(PeerSession peer, JoinMessage join)
    {
        if (RefusalOf(peer, join) is { } refusal)
        {
            peer.Close(refusal.Reason, refusal.Text);
            return;
        }
        var batch = new CommitBatch();
        var (node, grant) = (join.Membership.Node, join.Membership.Grant);
        var last = ToClose(grant, [.. context.Members.AdmittedWith(grant.Id).Append(node).Distinct()]);
        authoring.Write(batch, last is null ? [new Admission(join.Membership)] : [new Admission(join.Membership), last]);
        var header = batch.Records[^1].Opened.Header;
        context.Members.TryAdd(join.Membership, join.IssuerChain, out _, by: header);
        if (last is not null) context.Members.Close(last, header);
        context.Judgement.Reconsider(batch);
        context.Commit(batch, flushed: true, () => Admitted(peer, join.Membership), error => NotAdmitted(peer, join.Membership, last, header, error));
    }

    private void NotAdmitted(PeerSession peer, Membership member, GrantClosing? last, RecordHeader header, string error)
    {
        context.Members.Remove(member, header);
        if (last is not null) context.Members.Open(last, header);
        peer.Close("Stopping", $"The admission cannot be recorded: {error}");
    }

    private (string Reason, string Text)? RefusalOf(PeerSession peer, JoinMessage join)
    {
        var (member, members) = (join.Membership, context.Members);
        if (member.Node != peer.Peer) return ("InvitationInvalid", "The membership is for another key.");
        var free = members.FreeName(member.Name, member.Node);
        if (free != member.Name) return ("NameTaken", free);
        var known = members.Find(member.Node);
        var uses = members.UsesOf(member.Grant) - (known is not null && known.Grant.GrantKey.Span.SequenceEqual(member.Grant.GrantKey.Span) ? 1 : 0);
        if (context.Judgement.Now.ClosingOf(member.Grant, member.Node) is { } closing)
            return ("InvitationUsed", $"This invitation {(IsUsedUp(closing, member.Grant) ? "has been used up" : "was revoked")}. Ask for a new one (New-VfsInvitation).");
        if (Memberships.Refusal(member.Grant, context.NowMs, uses) is { } refusal)
            return (refusal, refusal == "InvitationUsed" ? "This invitation has been used up. Ask for a new one (New-VfsInvitation)." : "This invitation has expired. Ask for a new one (New-VfsInvitation).");
        if (!member.Grant.Issuer.Hash.IsZero && !context.Judgement.Now.Now(member.Grant.Issuer).HasFlag(Permissions.Admin))
            return ("InvitationInvalid", "Who made this invitation is no admin any more. Ask an admin for a new one (New-VfsInvitation).");
        if (!members.TryAdd(member, join.IssuerChain, out var reason, admitted: false) && members.Find(member.Node) is null) return ("InvitationInvalid", reason);
        return null;
    }

    /// <summary>Whether a grant was closed because it had admitted as many as it may.</summary>
    public static bool IsUsedUp(GrantClosing closing, Grant grant) => grant.Uses > 0 && closing.Admitted.Length >= grant.Uses;

    /// <summary>Closes this node's own grants that have admitted as many as they may, also through others: to those of whom it learned first. Whoever else was admitted meanwhile is out.</summary>
    public void SettleGrants()
    {
        if (context.Members.Said == _settled || context.NowMs < _settleAtMs) return;
        _settled = context.Members.Said;
        var full = context.Members.Admitted.Select(a => a.Membership.Grant).DistinctBy(g => g.Id).Select(g => ToClose(g, context.Members.AdmittedWith(g.Id))).OfType<GrantClosing>().ToArray();
        if (full.Length > 0) Close(full);
    }

    /// <summary>A grant admits nobody any more but those that it has.</summary>
    public void Revoke(Hash256 grant) => Close(new GrantClosing(grant, [.. context.Members.AdmittedWith(grant).Take(GrantClosing.MaxAdmitted)]));

    // Null while a grant has room, or is not this node's to close, or is closed.
    private GrantClosing? ToClose(Grant grant, IReadOnlyList<NodeId> admitted)
    {
        if (grant.Uses == 0 || admitted.Count < grant.Uses || grant.Issuer != context.Identity.Node) return null;
        return context.Members.Closed.Any(c => c.Closing.Grant == grant.Id && c.Record.Author.Node == grant.Issuer) ? null : new(grant.Id, [.. admitted.Take(Math.Min(grant.Uses, GrantClosing.MaxAdmitted))]);
    }

    private void Close(params GrantClosing[] closings)
    {
        var batch = new CommitBatch();
        authoring.Write(batch, closings);
        foreach (var closing in closings) context.Members.Close(closing, batch.Records[^1].Opened.Header);
        context.Judgement.Reconsider(batch);
        context.Commit(batch, flushed: true, () => Closed(batch), error => NotClosed(closings, batch, error));
    }

    private void Closed(CommitBatch batch)
    {
        placing.HeadsChanged(batch.Heads.Keys, context.View.LastSequence);
        PushToAll();
    }

    private void NotClosed(GrantClosing[] closings, CommitBatch batch, string error)
    {
        foreach (var closing in closings) context.Members.Open(closing, batch.Records[^1].Opened.Header);
        (_settled, _settleAtMs) = (-1, context.NowMs + SettleAgainMs);
        context.Emit(new WakeEffect(_settleAtMs));
        context.Problem(EntryPath.Root, ProblemKind.Unwritable, $"That an invitation admits nobody else cannot be recorded: {error}");
    }

    private void Admitted(PeerSession peer, Membership member)
    {
        context.Send(peer.Link, new WelcomeMessage(member.Name));
        context.Emit(new HappenedEffect(Happening.Joined, member.Node, Text: member.Role));
        peer.Compare();
        PushToAll();
    }
}
