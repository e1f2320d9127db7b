using System.Security.Cryptography;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Engine.Disk;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Running;

/// <summary>A node takes another key: with the old one it says so in the log, as its last word, and then has only the new one.</summary>
internal sealed partial class SyncNode
{
    // First under the old key, so that it is known whether others have records of this node that it does not: what its last word does not list, it never wrote.
    private static SyncNode StartRenewed(NodeOptions options, CancellationToken cancellation)
    {
        var node = Start(options with { RenewKey = false }, cancellation);
        if (node.Founded is not null || node.State == NodeState.Halted) return node; // The key is new, or it cannot speak.
        try
        {
            node.MeetSomebody(cancellation);
        }
        finally
        {
            node.Dispose();
        }
        Renew(options.Path);
        return Start(options with { RenewKey = false, InvitationToken = null, RemovalLimit = null, Port = options.Port is 0 ? null : options.Port }, cancellation);
    }

    private void MeetSomebody(CancellationToken cancellation)
    {
        if (!HasOthers) return;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(_options.RenewalPatience);
        try
        {
            _waiting.UntilAsync(() => _lane.Ask(() => { RefuseHalted(); return _session.Peers.Live.Any(p => p.KnowsNoMoreOf(Id)); }), Stopped, patience.Token).WaitHere();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new NodeException("VfsNobodyReached",
                $"{Name} keeps its key: no other member could be reached within {_options.RenewalPatience.TotalSeconds:0} s. It must be compared with one first, so that nothing that others have of it is left behind. Start it without -RenewKey, see that it is connected (Wait-VfsNode -Connected), stop it, and try again.");
        }
    }

    private bool HasOthers => _lane.Ask(() => _members.All.Any(m => m.Node != Id && _session.Judge.MayConnect(m.Node, m)));

    private static void Renew(string path)
    {
        using var home = OpenHome(path);
        var (store, rebuilt) = OpenStore(home);
        using (store)
        {
            if (rebuilt is not null) throw new NodeException("VfsNodeHalted", $"{rebuilt} Start the node without -RenewKey first.");
            FinishRenewal(home, store);
            var (self, chain) = Running.Cluster.Decode(home.Cluster!.Membership);
            var members = Running.Cluster.MembersOf(store, home.Cluster.Cluster, self, chain);
            using var disk = DiskFolder.Open(home.Root);
            var (epoch, keys) = (new EpochBook(store).Choose(disk.Identity, rebuilt: false, NewEpoch), RingOf(home));
            var identity = new SessionIdentity(self.Node, self, chain, home.Cluster.Cluster, keys, home.Identity.SigningKey, AgreementKey: null, RandomNumberGenerator.Fill, 0, "");
            var session = new FolderSession(store, identity, members, SessionSettings.Default, epoch.Epoch, epoch.Continues, new SessionContents(static _ => null, static _ => false, static _ => null), epoch.Elsewhere,
                Running.Cluster.PoliciesOf(store, keys));
            // By the membership that says most: who was invited once more, as an admin, invites by that.
            var before = session.Judge.IsAdmin(self.Node) ? members.AsAdmin(self.Node) ?? self : self;
            if (before.Renewals >= Memberships.MaxRenewals)
                throw new NodeException("VfsRenewedTooOften", $"The key of {self.Name} was renewed {Memberships.MaxRenewals} times, and others take no more of them. Move .vfs out of the folder and let it join anew with an invitation.");
            using var next = NodeIdentity.Create();
            try
            {
                home.SaveNext(next);
                var word = session.Succeed(Memberships.SignSuccessor(before, home.Identity.SigningKey, next.SigningKey, next.AgreementPublicKey), new Clock().NowMs);
                if (!session.Judge.AreOne(self.Node, next.Id))
                    throw new NodeException("VfsNotRecorded", $"{self.Name} keeps its key: this key has given its place away before, or its membership is not known here. Get-VfsPermission shows who has it; let the node join anew with an invitation.");
                store.Commit(word, Durability.Flushed);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new NodeException("VfsNotWritable", $"{self.Name} keeps its key: the new one cannot be kept: {StoreRefusals.Why(e)}", e);
            }
            FinishRenewal(home, store);
        }
    }

    /// <summary>Takes the new key if this node's last word, which names it, is in the log; else nobody knows of it, and it goes.</summary>
    private static void FinishRenewal(NodeHome home, IFolderStore store)
    {
        using var next = home.Next();
        if (next is null) home.DropNext(); // Half of one at most.
        if (next is null || home.Cluster is not { } cluster) return;
        var word = store.ClearRecords().SelectMany(r => Running.Cluster.Opened(r, null).Statements).OfType<Succession>().FirstOrDefault(s => s.Next.Node == next.Id);
        var (self, chain) = Running.Cluster.Decode(cluster.Membership);
        if (word is null && self.Node != next.Id)
        {
            home.DropNext();
            return;
        }
        try
        {
            if (self.Node != next.Id) new EpochBook(store).BeginAnew(NewEpoch());
            home.TakeNext(cluster with { Membership = self.Node == next.Id ? cluster.Membership : Running.Cluster.Encode(word!.Next, Running.Cluster.ChainOf(word.Next, chain, Running.Cluster.MembersOf(store, cluster.Cluster, self, chain))) });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NodeException("VfsNotWritable", $"The new key of {self.Name} cannot be put in place yet: {StoreRefusals.Why(e)}. Make room and start it again: nothing is lost.", e);
        }
    }

    private static ulong NewEpoch() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));

    // Null in a vault.
    private static KeyRing? RingOf(NodeHome home)
    {
        if (home.Cluster!.ClusterKey.Length == 0) return null;
        var keys = KeyRing.From(home.Cluster.ClusterKey);
        foreach (var later in home.SealKeys) keys.Use(keys.Add(later));
        return keys;
    }
}
