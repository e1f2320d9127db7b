using VfsSync.Core.History;

namespace VfsSync.Core.Rules;

/// <summary>A node's word that another key takes its place, and the record that says so: one of that node itself, both its signatures verified.</summary>
internal sealed record SucceededBy(Succession Succession, RecordHeader Record);

/// <summary>
/// Which keys are one node's, one after the other. Whatever is said of any of them, by the policy, by the root or by an invitation, is said of the first, whose place it is; only the last one
/// may do anything. Of several words of one key the earliest counts: it is no key any more when it says the others. A pure function of the set of records.
/// </summary>
internal sealed class KeySuccessions
{
    private readonly Dictionary<NodeId, NodeId> _first = [];
    private readonly Dictionary<NodeId, SucceededBy?> _next = [];
    private readonly Dictionary<NodeId, NodeId> _after = [];

    /// <param name="words">What records say, in any order.</param>
    /// <param name="admissions">Those without a record tell of this node itself, and of those above it, until the log does.</param>
    public KeySuccessions(IReadOnlyCollection<SucceededBy> words, IReadOnlyCollection<AdmittedBy> admissions)
    {
        var before = new Dictionary<NodeId, NodeId>();
        foreach (var word in words.OrderBy(w => w.Record.Time).ThenBy(w => w.Record.Dot)) Add(word.Record.Author.Node, word.Succession.Next.Node, word, before);
        foreach (var shown in admissions)
            for (var next = shown.Record is null ? shown.Membership : null; next?.Before is { } key; next = key) Add(key.Node, next.Node, null, before);
        foreach (var node in before.Keys) _first[node] = FirstOf(node, before);
    }

    public bool IsEmpty => _first.Count == 0;

    /// <summary>The first key of a node, by which it is known to the judge; the node itself where it never had another.</summary>
    public NodeId Of(NodeId node) => _first.GetValueOrDefault(node, node);

    /// <summary>The last key of a node.</summary>
    public NodeId NowOf(NodeId node)
    {
        while (_after.TryGetValue(node, out var next)) node = next;
        return node;
    }

    /// <summary>Whether another key has taken this one's place.</summary>
    public bool HasNext(NodeId node) => _next.ContainsKey(node);

    /// <summary>Whether a record was written with a key whose place another had taken.</summary>
    public bool IsPast(Dot dot, Func<Dot, RecordId> idAt) => _next.TryGetValue(dot.Author.Node, out var word) && word is not null
        && !(dot.Author == word.Record.Author && dot.Number <= word.Record.Number) && !PolicyVersion.Saw(word.Succession.Seen, dot, idAt);

    /// <summary>The keys of which this says otherwise than another does.</summary>
    public IEnumerable<NodeId> DifferingFrom(KeySuccessions other) => _first.Keys.Concat(_next.Keys).Concat(other._first.Keys).Concat(other._next.Keys).Distinct()
        .Where(n => Of(n) != other.Of(n) || _next.GetValueOrDefault(n)?.Record.Dot != other._next.GetValueOrDefault(n)?.Record.Dot || HasNext(n) != other.HasNext(n));

    // One key has one successor, and takes the place of one; nothing goes in a circle.
    private void Add(NodeId node, NodeId next, SucceededBy? word, Dictionary<NodeId, NodeId> before)
    {
        if (node == next || _next.ContainsKey(node) || before.ContainsKey(next) || FirstOf(node, before) == next) return;
        (_next[node], _after[node], before[next]) = (word, next, node);
    }

    private static NodeId FirstOf(NodeId node, Dictionary<NodeId, NodeId> before)
    {
        while (before.TryGetValue(node, out var earlier)) node = earlier;
        return node;
    }
}
