using VfsSync.NodeHost;

namespace VfsSync.Soak;

/// <summary>The nodes of a run, each in a process of its own; they live and die at fixed ports.</summary>
internal sealed class SoakCluster : IDisposable
{
    private readonly HostedNode?[] _nodes;
    private readonly int[] _ports;

    public SoakCluster(int nodes)
    {
        Base = Directory.CreateTempSubdirectory("vfs-soak-").FullName;
        _ports = [.. Enumerable.Range(0, nodes).Select(_ => HostedNode.FreePort())];
        _nodes = new HostedNode?[nodes];
        Folders = [.. Enumerable.Range(0, nodes).Select(i => Directory.CreateDirectory(Path.Combine(Base, $"{(char)('a' + i)}")).FullName)];
        for (var i = 0; i < nodes; i++) Start(i, i == 0 ? "-" : _nodes[0]!.Token);
    }

    public string Base { get; }

    public IReadOnlyList<string> Folders { get; }

    public IEnumerable<HostedNode> Nodes => _nodes.OfType<HostedNode>();

    public void Kill(int node)
    {
        _nodes[node]!.Dispose();
        _nodes[node] = null;
    }

    /// <exception cref="IOException">It does not start.</exception>
    public void Start(int node, string token = "-") =>
        _nodes[node] = new HostedNode(Folders[node], _ports[node], token, [.. _ports.Where(p => p != _ports[node]).Select(p => $"127.0.0.1:{p}")]);

    /// <summary>What differs between the folders; empty when nothing does.</summary>
    public string Difference() => string.Concat(Folders.Skip(1).Select(f => Trees.Difference(Folders[0], f)));

    /// <summary>Keeps what the nodes remember beside their folders.</summary>
    public void KeepEvents()
    {
        foreach (var node in Nodes) File.WriteAllLines(node.Folder + ".events", node.Events());
    }

    /// <summary>Stops all nodes as a user would.</summary>
    /// <returns>The names of those that had to be killed.</returns>
    public IReadOnlyList<string> Stop()
    {
        var stopping = _nodes.OfType<HostedNode>().Select(n => (n.Name, Task.Run(n.Stop))).ToList();
        return [.. stopping.Where(s => !s.Item2.GetAwaiter().GetResult()).Select(s => s.Name)];
    }

    public void Delete() => Directory.Delete(Base, true);

    public void Dispose()
    {
        foreach (var node in Nodes) node.Dispose();
    }
}
