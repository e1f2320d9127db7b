using VfsSync.Core.Tree;

namespace VfsSync.Engine.Running;

/// <summary>The problems that stand: one for each path and one for each peer; of the node itself as many as there are, the latest 50.</summary>
internal sealed class ProblemBook
{
    private const int MaxOfNode = 50, MaxPeers = 50;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<EntryPath, Problem> _paths = [];
    private readonly List<Problem> _node = [], _peers = [];

    /// <summary>True if this is new.</summary>
    public bool Set(EntryPath path, Problem problem)
    {
        lock (_lock)
        {
            if (problem.Peer is not null)
            {
                if (_peers.Contains(problem)) return false;
                _peers.RemoveAll(p => p.Peer == problem.Peer);
                return Add(_peers, problem, MaxPeers);
            }
            if (path.IsRoot) return !_node.Contains(problem) && Add(_node, problem, MaxOfNode);
            var isNew = !_paths.TryGetValue(path, out var known) || known != problem;
            _paths[path] = problem;
            return isNew;
        }
    }

    /// <summary>At the root: it can be read and written again; what the node itself has to say stands. True if there was one.</summary>
    public bool Clear(EntryPath path)
    {
        lock (_lock) return path.IsRoot ? _node.RemoveAll(p => p.Kind is ProblemKind.Unwritable or ProblemKind.Unreadable) > 0 : _paths.Remove(path);
    }

    /// <summary>The node's state was written: what kept it from that is over. True if something did.</summary>
    public bool Written()
    {
        lock (_lock) return _node.RemoveAll(p => p.Kind == ProblemKind.Unwritable) > 0;
    }

    /// <summary>A peer is connected: what was wrong with it is over. True if something was.</summary>
    public bool Clear(string peer)
    {
        lock (_lock) return _peers.RemoveAll(p => p.Peer == peer) > 0;
    }

    /// <summary>Clears one problem of the node, or with a peer. True if there was one.</summary>
    public bool Clear(Problem problem)
    {
        lock (_lock) return problem.Peer is null ? _node.Remove(problem) : _peers.Remove(problem);
    }

    public bool Has(EntryPath path)
    {
        lock (_lock) return _paths.ContainsKey(path);
    }

    public IReadOnlyList<Problem> All()
    {
        lock (_lock) return [.. _node, .. _peers, .. _paths.Values];
    }

    private static bool Add(List<Problem> problems, Problem problem, int most)
    {
        problems.Add(problem);
        if (problems.Count > most) problems.RemoveAt(0);
        return true;
    }
}
