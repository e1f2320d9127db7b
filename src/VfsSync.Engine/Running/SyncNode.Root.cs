using System.Security.Cryptography;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Rules;
using VfsSync.Core.Session;

namespace VfsSync.Engine.Running;

/// <summary>What the cluster's root key is for: when there is no admin any more who can be trusted.</summary>
internal sealed partial class SyncNode
{
    /// <summary>Makes this node an admin that nobody but the root stands above. Returns when it is recorded.</summary>
    /// <param name="rootKey">The cluster's root key, PKCS#8, as it lies in the founder's .vfs/root.key.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="NodeException">NotRootKey, NotForVault, Expelled, NotRecorded.</exception>
    public async Task BecomeAdminAsync(byte[] rootKey, CancellationToken cancellation)
    {
        if (State is not NodeState.Running) throw Stopped();
        using var root = RootKey(rootKey);
        if (IsVault) throw new NodeException("VfsNotForVault", $"{Name} is a vault: it has no key to read the policy with. Run this on another member.");
        if (_lane.Ask(() => _session.Judge.IsCut(Id))) throw new NodeException("VfsExpelled", $"{Name} was cut off by the root key, and its key never becomes a member's again. Join anew with an invitation, from a folder without .vfs.");
        var self = _members.AsAdmin(Id) is { } admin && admin.Grant.Issuer == default ? admin : Named(root);
        if (self != _members.AsAdmin(Id)) Post(new AdmitInput(self));
        bool IsAdmin() => _session.Judge.Now(Id).HasFlag(Core.History.Permissions.Admin);
        await UntilAsync(IsAdmin, cancellation);
        if (!_lane.Ask(IsAdmin)) throw new NodeException("VfsNotRecorded", "That this node is an admin cannot be recorded; Get-VfsProblem says why.");
        _home.SaveCluster(_home.Cluster! with { Membership = Running.Cluster.Encode(self, []) });
    }

    /// <summary>Cuts a member off by the root's word, an admin or the founder as well: for good, and also what it wrote since that is not here. Returns when it is recorded.</summary>
    /// <exception cref="NodeException">NotRootKey, NotSelf, NotRecorded.</exception>
    public async Task CutOffAsync(NodeId member, byte[] rootKey, CancellationToken cancellation)
    {
        if (State is not NodeState.Running) throw Stopped();
        if (_lane.Ask(() => _session.Judge.AreOne(member, Id))) throw new NodeException("VfsNotSelf", $"{Name} cannot cut off itself. Run this on another node.");
        var root = RootKey(rootKey);
        Post(new RootCutInput(member, root));
        bool IsCut() => _session.Judge.IsCut(member);
        await UntilAsync(IsCut, cancellation);
        if (!_lane.Ask(IsCut)) throw new NodeException("VfsNotRecorded", "That the member is cut off cannot be recorded; Get-VfsProblem says why.");
    }

    private Membership Named(ECDsa root)
    {
        using var grantKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var grant = Memberships.SignGrant(Cluster, grantKey.ExportSubjectPublicKeyInfo(), KnownRoles.Admin, 0, 1, default, root);
        return Memberships.SignMembership(grant, Name, _home.Identity.SigningKey, _home.Identity.AgreementPublicKey, grantKey);
    }

    private ECDsa RootKey(byte[] pkcs8)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportPkcs8PrivateKey(pkcs8, out _);
            if (KeyNames.ClusterIdOf(key.ExportSubjectPublicKeyInfo()) == Cluster) return key;
        }
        catch (CryptographicException)
        {
            // Said below; the cause could quote the key.
        }
        key.Dispose();
        throw new NodeException("VfsNotRootKey", "This is not the root key of this folder. It lay in .vfs/root.key of the node that founded it, until it was moved away.");
    }
}
