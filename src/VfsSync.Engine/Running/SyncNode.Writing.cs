using VfsSync.Core.Content;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;

namespace VfsSync.Engine.Running;

internal sealed partial class SyncNode
{
    private const int DefaultFileMode = 0x1A4, DefaultDirectoryMode = 0x1ED; // 0644, 0755
    private const int Tries = 20;
    private const int UnsureMs = 50, LongestUnsureMs = 1000;

    /// <summary>
    /// Begins a write: bytes go to a staged file; <see cref="FileWrite.Commit"/> publishes (whole, durable, recorded), disposing without it leaves all as it was.
    /// </summary>
    /// <param name="path">Where; missing directories are made at commit.</param>
    /// <param name="append">Starts with what is there.</param>
    public FileWrite BeginWrite(EntryPath path, bool append)
    {
        if (State is not NodeState.Running) throw Stopped();
        CheckMay(path, Core.History.Permissions.Write);
        try
        {
            return new FolderWrite(this, path, _folder.Stage(0), append);
        }
        catch (DiskProblemException e)
        {
            throw new NodeException("VfsNotWritable", e.Message, e);
        }
    }

    /// <summary>Renames a file or directory, durably, as one change.</summary>
    /// <exception cref="NodeException">NotFound, AlreadyExists, InvalidTarget, NotWritable.</exception>
    public void Move(EntryPath from, EntryPath to, CancellationToken cancellation)
    {
        if (State is not NodeState.Running) throw Stopped();
        CheckMay(from, Core.History.Permissions.Delete);
        CheckMay(to, Core.History.Permissions.Write);
        if (to.IsBelow(from)) throw new NodeException("VfsInvalidTarget", $"'{from}' cannot be moved into itself.");
        OnDisk(() =>
        {
            var source = Existing(from);
            if (to == from) throw new NodeException("VfsInvalidTarget", $"'{from}' is there already, for that is its own path: there is nothing to move.");
            if (_folder.Look(to).Kind != EntryKind.Absent) throw new NodeException("VfsAlreadyExists", $"'{to}' exists already. Remove it first, or choose another name.");
            MakeParents(to);
            var entry = new Entry(source.Kind, ModifiedNs: source.Kind == EntryKind.Directory ? 0 : source.Stamp.ModifiedNs, Mode: source.Stamp.Mode & 0x1FF);
            Check(null, _folder.Rename(from, to, entry, source.Stamp), from);
        });
        SyncAsync([from, to, .. to.Ancestors()], whatIf: false, cancellation).WaitHere();
    }

    /// <summary>Removes a path and, for a directory with content, all below it when <paramref name="recurse"/>.</summary>
    /// <exception cref="NodeException">NotFound, NotEmpty, NotWritable.</exception>
    public void Remove(EntryPath path, bool recurse, CancellationToken cancellation)
    {
        if (State is not NodeState.Running) throw Stopped();
        if (_lane.Ask(() => _session.Pending.Contains(path)) && _folder.Look(path).Kind == EntryKind.Absent) GiveUp(path, cancellation);
        else Remove(path, null, recurse, cancellation);
    }

    /// <param name="path">What goes.</param>
    /// <param name="over">As it must still be; null = as it is.</param>
    /// <param name="recurse">With all below it.</param>
    /// <param name="cancellation">Ends the waiting for the record.</param>
    private void Remove(EntryPath path, Sighting? over, bool recurse, CancellationToken cancellation)
    {
        CheckMay(path, Core.History.Permissions.Delete);
        Post(new LeavingInput(path, Ended: false));
        try
        {
            OnDisk(() =>
            {
                var there = over ?? Existing(path);
                if (there.Kind == EntryKind.Directory) RemoveBelow(path, recurse, cancellation);
                Check(_store.OnDisk(path), _folder.Remove(path, Known(path, there.Stamp)), path);
            });
            SyncAsync([path], whatIf: false, cancellation).WaitHere();
        }
        finally
        {
            Post(new LeavingInput(path, Ended: true));
        }
    }

    // It is on no disk; but it stays in the log, and is missed, until somebody says that it is gone.
    private void GiveUp(EntryPath path, CancellationToken cancellation)
    {
        Post(new GiveUpInput(path));
        SyncAsync([path], whatIf: false, cancellation).WaitHere();
        if (_lane.Ask(() => _session.Pending.Contains(path))) throw new NodeException("VfsNotRecorded", $"That '{path}' is given up cannot be recorded; Get-VfsProblem says why. Try again.");
    }

    private void RemoveBelow(EntryPath directory, bool recurse, CancellationToken cancellation)
    {
        var listing = _folder.List(directory);
        if (!recurse && listing.Entries.Count > 0) throw new NodeException("VfsNotEmpty", $"'{directory}' is a directory with {listing.Entries.Count} entries. Add -Recurse to remove them, too.");
        foreach (var (path, sighting) in listing.Entries)
        {
            cancellation.ThrowIfCancellationRequested();
            if (sighting.Kind == EntryKind.Directory) RemoveBelow(path, recurse, cancellation);
            Check(_store.OnDisk(path), _folder.Remove(path, Known(path, sighting.Stamp with { Unsure = false })), path);
        }
    }

    private Sighting Existing(EntryPath path) => Standing(path) is { Kind: not EntryKind.Absent } there ? there : throw NotFound(path);

    // Whoever replaces or removes it by a cmdlet means it as it is now.
    private Sighting Standing(EntryPath path)
    {
        var there = _folder.Look(path);
        return there with { Stamp = there.Stamp with { Unsure = false } };
    }

    // With the content, if it is recorded under this stamp: of what a program has open, only that tells later whether it was written into meanwhile.
    private Expected Known(EntryPath path, FileStamp stamp) => new(stamp, _store.OnDisk(path) is { Entry: { Kind: EntryKind.File } entry } row && row.Stamp.SameAs(stamp) ? entry.Content : null);

    // What is to be brought back once more must be recorded before something else takes its place.
    private Sighting Recorded(EntryPath path, CancellationToken cancellation)
    {
        for (var waited = 0; ; waited++)
        {
            SyncAsync([path], whatIf: false, cancellation).WaitHere();
            var (there, row) = (_folder.Look(path), _store.OnDisk(path));
            if (there.Kind == EntryKind.Absent) return there;
            if (row is { Placed: true, Entry.IsAbsent: false, Stamp: var stamp } && there.Is(stamp) && !stamp.Unsure) return there with { Stamp = stamp };
            if (waited * UnsureMs >= LongestUnsureMs) throw new NodeException("VfsChangedMeanwhile", $"What '{path}' holds now is not recorded yet, so nothing takes its place. If a program has it open for writing, close it there; if it cannot be read, see Get-VfsProblem. Then try again.");
            Pause(cancellation);
        }
    }

    private void OnDisk(Action work)
    {
        try
        {
            work();
            _folder.FlushDirectories();
            _aside.Arm();
        }
        catch (DiskProblemException e)
        {
            throw new NodeException("VfsNotWritable", e.Message, e);
        }
    }

    /// <param name="known">What the index said of the path before: it may know by now what has taken that one's place.</param>
    /// <param name="outcome">What came of a change of the disk.</param>
    /// <param name="path">Where.</param>
    private void Check(IndexRow? known, PutOutcome outcome, EntryPath path)
    {
        if (outcome.Kept is { } kept) Keep(kept, path, known?.Entry.Content);
        if (outcome.Result == PutResult.Failed) throw new NodeException("VfsNotWritable", outcome.Problem!.Message);
        if (outcome.Result == PutResult.Surprise) throw new NodeException("VfsChangedMeanwhile", $"'{path}' was changed by another program at the same moment. Look at it, and try again.");
    }

    // What a cmdlet replaces or removes is kept like what a plan does, if the index knows what it was.
    private void Keep(string name, EntryPath path, Manifest? content)
    {
        if (content is not null && content.Size == _folder.Kept.Files.FirstOrDefault(f => f.Name == name)?.Size) _source.Kept.Add(name, content, IsCaptured(path));
        else _folder.Kept.Drop(name);
        _kept.Arm();
        _capture.Arm();
    }

    private List<EntryPath> MakeParents(EntryPath path)
    {
        var made = new List<EntryPath>();
        foreach (var parent in path.Ancestors().Reverse())
        {
            var there = _folder.Look(parent);
            if (there.Kind == EntryKind.Directory) continue;
            if (there.Kind != EntryKind.Absent) throw new NodeException("VfsNotADirectory", $"'{parent}' is no directory, so '{path}' cannot be written.");
            var put = _folder.PutDirectory(parent, Entry.Directory(DefaultDirectoryMode), null);
            if (put.Result == PutResult.Surprise && _folder.Look(parent).Kind == EntryKind.Directory) continue;
            Check(null, put, parent);
            made.Add(parent);
        }
        return made;
    }

    /// <param name="path">Where.</param>
    /// <param name="staged">What.</param>
    /// <param name="modifiedNs">Its time; null = now.</param>
    /// <param name="mode">Its permission bits; null = as they were.</param>
    /// <param name="over">All that it may take the place of; null = of whatever stands there.</param>
    /// <param name="cancellation">Ends the waiting for the record.</param>
    private FileStatus Publish(EntryPath path, IStagedFile staged, long? modifiedNs, int? mode, Sighting? over, CancellationToken cancellation)
    {
        OnDisk(() =>
        {
            for (var attempt = over is null ? 1 : Tries; ; attempt++)
            {
                var there = over ?? Standing(path);
                if (there.Kind == EntryKind.Directory) throw new NodeException("VfsIsDirectory", $"'{path}' is a directory; a file cannot take its place.");
                if (there.Kind == EntryKind.Absent) MakeParents(path);
                var entry = Entry.File(Manifest.Empty, modifiedNs ?? NowNs(), mode ?? (there.Kind == EntryKind.File ? there.Stamp.Mode & 0x1FF : DefaultFileMode));
                staged.Flush(entry);
                var known = _store.OnDisk(path);
                var put = _folder.PutFile(path, staged, entry, there.Kind == EntryKind.Absent ? null : Known(path, there.Stamp));
                if (put.Result != PutResult.Surprise || attempt == Tries)
                {
                    Check(known, put, path);
                    return;
                }
            }
        });
        return Recorded(path, [path, .. path.Ancestors().Where(p => _store.OnDisk(p) is not { Entry.Kind: EntryKind.Directory })], cancellation);
    }

    // While a program has it open for writing it is not read, and so not recorded.
    private FileStatus Recorded(EntryPath path, IReadOnlyList<EntryPath> toLookAt, CancellationToken cancellation)
    {
        for (var waited = 0; ; waited++)
        {
            SyncAsync(toLookAt, whatIf: false, cancellation).WaitHere();
            var (there, row) = (_folder.Look(path), _store.OnDisk(path));
            if (there.Kind == EntryKind.Absent || row is { Placed: true, Entry.IsAbsent: false } && there.Is(row.Stamp)) return File(path) ?? throw NotFound(path);
            if (waited * UnsureMs >= LongestUnsureMs) throw new NodeException("VfsNotRecorded", $"'{path}' is written, but not recorded yet: a program has it open for writing. It is recorded, and goes to the others, when it is closed there.");
            Pause(cancellation);
        }
    }

    private static void Pause(CancellationToken cancellation)
    {
        cancellation.WaitHandle.WaitOne(UnsureMs);
        cancellation.ThrowIfCancellationRequested();
    }

    private static long NowNs() => (DateTime.UtcNow.Ticks - DateTime.UnixEpoch.Ticks) * 100;

    private sealed class FolderWrite : FileWrite
    {
        private readonly SyncNode _node;
        private readonly EntryPath _path;
        private readonly bool _append;
        private IStagedFile _staged;
        private long _length, _from;

        public FolderWrite(SyncNode node, EntryPath path, IStagedFile staged, bool append)
        {
            (_node, _path, _staged, _append) = (node, path, staged, append);
            if (append) CopyExisting();
        }

        public override void Write(ReadOnlySpan<byte> bytes)
        {
            try
            {
                _staged.Write(bytes, _length);
                _length += bytes.Length;
            }
            catch (DiskProblemException e)
            {
                throw new NodeException("VfsNotWritable", e.Message, e);
            }
        }

        public override FileStatus Commit(CancellationToken cancellation)
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return _node.Publish(_path, _staged, ModifiedNs, Mode, Over, cancellation);
                }
                catch (NodeException e) when (e.Id == "VfsChangedMeanwhile" && _append && attempt < Tries)
                {
                    AppendAnew();
                }
            }
        }

        public override void Dispose() => _staged.Dispose();

        // What is appended to is what stands there when it is published.
        private void AppendAnew()
        {
            using var old = _staged;
            var (from, to) = (_from, _length);
            (_staged, _length) = (_node._folder.Stage(0), 0);
            CopyExisting();
            var buffer = new byte[256 * 1024];
            for (int got; from < to && (got = old.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, to - from)), from)) > 0; from += got) Write(buffer.AsSpan(0, got));
        }

        private void CopyExisting()
        {
            var there = _node.Standing(_path);
            Over = there;
            if (there.Kind == EntryKind.File)
            {
                using var file = _node._folder.OpenRead(_path);
                Over = there with { Stamp = file.Stamp() with { Unsure = false } };
                Write(new ReadableStream(file));
            }
            else if (there.Kind == EntryKind.Absent && _node.File(_path) is { Kind: EntryKind.File })
            {
                // It is listed, and not on this disk yet.
                using var content = _node.OpenRead(_path, CancellationToken.None);
                Write(content);
            }
            _from = _length;
        }
    }
}

/// <summary>A write in progress.</summary>
internal abstract class FileWrite : IDisposable
{
    /// <summary>The modification time to give the file, nanoseconds since 1970; null = now.</summary>
    public long? ModifiedNs { get; set; }

    /// <summary>The permission bits to give it; null = as they were, or 0644.</summary>
    public int? Mode { get; set; }

    /// <summary>All that it may take the place of; null = of whatever stands there.</summary>
    internal Sighting? Over { get; set; }

    public abstract void Write(ReadOnlySpan<byte> bytes);

    /// <summary>All of a stream.</summary>
    public void Write(Stream content)
    {
        var buffer = new byte[256 * 1024];
        for (int got; (got = content.Read(buffer)) > 0;) Write(buffer.AsSpan(0, got));
    }

    /// <summary>Publishes: durable on this disk and in the log when it returns.</summary>
    public abstract FileStatus Commit(CancellationToken cancellation);

    /// <summary>Without a commit: everything is as before.</summary>
    public abstract void Dispose();
}
