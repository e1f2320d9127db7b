using System.Security.Cryptography;
using System.Text;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;
using VfsSync.Engine.Running;
using VfsSync.Engine.Store;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>A node that holds no key: it keeps and serves what others have, and can read nothing of it.</summary>
public sealed class VaultTests : IDisposable
{
    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void Who_joins_when_only_the_vault_is_there_gets_everything()
    {
        var (a, v) = WithVault();
        Write(At(a, "plans/letter.txt"), "dear all");
        Write(At(a, "empty"), "");
        File.WriteAllBytes(At(a, "film"), RandomNumberGenerator.GetBytes(3_000_000));
        Write(At(a, "plans/letter.txt"), "dear all, once more");
        File.Move(At(a, "film"), At(a, "plans/film"));
        Held(v, a);
        // The invitation names the vault's address: nobody has to tell the newcomer.
        var token = a.CreateInvitation("editor", 1, null).Token;
        _nodes.Stop(a);
        var b = _nodes.Start(new NodeOptions { Path = _nodes.Folder("b"), Name = "b", Port = 0, InvitationToken = token });
        Poll.Until(() => Trees.Difference(a.Root, b.Root).Length == 0, () => Story(b) + Trees.Difference(a.Root, b.Root));

        Write(At(b, "plans/letter.txt"), "an answer");
        File.WriteAllBytes(At(b, "photo"), RandomNumberGenerator.GetBytes(900_000));
        Held(v, b);
        _nodes.Stop(b);
        a = _nodes.StartAgain(a.Root, AddressOf(v));
        Poll.Until(() => Trees.Difference(a.Root, b.Root).Length == 0, () => Story(a, v) + Trees.Difference(a.Root, b.Root));
        Assert.Equal([".vfs"], Directory.GetFileSystemEntries(v.Root).Select(Path.GetFileName));
    }

    [Fact]
    public void Its_whole_folder_tells_no_name_no_content_and_no_key()
    {
        var (a, v) = WithVault();
        var words = string.Concat(Enumerable.Repeat("the quick brown fox signs the merger ", 9000));
        Write(At(a, "confidential-folder/salaries-of-all.txt"), words);
        Write(At(a, "small-note.md"), "a password: hunter2-hunter2");
        Write(At(a, ".vfspolicy.yaml"), "rules:\n  - path: \"confidential-folder/**\"\n    write: [admin]\n");
        File.CreateSymbolicLink(At(a, "shortcut"), "secret-target");
        Held(v, a);
        a.CreateInvitation("editor", 1, null);
        File.Move(At(a, "small-note.md"), At(a, "moved-note.md"));
        Held(v, a);
        _nodes.Stop(v);
        var key = File.ReadAllBytes(At(a, ".vfs/cluster.key"));
        var ids = ClusterKey.IdKey(key);
        var seal = ClusterKey.FirstSealKey(key);
        var read = 0L;
        foreach (var file in Directory.EnumerateFiles(v.Root, "*", SearchOption.AllDirectories))
        {
            var bytes = File.ReadAllBytes(file);
            read += bytes.Length;
            foreach (var secret in (byte[][])[.. ((string[])["confidential", "salaries", "small-note", "moved-note", "quick brown", "merger", "hunter2", "shortcut", "secret-target"]).Select(Encoding.UTF8.GetBytes), key, ids, seal])
                Assert.True(bytes.AsSpan().IndexOf(secret) < 0, $"{file} tells {Encoding.UTF8.GetString(secret)}");
        }
        Assert.True(read > 20_000, $"only {read} bytes");
        Assert.False(File.Exists(At(v, ".vfs/cluster.key")));
    }

    [Fact]
    public void What_it_was_flipped_to_is_fetched_elsewhere()
    {
        var (a, v) = WithVault();
        File.WriteAllBytes(At(a, "film"), RandomNumberGenerator.GetBytes(400_000));
        Held(v, a);
        _nodes.Stop(v);
        Tamper(v, (id, chunk) => chunk with { Bytes = Flipped(chunk.Bytes) });
        v = _nodes.StartAgain(v.Root, AddressOf(a));
        var b = _nodes.Start("b", a, "editor", AddressOf(v));
        Connected(a, b, v);
        EventuallySame(a, b);
        File.Delete(At(a, "film"));
        EventuallySame(a, b);
    }

    [Fact]
    public void A_member_that_vouched_for_garbage_is_named_and_another_copy_takes_its_place()
    {
        var (a, v) = WithVault();
        var c = _nodes.Start("c", a, "editor", AddressOf(v));
        File.WriteAllBytes(At(a, "film"), RandomNumberGenerator.GetBytes(400_000));
        EventuallySame(a, c);
        Held(v, a);
        _nodes.Stop(v);
        _nodes.Stop(c);
        // As if C had given it garbage under a true name.
        using (var home = NodeHome.Open(c.Root))
            Tamper(v, (id, chunk) => ChunkSigner.Sign(new SealedChunk(id, Flipped(chunk.Bytes)), a.Cluster, c.Id, home.Identity.SigningKey));
        var token = a.CreateInvitation("editor", 2, null).Token;
        _nodes.Stop(a);
        v = _nodes.StartAgain(v.Root);
        var b = _nodes.Start(new NodeOptions { Path = _nodes.Folder("b"), Name = "b", Port = 0, InvitationToken = token, Peers = [AddressOf(v)] });
        Poll.Until(() => b.Problems().Any(p => p.Message.Contains("c gave v a chunk that is not what its name says", StringComparison.Ordinal)), () => Story(b, v));
        Poll.Until(() => v.Problems().Any(p => p.Message.Contains("c vouched for a chunk that b cannot open", StringComparison.Ordinal)), () => Story(v, b));
        Assert.False(File.Exists(At(b, "film")));

        a = _nodes.StartAgain(a.Root, AddressOf(v), AddressOf(b));
        EventuallySame(a, b);
        // The vault has good ones again.
        Poll.Until(() => v.SealedChunks().All(k => k.By!.Signer == a.Id.Hash), () => Story(v, a, b));
        _nodes.Stop(a);
        _nodes.Stop(b);
        var d = _nodes.Start(new NodeOptions { Path = _nodes.Folder("d"), Name = "d", Port = 0, InvitationToken = token, Peers = [AddressOf(v)] });
        Poll.Until(() => Trees.Difference(a.Root, d.Root).Length == 0, () => Story(d, v));
    }

    [Fact]
    public void It_goes_on_after_a_kill_with_what_it_lacks()
    {
        var (a, v) = WithVault();
        for (var i = 0; i < 20; i++) File.WriteAllBytes(At(a, $"f{i}"), RandomNumberGenerator.GetBytes(200_000));
        Poll.Until(() => v.Behind > 0 || a.Members().Single(m => m.Id == v.Id).Behind == 0, "it has begun");
        Cut(v);
        _nodes.Stop(v);
        v = _nodes.StartAgain(v.Root, AddressOf(a));
        Held(v, a);
        Assert.Equal(0, v.Behind);
    }

    [Fact]
    public void It_has_no_files_and_says_so()
    {
        var (a, v) = WithVault();
        Write(At(a, "f"), "text");
        Held(v, a);
        Assert.Equal("VfsIsVault", Assert.Throws<NodeException>(() => v.BeginWrite(EntryPath.Parse("g"), append: false)).Id);
        Assert.Equal("VfsIsVault", Assert.Throws<NodeException>(() => v.OpenRead(EntryPath.Parse("f"), default)).Id);
        Assert.Equal("VfsIsVault", Assert.Throws<NodeException>(() => v.Remove(EntryPath.Parse("f"), false, default)).Id);
        Assert.Empty(v.Files(EntryPath.Root, recurse: true));
        Write(At(v, "mine"), "goes nowhere");
        Poll.Until(() => v.Problems().Any(p => p.Message.Contains("is a vault", StringComparison.Ordinal)), "it says that files in its folder go nowhere");
        Assert.Equal("vault", v.Role);
        Assert.Equal("VfsNotForVault", Assert.Throws<NodeException>(() => a.SetPermission(v.Id, "reader", default)).Id);
        var b = _nodes.Start("b", a);
        Assert.Equal("VfsNotForVault", Assert.Throws<NodeException>(() => a.SetPermission(b.Id, "vault", default)).Id);
        a.SetPermission(v.Id, "none", default);
        Poll.Until(() => v.Members().All(m => m.State != MemberState.Connected), () => Story(v, a));
    }

    [Fact]
    public void A_folder_with_files_does_not_become_one()
    {
        var a = _nodes.Start("a");
        File.WriteAllText(Path.Combine(_nodes.Folder("v"), "mine"), "");
        Assert.Equal("VfsFolderNotEmpty", Assert.Throws<NodeException>(() => _nodes.Start("v", a, "vault")).Id);
        Assert.Equal(["mine"], Directory.GetFileSystemEntries(_nodes.Folder("v")).Select(Path.GetFileName));
    }

    [Fact]
    public void A_node_that_lost_the_folders_key_is_none()
    {
        var a = _nodes.Start("a");
        _nodes.Stop(a);
        File.Move(At(a, ".vfs/cluster.key"), At(a, "key"));
        Assert.Equal("VfsKeyMissing", Assert.Throws<NodeException>(() => _nodes.StartAgain(a.Root)).Id);
        File.Move(At(a, "key"), At(a, ".vfs/cluster.key"));
        _nodes.StartAgain(a.Root);
    }

    [Fact]
    public void What_a_reader_vouches_for_is_not_taken()
    {
        var a = _nodes.Start("a");
        File.WriteAllBytes(At(a, "film"), RandomNumberGenerator.GetBytes(300_000));
        var r = _nodes.Start("r", a, "reader");
        EventuallySame(a, r);
        var token = a.CreateInvitation("vault", 1, null).Token;
        _nodes.Stop(a);
        var v = _nodes.Start(new NodeOptions { Path = _nodes.Folder("v"), Name = "v", Port = 0, InvitationToken = token, Peers = [AddressOf(r)] });
        Connected(r, v);
        Poll.Until(() => v.Behind > 0, "it knows what it lacks");
        a = _nodes.StartAgain(a.Root, AddressOf(v));
        Held(v, a);
        _nodes.Stop(v);
        Assert.All(Chunks(v), c => Assert.Equal(a.Id.Hash, c.By!.Signer));
    }

    private (SyncNode A, SyncNode V) WithVault()
    {
        var a = _nodes.Start("a");
        var v = _nodes.Start("v", a, "vault");
        Connected(a, v);
        return (a, v);
    }

    // All that the other has recorded is there, with everything that it names.
    private static void Held(SyncNode vault, SyncNode other)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        other.WaitSyncedAsync([vault.Id], patience.Token).GetAwaiter().GetResult();
    }

    private static byte[] Flipped(ReadOnlyMemory<byte> bytes)
    {
        var flipped = bytes.ToArray();
        flipped[^1] ^= 1;
        return flipped;
    }

    private static List<SealedChunk> Chunks(SyncNode vault)
    {
        using var store = SqliteFolderStore.Open(At(vault, ".vfs"), null);
        return [.. Named(store).Select(id => store.TryReadChunk(id, out var kept) ? VouchedChunk.Unpack(id, kept) : null).OfType<SealedChunk>()];
    }

    private static void Tamper(SyncNode vault, Func<ChunkId, SealedChunk, SealedChunk> how)
    {
        using var store = SqliteFolderStore.Open(At(vault, ".vfs"), null);
        foreach (var id in Named(store))
        {
            Assert.True(store.TryReadChunk(id, out var kept));
            store.Capture([VouchedChunk.Pack(how(id, VouchedChunk.Unpack(id, kept)!.Value))], [], replace: true);
        }
    }

    private static List<ChunkId> Named(SqliteFolderStore store) => [.. store.AllRecords().SelectMany(r => RecordCodec.DecodeHeader(r.Header).Needed).Distinct()];

    private static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
