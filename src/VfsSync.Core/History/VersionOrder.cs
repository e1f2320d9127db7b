namespace VfsSync.Core.History;

/// <summary>
/// The versions of one path, the oldest first: each after all that its author had seen, whatever the clocks said; those that did not know of each other in the order of their
/// times. A clock that was far ahead is not followed by the others (<see cref="HybridTime.MaxAheadMs"/>), so who had seen a version may have written at an earlier time.
/// </summary>
internal static class VersionOrder
{
    public static IEnumerable<Version> Of(IEnumerable<Version> versions)
    {
        // Who has seen another has a greater sum: so each comes here after what it has seen.
        var seen = versions.Select(v => (Version: v, Sum: v.Vector.Dots.Sum(d => d.Number))).OrderBy(v => v.Sum).ToList();
        var times = new List<HybridTime>(seen.Count);
        foreach (var (version, _) in seen)
        {
            var time = version.Time;
            for (var i = 0; i < times.Count; i++)
                if (times[i].CompareTo(time) > 0 && version.Dominates(seen[i].Version)) time = times[i];
            times.Add(time);
        }
        return seen.Zip(times).OrderBy(v => v.Second).ThenBy(v => v.First.Sum).ThenBy(v => v.First.Version.Dot).Select(v => v.First.Version);
    }
}
