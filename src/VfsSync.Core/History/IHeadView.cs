using VfsSync.Core.Tree;

namespace VfsSync.Core.History;

/// <summary>What folding has come to so far: the heads of every path. A store answers from its tables, <see cref="Fold"/> from memory.</summary>
internal interface IHeadView
{
    /// <summary>The versions of a path that no other dominates, absences included; empty if the path never was.</summary>
    IReadOnlyList<Version> Heads(EntryPath path);

    /// <summary>Heads that are absent because they were renamed to <paramref name="target"/>.</summary>
    IReadOnlyList<Version> HeadsMovedTo(EntryPath target);

    /// <summary>Heads that are absent because they were renamed to somewhere strictly below <paramref name="directory"/>; at most <paramref name="limit"/>.</summary>
    IReadOnlyList<Version> HeadsMovedBelow(EntryPath directory, int limit = int.MaxValue);

    /// <summary>Paths strictly below <paramref name="directory"/> that have a head that is not absent, in path order; at most <paramref name="limit"/>.</summary>
    IReadOnlyList<EntryPath> LiveBelow(EntryPath directory, int limit = int.MaxValue);

    /// <summary>Every version of a path that the log knows, in an order that says nothing.</summary>
    IReadOnlyList<Version> Versions(EntryPath path);
}
