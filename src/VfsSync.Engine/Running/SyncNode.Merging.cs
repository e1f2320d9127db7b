using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Engine.Running;

internal sealed partial class SyncNode
{
    // By the policy: all versions that stand are merged, or all are kept. What a user does at the same moment is a surprise to it, and stands.
    private void MergeByPolicy(EntryPath path)
    {
        try
        {
            var conflicts = Conflicts(path).Where(c => c.Path == path).ToList();
            if (conflicts.Count == 0 || conflicts.Exists(c => c.Winner.Entry.Kind != EntryKind.File || c.Loser.Entry.Kind != EntryKind.File)) return;
            var stamps = conflicts.ConvertAll(Check);
            var (outcome, merged, mode) = Merged(conflicts);
            if (merged is not null) Put(conflicts, stamps, merged, mode, default);
            _events.Add(new SyncEvent(DateTimeOffset.Now, SyncEventKind.Conflict, Name, path, EntryKind.File, merged?.Length, Message: outcome));
        }
        catch (Exception e) when (e is NodeException or DiskProblemException or OperationCanceledException or IOException or UnauthorizedAccessException)
        {
            // It changed meanwhile, the disk does not let it be, or the node stops: what stands then is looked at anew.
        }
    }

    private (string Outcome, byte[]? Merged, int Mode) Merged(List<ConflictStatus> conflicts)
    {
        var first = conflicts[0];
        Entry[] all = [first.Winner.Entry, .. conflicts.Select(c => c.Loser.Entry)];
        if (all.Max(e => e.Size) > TextMerge.Most) return ("kept both: too long to merge", null, 0);
        if (AncestorsOf(conflicts) is not [{ Kind: EntryKind.File } ancestor] || !IsHeld(ancestor)) return ("kept both: no single common ancestor at hand", null, 0);
        if (ancestor.Size > TextMerge.Most) return ("kept both: too long to merge", null, 0);
        var old = FromStore(ancestor.Content!, first.Path).ToArray();
        var merged = Merge(old, conflicts);
        return merged is null ? ("kept both: the same lines were changed, or it is no text", null, 0) : ($"merged {all.Length} versions", merged, MergedMode(ancestor, all));
    }

    private void Put(IReadOnlyList<ConflictStatus> conflicts, List<(FileStamp? Winner, FileStamp Loser)> stamps, byte[] merged, int mode, CancellationToken cancellation)
    {
        var path = conflicts[0].Path;
        OnDisk(() =>
        {
            using var staged = _folder.Stage(merged.Length);
            staged.Write(merged, 0);
            var entry = Entry.File(Manifest.Empty, NowNs(), mode);
            staged.Flush(entry);
            StillAsShown(conflicts, stamps);
            Check(_store.OnDisk(path), _folder.PutFile(path, staged, entry, stamps[0].Winner is { } was ? Known(path, was) : null), path);
            Drop(conflicts, stamps);
        });
        SyncAsync([path, .. conflicts.Select(c => c.Loser.At)], whatIf: false, cancellation).WaitHere();
    }

    // The newest versions that all sides have seen, each content once; of several that did not see each other none speaks for all. If all have seen that nothing was there, they have
    // nothing in common. What came from another path by a rename has seen what it was renamed from.
    private List<Entry> AncestorsOf(IReadOnlyList<ConflictStatus> conflicts)
    {
        ConflictSide[] sides = [conflicts[0].Winner, .. conflicts.Select(c => c.Loser)];
        var here = sides.Select(s => s.Of).Distinct().SelectMany(_store.Versions).ToList();
        var sources = here.Select(v => v.MovedFrom).OfType<EntryPath>().Distinct().Except(sides.Select(s => s.Of)).SelectMany(_store.Versions);
        var seen = here.Concat(sources).Where(v => sides.All(s => s.Dot != v.Dot && HasSeen(s, v))).ToList(); // A side that claims to have seen another has not come from it.
        return [.. seen.Where(v => !seen.Exists(w => w != v && (w.Path == v.Path ? w.Vector.Includes(v.Vector) : w.MovedFrom == v.Path && w.FromParents.Includes(v.Vector)))).Select(v => v.Entry).DistinctBy(e => (e.Kind, e.Content))];

        bool HasSeen(ConflictSide side, Version version) => version.Path == side.Of && side.Vector.Includes(version.Vector)
            || here.Exists(w => w.MovedFrom == version.Path && w.Path == side.Of && side.Vector.Includes(w.Vector) && w.FromParents.Includes(version.Vector));
    }
}
