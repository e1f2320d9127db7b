using System.Diagnostics;
using VfsSync.Core.Tree;
using VfsSync.Engine.Running;

namespace VfsSync.Engine.Tests.Running;

/// <summary>Real nodes in fresh folders, over real TLS on loopback, with real SQLite.</summary>
internal sealed class Nodes : IDisposable
{
    private readonly List<SyncNode> _nodes = [];
    private readonly string _base = Directory.CreateTempSubdirectory("vfs-nodes-").FullName;

    public SyncNode Start(string name, SyncNode? sponsor = null, string role = "editor")
    {
        var node = SyncNode.Start(new NodeOptions { Path = Folder(name), Name = name, Port = 0, InvitationToken = sponsor?.CreateInvitation(role, 1, null).Token }, default);
        _nodes.Add(node);
        return node;
    }

    public SyncNode Restart(SyncNode node)
    {
        node.Dispose();
        _nodes.Remove(node);
        var again = SyncNode.Start(new NodeOptions { Path = node.Root, Port = 0 }, default);
        _nodes.Add(again);
        return again;
    }

    /// <summary>Two connected nodes.</summary>
    public (SyncNode A, SyncNode B) Pair()
    {
        var a = Start("a");
        var b = Start("b", a);
        Eventually(() => a.Members().All(m => m.State == MemberState.Connected) && b.Members().All(m => m.State == MemberState.Connected), "the nodes are connected");
        return (a, b);
    }

    public string Folder(string name) => Directory.CreateDirectory(Path.Combine(_base, name)).FullName;

    public void Dispose()
    {
        foreach (var node in _nodes) node.Dispose();
        try
        {
            Directory.Delete(_base, true);
        }
        catch (IOException)
        {
            // Left for the system to clean: a test may have put things there that only root may remove.
        }
    }

    /// <summary>Waits for a condition, with a deadline.</summary>
    public static void Eventually(Func<bool> holds, string what, int seconds = 20)
    {
        var clock = Stopwatch.StartNew();
        while (!holds())
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(seconds)) Assert.Fail($"After {seconds} s still not: {what}");
            Thread.Sleep(2);
        }
    }

    public static string At(SyncNode node, string path) => Path.Combine(node.Root, path);

    /// <summary>Whether all folders hold the same tree: kinds, contents, modes, mtimes, link targets.</summary>
    public static bool SameTree(params SyncNode[] nodes)
    {
        var first = Describe(nodes[0].Root);
        return nodes.Skip(1).All(n => Describe(n.Root) == first);
    }

    public static void EventuallySame(params SyncNode[] nodes)
    {
        var clock = Stopwatch.StartNew();
        while (!SameTree(nodes))
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(30))
                Assert.Fail("The trees differ:\n" + string.Join("\n---\n", nodes.Select(n => Describe(n.Root) + string.Join("\n", n.Problems().Select(p => p.ToString()).Concat(n.RecentEvents().TakeLast(20).Select(e => e.ToString()))))));
            Thread.Sleep(5);
        }
    }

    public static string Describe(string root)
    {
        var lines = new List<string>();
        void Walk(string directory)
        {
            foreach (var info in new DirectoryInfo(directory).EnumerateFileSystemInfos().OrderBy(i => i.Name, StringComparer.Ordinal))
            {
                var name = Path.GetRelativePath(root, info.FullName);
                if (name == ".vfs") continue;
                if (info.LinkTarget is { } target) lines.Add($"{name} -> {target}");
                else if (info is DirectoryInfo)
                {
                    lines.Add($"{name}/ {info.UnixFileMode}");
                    Walk(info.FullName);
                }
                else lines.Add($"{name} {info.UnixFileMode} {info.LastWriteTimeUtc.Ticks} {Sum(info.FullName)}");
            }
        }
        try
        {
            Walk(root);
        }
        catch (IOException)
        {
            return Guid.NewGuid().ToString();
        }
        return string.Join("\n", lines) + "\n";
    }

    private static string Sum(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(stream))[..16];
    }
}

public sealed class TwoNodesTests
{
    [Fact]
    public void A_file_saved_on_one_side_appears_on_the_other()
    {
        using var nodes = new Nodes();
        var (a, b) = nodes.Pair();
        File.WriteAllText(Nodes.At(a, "hello.txt"), "hello");
        Nodes.EventuallySame(a, b);
        File.WriteAllText(Nodes.At(b, "back.txt"), "back");
        Nodes.Eventually(() => File.Exists(Nodes.At(a, "back.txt")), "back.txt at a");
        Nodes.EventuallySame(a, b);
        Assert.Equal("hello", File.ReadAllText(Nodes.At(b, "hello.txt")));
    }
}
