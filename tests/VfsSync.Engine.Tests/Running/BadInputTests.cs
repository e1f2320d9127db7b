using System.Buffers;
using VfsSync.Core.History;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;
using VfsSync.Engine.Net;
using VfsSync.Engine.Running;
using VfsSync.Engine.Store;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>What cannot work gets an error that says what to do, and nothing is lost.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void No_such_folder() => Refused("VfsNoSuchFolder", "Create it, or correct the path", () => Start(_nodes.Outside("no/such/folder")));

    [Fact]
    public void A_name_that_could_pass_for_another_nodes_id() => Refused("VfsBadName", "such as 'node-3f2a9c10'", () => _nodes.Start("3f2a9c10"));

    [Fact]
    public void A_file_is_no_folder()
    {
        File.WriteAllText(_nodes.Outside("file"), "x");
        Refused("VfsNotAFolder", "Name a folder", () => Start(_nodes.Outside("file")));
    }

    [Fact]
    public void A_folder_that_cannot_be_written()
    {
        // Root may write everywhere but in /sys and on a read-only mount.
        Refused("VfsNotWritable", "choose another folder", () => Start("/sys/kernel"));
        Refused("VfsNotWritable", "choose another folder", () => Start("/sys/kernel/sub"));
    }

    [Fact]
    public void A_folder_in_use_by_a_running_node()
    {
        var a = _nodes.Start("a");
        Refused("VfsFolderInUse", "'a' of this process", () => Start(a.Root));
        File.WriteAllText(At(a, "f"), "goes on");
        LookAtAll(a);
        Assert.NotNull(a.File(EntryPath.Parse("f")));
    }

    [Fact]
    public void A_folder_within_a_nodes_folder()
    {
        var a = _nodes.Start("a");
        Directory.CreateDirectory(At(a, "sub"));
        Refused("VfsNestedFolder", "Choose a folder outside", () => Start(At(a, "sub")));
        Refused("VfsNestedFolder", "Choose a folder outside", () => Start(At(a, "fresh")));
        Assert.False(Directory.Exists(At(a, "fresh")));
    }

    [Fact]
    public void A_port_in_use()
    {
        var a = _nodes.Start("a");
        Refused("VfsPortInUse", $"{a.Port}", () => _nodes.Start(new NodeOptions { Path = _nodes.Folder("b"), Port = a.Port }));
        // It is no node of a cluster of its own by now: it may join this one.
        Assert.Empty(Directory.GetFileSystemEntries(_nodes.Folder("b")));
        Refused("VfsPortInUse", $"{a.Port}", () => _nodes.Start(new NodeOptions { Path = _nodes.Outside("new"), Port = a.Port }));
        Assert.False(Directory.Exists(_nodes.Outside("new")));
        Connected(a, _nodes.Start("b", a));
    }

    [Fact]
    public void A_port_in_use_that_was_not_asked_for()
    {
        var a = _nodes.Start("a");
        var b = _nodes.Start(new NodeOptions { Path = _nodes.Folder("b"), Port = 0 });
        Assert.NotEqual(a.Port, b.Port);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("vfs-token-AAAA")]
    [InlineData("vfs-token-")]
    public void A_malformed_invitation(string token)
    {
        Refused("VfsInvitationInvalid", "invitation", () => Join(token));
        Assert.False(Directory.Exists(_nodes.Outside("b/.vfs")));
    }

    [Fact]
    public void A_damaged_invitation()
    {
        var token = _nodes.Start("a").CreateInvitation("editor", 1, null).Token;
        Refused("VfsInvitationInvalid", "", () => Join(token[..^8]));
        Refused("VfsInvitationInvalid", "", () => Join(token[..40] + (token[40] == 'A' ? 'B' : 'A') + token[41..]));
    }

    [Fact]
    public void An_expired_invitation()
    {
        var token = _nodes.Start("a").CreateInvitation("editor", 1, TimeSpan.FromMilliseconds(1)).Token;
        Poll.Pause(20);
        Refused("VfsInvitationExpired", "Ask for a new one", () => Join(token));
    }

    [Fact]
    public void A_used_invitation()
    {
        var a = _nodes.Start("a");
        var token = a.CreateInvitation("editor", 1, null).Token;
        Join(token);
        Refused("VfsInvitationUsed", "Ask for a new one", () => _nodes.Start(new NodeOptions { Path = _nodes.Folder("c"), Port = 0, Name = "c", InvitationToken = token }));
        // The folder is not spoilt: a good invitation lets it in.
        var c = _nodes.Start(new NodeOptions { Path = _nodes.Folder("c"), Port = 0, Name = "c", InvitationToken = a.CreateInvitation("editor", 1, null).Token });
        Connected(a, c);
    }

    [Fact]
    public void An_invitation_to_another_cluster()
    {
        var (a, foreign) = (_nodes.Start("a"), _nodes.Start("foreign"));
        var folder = a.Root;
        _nodes.Stop(a);
        Refused("VfsOtherCluster", "belongs to another cluster", () => _nodes.Start(new NodeOptions { Path = folder, Port = 0, InvitationToken = foreign.CreateInvitation("editor", 1, null).Token }));
    }

    [Fact]
    public void Somebody_else_at_one_of_the_addresses_does_not_keep_a_node_from_joining()
    {
        var (a, foreign) = (_nodes.Start("a"), _nodes.Start("foreign"));
        var b = _nodes.Start(new NodeOptions { Path = _nodes.Folder("b"), Port = 0, Peers = [AddressOf(foreign)], InvitationToken = a.CreateInvitation("editor", 1, null).Token });
        Connected(a, b);
    }

    [Fact]
    public void An_invitation_of_a_node_that_does_not_run()
    {
        var a = _nodes.Start("a");
        var token = a.CreateInvitation("editor", 1, null).Token;
        _nodes.Stop(a);
        Refused("VfsUnreachable", "Start the node that made the invitation", () => Join(token));
        Refused("VfsUnreachable", $"127.0.0.1:{a.Port} (nothing listens there).", () => Join(token));
        Assert.Single(Assert.Throws<NodeException>(() => Join(token)).Message.Split("nothing listens", StringSplitOptions.None).Skip(1));
        Assert.False(Directory.Exists(_nodes.Outside("b")));
    }

    [Fact]
    public void A_first_start_that_is_given_up_leaves_no_cluster()
    {
        using var given = new CancellationTokenSource();
        given.Cancel();
        File.WriteAllText(Path.Combine(_nodes.Folder("b"), "mine"), "kept");
        Assert.ThrowsAny<OperationCanceledException>(() => SyncNode.Start(new NodeOptions { Path = _nodes.Folder("b"), Port = 0 }, given.Token));
        Assert.Equal("mine", Path.GetFileName(Assert.Single(Directory.GetFileSystemEntries(_nodes.Folder("b")))));
    }

    [Fact]
    public void A_nodes_own_address()
    {
        var a = _nodes.Start("a");
        Refused("VfsBadAddress", "is a itself", () => a.ConnectAsync(AddressOf(a), default).WaitHere());
        Refused("VfsUnreachable", "this node itself", () => _nodes.Start(new NodeOptions
        {
            Path = _nodes.Folder("b"), Port = a.Port, InvitationToken = TokenOfStopped(a),
        }));
    }

    private string TokenOfStopped(SyncNode node)
    {
        var token = node.CreateInvitation("editor", 1, null).Token;
        _nodes.Stop(node);
        return token;
    }

    [Fact]
    public void A_folder_written_by_a_newer_version()
    {
        var a = _nodes.Start("a");
        File.WriteAllText(At(a, "f"), "kept");
        _nodes.Stop(a);
        File.WriteAllText(At(a, ".vfs/version"), "99\n");
        Refused("VfsNewerVersion", "Update VfsSync", () => Start(a.Root));
        Assert.Equal("kept", File.ReadAllText(At(a, "f")));
    }

    [Fact]
    public void A_peer_of_another_cluster_is_refused_and_told()
    {
        var (a, foreign) = (_nodes.Start("a"), _nodes.Start("foreign"));
        var again = _nodes.Restart(foreign, AddressOf(a));
        Poll.Until(() => again.Problems().Any(p => p.Kind == ProblemKind.Peer && p.Message.Contains("another cluster", StringComparison.Ordinal)), "the dialler is told");
        Poll.Until(() => a.Problems().Any(p => p.Kind == ProblemKind.Peer), "so is the dialled one");
        Assert.Empty(a.Members());
    }

    [Fact]
    public void A_peer_with_another_protocol_version_is_refused_with_advice()
    {
        var a = _nodes.Start("a");
        using var stranger = NodeIdentity.Create();
        using var transport = new TlsTransport(stranger.Certificate);
        using var link = Task.Run(() => transport.ConnectAsync(AddressOf(a), default)).WaitHere();
        var bytes = new ArrayBufferWriter<byte>();
        MessageCodec.Encode(new HelloMessage(2, 0, a.Cluster, null, [], 1, 0, "VfsSync 9.9"), bytes);
        link.Send(bytes.WrittenSpan);
        GoodbyeMessage? goodbye = null;
        while (goodbye is null && link.Receive() is { } payload) goodbye = MessageCodec.Decode(payload) as GoodbyeMessage;
        Assert.Equal("VersionMismatch", goodbye?.Reason);
        Assert.Contains("Update the older", goodbye!.Text, StringComparison.Ordinal);
        Poll.Until(() => a.Problems().Any(p => p.Kind == ProblemKind.Peer && p.Message.Contains("VfsSync 9.9", StringComparison.Ordinal)), "it is told here, too");
    }

    [Fact]
    public void However_often_strangers_knock_one_problem_stands_and_says_how_to_let_one_in()
    {
        var a = _nodes.Start("a");
        for (var i = 0; i < 3; i++)
        {
            using var stranger = NodeIdentity.Create();
            using var transport = new TlsTransport(stranger.Certificate);
            using var link = Task.Run(() => transport.ConnectAsync(AddressOf(a), default)).WaitHere();
            var bytes = new ArrayBufferWriter<byte>();
            MessageCodec.Encode(new HelloMessage(1, 0, default, null, [], 1, 0, "?"), bytes);
            link.Send(bytes.WrittenSpan);
            while (link.Receive() is { } payload && MessageCodec.Decode(payload) is not GoodbyeMessage) { }
        }
        Poll.Until(() => a.Problems().Any(), "it is told");
        Assert.Equal("A node at 127.0.0.1 that is no member knocked and was refused. If it belongs here, let it join: New-VfsInvitation, and Start-VfsNode -Invitation there.",
            Assert.Single(a.Problems()).Message);
    }

    [Fact]
    public void A_stranger_who_sends_nonsense_does_no_harm()
    {
        var (a, b) = _nodes.Pair();
        using var stranger = NodeIdentity.Create();
        using var transport = new TlsTransport(stranger.Certificate);
        for (var i = 0; i < 5; i++)
        {
            using var link = Task.Run(() => transport.ConnectAsync(AddressOf(a), default)).WaitHere();
            var bytes = new byte[64];
            new Random(i).NextBytes(bytes);
            bytes.AsSpan(0, i % 4).Clear();
            try
            {
                link.Send(bytes);
                link.Receive();
            }
            catch (IOException)
            {
                // Thrown out at once is as good.
            }
        }
        File.WriteAllText(At(a, "f"), "goes on");
        EventuallySame(a, b);
    }

    [Fact]
    public void Writing_outside_the_folder() =>
        Assert.All((string[])["../x", "/etc/x", "a/../../x", ".vfs/node.key", "a//b", ""], p => Assert.False(EntryPath.TryParse(p, out _, out _)));

    [Fact]
    public void Reading_what_is_not_there_names_what_is_near()
    {
        var a = _nodes.Start("a");
        File.WriteAllText(At(a, "readme.txt"), "x");
        LookAtAll(a);
        Refused("VfsNotFound", "readme.txt", () => a.OpenRead(EntryPath.Parse("raedme.txt"), default).Dispose());
    }

    private void Start(string path) => _nodes.Start(new NodeOptions { Path = path, Port = 0 });

    private void Join(string token) => _nodes.Start(new NodeOptions { Path = _nodes.Outside("b"), Port = 0, Name = "b", InvitationToken = token });

    private static void Refused(string id, string says, Action start)
    {
        var refusal = Assert.Throws<NodeException>(start);
        Assert.Equal(id, refusal.Id);
        Assert.Contains(says, refusal.Message, StringComparison.OrdinalIgnoreCase);
    }
}
