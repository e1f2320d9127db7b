using VfsSync.Core.History;
using VfsSync.Core.Tree;
using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>A node takes another key, and goes on as who it was; what has the old one is nobody.</summary>
public sealed class RenewalTests : IDisposable
{
    private static readonly string[] s_secrets = ["node.key", "agreement.key", "cluster.json"];
    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void A_member_goes_on_under_another_key_with_its_name_its_role_and_what_it_had_not_sent_yet()
    {
        var (a, b, c) = _nodes.Three();
        a.SetPermission(b.Id, "writer", default);
        Poll.Until(() => b.Role == "writer", () => "b is a writer\n" + Story(a, b));
        Write(b, "early", "1");
        EventuallySame(a, b, c);
        var old = b.Id;
        _nodes.Stop(b);
        Write(b, "late", "2");
        b = Renewed(b, AddressOf(a));
        Assert.NotEqual(old, b.Id);
        Assert.Equal(("b", "writer"), (b.Name, b.Role));
        Write(b, "under the new key", "3");
        Write(a, "from a", "4");
        EventuallySame(a, b, c);
        Assert.Equal("2", File.ReadAllText(At(c, "late")));
        foreach (var node in (SyncNode[])[a, c])
            Poll.Until(() => node.Members().Select(m => m.Id).Contains(b.Id) && node.Members().All(m => m.Id != old) && node.Permissions(null).Single(p => p.Name == "b") is { Role: "writer" } p && p.Node == b.Id,
                () => "the old key is shown no more\n" + Story(node, b));

        // What the policy says of the node it says of its new key, by the name that it has.
        a.SetPermission(b.Id, "reader", default);
        Poll.Until(() => b.Role == "reader", () => "b is a reader\n" + Story(a, b));
        a.SetPermission(b.Id, "editor", default);
        Poll.Until(() => b.Role == "editor", () => "b is an editor\n" + Story(a, b));
        var policy = File.ReadAllText(At(a, ".vfspolicy.yaml"));
        Assert.Single(policy.Split('\n'), line => line.TrimStart().StartsWith("b:", StringComparison.Ordinal));

        // A node that comes later has it all from the log.
        var d = _nodes.Start("d", a);
        EventuallySame(a, b, c, d);
        Assert.Contains(d.Members(), m => m.Id == b.Id);
    }

    [Fact]
    public void Who_has_the_old_key_is_refused_and_what_it_writes_with_it_holds_nowhere()
    {
        var (a, b, c) = _nodes.Three();
        Write(b, "file", "1");
        EventuallySame(a, b, c);
        _nodes.Stop(b);
        var thief = Directory.CreateDirectory(_nodes.Folder("thief")).FullName;
        Copy(b.Root, thief);
        b = Renewed(b, AddressOf(a));
        Connected(a, b, c);
        var copy = _nodes.StartAgain(thief, AddressOf(a), AddressOf(c));
        Write(copy, "by the thief", "2");
        Poll.Until(() => copy.Problems().Any(p => p.Message.Contains("refused this node", StringComparison.Ordinal)), () => "it is refused\n" + Story(copy, a));
        Write(b, "after", "3");
        EventuallySame(a, b, c);
        Assert.False(File.Exists(At(a, "by the thief")));
        Assert.False(File.Exists(At(copy, "after")));
    }

    // Who has not heard of the new key takes the old one for what it was.
    [Fact]
    public void What_the_old_key_wrote_after_its_last_word_is_taken_back_where_it_was_believed()
    {
        var (a, b, c) = _nodes.Three();
        Write(b, "file", "1");
        EventuallySame(a, b, c);
        _nodes.Stop(b);
        _nodes.Stop(c);
        var thief = Directory.CreateDirectory(_nodes.Folder("thief")).FullName;
        Copy(b.Root, thief);
        b = Renewed(b, AddressOf(a));
        Write(b, "after", "2");
        EventuallySame(a, b);
        _nodes.Stop(a);
        _nodes.Stop(b);

        c = _nodes.StartAgain(c.Root);
        var copy = _nodes.StartAgain(thief, AddressOf(c));
        Write(copy, "by the thief", "3");
        Write(copy, "file", "overwritten");
        Poll.Until(() => File.Exists(At(c, "by the thief")) && File.ReadAllText(At(c, "file")) == "overwritten", () => "c believes it\n" + Story(c, copy));
        a = _nodes.StartAgain(a.Root, AddressOf(c));
        EventuallySame(a, c);
        Assert.Equal(("1", false), (File.ReadAllText(At(c, "file")), File.Exists(At(c, "by the thief"))));
        Assert.Single(c.DeniedHistory(EntryPath.Parse("by the thief")));
        Poll.Until(() => c.Members().All(m => m.Id != copy.Id) && copy.Problems().Any(p => p.Message.Contains("has taken another key", StringComparison.Ordinal)), () => "the old key is told so\n" + Story(c, copy));
        b = _nodes.StartAgain(b.Root, AddressOf(a), AddressOf(c));
        Write(b, "goes on", "4");
        EventuallySame(a, b, c);
    }

    [Fact]
    public void The_founder_takes_another_key_and_its_place_above_others_stays_and_what_it_had_handed_out_is_closed()
    {
        var (a, b) = _nodes.Pair();
        var open = a.CreateInvitation("editor", 1, null);
        EventuallySame(a, b);
        _nodes.Stop(a);
        a = Renewed(a, AddressOf(b));
        Connected(a, b);
        Assert.Equal("admin", a.Role);
        Poll.Until(() => a.Invitations().Single(i => i.Id == open.Id).State == InvitationState.Revoked, () => "it is closed, as at every change of the seal key\n" + Story(a, b));
        var (c, d) = (_nodes.Start("c", a), _nodes.Start("d", a));
        Write(d, "from d", "1");
        Write(c, "from c", "2");
        EventuallySame(a, b, c, d);
        a.SetPermission(c.Id, "reader", default);
        Poll.Until(() => c.Role == "reader", () => "c is a reader\n" + Story(a, c));

        // Once more, and the row of keys leads to the root all the same.
        _nodes.Stop(a);
        a = Renewed(a, AddressOf(b));
        var e = _nodes.Start("e", a);
        Write(e, "from e", "3");
        EventuallySame(a, b, c, d, e);
        Assert.Equal("admin", a.Role);
    }

    [Fact]
    public void The_seal_key_is_changed_and_the_new_key_has_it()
    {
        var (a, b, c) = _nodes.Three();
        EventuallySame(a, b, c);
        _nodes.Stop(b);
        b = Renewed(b, AddressOf(a));
        Connected(a, b, c);
        Poll.Until(() => KeysOf(a) > 0 && KeysOf(b) == KeysOf(a), () => "both have the next key\n" + Story(a, b), seconds: 60);
        Write(a, "later", new string('x', 100_000));
        Write(b, "mine", "2");
        EventuallySame(a, b, c);
    }

    [Fact]
    public void A_vault_takes_another_key_and_goes_on_keeping()
    {
        var (a, b) = _nodes.Pair();
        var vault = _nodes.Start("v", a, "vault");
        Write(a, "file", new string('x', 100_000));
        EventuallySame(a, b);
        Poll.Until(() => vault.Behind == 0 && a.Members().Any(m => m.Id == vault.Id && m.State == MemberState.Connected), () => "the vault has it\n" + Story(a, vault));
        _nodes.Stop(vault);
        vault = Renewed(vault, AddressOf(a));
        Assert.Equal("vault", vault.Role);
        Write(b, "another", new string('y', 100_000));
        EventuallySame(a, b);
        Poll.Until(() => a.Members().Any(m => m.Id == vault.Id && m.State == MemberState.Connected) && vault.Behind == 0 && b.Members().Any(m => m.Id == vault.Id), () => "the vault goes on\n" + Story(a, vault));
        var address = AddressOf(vault);
        _nodes.Stop(b);
        var c = _nodes.Start("c", a, "editor", address);
        Connected(a, c, vault);
        _nodes.Stop(a);
        EventuallySame(c);
        Assert.Equal(100_000, new FileInfo(At(c, "another")).Length);
    }

    [Fact]
    public void A_node_that_reaches_nobody_keeps_its_key_and_one_that_is_alone_or_new_needs_nobody()
    {
        var (a, b) = _nodes.Pair();
        EventuallySame(a, b);
        _nodes.Stop(a);
        var (old, folder) = (b.Id, b.Root);
        _nodes.Stop(b);
        Assert.Equal("VfsNobodyReached", Assert.Throws<NodeException>(() => _nodes.Start(new NodeOptions { Path = folder, Port = 0, RenewKey = true, RenewalPatience = TimeSpan.FromSeconds(1) })).Id);
        Assert.Equal(old, _nodes.StartAgain(folder).Id);

        var alone = _nodes.Start(new NodeOptions { Path = _nodes.Folder("alone"), Port = 0, RenewKey = true });
        var first = alone.Id;
        Write(alone, "file", "1");
        Poll.Until(() => alone.History(EntryPath.Parse("file")).Count == 1, "it is recorded");
        _nodes.Stop(alone);
        alone = Renewed(alone);
        Assert.NotEqual(first, alone.Id);
        Assert.Equal("admin", alone.Role);
        Assert.Single(alone.History(EntryPath.Parse("file")));
        var guest = _nodes.Start("guest", alone);
        EventuallySame(alone, guest);
    }

    [Fact]
    public void On_a_full_disk_the_key_stays_and_the_error_says_so()
    {
        using var disk = new SmallDisk(48);
        var a = _nodes.Start("a");
        var b = _nodes.Start(new NodeOptions { Path = disk.Folder("b"), Name = "b", Port = 0, InvitationToken = a.CreateInvitation("editor", 1, null).Token });
        Connected(a, b);
        Write(b, "file", "1");
        EventuallySame(a, b);
        _nodes.Stop(b);
        disk.Fill(0);
        Assert.Equal("VfsNotWritable", Assert.Throws<NodeException>(() => Renewed(b, AddressOf(a))).Id);
        disk.FreeSpace();
        var again = _nodes.StartAgain(b.Root, AddressOf(a));
        Assert.Equal(b.Id, again.Id);
        _nodes.Stop(again);
        b = Renewed(again, AddressOf(a));
        Assert.NotEqual(again.Id, b.Id);
        Write(b, "after", "2");
        EventuallySame(a, b);
        _nodes.Stop(b);
    }

    // The record is in the log, and the process ended before, between or after the files were put in place; or before the record.
    [Theory]
    [InlineData(false, "")]
    [InlineData(true, "")]
    [InlineData(true, "cluster.json")]
    [InlineData(true, "cluster.json agreement.key")]
    public void A_renewal_that_was_cut_off_is_finished_or_never_was(bool isRecorded, string done)
    {
        var (a, b) = _nodes.Pair();
        Write(b, "file", "1");
        EventuallySame(a, b);
        var (home, before) = (At(b, ".vfs"), b.Id);
        _nodes.Stop(b);
        var old = s_secrets.ToDictionary(name => name, name => File.ReadAllBytes(Path.Combine(home, name)));
        var log = File.ReadAllBytes(Path.Combine(home, "vfs.db"));
        var renewed = Renewed(b, AddressOf(a));
        var next = renewed.Id;
        _nodes.Stop(renewed);
        if (!isRecorded) File.WriteAllBytes(Path.Combine(home, "vfs.db"), log);
        foreach (var name in s_secrets.Where(n => !done.Contains(n, StringComparison.Ordinal)))
        {
            if (name.EndsWith(".key", StringComparison.Ordinal)) File.Move(Path.Combine(home, name), Path.Combine(home, name + ".next"));
            File.WriteAllBytes(Path.Combine(home, name), old[name]);
        }
        if (!isRecorded) _nodes.Stop(a); // Nobody has ever heard of it.
        b = _nodes.StartAgain(b.Root, AddressOf(a));
        Assert.Equal(isRecorded ? next : before, b.Id);
        Assert.Empty(Directory.GetFiles(home, "*.next"));
        if (!isRecorded) return;
        Write(b, "after", "2");
        EventuallySame(a, b);
    }

    private SyncNode Renewed(SyncNode node, params string[] peers) => _nodes.Start(new NodeOptions { Path = node.Root, Port = 0, Peers = [.. peers], RenewKey = true });

    private static void Write(SyncNode node, string path, string text) => File.WriteAllText(At(node, path), text);

    private static long KeysOf(SyncNode node) => new FileInfo(At(node, ".vfs/seal.keys")) is { Exists: true } keys ? keys.Length / 32 : 0;

    private static void Copy(string from, string to)
    {
        foreach (var directory in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories)) Directory.CreateDirectory(directory.Replace(from, to, StringComparison.Ordinal));
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories)) File.Copy(file, file.Replace(from, to, StringComparison.Ordinal));
    }
}
