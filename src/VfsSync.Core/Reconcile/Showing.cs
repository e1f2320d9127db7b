using VfsSync.Core.History;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Reconcile;

/// <summary>
/// From heads to what a folder shows. A pure function of the heads, so all nodes that have the same records show the same tree:
/// a live head beats an absence; a directory keeps its name; else the later time wins, then the higher node; every other content stands beside it as a copy.
/// A head of a renamed path that did not know of the rename is shown at the rename's target.
/// </summary>
/// <param name="heads">The heads.</param>
/// <param name="nameOf">What nodes are called.</param>
/// <param name="remembers">What was worked out holds until <see cref="Forget"/>: one decision asks many times for the same.</param>
/// <param name="policyOf">What becomes of conflicts at a path; without it, all is kept.</param>
internal sealed class Showing(IHeadView heads, Func<NodeId, string> nameOf, bool remembers = false, Func<EntryPath, ConflictPolicy>? policyOf = null)
{
    private const int DefaultDirectoryMode = 0x1ED; // 0755
    private const int Most = 50_000;

    private readonly Dictionary<EntryPath, IReadOnlyList<Placement>> _shown = [];
    private readonly Dictionary<Version, EntryPath> _landings = new(ReferenceEqualityComparer.Instance);
    private (Dictionary<EntryPath, List<Version>> Arrivals, HashSet<EntryPath> Above)? _survey;

    /// <summary>Heads, or the policy, may be others now.</summary>
    public void Forget()
    {
        _shown.Clear();
        _landings.Clear();
        _survey = null;
    }

    /// <summary>
    /// Looks once where each live head lands. It costs a few look-ups a head, but then what is shown at a path costs no more than one; worth it before many are asked for.
    /// Holds until <see cref="Forget"/>.
    /// </summary>
    public void Survey()
    {
        if (_survey is not null) return;
        var (arrivals, above) = (new Dictionary<EntryPath, List<Version>>(), new HashSet<EntryPath>());
        foreach (var head in heads.LiveBelow(EntryPath.Root).SelectMany(heads.Heads).Where(h => !h.Entry.IsAbsent))
        {
            var at = LandsAt(head);
            foreach (var ancestor in at.Ancestors())
                if (!above.Add(ancestor)) break;
            if (at == head.Path) continue;
            if (!arrivals.TryGetValue(at, out var here)) arrivals[at] = here = [];
            here.Add(head);
        }
        _survey = (arrivals, above);
    }

    /// <summary>All that is shown on behalf of one path: first what is at the path itself (an absence, too), then the copies beside it.</summary>
    public IReadOnlyList<Placement> At(EntryPath path) => remembers ? Known(_shown, path, Show) : Show(path);

    /// <summary>
    /// Where a live head is shown: its own path, or, one hop on, where a rename that it did not know of has led. A file that was edited follows its own rename,
    /// what is new in a directory follows the directory's; unless the target lies in no directory that stands by itself. So renames in a circle, or into each
    /// other, leave everything where it is.
    /// </summary>
    public EntryPath LandsAt(Version head) => remembers ? Known(_landings, head, Land) : Land(head);

    private static TValue Known<TKey, TValue>(Dictionary<TKey, TValue> known, TKey key, Func<TKey, TValue> workOut) where TKey : notnull
    {
        if (known.TryGetValue(key, out var value)) return value;
        if (known.Count >= Most) known.Clear();
        return known[key] = workOut(key);
    }

    private List<Placement> Show(EntryPath path)
    {
        var own = heads.Heads(path);
        var candidates = own.Where(h => !h.Entry.IsAbsent && LandsAt(h) == path).Concat(Arrivals(path)).ToList();
        DropMovesThatAnEditFollowed(candidates);
        candidates.Sort(WinnerFirst);
        var vector = VectorAt(path, DropWithdrawn(path, own, candidates));
        if (candidates.Count > 1 && policyOf?.Invoke(path) is ConflictPolicy.Newest) DropOlder(candidates);
        var placed = new List<Placement>(1);
        if (candidates.Count == 0 || candidates[0].Entry.Kind != EntryKind.Directory)
            if (ImpliedDirectory(path) is { } implied) placed.Add(new(path, implied, vector, Newest(own), path));
        foreach (var head in candidates) Place(path, head, vector, placed);
        if (placed.Count == 0) placed.Add(new(path, Entry.Absent, vector, Newest(own), path));
        return placed;
    }

    // What nobody holds gives way to whatever else there is, an absence, too. The next change there has not seen it: it may turn up yet.
    private static List<Dot> DropWithdrawn(EntryPath path, IReadOnlyList<Version> own, List<Version> candidates)
    {
        if (!candidates.Exists(c => c.Withdrawn)) return [];
        var stays = own.Any(h => h.Entry.IsAbsent) || candidates.Exists(c => !c.Withdrawn) ? null : candidates[0];
        var dropped = candidates.FindAll(c => c.Withdrawn && c != stays);
        candidates.RemoveAll(dropped.Contains);
        return [.. dropped.Where(c => c.Path == path).Select(c => c.Dot)];
    }

    // The latest stands for all others. A directory keeps its name all the same, and the latest file its place beside it: a directory is no version of a file.
    private static void DropOlder(List<Version> candidates)
    {
        var latest = candidates.Find(c => c.Entry.Kind != EntryKind.Directory);
        candidates.RemoveAll(c => c != latest && c.Entry.Kind != EntryKind.Directory);
    }

    /// <summary>Live heads that the policy leaves to history: what stands at the path stands for them, too.</summary>
    public IReadOnlyList<Version> HiddenAt(EntryPath path)
    {
        if (policyOf?.Invoke(path) is not ConflictPolicy.Newest) return [];
        var all = heads.Heads(path).Where(h => h is { Entry.IsAbsent: false, Withdrawn: false } && LandsAt(h) == path).Concat(Arrivals(path).Where(a => !a.Withdrawn)).ToList();
        var shown = At(path).Select(p => p.Shown).ToHashSet();
        DropMovesThatAnEditFollowed(all);
        return all.FindAll(h => h.Entry.Kind != EntryKind.Directory && !shown.Contains(h.Dot));
    }

    /// <summary>Joined vectors of the heads of a path that are shown there or beside it, all but some.</summary>
    private VersionVector VectorAt(EntryPath path, IReadOnlyCollection<Dot> without) => heads.Heads(path)
        .Where(h => (h.Entry.IsAbsent || LandsAt(h) == path) && !without.Contains(h.Dot)).Aggregate(VersionVector.Empty, (v, h) => v.Join(h.Vector));

    /// <summary>
    /// What a displayed path shows: what has versions of its own stands before what is only a copy for another path.
    /// As long as some copies beside it do not stand, its vector leaves their heads out: the next change there has not seen those, and does not settle them.
    /// </summary>
    /// <param name="path">The path.</param>
    /// <param name="origin">The path that it may be a copy for, as far as the caller knows; by a copy's name it is found as well.</param>
    /// <param name="stands">Whether the disk shows a copy.</param>
    public Placement Wanted(EntryPath path, EntryPath origin, Func<Placement, bool> stands)
    {
        var all = At(path);
        if (all[0].Entry.IsAbsent) return CopyAt(path, origin) ?? (CopyName.OriginOf(path) is { } named ? CopyAt(path, named) : null) ?? all[0];
        if (all.Count == 1) return all[0];
        var unseen = all.Where(p => p.IsCopy && !stands(p)).Select(p => p.Shown).ToList();
        if (unseen.Count == 0) return all[0];
        return all[0] with { Vector = VectorAt(path, [.. unseen, .. heads.Heads(path).Where(h => h.Withdrawn).Select(h => h.Dot)]) };
    }

    private Placement? CopyAt(EntryPath path, EntryPath origin) => origin == path ? null : At(origin).FirstOrDefault(p => p.Path == path);

    /// <summary>
    /// The paths whose showing may change when the heads of <paramref name="paths"/> do, themselves included. Renames that are heads no more count as well: what
    /// followed them comes back. Asked for many at once, what they have in common is looked at once.
    /// </summary>
    public IReadOnlyCollection<EntryPath> AffectedBy(IEnumerable<EntryPath> paths)
    {
        var affected = new HashSet<EntryPath>();
        var targets = new Dictionary<EntryPath, IReadOnlyList<EntryPath>>();
        foreach (var at in SwayedBy(paths, targets).SelectMany(swayed => MayLandAt(swayed, targets)))
        {
            if (!affected.Add(at)) continue;
            foreach (var above in at.Ancestors()) // which it may imply
                if (!affected.Add(above)) break;
        }
        return affected;
    }

    // Paths whose heads may land elsewhere once these ones' heads are others: all that LandsAt looks at, read backwards.
    private HashSet<EntryPath> SwayedBy(IEnumerable<EntryPath> paths, Dictionary<EntryPath, IReadOnlyList<EntryPath>> targets)
    {
        var swayed = new HashSet<EntryPath>();
        var withAllBelow = new HashSet<EntryPath>();
        void AddAllBelow(EntryPath path)
        {
            if (!withAllBelow.Contains(path) && !path.Ancestors().Any(withAllBelow.Contains)) swayed.UnionWith(heads.LiveBelow(path));
            withAllBelow.Add(path);
        }
        foreach (var path in paths.Distinct().Order()) // what lies above comes first
        {
            swayed.Add(path);
            if (path.Ancestors().Prepend(path).Any(p => TargetsOf(p, targets).Count > 0)) AddAllBelow(path);
            foreach (var tombstone in heads.HeadsMovedTo(path).Concat(heads.HeadsMovedBelow(path)))
            {
                swayed.Add(tombstone.Path);
                AddAllBelow(tombstone.Path);
            }
        }
        return swayed;
    }

    private IEnumerable<EntryPath> MayLandAt(EntryPath path, Dictionary<EntryPath, IReadOnlyList<EntryPath>> targets)
    {
        yield return path;
        foreach (var from in path.Ancestors().Prepend(path))
            foreach (var to in TargetsOf(from, targets)) yield return Carried(path, from, to);
    }

    private IReadOnlyList<EntryPath> TargetsOf(EntryPath path, Dictionary<EntryPath, IReadOnlyList<EntryPath>> known) =>
        known.TryGetValue(path, out var targets) ? targets : known[path] = [.. heads.Versions(path).Select(v => v.MovedTo).OfType<EntryPath>().Distinct()];

    // A rename whose target would be too long for a path carries nothing.
    private static EntryPath Carried(EntryPath path, EntryPath from, EntryPath to) => path.TryRebase(from, to, out var carried) ? carried : path;

    // Nothing follows to the policy, where only admins write: a vector can be made up, and what may be written elsewhere is no policy.
    private EntryPath Land(Version head) => Follow(head) is var to && PoliciesInForce.Governs(to) ? head.Path : to;

    private EntryPath Follow(Version head)
    {
        var path = head.Path;
        if (Moved(path) is { MovedTo: { } own } moved && IsSameFile(head, moved))
            return Stands(own.Parent) && heads.Heads(own).Any(h => !h.Entry.IsAbsent) ? own : path; // Nothing follows to what was removed since.
        foreach (var ancestor in path.Ancestors())
        {
            // The nearest that ever was decides: what lies in a directory goes where that goes.
            if (heads.Heads(ancestor) is not { Count: > 0 } all) continue;
            var to = Winner(all.Where(h => h.Entry.Kind == EntryKind.Directory)) is { } live ? LandsAt(live)
                : Moved(ancestor) is { MovedTo: { } target } gone && IsGone(ancestor) && !head.Vector.Contains(gone.Dot) && Stands(target) ? target : ancestor;
            return to == ancestor ? path : Carried(path, ancestor, to);
        }
        return path;
    }

    /// <summary>Live heads of other paths that are shown at (or beside) this one.</summary>
    public IEnumerable<Version> Arrivals(EntryPath path) => _survey is { } survey ? survey.Arrivals.GetValueOrDefault(path) ?? [] :
        SourcesOf(path).Distinct().SelectMany(heads.Heads).Where(h => !h.Entry.IsAbsent && h.Path != path && LandsAt(h) == path);

    private IEnumerable<EntryPath> SourcesOf(EntryPath target)
    {
        if (AnyMovedInto(target.Parent))
            foreach (var tombstone in heads.HeadsMovedTo(target)) yield return tombstone.Path;
        foreach (var ancestor in target.Ancestors())
            foreach (var tombstone in heads.HeadsMovedTo(ancestor))
                if (AnyLiveBelow(tombstone.Path)) yield return Carried(target, ancestor, tombstone.Path);
    }

    // One question for all that lies in a directory, before one for each.
    private bool AnyMovedInto(EntryPath directory) => heads.HeadsMovedBelow(directory, 1).Count > 0;

    // Mostly a rename has taken along all there was.
    private bool AnyLiveBelow(EntryPath directory) => heads.LiveBelow(directory, 1).Count > 0;

    private Version? Moved(EntryPath path) => Winner(heads.Heads(path).Where(h => h.MovedTo is not null));

    private bool IsGone(EntryPath path) => heads.Heads(path) is { Count: > 0 } all && all.All(h => h.Entry.IsAbsent);

    // A directory of its own, which no rename carries elsewhere.
    private bool Stands(EntryPath directory) =>
        directory.IsRoot || heads.Heads(directory).Any(h => h.Entry.Kind == EntryKind.Directory) && Moved(directory) is null && !directory.Ancestors().Any(a => IsGone(a) && Moved(a) is not null);

    // A rename carries no content of its own: an edit of the source that has seen what the rename moved is the newer content. If anybody has it.
    public static void DropMovesThatAnEditFollowed(List<Version> candidates) =>
        candidates.RemoveAll(move => move.MovedFrom is { } from
            && candidates.Exists(edit => edit.Path == from && !edit.Withdrawn && edit.Vector.Includes(move.FromParents) && !edit.Vector.Contains(move.Dot)));

    // Something made anew where the file had been taken away is another file, and goes nowhere; so is what took its place as something of another kind.
    private bool IsSameFile(Version head, Version moved) =>
        SharesHistory(head, moved) && KindOf(moved) is var kind && (kind is null || kind == head.Entry.Kind)
        && !heads.Versions(head.Path).Any(v => v.Entry.IsAbsent && head.Vector.Includes(v.Vector) && SharesHistory(v, moved));

    // One record made both ends of a rename.
    private EntryKind? KindOf(Version moved) => heads.Versions(moved.MovedTo!.Value).FirstOrDefault(v => v.Dot == moved.Dot)?.Entry.Kind;

    private static bool SharesHistory(Version head, Version moved) =>
        moved.FromParents.Dots.Any(dot => head.Vector[dot.Author] > 0);

    private Entry? ImpliedDirectory(EntryPath path)
    {
        if (!(_survey?.Above.Contains(path) ?? MayLandBelow(path).SelectMany(heads.Heads).Any(h => !h.Entry.IsAbsent && LandsAt(h).IsBelow(path)))) return null;
        return Winner(heads.Versions(path).Where(v => v.Entry.Kind == EntryKind.Directory))?.Entry ?? Entry.Directory(DefaultDirectoryMode);
    }

    // What lies there, and what renames may have brought there: of something above it, or to somewhere below it. The target of such a rename may have been carried
    // elsewhere itself, while what followed the rename stays.
    private IEnumerable<EntryPath> MayLandBelow(EntryPath directory)
    {
        var nearby = heads.LiveBelow(directory).Concat(SourcesOf(directory).SelectMany(source => heads.LiveBelow(source)));
        if (!AnyMovedInto(directory.Parent)) return nearby;
        return nearby.Concat(heads.HeadsMovedBelow(directory).Select(t => t.Path).Distinct().SelectMany(source => heads.LiveBelow(source).Prepend(source)));
    }

    private void Place(EntryPath path, Version head, VersionVector vector, List<Placement> placed)
    {
        if (placed.Exists(p => p.Entry.SameContent(head.Entry))) return;
        var isCopy = placed.Count > 0;
        var at = isCopy ? CopyName.Of(path, head, nameOf) : path;
        // Where a disk may have it already, so that it is renamed, not fetched: the one place that has it may be the one that something else is about to take.
        var from = head.Path != at ? head.Path : head.MovedFrom;
        placed.Add(new(at, head.Entry, isCopy ? default : vector, head.Dot, path, from, head.Path == at ? null : head.Path, head.Withdrawn));
    }

    private static Dot Newest(IReadOnlyList<Version> own) => Winner(own.Where(h => !h.Withdrawn))?.Dot ?? default;

    private static Version? Winner(IEnumerable<Version> versions) => versions.Order(Comparer<Version>.Create(WinnerFirst)).FirstOrDefault();

    private static int WinnerFirst(Version a, Version b)
    {
        var directory = (b.Entry.Kind == EntryKind.Directory).CompareTo(a.Entry.Kind == EntryKind.Directory);
        if (directory != 0) return directory;
        var time = b.Time.CompareTo(a.Time);
        return time != 0 ? time : b.Dot.CompareTo(a.Dot);
    }
}
