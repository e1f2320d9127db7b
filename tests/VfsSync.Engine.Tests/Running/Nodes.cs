using VfsSync.Engine.Disk.Linux;
using VfsSync.Engine.Running;

namespace VfsSync.Engine.Tests.Running;

/// <summary>Real nodes in fresh folders, over real TLS on loopback, with real SQLite.</summary>
internal sealed class Nodes : IDisposable
{
    private readonly List<SyncNode> _nodes = [];
    private readonly string _base = Directory.CreateTempSubdirectory("vfs-nodes-").FullName;

    /// <summary>Starts a node in a folder of this test; invited by <paramref name="sponsor"/> if there is one.</summary>
    public SyncNode Start(string name, SyncNode? sponsor = null, string role = "editor", params string[] peers) =>
        Start(new NodeOptions { Path = Folder(name), Name = name, Port = 0, InvitationToken = sponsor?.CreateInvitation(role, 1, null).Token, Peers = [.. peers] });

    public SyncNode Start(NodeOptions options)
    {
        var node = SyncNode.Start(options, default);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Starts what is in a folder already.</summary>
    public SyncNode StartAgain(string folder, params string[] peers) => Start(new NodeOptions { Path = folder, Port = 0, Peers = [.. peers] });

    public void Stop(SyncNode node)
    {
        node.Dispose();
        _nodes.Remove(node);
    }

    public SyncNode Restart(SyncNode node, params string[] peers)
    {
        Stop(node);
        return StartAgain(node.Root, peers);
    }

    /// <summary>Lets a halted node go on.</summary>
    public SyncNode Resume(SyncNode node)
    {
        var resumed = SyncNode.Resume(node, default);
        _nodes.Remove(node);
        _nodes.Add(resumed);
        return resumed;
    }

    /// <summary>Two connected nodes.</summary>
    public (SyncNode A, SyncNode B) Pair()
    {
        var a = Start("a");
        var b = Start("b", a);
        Connected(a, b);
        return (a, b);
    }

    /// <summary>Three nodes, all connected.</summary>
    public (SyncNode A, SyncNode B, SyncNode C) Three()
    {
        var (a, b) = Pair();
        var c = Start("c", a, "editor", AddressOf(b));
        Connected(a, b, c);
        return (a, b, c);
    }

    public string Folder(string name) => Directory.CreateDirectory(Path.Combine(_base, name)).FullName;

    public string Outside(string name) => Path.Combine(_base, name);

    public static string AddressOf(SyncNode node) => $"127.0.0.1:{node.Port}";

    public static string At(SyncNode node, string path) => Path.Combine(node.Root, path);

    public static void Connected(params SyncNode[] nodes) =>
        Poll.Until(() => nodes.All(n => nodes.Where(o => o.Id != n.Id).All(o => n.Members().Any(m => m.Id == o.Id && m.State == MemberState.Connected))),
            () => "the nodes are connected: " + string.Join("; ", nodes.SelectMany(n => n.Members().Select(m => $"{n.Name} sees {m.Name} {m.State} {m.LastError}").Concat(n.Problems().Select(p => p.Message)))));

    /// <summary>Waits until all folders hold the same tree, then asserts that every node is well.</summary>
    public static void EventuallySame(params SyncNode[] nodes)
    {
        Poll.Until(() =>
        {
            foreach (var node in nodes) Assert.True(node.State == NodeState.Running, node.HaltReason);
            return nodes.Skip(1).All(n => Trees.Difference(nodes[0].Root, n.Root).Length == 0);
        }, () => "the trees are the same\n" + Story(nodes), seconds: 60);
    }

    /// <summary>As <see cref="EventuallySame"/>, when nodes may agree for a moment before all is said: each then has shown all that any recorded.</summary>
    public static void EventuallySettled(params SyncNode[] nodes)
    {
        for (var round = 0; round < 2; round++)
            foreach (var node in nodes)
                Poll.Until(() => TryWait(node, nodes), () => $"{node.Name} is in sync\n" + Story(nodes), seconds: 120);
        EventuallySame(nodes);
    }

    private static bool TryWait(SyncNode node, SyncNode[] nodes)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            node.WaitSyncedAsync([.. nodes.Where(n => n.Id != node.Id).Select(n => n.Id)], patience.Token).GetAwaiter().GetResult();
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Bytes over a node's live links so far.</summary>
    public static (long Sent, long Received) Traffic(SyncNode node) =>
        node.Links.Aggregate((Sent: 0L, Received: 0L), (sum, link) => (sum.Sent + link.Link.Traffic.Sent, sum.Received + link.Link.Traffic.Received));

    /// <summary>Asserts that, once the last acknowledgements are out, not one byte crosses any link for a while.</summary>
    public static void Silent(double seconds, params SyncNode[] nodes)
    {
        var last = nodes.Select(Traffic).ToList();
        var quiet = 0;
        Poll.Until(() =>
        {
            var now = nodes.Select(Traffic).ToList();
            quiet = now.SequenceEqual(last) ? quiet + 1 : 0;
            last = now;
            return quiet >= 8;
        }, "the links fall silent");
        Poll.For(seconds, () => Assert.Equal(last, nodes.Select(Traffic).ToList()), everyMs: 50);
    }

    /// <summary>Cuts a node's links as a broken cable would, without a goodbye.</summary>
    public static void Cut(SyncNode node)
    {
        foreach (var link in node.Links) link.Link.Dispose();
    }

    /// <summary>Keeps a node from reading its watch, so that the kernel's queue overflows.</summary>
    public static ManualResetEventSlim WatchOf(SyncNode node) => ((InotifyWatcher)node.Watcher!).Reading;

    /// <summary>Has a node look at its whole folder, as Sync-VfsFile does; the watch may have seen nothing.</summary>
    public static void LookAtAll(SyncNode node) => node.SyncAsync([], whatIf: false, default).GetAwaiter().GetResult();

    /// <summary>No conflict copies anywhere.</summary>
    public static void NoConflicts(params SyncNode[] nodes)
    {
        foreach (var node in nodes) Assert.DoesNotContain(Trees.Describe(node.Root)!.Keys, n => n.Contains(".conflict-", StringComparison.Ordinal));
    }

    /// <summary>What the nodes say of themselves, for a failure's message.</summary>
    public static string Story(params SyncNode[] nodes) => string.Join("\n", nodes.Skip(1).Select(n => $"{nodes[0].Name} | {n.Name}\n{Trees.Difference(nodes[0].Root, n.Root)}")
        .Concat(nodes.Select(n => $"--- {n.Name}: {n.State} {n.HaltReason}\n" + string.Join("\n", n.Members().Select(m => $"{m.Name} {m.State} {m.Address} {m.LastError}").Concat(n.Problems().Select(p => p.ToString()).Concat(n.RecentEvents().TakeLast(25).Select(e => e.ToString())))))));

    public void Dispose()
    {
        foreach (var node in _nodes) node.Dispose();
        try
        {
            Directory.Delete(_base, true);
        }
        catch (IOException)
        {
            // Left for the system to clean: a test may have put things there that .NET cannot name.
        }
    }
}
