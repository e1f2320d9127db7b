using System.Security.Cryptography;
using VfsSync.Core.Tree;
using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>The founder's machine is stolen: what the root key, which was kept elsewhere, is for.</summary>
public sealed class RootKeyTests : IDisposable
{
    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public async Task The_root_key_names_another_admin_and_cuts_off_the_founder_for_good()
    {
        var (thief, b, c) = _nodes.Three();
        var key = File.ReadAllBytes(At(thief, ".vfs/root.key"));
        Write(thief, "before", "1");
        Write(b, "mine", "2");
        EventuallySame(thief, b, c);
        _nodes.Stop(thief); // It was offline when it was taken.

        await b.BecomeAdminAsync(key, default);
        await b.CutOffAsync(thief.Id, key, default);
        Poll.Until(() => c.Permissions(null).Single(p => p.Node == thief.Id).Role == "none" && c.Permissions(null).Single(p => p.Node == b.Id).Role == "admin", () => "c knows\n" + Story(c, b));
        Assert.Equal(("1", "2"), (File.ReadAllText(At(c, "before")), File.ReadAllText(At(c, "mine"))));

        // The new admin does what an admin does, also after a restart.
        b = _nodes.Restart(b, AddressOf(c));
        b.SetPermission(c.Id, "writer", default);
        Poll.Until(() => c.Role == "writer", () => "c follows\n" + Story(c, b));
        var d = _nodes.Start("d", b, "editor");
        EventuallySame(b, d);

        // The thief writes, expels, and invites: nobody follows.
        thief = _nodes.StartAgain(thief.Root, AddressOf(b), AddressOf(c));
        Write(thief, "by the thief", "3");
        Poll.Until(() => thief.Problems().Any(p => p.Message.Contains("refused this node", StringComparison.Ordinal)) || thief.Role == "none", () => "it is shut out\n" + Story(thief, b));
        Write(b, "later", "4");
        EventuallySame(b, c, d);
        Assert.False(File.Exists(At(b, "by the thief")));
        Assert.False(File.Exists(At(thief, "later")));
    }

    [Fact]
    public async Task What_the_founder_wrote_and_nobody_had_seen_holds_nowhere_also_through_a_third_node()
    {
        var (thief, b, c) = _nodes.Three();
        var key = File.ReadAllBytes(At(thief, ".vfs/root.key"));
        EventuallySame(thief, b, c);
        await b.DisconnectAsync(thief.Id, default);
        await b.DisconnectAsync(c.Id, default);
        Write(thief, "unseen", "by the thief");
        Poll.Until(() => File.Exists(At(c, "unseen")), "c has it");
        await b.BecomeAdminAsync(key, default);
        await b.CutOffAsync(thief.Id, key, default);
        await b.ConnectAsync(AddressOf(c), default);
        Poll.Until(() => !File.Exists(At(c, "unseen")), () => "it is taken back at c\n" + Story(c, b));
        EventuallySame(b, c);
        Assert.Single(c.DeniedHistory(EntryPath.Parse("unseen")));
    }

    [Fact]
    public async Task Another_key_or_what_is_none_is_refused_and_nobody_cuts_off_himself()
    {
        var (a, b) = _nodes.Pair();
        var key = File.ReadAllBytes(At(a, ".vfs/root.key"));
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (var wrong in (byte[][])[[], [1, 2, 3], other.ExportPkcs8PrivateKey(), File.ReadAllBytes(At(a, ".vfs/node.key"))])
        {
            Assert.Equal("VfsNotRootKey", (await Assert.ThrowsAsync<NodeException>(() => b.BecomeAdminAsync(wrong, default))).Id);
            Assert.Equal("VfsNotRootKey", (await Assert.ThrowsAsync<NodeException>(() => b.CutOffAsync(a.Id, wrong, default))).Id);
        }
        Assert.Equal("VfsNotSelf", (await Assert.ThrowsAsync<NodeException>(() => a.CutOffAsync(a.Id, key, default))).Id);
        Assert.Equal("editor", b.Role);
        await b.CutOffAsync(a.Id, key, default); // Any member may carry the root's word.
        Poll.Until(() => a.Role == "none", () => "a knows\n" + Story(a, b));
        Assert.Equal("VfsExpelled", (await Assert.ThrowsAsync<NodeException>(() => a.BecomeAdminAsync(key, default))).Id);
    }

    private static void Write(SyncNode node, string path, string text) => File.WriteAllText(At(node, path), text);
}
