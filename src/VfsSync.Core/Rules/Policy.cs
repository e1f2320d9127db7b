using System.Collections.Immutable;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Rules;

/// <summary>What becomes of versions of a path that did not see each other. In the order of how much stays in the folder.</summary>
internal enum ConflictPolicy
{
    /// <summary>The later stands at the path, each other one beside it.</summary>
    KeepBoth,

    /// <summary>They are merged line by line where that can be; until then, and where it cannot, both are kept.</summary>
    Merge,

    /// <summary>The latest stands; the others are in history only.</summary>
    Newest,
}

/// <summary>Which contents of long files history keeps. In the order of how much it keeps.</summary>
internal enum HistoryScope
{
    /// <summary>All that was still for a moment.</summary>
    All,

    /// <summary>What a change of a peer replaces or removes.</summary>
    Peers,

    /// <summary>None; what no other member has yet is kept all the same until one has.</summary>
    None,
}

/// <summary>A pattern, and what holds at the paths that it matches.</summary>
internal readonly record struct PolicyLine<T>(Glob Glob, T Value);

/// <summary>What one text of <c>.vfspolicy.yaml</c> says. Of several lines that match a path, the last holds.</summary>
/// <param name="Conflicts">What becomes of conflicts.</param>
/// <param name="History">What history keeps.</param>
/// <param name="Rights">What members may do.</param>
internal sealed record Policy(ImmutableArray<PolicyLine<ConflictPolicy>> Conflicts, ImmutableArray<PolicyLine<HistoryScope>> History, PolicyRights Rights)
{
    /// <summary>Where no file says anything else.</summary>
    public static Policy Default { get; } = new([], [], PolicyRights.None);

    public ConflictPolicy ConflictsAt(EntryPath path) => Last(Conflicts, path);

    public HistoryScope HistoryAt(EntryPath path) => Last(History, path);

    private static T Last<T>(ImmutableArray<PolicyLine<T>> lines, EntryPath path) where T : struct
    {
        for (var i = lines.Length - 1; i >= 0; i--)
            if (lines[i].Glob.Matches(path)) return lines[i].Value;
        return default; // the first of each kind keeps most
    }
}

/// <summary>The policies of all heads of the file. Where they differ, what keeps more holds: so no order of arrival ever takes anything away.</summary>
internal sealed class PoliciesInForce(IReadOnlyList<Policy> policies)
{
    /// <summary>The one place that is never left to itself: a policy that hid its own other version could not be mended.</summary>
    public static EntryPath File { get; } = EntryPath.Parse(".vfspolicy.yaml");

    /// <summary>Whether a path is the policy's: the file, or what would take its place with a directory.</summary>
    public static bool Governs(EntryPath? path) => path is { } at && (at == File || at.IsBelow(File));

    public static PoliciesInForce Default { get; } = new([]);

    /// <summary>Whether there is anything to merge by itself.</summary>
    public bool Merges => policies.Any(p => p.Conflicts.Any(l => l.Value == ConflictPolicy.Merge));

    public ConflictPolicy ConflictsAt(EntryPath path) => path == File || policies.Count == 0 ? default : policies.Min(p => p.ConflictsAt(path));

    public HistoryScope HistoryAt(EntryPath path) => policies.Count == 0 ? default : policies.Min(p => p.HistoryAt(path));
}
