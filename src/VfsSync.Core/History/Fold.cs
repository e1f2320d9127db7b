using VfsSync.Core.Tree;

namespace VfsSync.Core.History;

/// <summary>
/// The folder as a pure function of the set of records: per path, the versions that no other dominates. The order in which records arrive makes no
/// difference, since domination is told by dots inside vectors and a vector holds those of all its ancestors.
/// </summary>
internal sealed class Fold : IHeadView
{
    private readonly Dictionary<EntryPath, IReadOnlyList<Version>> _heads = [];
    private readonly Dictionary<EntryPath, List<Version>> _versions = [];

    public static Fold Of(IEnumerable<ChangeRecord> records)
    {
        var fold = new Fold();
        foreach (var record in records)
            foreach (var version in Version.Of(record)) fold.Add(version);
        return fold;
    }

    /// <summary>
    /// The heads of one path once <paramref name="added"/> is known too. What it has seen goes even if it is no head itself: what was written on top of a fork's tail that was set
    /// aside holds numbers that mean other records now, and seems to have seen one without that one's ancestors. Of two that seem to have seen each other one lies, or names
    /// what is set aside: both stay, whichever came first.
    /// </summary>
    public static IReadOnlyList<Version> With(IReadOnlyList<Version> heads, Version added)
    {
        var (isHead, gone) = (true, 0);
        foreach (var head in heads)
        {
            if (head.Dot == added.Dot) return heads;
            isHead &= !head.Dominates(added) || added.Dominates(head);
            if (IsGone(head)) gone++;
        }
        if (!isHead && gone == 0) return heads;
        var kept = new List<Version>(heads.Count + 1);
        foreach (var head in heads)
            if (!IsGone(head)) kept.Add(head);
        if (isHead) kept.Add(added);
        return kept;

        bool IsGone(Version head) => added.Dominates(head) && !head.Dominates(added);
    }

    public IEnumerable<EntryPath> Paths => _heads.Keys;

    public void Add(Version version)
    {
        _heads[version.Path] = With(Heads(version.Path), version);
        if (!_versions.TryGetValue(version.Path, out var all)) _versions[version.Path] = all = [];
        if (all.All(v => v.Dot != version.Dot)) all.Add(version);
    }

    public IReadOnlyList<Version> Heads(EntryPath path) => _heads.GetValueOrDefault(path) ?? [];

    public IReadOnlyList<Version> HeadsMovedTo(EntryPath target) => [.. _heads.Values.SelectMany(h => h).Where(h => h.MovedTo == target)];

    public IReadOnlyList<Version> HeadsMovedBelow(EntryPath directory, int limit = int.MaxValue) =>
        [.. _heads.Values.SelectMany(h => h).Where(h => h.MovedTo?.IsBelow(directory) == true).Take(limit)];

    public IReadOnlyList<EntryPath> LiveBelow(EntryPath directory, int limit = int.MaxValue) =>
        [.. _heads.Where(h => h.Key.IsBelow(directory) && h.Value.Any(v => !v.Entry.IsAbsent)).Select(h => h.Key).Order().Take(limit)];

    public IReadOnlyList<Version> Versions(EntryPath path) => _versions.GetValueOrDefault(path) ?? [];
}
