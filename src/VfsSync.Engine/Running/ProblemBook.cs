using VfsSync.Core.Tree;

namespace VfsSync.Engine.Running;

/// <summary>The problems that stand: one for each path; of the node and its peers (the root path) as many as there are.</summary>
internal sealed class ProblemBook
{
    private const int MaxOfNode = 50;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<EntryPath, Problem> _paths = [];
    private readonly List<Problem> _node = [];

    /// <summary>True if this is new.</summary>
    public bool Set(EntryPath path, Problem problem)
    {
        lock (_lock)
        {
            if (path.IsRoot)
            {
                if (_node.Contains(problem)) return false;
                _node.Add(problem);
                if (_node.Count > MaxOfNode) _node.RemoveAt(0);
                return true;
            }
            var isNew = !_paths.TryGetValue(path, out var known) || known != problem;
            _paths[path] = problem;
            return isNew;
        }
    }

    /// <summary>True if there was one.</summary>
    public bool Clear(EntryPath path)
    {
        lock (_lock) return path.IsRoot ? _node.RemoveAll(p => p.Kind == ProblemKind.Unwritable) > 0 : _paths.Remove(path);
    }

    /// <summary>Clears one problem of the node or a peer. True if there was one.</summary>
    public bool Clear(Problem ofNode)
    {
        lock (_lock) return _node.Remove(ofNode);
    }

    public bool Has(EntryPath path)
    {
        lock (_lock) return _paths.ContainsKey(path);
    }

    public IReadOnlyList<Problem> All()
    {
        lock (_lock) return [.. _node, .. _paths.Values];
    }
}
