using System.Text;
using VfsSync.Core.Content;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.Linux;

/// <summary>Renaming, removing, and making both durable.</summary>
internal sealed partial class LinuxFolder
{
    private const int OwnerOnly = 0b111_000_000;
    private readonly HashSet<EntryPath> _touched = [], _dressed = [];
    private readonly Lock _flushing = new();

    private static PutOutcome Surprised => new(PutResult.Surprise, default);

    public PutOutcome Rename(EntryPath from, EntryPath to, Entry entry, FileStamp expected) => At(to, target => At(from, source =>
    {
        if (!source.Look(from, _grainNs).Is(expected)) return Surprised;
        Meanwhile?.Invoke("rename");
        var error = -RenameToNothing(source.Fd, from.Name, target.Fd, to.Name);
        if (error == Errno.Exists && IsItself(target, to, expected)) error = -Libc.Rename(source.Fd, from.Name, target.Fd, to.Name, 0);
        if (error != 0) return Refused(target, to, error);
        Meanwhile?.Invoke("renamed");
        var moved = target.Look(to, _grainNs);
        // Whoever renamed it back at once did so after this: else it would be renamed once more, against him.
        if (moved.Kind == EntryKind.Absent && source.Look(from, _grainNs).IsMoved(expected)) return new(PutResult.Done, expected with { Unsure = true });
        if (!moved.IsMoved(expected))
        {
            // Something else stood at `from` in that moment. Where it cannot go back, the scan finds it at `to`.
            _ = RenameToNothing(target.Fd, to.Name, source.Fd, from.Name);
            return Surprised;
        }
        if (IsDressed(moved, entry))
        {
            var placed = Stamps.Placed(expected, moved, Stamps.NowNs, _grainNs);
            return new(PutResult.Done, placed with { Unsure = placed.Unsure || expected.Unsure });
        }
        return Dress(target, to, entry, seen => seen.IsMoved(expected));
    }));

    private static bool IsDressed(Sighting seen, Entry entry) => seen.Kind switch
    {
        EntryKind.File => seen.Stamp.ModifiedNs == entry.ModifiedNs && (seen.Stamp.Mode & 0x1FF) == (entry.Mode & 0x1FF),
        EntryKind.Symlink => seen.Stamp.ModifiedNs == entry.ModifiedNs,
        _ => (seen.Stamp.Mode & 0x1FF) == (entry.Mode & 0x1FF),
    };

    public PutOutcome Remove(EntryPath path, Expected expected) => At(path, parent =>
    {
        var there = parent.Look(path, _grainNs);
        if (!there.Is(expected.Stamp)) return Surprised;
        string? kept = null;
        var error = there.Kind == EntryKind.Directory ? -Libc.Unlink(parent.Fd, path.Name, Libc.RemoveDir) : TakeOut(parent, path, expected, out kept);
        return error == 0 ? new(PutResult.Done, default, Kept: kept) : Refused(parent, path, error);
    });

    // Out of the folder first, then looked at: what is removed for good is what was expected.
    private int TakeOut(LinuxDirectory parent, EntryPath path, Expected expected, out string? kept)
    {
        var error = ComeOut(parent, path, _staging.NewName(), expected, replacement: 0, out var note);
        kept = error == 0 ? _staging.Shelf.Settle(note) : null;
        return error;
    }

    // An errno if it is not what was expected, or cannot come out: then it stands where it stood. Its note has the name of what follows, so that a start can tell whether that did.
    private int ComeOut(LinuxDirectory parent, EntryPath path, string follower, Expected expected, ulong replacement, out AsideFile note)
    {
        Meanwhile?.Invoke("take out");
        note = _staging.Shelf.Announce(follower, path, expected, replacement);
        var error = -RenameToNothing(parent.Fd, path.Name, _staging.Fd, note.Name);
        if (error != 0) _staging.Shelf.Forget(note);
        if (error != 0 || _staging.Sight(note.Name).IsMoved(expected.Stamp)) return error;
        BackInPlace(parent, path, note);
        return Errno.Exists;
    }

    private void BackInPlace(LinuxDirectory parent, EntryPath path, AsideFile note)
    {
        Meanwhile?.Invoke("put back");
        if (RenameToNothing(_staging.Fd, note.Name, parent.Fd, path.Name) == 0) _staging.Shelf.Forget(note);
        else _staging.Shelf.Keep(note);
    }

    public IReadOnlyList<AsideFile> Aside => _staging.Shelf.Files;

    public IReadOnlyList<AsideFile> SweepAside(Func<IReadableFile, Manifest?> read) => _staging.Shelf.Sweep(read);

    public PutOutcome ReturnAside(AsideFile file, EntryPath to) => At(to, parent =>
    {
        var error = -RenameToNothing(-100, _staging.Shelf.PathOf(file), parent.Fd, to.Name);
        if (error != 0) return Refused(parent, to, error);
        _staging.Shelf.Remove(file);
        return new(PutResult.Done, parent.Look(to, _grainNs).Stamp);
    });

    public IKeptShelf Kept => _staging.Kept;

    public void CleanStaging()
    {
        _staging.Shelf.Recover(file =>
        {
            using var parent = LinuxDirectory.OpenForChange(_rootFd, file.Origin.Parent);
            var isBack = parent.Error == 0 && RenameToNothing(_staging.Fd, file.Name, parent.Fd, file.Origin.Name) == 0;
            if (isBack)
                lock (_touched) _touched.Add(file.Origin.Parent);
            return isBack;
        });
        FlushDirectories();
    }

    public void FlushDirectories()
    {
        Meanwhile?.Invoke("flush");
        // Whoever comes while another flushes may have been counted in: it is done when that one is.
        lock (_flushing) FlushTouched();
    }

    private void FlushTouched()
    {
        EntryPath[] touched, dressed;
        lock (_touched)
        {
            (touched, dressed) = ([.. _touched], [.. _dressed]);
            _touched.Clear();
            _dressed.Clear();
        }
        var undressed = Unflushed(dressed, path => Flush(path, Libc.NonBlock) is var error && HasNoFlush(error) ? 0 : error);
        // One that its owner may not read cannot be opened to be flushed.
        var untouched = Unflushed(touched, directory => Flush(directory, Libc.Directory) is var error && error == Errno.Access ? -Libc.FlushFileSystem(_rootFd) : error);
        if (undressed.Count + untouched.Count == 0) return;
        lock (_touched)
        {
            _dressed.UnionWith(undressed.Select(f => f.Path));
            _touched.UnionWith(untouched.Select(f => f.Path));
        }
        var (path, error) = undressed.Concat(untouched).First();
        throw new DiskProblemException(Refusals.Writing(path, error));
    }

    private static List<(EntryPath Path, int Error)> Unflushed(EntryPath[] paths, Func<EntryPath, int> flush) =>
        [.. paths.Select(path => (path, flush(path))).Where(f => f.Item2 != 0)];

    // What may not be opened, is a symlink (an absence to Flush) or has become a pipe has no flush of its own: its directory's commits the journal, and must do.
    private static bool HasNoFlush(int errno) => errno is Errno.Access or Errno.NotPermitted or Errno.Invalid or Errno.NoDevice;

    private int Flush(EntryPath path, int flags)
    {
        var fd = Beneath.Open(_rootFd, path.Text, flags);
        if (fd < 0) return Refusals.IsAbsence(-fd) ? 0 : -fd; // gone meanwhile: its parent tells
        var error = -Libc.Flush(fd);
        Libc.Close(fd);
        return error;
    }

    // A file system without renameat2 (some network and FUSE file systems) gets a look and a plain rename.
    private static int RenameToNothing(int from, string name, int to, string newName)
    {
        var result = Libc.Rename(from, name, to, newName, Libc.NoReplace);
        if (result is not (-Errno.Invalid or -Errno.NoCall)) return result;
        return LinkToNothing(from, name, to, newName);
    }

    // A second name is never made over another thing; where there are none, and for directories, the look must do.
    internal static int LinkToNothing(int from, string name, int to, string newName)
    {
        var linked = Libc.Link(from, name, to, newName);
        if (linked == 0) return Libc.Unlink(from, name);
        if (linked == -Errno.Exists) return linked;
        return Libc.Stat(to, newName, out _) == -Errno.NoEntry ? Libc.Rename(from, name, to, newName, 0) : -Errno.Exists;
    }

    private PutOutcome At(EntryPath path, Func<LinuxDirectory, PutOutcome> change)
    {
        if (path.IsRoot) return Surprised;
        using var parent = LinuxDirectory.OpenForChange(_rootFd, path.Parent);
        if (parent.Error != 0) return Refusals.Outcome(path, parent.Error);
        try
        {
            var outcome = change(parent);
            if (outcome.Result == PutResult.Done)
                lock (_touched) _touched.Add(path.Parent);
            return outcome;
        }
        catch (DiskProblemException e)
        {
            return new(PutResult.Failed, default, e.Problem with { Path = path });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) // of the shelf
        {
            return new(PutResult.Failed, default, new(path, ProblemKind.Unwritable, $"'{Names.Shown(path.Text)}' cannot be changed safely: {e.Message}"));
        }
    }

    private PutOutcome Placed(LinuxDirectory parent, EntryPath path, FileStamp made)
    {
        _ = Libc.Stat(parent.Fd, path.Name, out var stat);
        return new(PutResult.Done, Stamps.Placed(made, Clock.Sight(stat, _grainNs), Stamps.NowNs, _grainNs));
    }

    private PutOutcome Refused(LinuxDirectory parent, EntryPath path, int error) =>
        error == Errno.Exists && TwinOf(parent, path) is { } twin
            ? new(PutResult.Failed, default, Names.Twin(path, twin))
            : Refusals.Outcome(path, error, parent.Owner);

    // On a disk that ignores case, the name that is there may be another spelling of the one that should be.
    private string? TwinOf(LinuxDirectory parent, EntryPath path)
    {
        if (Libc.Stat(parent.Fd, path.Name, out var stat) != 0 || !IgnoresCase(parent, path.Name, stat.Inode)) return null;
        var there = List(path.Parent).Entries.Where(e => e.Sighting.Stamp.Inode == stat.Inode).Select(e => e.Path.Name).ToList();
        return there.Contains(path.Name) ? null : there.FirstOrDefault();
    }

    private static bool IgnoresCase(LinuxDirectory parent, string name, ulong inode)
    {
        var other = new StringBuilder(name.Length);
        foreach (var c in name) other.Append(char.IsLower(c) ? char.ToUpperInvariant(c) : char.ToLowerInvariant(c));
        var text = other.ToString();
        return text != name && Libc.Stat(parent.Fd, text, out var stat) == 0 && stat.Inode == inode;
    }

    // A rename that changes only case finds itself in the way. (Of two hard links rename would keep both, so the spelling must differ.)
    private bool IsItself(LinuxDirectory target, EntryPath to, FileStamp expected) =>
        Libc.Stat(target.Fd, to.Name, out var stat) == 0 && stat.Inode == expected.Inode && TwinOf(target, to) is not null;
}
