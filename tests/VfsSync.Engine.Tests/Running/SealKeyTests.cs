using System.Security.Cryptography;
using System.Text.RegularExpressions;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;
using VfsSync.Engine.Running;
using VfsSync.Engine.Store;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>What is written after somebody was expelled is sealed with a key that he was never given.</summary>
public sealed class SealKeyTests : IDisposable
{
    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void Who_is_expelled_cannot_open_what_is_written_later_and_who_joins_later_reads_all()
    {
        var (a, b, c) = _nodes.Three();
        var shared = a.CreateInvitation("editor", 0, null).Token;
        var vault = a.CreateInvitation("vault", 0, null);
        Write(a, "before", "old");
        EventuallySame(a, b, c);
        Expel(a, c);
        Poll.Until(() => KeyOf(b) != KeyRing.FirstKeyId, () => "b seals with another key\n" + Story(a, b));
        Write(a, "later", "new");
        Write(b, "by b", new string('x', 300_000));
        EventuallySame(a, b);
        Poll.Until(() => a.Invitations().All(i => i.State != InvitationState.Open), () => "what was handed out before holds no more: " + string.Join(", ", a.Invitations().Select(i => $"{i.Role} {i.State}")));
        Assert.Equal(InvitationState.Revoked, a.Invitations().Single(i => i.Id == vault.Id).State);
        Assert.Equal("VfsInvitationUsed", Assert.Throws<NodeException>(() => Join("d", shared)).Id);

        var d = Join("d", a.CreateInvitation("reader", 1, null).Token);
        EventuallySame(a, b, d);

        // He has what he was given, and gets hold of all that the others have.
        _nodes.Stop(c);
        _nodes.Stop(a);
        var ring = RingOf(c);
        Assert.Equal([KeyRing.FirstKeyId], ring.Ids);
        using var identity = NodeHome.Open(c.Root);
        using var store = SqliteFolderStore.Open(At(a, ".vfs"), Path.GetDirectoryName(typeof(SyncNode).Assembly.Location));
        var bodies = store.AllRecords().Where(r => RecordCodec.DecodeHeader(r.Header).KeyId != 0).ToList();
        Assert.Equal(["before"], bodies.Where(r => ring.Has(RecordCodec.DecodeHeader(r.Header).KeyId)).SelectMany(r => RecordCodec.Open(r, ring).Changes).Select(x => x.Path.Text).Where(p => !p.StartsWith('.')));
        Assert.Contains(bodies, r => !ring.Has(RecordCodec.DecodeHeader(r.Header).KeyId));
        var shares = SharesOf(store);
        Assert.NotEmpty(shares);
        Assert.All(shares, s => Assert.Null(KeyWrap.Unwrap(s, a.Cluster, c.Id, identity.Identity.AgreementKey)));
    }

    [Fact]
    public void Keys_outlive_restarts_and_a_database_that_is_lost()
    {
        var (a, b, c) = _nodes.Three();
        Expel(a, c);
        Poll.Until(() => KeyOf(b) != KeyRing.FirstKeyId, () => "b seals with another key\n" + Story(a, b));
        var key = KeyOf(b);
        Write(b, "f", "sealed with it");
        EventuallySame(a, b);
        a = _nodes.Restart(a);
        Assert.Equal(key, KeyOf(a));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(At(a, ".vfs/seal.keys")));
        _nodes.Stop(b);
        File.Delete(At(b, ".vfs/vfs.db"));
        b = _nodes.StartAgain(b.Root, AddressOf(a));
        Assert.Equal(key, KeyOf(b));
        Write(a, "g", "and this");
        EventuallySame(a, b);

        // Its file of keys gone, too, it has them by the log of the others.
        _nodes.Stop(b);
        File.Delete(At(b, ".vfs/vfs.db"));
        File.Delete(At(b, ".vfs/seal.keys"));
        b = _nodes.StartAgain(b.Root, AddressOf(a));
        Write(a, "h", "and that");
        EventuallySame(a, b);
        Poll.Until(() => KeyOf(b) == key && b.Behind == 0, () => "it has the key again\n" + Story(a, b));
        Assert.DoesNotContain(b.Problems(), p => p.Message.Contains("sealed", StringComparison.Ordinal));
    }

    [Fact]
    public void A_node_that_was_away_is_given_the_key_when_it_comes_back()
    {
        var (a, b, c) = _nodes.Three();
        EventuallySame(a, b, c);
        _nodes.Stop(b);
        Expel(a, c);
        Poll.Until(() => KeyOf(a) != KeyRing.FirstKeyId, () => "a seals with another key\n" + Story(a));
        Write(a, "meanwhile", "1");
        Write(b, "on its own", "2");
        b = _nodes.StartAgain(b.Root, AddressOf(a));
        EventuallySettled(a, b);
        Assert.Equal(KeyOf(a), KeyOf(b));
    }

    [Fact]
    public async Task A_revoked_invitation_alone_changes_no_key_and_the_expulsion_of_who_came_by_it_does()
    {
        var a = _nodes.Start("a");
        var token = a.CreateInvitation("editor", 0, null);
        var (b, c) = (Join("b", token.Token), Join("c", a.CreateInvitation("editor", 1, null).Token));
        Connected(a, b);
        Connected(a, c);
        Assert.Equal(KeyRing.FirstKeyId, KeyOf(a));
        // Revoked: who is in stays, so nothing is to be rotated.
        await a.RevokeInvitationAsync(token.Id, TestContext.Current.CancellationToken);
        Write(a, "f", "1");
        EventuallySame(a, b, c);
        Assert.Equal(KeyRing.FirstKeyId, KeyOf(a));
        Expel(a, b);
        Poll.Until(() => KeyOf(c) != KeyRing.FirstKeyId, () => "c seals with another key\n" + Story(a, c));
    }

    [Fact]
    public void What_a_crash_left_open_is_closed_at_the_next_start()
    {
        var (a, b, c) = _nodes.Three();
        EventuallySame(a, b, c);
        Expel(a, c);
        Poll.Until(() => KeyOf(a) != KeyRing.FirstKeyId, () => "a seals with another key\n" + Story(a));
        var (before, after) = (a.CreateInvitation("editor", 0, null), a.CreateInvitation("editor", 0, null));
        _nodes.Stop(a);
        // As if the first had been made under the key before.
        var notes = File.ReadAllText(At(a, ".vfs/invitations.json"));
        File.WriteAllText(At(a, ".vfs/invitations.json"), new Regex($"\"keyId\": {KeyOf(a)}").Replace(notes, "\"keyId\": 1", 1));
        a = _nodes.StartAgain(a.Root);
        Poll.Until(() => a.Invitations().Single(i => i.Id == before.Id).State == InvitationState.Revoked, () => "it holds no more\n" + Story(a));
        Assert.Equal(InvitationState.Open, a.Invitations().Single(i => i.Id == after.Id).State);
    }

    [Fact]
    public void Rules_hold_from_the_start_also_where_only_the_log_has_their_key()
    {
        var (a, b, c) = _nodes.Three();
        EventuallySame(a, b, c);
        Expel(a, c);
        Poll.Until(() => KeyOf(a) != KeyRing.FirstKeyId && KeyOf(b) == KeyOf(a), () => "both seal with another key\n" + Story(a, b));
        File.AppendAllText(At(a, ".vfspolicy.yaml"), "rules:\n  legal/: { write: [a], delete: none }\n");
        var legal = EntryPath.Parse("legal/x");
        Poll.Until(() => !MayWrite(b), () => "the rules arrive\n" + Story(a, b));
        _nodes.Stop(a);
        _nodes.Stop(b);
        File.Delete(At(b, ".vfs/seal.keys"));
        b = _nodes.StartAgain(b.Root);
        Assert.False(MayWrite(b));
        Assert.NotEqual(KeyRing.FirstKeyId, KeyOf(b));

        bool MayWrite(SyncNode node)
        {
            try
            {
                node.BeginWrite(legal, append: false).Dispose();
                return true;
            }
            catch (NodeException e) when (e.Id == "VfsDenied")
            {
                return false;
            }
        }
    }

    private static IReadOnlyList<SealKeyShare> SharesOf(IFolderStore store) => [.. VfsSync.Engine.Running.Cluster.SharesOf(store).Select(s => s.Share)];

    private SyncNode Join(string name, string token) => _nodes.Start(new NodeOptions { Path = _nodes.Folder(name), Name = name, Port = 0, InvitationToken = token });

    private static void Expel(SyncNode by, SyncNode whom) => by.SetPermission(whom.Id, "none", default);

    private static void Write(SyncNode node, string path, string text) => File.WriteAllText(At(node, path), text);

    private static KeyRing RingOf(SyncNode node)
    {
        var ring = KeyRing.From(File.ReadAllBytes(At(node, ".vfs/cluster.key")));
        if (File.Exists(At(node, ".vfs/seal.keys")))
            foreach (var key in File.ReadAllBytes(At(node, ".vfs/seal.keys")).Chunk(32)) ring.Use(ring.Add(key));
        return ring;
    }

    // By what it has on its disk.
    private static long KeyOf(SyncNode node) => RingOf(node).CurrentKeyId;
}
