using VfsSync.Engine.Running;

namespace VfsSync.NodeHost;

/// <summary>What a hosted node says of itself.</summary>
/// <param name="State">Running, Halted ...</param>
/// <param name="Halt">Why it halted.</param>
/// <param name="Behind">Paths that do not show yet what they should.</param>
/// <param name="Starved">Those of them that wait for a content that no connected node has.</param>
/// <param name="Problems">Path, kind and message of each.</param>
/// <param name="Members">Name and state of each.</param>
/// <param name="Received">Bytes over its live links.</param>
/// <param name="Id">The node's.</param>
/// <param name="Cluster">The cluster's.</param>
/// <param name="FoundBy">How each member's address came to be known.</param>
internal sealed record HostedStatus(string State, string? Halt, IReadOnlyList<string> Behind, IReadOnlyList<string> Starved, IReadOnlyList<string> Problems, IReadOnlyList<string> Members, long Received, string Id, string Cluster, IReadOnlyList<string?> FoundBy)
{
    public bool IsRunning => State == nameof(NodeState.Running);

    public static HostedStatus Of(SyncNode node) => new(
        node.State.ToString(), node.HaltReason, [.. node.BehindPaths().Select(p => p.Path.Text)], [.. node.BehindPaths().Where(p => p.MissingContent).Select(p => p.Path.Text)], [.. node.Problems().Select(p => $"{p.Path.Text} ({p.Kind}): {p.Message}")],
        [.. node.Members().Select(m => $"{m.Name} {m.State}{(m.LastError is { } error ? $" ({error})" : "")}")], node.Links.Sum(l => l.Link.Traffic.Received), node.Id.ToString(), node.Cluster.ToString(),
        [.. node.Members().Select(m => m.FoundBy)]);

    /// <summary>In some lines, for people.</summary>
    public string Tell() => string.Join("\n", [
        $"  {State} {Halt}, members {string.Join(", ", Members)}",
        .. Behind.Take(20).Select(p => $"  behind at {p}{(Starved.Contains(p) ? ", whose content nobody has" : "")}"),
        .. Behind.Count > 20 ? [$"  and at {Behind.Count - 20} more"] : (string[])[],
        .. Problems.Take(20).Select(p => $"  problem {p}")]);
}
