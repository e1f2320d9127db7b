using System.Collections.Immutable;
using System.Security.Cryptography;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Running;

internal sealed partial class SyncNode
{
    /// <summary>Longest name of an invitation, characters.</summary>
    public const int MaxInvitationName = 200;

    private const int MaxVaultAddresses = 8;

    private readonly IssuedInvitations _issued;

    /// <summary>Makes an invitation; its token is the only copy of its secret.</summary>
    /// <param name="role">admin, editor, writer, reader or vault.</param>
    /// <param name="uses">How many nodes; 0 = any number.</param>
    /// <param name="expiresIn">From now; null = never.</param>
    /// <param name="name">What to call it here; null for nothing.</param>
    /// <exception cref="NodeException">NotAdmin, UnknownRole, NotRecorded.</exception>
    public InvitationStatus CreateInvitation(string role, int uses, TimeSpan? expiresIn, string? name = null)
    {
        if (!Memberships.Roles.Contains(role)) throw new NodeException("VfsUnknownRole", $"There is no role '{role}'. Choose one of {string.Join(", ", Memberships.Roles.Order())}.");
        if (!_lane.Ask(() => _session.Judge.Now(Id)).HasFlag(Core.History.Permissions.Admin)) throw new NodeException("VfsNotAdmin", $"{Name} is {Role}, and only an admin may invite. Run this on an admin's node.");
        if (_members.AsAdmin(Id) is null) throw new NodeException("VfsNotAdmin", $"{Name} was invited as {_members.Find(Id)?.Role} and made an admin by the policy: others know whom it may invite only by its own invitation. Run this on a node that was invited as an admin.");
        var (now, expires) = (DateTimeOffset.UtcNow, expiresIn is { } span ? DateTimeOffset.UtcNow + span : (DateTimeOffset?)null);
        using var grantKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var grant = Memberships.SignGrant(Cluster, grantKey.ExportSubjectPublicKeyInfo(), role, expires?.ToUnixTimeMilliseconds() ?? 0, uses, Id, _home.Identity.SigningKey);
        var (self, chain) = Running.Cluster.Decode(_home.Cluster!.Membership);
        var clusterKey = role == KnownRoles.Vault ? [] : _home.Cluster.ClusterKey;
        var addresses = OwnAddresses().AddRange(VaultAddresses());
        var (keyId, sealKey) = _lane.Ask(() => (_keys.CurrentKeyId, _keys.Secret(_keys.CurrentKeyId).ToArray()));
        var isLater = keyId != KeyRing.FirstKeyId && role != KnownRoles.Vault;
        var token = InvitationToken.Encode(new Invitation(grant, grantKey.ExportPkcs8PrivateKey(), clusterKey, [self, .. chain], addresses, isLater ? sealKey : default(ReadOnlyMemory<byte>)));
        Note(new IssuedInvitation(grant, name, now, keyId));
        CloseOld(); // Another key may be in use by now.
        return new InvitationStatus(grant.Id, token, name, role, uses, expires, Name, addresses, now, [], InvitationState.Open, IsClosed: false);
    }

    // Also at every start: a crash may have come between the key and the closing.
    private void CloseOld() => _lane.Ask(() =>
    {
        CloseOld(_keys.CurrentKeyId);
        return true;
    });

    // What was handed out before somebody was expelled, he may have, too. Each admin closes its own.
    private void CloseOld(long keyId)
    {
        if (keyId == KeyRing.FirstKeyId) return; // None is older.
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        foreach (var old in _issued.All.Where(i => i.KeyId != keyId && (i.Grant.ExpiresMs == 0 || i.Grant.ExpiresMs > now)))
            if (_session.Judge.ClosingOf(old.Grant, default) is null && _session.Judge.MayClose(Id, old.Grant)) Post(new RevokeInput(old.Grant.Id));
    }

    // They are there when no one else is.
    private IEnumerable<string> VaultAddresses()
    {
        var book = _book.Current;
        return _members.All.Where(m => m.Node != Id && m.IsVault).SelectMany(m => book.Of(m.Node).Take(2)).Select(a => a.Address.ToString()).Take(MaxVaultAddresses);
    }

    // One that could not be told of could not be revoked either.
    private void Note(IssuedInvitation issued)
    {
        try
        {
            _issued.Add(issued);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NodeException("VfsNotRecorded", $"The invitation cannot be noted in the folder's .vfs: {e.Message} Make room, or let this user write there, and try again.", e);
        }
    }

    /// <summary>The invitations that are known here: those that this node made, and those of others by which somebody was admitted. Oldest first.</summary>
    public IReadOnlyList<InvitationStatus> Invitations() => _lane.Ask(() =>
    {
        var own = _issued.All.ToDictionary(i => i.Grant.Id);
        var grants = own.Values.Select(i => i.Grant).Concat(_members.Admitted.Select(a => a.Membership.Grant)).Where(g => !g.Issuer.Hash.IsZero).DistinctBy(g => g.Id);
        return (IReadOnlyList<InvitationStatus>)[.. grants.Select(g => Status(g, own.GetValueOrDefault(g.Id))).OrderBy(i => i.Made ?? DateTimeOffset.MinValue).ThenBy(i => i.Id)];
    });

    private InvitationStatus Status(Grant grant, IssuedInvitation? own)
    {
        var expires = grant.ExpiresMs == 0 ? (DateTimeOffset?)null : DateTimeOffset.FromUnixTimeMilliseconds(grant.ExpiresMs);
        var closed = _session.Judge.ClosingOf(grant, default);
        var admitted = _members.AdmittedWith(grant.Id).Where(node => _session.Judge.ClosingOf(grant, node) is null).Select(_members.NameOf).ToImmutableArray();
        var state = closed is not null ? PeerTable.IsUsedUp(closed, grant) ? InvitationState.Used : InvitationState.Revoked
            : grant.Uses > 0 && admitted.Length >= grant.Uses ? InvitationState.Used
            : expires < DateTimeOffset.UtcNow ? InvitationState.Expired : InvitationState.Open;
        return new InvitationStatus(grant.Id, "", own?.Name, grant.Role, grant.Uses, expires, _members.NameOf(grant.Issuer), [], own?.Made, admitted, state, closed is not null);
    }

    /// <summary>Lets nobody else in by an invitation; who is in stays. Returns when that is recorded.</summary>
    /// <exception cref="NodeException">NotAdmin, NotRecorded, InvitationNotFound.</exception>
    public async Task RevokeInvitationAsync(Hash256 id, CancellationToken cancellation)
    {
        if (State is not NodeState.Running) throw Stopped();
        var grant = _issued.All.FirstOrDefault(i => i.Grant.Id == id)?.Grant ?? _members.Admitted.FirstOrDefault(a => a.Membership.Grant.Id == id)?.Membership.Grant
            ?? throw new NodeException("VfsInvitationNotFound", $"{Name} knows no such invitation. Revoke it on the node that made it.");
        if (!_lane.Ask(() => _session.Judge.MayClose(Id, grant)))
            throw new NodeException("VfsNotAdmin", $"This invitation was made by {_members.NameOf(grant.Issuer)}: only that node, or an admin above it, may revoke it.");
        Post(new RevokeInput(id));
        bool IsClosed() => _session.Judge.ClosingOf(grant, default) is not null;
        await UntilAsync(IsClosed, cancellation);
        if (!_lane.Ask(IsClosed)) throw new NodeException("VfsNotRecorded", "That the invitation is revoked cannot be recorded; Get-VfsProblem says why. It still holds.");
    }

}

/// <summary>Whether an invitation lets anybody in.</summary>
internal enum InvitationState
{
    /// <summary>It does.</summary>
    Open,

    /// <summary>It has let in as many as it may.</summary>
    Used,

    /// <summary>Its time is over.</summary>
    Expired,

    /// <summary>It was revoked.</summary>
    Revoked,
}

/// <summary>An invitation.</summary>
/// <param name="Id">The grant's.</param>
/// <param name="Token">Where it was just made; empty otherwise: nobody keeps it.</param>
/// <param name="Name">What its maker calls it; null if nothing, and on other nodes.</param>
/// <param name="Role">Of whoever joins by it.</param>
/// <param name="Uses">How many may; 0 = any number.</param>
/// <param name="Expires">When; null = never.</param>
/// <param name="Issuer">Who made it.</param>
/// <param name="Addresses">Where to knock; empty but where it was just made.</param>
/// <param name="Made">When; null on other nodes.</param>
/// <param name="Admitted">Who joined by it.</param>
/// <param name="State">Whether it holds.</param>
/// <param name="IsClosed">A record says that it lets in nobody else, so every node refuses it.</param>
internal sealed record InvitationStatus(
    Hash256 Id, string Token, string? Name, string Role, int Uses, DateTimeOffset? Expires, string Issuer, ImmutableArray<string> Addresses, DateTimeOffset? Made, ImmutableArray<string> Admitted,
    InvitationState State, bool IsClosed);
