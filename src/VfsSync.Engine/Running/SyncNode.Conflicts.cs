using VfsSync.Core.Reconcile;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Engine.Running;

internal sealed partial class SyncNode
{
    /// <summary>The conflicts that stand at and below a path, those included whose copies are still on their way.</summary>
    public IReadOnlyList<ConflictStatus> Conflicts(EntryPath below)
    {
        var copies = _store.OnDiskBelow(EntryPath.Root).Where(r => r.Origin != r.Path && !r.Entry.IsAbsent).Select(r => r.Origin).ToList();
        return _lane.Ask(() =>
        {
            var origins = copies.Concat(_session.BehindPaths.Select(p => CopyName.OriginOf(p) ?? p)).Distinct().Order();
            return (IReadOnlyList<ConflictStatus>)[.. origins.SelectMany(ConflictsAt).Where(c => below.IsRoot || c.Path == below || c.Path.IsBelow(below) || c.Loser.At == below)];
        });
    }

    /// <summary>Closes a conflict here, and with it everywhere. What is given up goes where all goes that is replaced.</summary>
    /// <param name="conflicts">As <see cref="Conflicts"/> told them: one, or several of one path. They are closed by one record: one of them alone would make the others' copies plain files.</param>
    /// <param name="choice">What stays; of several copies, that of the first conflict.</param>
    /// <param name="cancellation">Ends the waiting for the record, not what is done.</param>
    /// <exception cref="NodeException">NoConflict, ChangedMeanwhile, ContentMissing, Denied, IsDirectory, NotWritable.</exception>
    public void Resolve(IReadOnlyList<ConflictStatus> conflicts, ConflictChoice choice, CancellationToken cancellation)
    {
        var first = conflicts[0];
        var stamps = conflicts.Select(c => Check(c, choice == ConflictChoice.Both ? Core.History.Permissions.Write : Core.History.Permissions.Delete)).ToList();
        if (choice == ConflictChoice.Both) Post(new SettleInput(first.Path));
        else
            OnDisk(() =>
            {
                if (choice == ConflictChoice.Loser) Take(first, conflicts, stamps);
                Drop(conflicts, stamps);
            });
        SyncAsync([first.Path, .. conflicts.Select(c => c.Loser.At)], whatIf: false, cancellation).WaitHere();
    }

    /// <summary>Closes conflicts of one path by a content that stands for all versions.</summary>
    /// <exception cref="NodeException">As <see cref="Resolve"/>.</exception>
    public FileStatus ResolveWith(IReadOnlyList<ConflictStatus> conflicts, Stream content, CancellationToken cancellation)
    {
        var conflict = conflicts[0];
        var stamps = conflicts.Select(Check).ToList();
        var winner = stamps[0].Winner;
        if (conflict.Winner.Entry.Kind == EntryKind.Directory) throw Occupied(conflict);
        using var write = BeginWrite(conflict.Path, append: false);
        write.Over = winner is { } stamp ? new Sighting(conflict.Winner.Entry.Kind, stamp) : default;
        write.Write(content);
        write.Commit(cancellation); // The copies are files of their own now, in case that all ends here.
        OnDisk(() => Drop(conflicts, stamps));
        SyncAsync([.. conflicts.Select(c => c.Loser.At)], whatIf: false, cancellation).WaitHere();
        return File(conflict.Path) ?? throw NotFound(conflict.Path);
    }

    /// <summary>Closes conflicts of one path by what all sides made of their common ancestor, line by line.</summary>
    /// <exception cref="NodeException">As <see cref="Resolve"/>; MergeOverlaps, NoAncestor.</exception>
    public FileStatus ResolveMerged(IReadOnlyList<ConflictStatus> conflicts, CancellationToken cancellation)
    {
        var conflict = conflicts[0];
        var stamps = conflicts.Select(Check).ToList();
        Entry[] all = [conflict.Winner.Entry, .. conflicts.Select(c => c.Loser.Entry)];
        if (all.Any(e => e.Kind != EntryKind.File)) throw Unmergeable(conflict, "one of the versions is no file");
        var ancestor = AncestorOf(conflicts);
        if (all.Append(ancestor).Max(e => e.Size) > TextMerge.Most) throw Unmergeable(conflict, "they, or what they came from, are too long for texts");
        using var old = FromStore(ancestor.Content!, conflict.Path);
        var merged = Merge(old.ToArray(), conflicts)
            ?? throw new NodeException("VfsMergeOverlaps", $"'{conflict.Path}' cannot be merged: the same lines were changed more than once, or it is no text. Merge by hand and give the result by -With, or keep one version.");
        Put(conflicts, stamps, merged, MergedMode(ancestor, all), cancellation);
        return File(conflict.Path) ?? throw NotFound(conflict.Path);
    }

    // Whose permissions were changed; of several, those of what stands at the path count first.
    private static int MergedMode(Entry ancestor, IEnumerable<Entry> versions) => versions.Select(e => e.Mode).FirstOrDefault(m => m != ancestor.Mode, ancestor.Mode);

    private byte[]? Merge(byte[] old, IReadOnlyList<ConflictStatus> conflicts)
    {
        var merged = (byte[]?)ReadAll(conflicts[0].Winner.At);
        foreach (var conflict in conflicts)
            if (merged is not null) merged = TextMerge.Merge(old, merged, ReadAll(conflict.Loser.At));
        return merged;
    }

    private Entry AncestorOf(IReadOnlyList<ConflictStatus> conflicts)
    {
        var newest = AncestorsOf(conflicts);
        return newest is [{ Kind: EntryKind.File } one] ? one : throw Unmergeable(conflicts[0], newest.Count > 1 ? "they have more than one common ancestor" : "they have no common ancestor");
    }

    private byte[] ReadAll(EntryPath path)
    {
        using var stream = new ReadableStream(_folder.OpenRead(path));
        using var all = new MemoryStream();
        stream.CopyTo(all);
        return all.ToArray();
    }

    private static NodeException Unmergeable(ConflictStatus conflict, string why) =>
        new("VfsNoAncestor", $"'{conflict.Path}' cannot be merged: {why}. Give a merged file by -With, or keep one of the two or both.");

    private IEnumerable<ConflictStatus> ConflictsAt(EntryPath origin)
    {
        var shown = _session.ShownAt(origin);
        if (shown.Count < 2 || Side(shown[0]) is not { } winner) yield break;
        foreach (var copy in shown.Where(p => p.IsCopy && !p.Withdrawn))
            if (Side(copy) is { } loser) yield return new ConflictStatus(origin, KindOf(shown[0], copy), winner, loser, _session.Policy.ConflictsAt(origin));
    }

    private static ConflictKind KindOf(Placement winner, Placement copy) =>
        winner.Entry.Kind != copy.Entry.Kind ? ConflictKind.Kinds : winner.Of is not null || copy.Of is { } of && of != copy.Origin ? ConflictKind.Renamed : ConflictKind.Edited;

    private ConflictSide? Side(Placement placed)
    {
        var own = _store.Heads(placed.Of ?? placed.Origin).Where(h => h.Dot == placed.Shown).ToList();
        // A directory that only others need is shown under the dot of what it took the name from.
        var version = own.Find(h => h.Entry.Kind == placed.Entry.Kind) ?? NewestDirectory(placed) ?? own.FirstOrDefault();
        return version is null ? null : new ConflictSide(_members.NameOf(version.Dot.Author.Node), _session.Judge.AreOne(version.Dot.Author.Node, Id),
            DateTimeOffset.FromUnixTimeMilliseconds(version.Time.UnixMs).ToLocalTime(), placed.Entry, placed.Path, version.Path, version.Dot, version.Vector);
    }

    // A directory that stands only because something lies in it was made by whoever made that.
    private Version? NewestDirectory(Placement placed) => placed.Entry.Kind != EntryKind.Directory ? null
        : _store.LiveBelow(placed.Path).SelectMany(_store.Heads).Where(h => !h.Entry.IsAbsent).MaxBy(h => h.Time);

    // The stamps of both as they are known now: whatever comes in between is a surprise, and stays.
    private (FileStamp? Winner, FileStamp Loser) Check(ConflictStatus conflict) => Check(conflict, Core.History.Permissions.Delete);

    // Who may not would close it on this disk alone, where nobody sees the rest any more.
    private (FileStamp? Winner, FileStamp Loser) Check(ConflictStatus conflict, Core.History.Permissions ofCopy)
    {
        if (State is not NodeState.Running) throw Stopped();
        CheckMay(conflict.Path, Core.History.Permissions.Write);
        CheckMay(conflict.Loser.At, ofCopy);
        if (!_lane.Ask(() => ConflictsAt(conflict.Path).Any(c => (c.Winner.Dot, c.Loser.Dot) == (conflict.Winner.Dot, conflict.Loser.Dot))))
            throw Changed(conflict);
        if (!IsHere(conflict.Winner) || !IsHere(conflict.Loser))
            throw new NodeException("VfsContentMissing", $"The {(IsHere(conflict.Winner) ? "other version" : "version")} of '{conflict.Path}' by {(IsHere(conflict.Winner) ? conflict.Loser : conflict.Winner).Author} is not here yet. Wait for it (Wait-VfsNode -Synced), or start a node that has it.");
        return (StampOf(conflict, conflict.Winner), StampOf(conflict, conflict.Loser));
    }

    private static NodeException Changed(ConflictStatus conflict) =>
        new("VfsNoConflict", $"The conflict of '{conflict.Path}' does not stand any more as it was shown. Look again with Get-VfsConflict.");

    // As long as its content is on its way, something older may stand there in its place.
    private bool IsHere(ConflictSide side) => IsHere(side, _store.OnDisk(side.At));

    private static bool IsHere(ConflictSide side, IndexRow? row) =>
        row is { Entry.IsAbsent: false, LocalOnly: false } && row.Entry.Kind == side.Entry.Kind && (row.Shown == side.Dot || side.Entry.Kind == EntryKind.Directory);

    // What was read within the clock's grain of its last change is about to be read once more, unless a program holds it open. An edit that is recorded meanwhile is no version that was shown.
    private FileStamp StampOf(ConflictStatus conflict, ConflictSide side)
    {
        for (var waited = 0; ; waited += UnsureMs)
        {
            var row = _store.OnDisk(side.At);
            if (!IsHere(side, row)) throw Changed(conflict);
            if (!row!.Stamp.Unsure || waited >= LongestUnsureMs) return row.Stamp with { Unsure = false };
            Thread.Sleep(UnsureMs);
        }
    }

    private void Drop(IEnumerable<ConflictStatus> conflicts, IEnumerable<(FileStamp? Winner, FileStamp Loser)> stamps)
    {
        foreach (var (conflict, (_, loser)) in conflicts.Zip(stamps)) Check(_store.OnDisk(conflict.Loser.At), _folder.Remove(conflict.Loser.At, Known(conflict.Loser.At, loser)), conflict.Loser.At);
    }

    // Before what was read of them stands for them: a program that writes into a copy meanwhile has made another.
    private void StillAsShown(IReadOnlyList<ConflictStatus> conflicts, List<(FileStamp? Winner, FileStamp Loser)> stamps)
    {
        foreach (var (conflict, (_, loser)) in conflicts.Zip(stamps))
            if (!_folder.Look(conflict.Loser.At).Stamp.SameAs(loser)) throw Changed(conflict);
    }

    private void Take(ConflictStatus conflict, IReadOnlyList<ConflictStatus> conflicts, List<(FileStamp? Winner, FileStamp Loser)> stamps)
    {
        var (path, copy, there) = (conflict.Path, conflict.Loser, stamps[0].Winner);
        Expected? expected = there is { } stamp ? Known(path, stamp) : null;
        if (conflict.Winner.Entry.Kind == EntryKind.Directory) throw Occupied(conflict);
        if (copy.Entry.Kind == EntryKind.Symlink)
        {
            Check(_store.OnDisk(path), _folder.PutSymlink(path, copy.Entry, expected), path);
            return;
        }
        using var staged = _folder.Stage(copy.Entry.Size);
        using var stream = new ReadableStream(_folder.OpenRead(copy.At));
        var buffer = new byte[256 * 1024];
        for (long at = 0, got; (got = stream.Read(buffer)) > 0; at += got) staged.Write(buffer.AsSpan(0, (int)got), at);
        staged.Flush(copy.Entry);
        StillAsShown(conflicts, stamps);
        Check(_store.OnDisk(path), _folder.PutFile(path, staged, copy.Entry, expected), path);
    }

    private static NodeException Occupied(ConflictStatus conflict) =>
        new("VfsIsDirectory", $"'{conflict.Path}' is a directory by now; the file that wants its name stands at '{conflict.Loser.At}'. Keep both, or move the directory away (Move-VfsFile) and then the file to its name.");
}
