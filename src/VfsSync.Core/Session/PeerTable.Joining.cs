using System.Collections.Immutable;
using System.Security.Cryptography;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Session;

/// <summary>Who asks to be let in, and what the others then hear of it.</summary>
internal sealed partial class PeerTable
{
    private const long SettleAgainMs = 1000;
    private Judge? _settledBy; // by what was known of members and policies when grants were looked at last
    private long _settleAtMs;

    private void Join(PeerSession peer, JoinMessage join)
    {
        if (RefusalOf(peer, join) is { } refusal)
        {
            peer.Close(refusal.Reason, refusal.Text);
            return;
        }
        var before = context.Members.Now;
        var batch = new CommitBatch();
        var (node, grant) = (join.Membership.Node, join.Membership.Grant);
        var last = ToClose(grant, [.. context.Members.AdmittedWith(grant.Id).Append(node).Distinct()]);
        authoring.Write(batch, last is null ? [new Admission(join.Membership)] : [new Admission(join.Membership), last]);
        var header = batch.Records[^1].Opened.Header;
        context.Members.TryAdd(join.Membership, join.IssuerChain, out _, by: header);
        if (last is not null) context.Members.Close(last, header);
        context.Judgement.Reconsider(batch);
        context.Commit(batch, flushed: true, () => Admitted(peer, join.Membership, batch), error => NotAdmitted(peer, before, error));
    }

    private void NotAdmitted(PeerSession peer, MemberTable.State before, string error)
    {
        context.Members.Restore(before);
        peer.Close("Stopping", $"The admission cannot be recorded: {error}");
    }

    private (string Reason, string Text)? RefusalOf(PeerSession peer, JoinMessage join)
    {
        var (member, members) = (join.Membership, context.Members);
        if (member.Node != peer.Peer) return ("InvitationInvalid", "The membership is for another key.");
        if (member.Before is not null) return ("InvitationInvalid", "Whoever takes another's place does not join.");
        var free = members.FreeName(Memberships.NewName(member.Name), member.Node);
        if (free != member.Name) return ("NameTaken", free);
        var uses = members.AdmittedWith(member.Grant.Id).Count(node => node != member.Node);
        if (context.Judgement.Now.ClosingOf(member.Grant, member.Node) is { } closing)
            return ("InvitationUsed", $"This invitation {(IsUsedUp(closing, member.Grant) ? "has been used up" : "was revoked")}. Ask for a new one (New-VfsInvitation).");
        if (Memberships.Refusal(member.Grant, context.NowMs, uses) is { } refusal)
            return (refusal, refusal == "InvitationUsed" ? "This invitation has been used up. Ask for a new one (New-VfsInvitation)." : "This invitation has expired. Ask for a new one (New-VfsInvitation).");
        if (!member.Grant.Issuer.Hash.IsZero && !context.Judgement.Now.IsAdmin(member.Grant.Issuer))
            return ("InvitationInvalid", "Who made this invitation is no admin any more. Ask an admin for a new one (New-VfsInvitation).");
        if (!members.TryShow(member, join.IssuerChain, out var reason)) return ("InvitationInvalid", reason);
        return null;
    }

    /// <summary>Whether a grant was closed because it had admitted as many as it may.</summary>
    public static bool IsUsedUp(GrantClosing closing, Grant grant) => grant.Uses > 0 && closing.Admitted.Length >= grant.Uses;

    /// <summary>Closes this node's own grants that have admitted as many as they may, also through others: to those of whom it learned first. Whoever else was admitted meanwhile is out.</summary>
    public void SettleGrants()
    {
        if (ReferenceEquals(context.Judgement.Now, _settledBy) || context.NowMs < _settleAtMs) return;
        _settledBy = context.Judgement.Now;
        var own = context.Members.Now.Admitted.Values.Where(a => a.Membership.Grant is { Uses: > 0 } g && IsOwn(g)).DistinctBy(a => a.Grant).ToList();
        var full = own.Select(a => ToClose(a.Membership.Grant, context.Members.AdmittedWith(a.Grant))).OfType<GrantClosing>().ToList();
        if (full.Count > 0) Say(full);
    }

    /// <summary>A grant admits nobody any more but those that it has: no more of them than it may, and nobody who was out.</summary>
    public void Revoke(Hash256 grant)
    {
        var (judge, made) = (context.Judgement.Now, context.Members.Admitted.FirstOrDefault(a => a.Grant == grant)?.Membership.Grant);
        var admitted = context.Members.AdmittedWith(grant).Where(node => made is null || judge.ClosingOf(made, node) is null).Take(made is { Uses: > 0 and var uses } ? uses : int.MaxValue);
        Say([.. admitted.Chunk(GrantClosing.MaxAdmitted).DefaultIfEmpty([]).Select(some => new GrantClosing(grant, [.. some]))]);
    }

    // Null while a grant has room, or is not this node's to close, or is closed.
    private GrantClosing? ToClose(Grant grant, IReadOnlyList<NodeId> admitted)
    {
        if (grant.Uses is 0 or > GrantClosing.MaxAdmitted || admitted.Count < grant.Uses || !IsOwn(grant)) return null;
        var (judge, first) = (context.Judgement.Now, admitted.Take(grant.Uses).ToImmutableArray());
        // Who is no admin any more, or said it already under this policy, adds nothing by saying it, however often.
        if (!judge.MayClose(context.Identity.Node, grant) || judge.ClosingOf(grant, default) is not null) return null;
        var isSaid = context.Members.Closed.Any(c => c.Closing.Grant == grant.Id && judge.AreOne(c.Record.Author.Node, grant.Issuer) && first.All(c.Closing.Admitted.Contains)
            && c.Record.PolicyHeads.SequenceEqual(judge.InForce.Take(RecordCodec.MaxPolicyHeads)));
        return isSaid ? null : new(grant.Id, first);
    }

    private bool IsOwn(Grant grant) => context.Judgement.Now.AreOne(grant.Issuer, context.Identity.Node);

    /// <summary>The root cuts a node off, by this node's record.</summary>
    public void Cut(NodeId node, ECDsa rootKey) => Say([RootWords.SignCut(context.Identity.Cluster, node, authoring.Seen(last: node), rootKey)]);

    /// <summary>Records of this node about members: one each, since each must fit a frame.</summary>
    public void Say(IReadOnlyList<Statement> statements)
    {
        var before = context.Members.Now;
        var batch = new CommitBatch();
        foreach (var statement in statements)
        {
            authoring.Write(batch, statement);
            context.Members.Take(statement, batch.Records[^1].Opened.Header);
        }
        context.Judgement.Reconsider(batch);
        context.Commit(batch, flushed: true, () => Said(batch), error => NotSaid(before, error));
    }

    private void Said(CommitBatch batch)
    {
        placing.HeadsChanged(batch.Heads.Keys, context.View.LastSequence);
        PushToAll();
    }

    private void NotSaid(MemberTable.State before, string error)
    {
        context.Members.Restore(before);
        (_settledBy, _settleAtMs) = (null, context.NowMs + SettleAgainMs);
        context.Emit(new WakeEffect(_settleAtMs));
        context.Problem(EntryPath.Root, ProblemKind.Unwritable, $"What is new of members cannot be recorded: {error}");
    }

    private void Admitted(PeerSession peer, Membership member, CommitBatch batch)
    {
        placing.HeadsChanged(batch.Heads.Keys, context.View.LastSequence);
        context.Send(peer.Link, new WelcomeMessage(member.Name));
        context.Emit(new HappenedEffect(Happening.Joined, member.Node, Text: member.Role));
        peer.Compare();
        PushToAll();
    }
}
