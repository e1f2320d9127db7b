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
            var (outcome, merged) = Merged(conflicts);
            if (merged is not null) Put(conflicts, stamps, merged, default);
            _events.Add(new SyncEvent(DateTimeOffset.Now, SyncEventKind.Conflict, Name, path, EntryKind.File, merged?.Length, Message: outcome));
        }
        catch (Exception e) when (e is NodeException or DiskProblemException or OperationCanceledException)
        {
            // It changed meanwhile, or the node stops: what stands then is looked at anew.
        }
    }

    private (string Outcome, byte[]? Merged) Merged(List<ConflictStatus> conflicts)
    {
        var first = conflicts[0];
        if (conflicts.Select(c => c.Loser.Entry.Size).Append(first.Winner.Entry.Size).Max() > TextMerge.Most) return ("kept both: too long to merge", null);
        if (AncestorsOf(first.Path, [first.Winner.Vector, .. conflicts.Select(c => c.Loser.Vector)]) is not [var ancestor] || !IsHeld(ancestor.Entry)) return ("kept both: no single common ancestor at hand", null);
        var old = FromStore(ancestor.Entry.Content!, first.Path).ToArray();
        var merged = Merge(old, conflicts);
        return merged is null ? ("kept both: the same lines were changed, or it is no text", null) : ($"merged {conflicts.Count + 1} versions", merged);
    }

    private void Put(IReadOnlyList<ConflictStatus> conflicts, List<(FileStamp? Winner, FileStamp Loser)> stamps, byte[] merged, CancellationToken cancellation)
    {
        var path = conflicts[0].Path;
        OnDisk(() =>
        {
            using var staged = _folder.Stage(merged.Length);
            staged.Write(merged, 0);
            var entry = Entry.File(Manifest.Empty, NowNs(), conflicts[0].Winner.Entry.Mode);
            staged.Flush(entry);
            Check(_folder.PutFile(path, staged, entry, stamps[0].Winner), path);
            Drop(conflicts, stamps);
        });
        SyncAsync([path, .. conflicts.Select(c => c.Loser.At)], whatIf: false, cancellation).WaitHere();
    }

    // The newest versions that all of these have seen; of several that did not see each other none speaks for all.
    private List<Version> AncestorsOf(EntryPath path, IReadOnlyList<VersionVector> all)
    {
        var seen = _store.Versions(path).Where(v => v.Entry.Kind == EntryKind.File && all.All(a => a.Includes(v.Vector))).ToList();
        return seen.FindAll(v => !seen.Exists(w => w != v && w.Vector.Includes(v.Vector)));
    }
}
