using VfsSync.NodeHost;

namespace VfsSync.Engine.Tests.Running;

/// <summary>kill -9 of either side in the middle of everything, and a restart (invariant 4).</summary>
public sealed class KillTests : IDisposable
{
    private const int Rounds = 2;

    private readonly string _base = Directory.CreateTempSubdirectory("vfs-kill-").FullName;
    private readonly List<HostedNode> _running = [];

    public void Dispose()
    {
        foreach (var node in _running) node.Dispose();
        Directory.Delete(_base, true);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Killed_while_hundreds_of_files_are_copied(bool receiver)
    {
        var (portA, portB) = (HostedNode.FreePort(), HostedNode.FreePort());
        var (a, b) = (Path.Combine(_base, "a"), Path.Combine(_base, "b"));
        var nodeA = Start(a, portA, "-");
        var nodeB = Start(b, portB, nodeA.Token, $"127.0.0.1:{portA}");
        for (var round = 0; round < Rounds; round++)
        {
            var copying = new Thread(() => Fill(a, round));
            copying.Start();
            Poll.Pause(150 + round * 300);
            (receiver ? nodeB : nodeA).Kill();
            copying.Join();
            File.WriteAllText(Path.Combine(b, $"at b {round}"), $"written while one was dead {round}");
            if (receiver) nodeB = Start(b, portB, "-", $"127.0.0.1:{portA}");
            else nodeA = Start(a, portA, "-", $"127.0.0.1:{portB}");
        }
        Poll.Until(() => Trees.Difference(a, b).Length == 0, () => "the trees are the same\n" + Trees.Difference(a, b), 60);
        Assert.Equal(Rounds * 302, Trees.Describe(b)!.Count(e => !e.Value.StartsWith("directory", StringComparison.Ordinal)));
        Assert.DoesNotContain(Trees.Describe(a)!.Keys, n => n.Contains(".conflict-", StringComparison.Ordinal));
        for (var round = 0; round < Rounds; round++)
            for (var i = 0; i < 300; i++) Assert.Equal($"{round} {i}", File.ReadAllText(Path.Combine(b, $"r{round}/d{i % 7}/f{i}"))[..$"{round} {i}".Length]);
        foreach (var folder in (string[])[a, b]) Poll.Until(() => Directory.GetFileSystemEntries(Path.Combine(folder, ".vfs/tmp")).Length == 0, "no staged file is left");
    }

    [Fact]
    public void Killed_over_and_over_while_files_change()
    {
        var (portA, portB) = (HostedNode.FreePort(), HostedNode.FreePort());
        var (a, b) = (Path.Combine(_base, "a"), Path.Combine(_base, "b"));
        var nodeA = Start(a, portA, "-");
        var nodeB = Start(b, portB, nodeA.Token, $"127.0.0.1:{portA}");
        using var stop = new CancellationTokenSource();
        var user = new Thread(() =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                File.WriteAllText(Path.Combine(a, $"f{i % 40}"), $"{i}");
                if (i % 9 == 0 && File.Exists(Path.Combine(a, $"f{i % 13}"))) File.Move(Path.Combine(a, $"f{i % 13}"), Path.Combine(a, $"m{i % 13}"), overwrite: true);
                if (i % 11 == 0) File.Delete(Path.Combine(a, $"f{i % 17}"));
                Poll.Pause(2);
            }
        });
        user.Start();
        for (var round = 0; round < 4; round++)
        {
            Poll.Pause(200 + round * 90);
            if (round % 2 == 0)
            {
                nodeB.Kill();
                nodeB = Start(b, portB, "-", $"127.0.0.1:{portA}");
            }
            else
            {
                nodeA.Kill();
                nodeA = Start(a, portA, "-", $"127.0.0.1:{portB}");
            }
        }
        stop.Cancel();
        user.Join();
        var truth = Trees.Describe(a)!;
        Poll.Until(() => Trees.Difference(a, b).Length == 0, () => "the trees are the same\n" + Trees.Difference(a, b), 60);
        Assert.Equal(truth, Trees.Describe(a));
    }

    private static void Fill(string folder, int round)
    {
        for (var i = 0; i < 300; i++)
        {
            var path = Path.Combine(folder, $"r{round}/d{i % 7}/f{i}");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, $"{round} {i}" + new string('.', i * 100));
            if (i != 100) continue;
            var big = new byte[50_000_000];
            new Random(round).NextBytes(big);
            File.WriteAllBytes(Path.Combine(folder, $"r{round}/big"), big);
        }
    }

    private HostedNode Start(string folder, int port, string token, params string[] peers)
    {
        var node = new HostedNode(folder, port, token, peers);
        _running.Add(node);
        return node;
    }
}
