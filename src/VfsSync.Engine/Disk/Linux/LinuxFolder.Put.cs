using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.Linux;

/// <summary>Putting things in place: made under `.vfs/tmp`, exchanged against what stands there, and what came out is looked at before it goes.</summary>
internal sealed partial class LinuxFolder
{
    /// <summary>For tests: what happens right before a step that another program could have come between.</summary>
    internal Action<string>? Meanwhile { get; set; }

    public IStagedFile Stage(long size) => _staging.Stage(size);

    public PutOutcome PutFile(EntryPath path, IStagedFile staged, Entry entry, Expected? expected) => At(path, parent =>
    {
        var file = (LinuxStagedFile)staged;
        var error = file.Dress(entry, out var made);
        if (error != 0) return Refusals.Outcome(path, error);
        var outcome = Place(parent, path, file.Name, made, expected);
        if (outcome.Result == PutResult.Done) file.Placed();
        return outcome;
    });

    public PutOutcome PutSymlink(EntryPath path, Entry entry, Expected? expected) => At(path, parent =>
    {
        var name = _staging.NewName();
        if (entry.Target is not { Length: > 0 } target || target.Contains('\0', StringComparison.Ordinal))
            return new(PutResult.Failed, default, new(path, ProblemKind.Unsupported, $"The symlink '{Names.Shown(path.Text)}' has no target that this disk can hold."));
        var error = -Libc.MakeSymlink(target, _staging.Fd, name);
        if (error != 0) return Refusals.Outcome(path, error);
        _ = Libc.SetTime(_staging.Fd, name, entry.ModifiedNs, Libc.SymlinkNoFollow);
        _ = Libc.Stat(_staging.Fd, name, out var made);
        var outcome = Place(parent, path, name, made, expected);
        if (outcome.Result != PutResult.Done) _staging.Discard(name);
        return outcome;
    });

    private PutOutcome Place(LinuxDirectory parent, EntryPath path, string name, in Statx made, Expected? expected)
    {
        var stamp = Clock.Stamp(made, _grainNs);
        if (expected is { } was)
        {
            var there = parent.Look(path, _grainNs);
            if (!there.Is(was.Stamp)) return Surprised;
            if (there.Kind != EntryKind.Directory) return Exchanges ? Replace(parent, path, name, stamp, was) : ReplaceInTwo(parent, path, name, stamp, was);
            if (Libc.Unlink(parent.Fd, path.Name, Libc.RemoveDir) is < 0 and var kept) return Refusals.Outcome(path, -kept);
        }
        var error = -RenameToNothing(_staging.Fd, name, parent.Fd, path.Name);
        return error == 0 ? Placed(parent, path, stamp) : Refused(parent, path, error);
    }

    private PutOutcome Replace(LinuxDirectory parent, EntryPath path, string name, FileStamp made, Expected expected)
    {
        Meanwhile?.Invoke("exchange");
        var note = _staging.Shelf.Announce(name, path, expected, made.Inode);
        var error = -Libc.Rename(_staging.Fd, name, _staging.Fd, note.Name, 0);
        if (error == 0) error = -Libc.Rename(_staging.Fd, note.Name, parent.Fd, path.Name, Libc.Exchange);
        if (error != 0)
        {
            BackToStaging(note, name);
            // A union of disks may know it in one place and not in another.
            return error is Errno.Invalid or Errno.NoCall ? ReplaceInTwo(parent, path, name, made, expected) : Refused(parent, path, error);
        }
        var cameOut = _staging.Sight(note.Name);
        if (cameOut.Kind != EntryKind.Absent && !cameOut.IsMoved(expected.Stamp)) return TakeBack(parent, path, name, made, note);
        var placed = Placed(parent, path, made);
        if (cameOut.Kind != EntryKind.Absent) return placed with { Kept = _staging.Shelf.Settle(note) };
        _staging.Shelf.Forget(note);
        return placed;
    }

    // Where the file system knows no exchange, what stands there comes out first, and for a moment nothing has the name. Should the node end right then, its next start puts it back.
    private PutOutcome ReplaceInTwo(LinuxDirectory parent, EntryPath path, string name, FileStamp made, Expected expected)
    {
        var error = ComeOut(parent, path, name, expected, AsideShelf.Follows, out var note);
        if (error != 0) return Refused(parent, path, error);
        Meanwhile?.Invoke("follow");
        error = -RenameToNothing(_staging.Fd, name, parent.Fd, path.Name);
        if (error == 0)
        {
            Meanwhile?.Invoke("followed");
            return Placed(parent, path, made) with { Kept = _staging.Shelf.Settle(note) };
        }
        BackInPlace(parent, path, note);
        return Refused(parent, path, error);
    }

    // What came out is not what was expected: the user's own goes back under its name. Should yet another thing stand there by now, nobody has recorded it: aside.
    private PutOutcome TakeBack(LinuxDirectory parent, EntryPath path, string name, FileStamp made, AsideFile note)
    {
        Meanwhile?.Invoke("take back");
        var error = -Libc.Rename(_staging.Fd, note.Name, parent.Fd, path.Name, Libc.Exchange);
        if (error == Errno.NoEntry) error = -RenameToNothing(_staging.Fd, note.Name, parent.Fd, path.Name);
        var back = _staging.Sight(note.Name);
        if (error == 0 && (back.Kind == EntryKind.Absent || back.IsMoved(made))) BackToStaging(note, name);
        else _staging.Shelf.Keep(note);
        return Surprised;
    }

    private void BackToStaging(AsideFile note, string name)
    {
        _ = Libc.Rename(_staging.Fd, note.Name, _staging.Fd, name, 0);
        _staging.Shelf.Forget(note);
    }

    public PutOutcome PutDirectory(EntryPath path, Entry entry, Expected? expected) => At(path, parent =>
    {
        var there = parent.Look(path, _grainNs);
        string? kept = null;
        if (there.Kind != EntryKind.Directory)
        {
            var outcome = (there.Kind, expected) switch
            {
                (EntryKind.Absent, null) => MakeDirectory(parent, path, entry.Mode & 0x1FF),
                (EntryKind.File or EntryKind.Symlink, { } was) when there.Is(was.Stamp) => ReplaceByDirectory(parent, path, was),
                _ => Surprised,
            };
            if (outcome.Result != PutResult.Done) return outcome;
            kept = outcome.Kept;
        }
        var dressed = Dress(parent, path, entry, seen => seen.Kind == EntryKind.Directory) with { Kept = kept };
        // It stood there, and its user has removed it since: to tell that it could not be made would bring it back.
        var removed = there.Kind != EntryKind.Directory && dressed.Result != PutResult.Done && parent.Look(path, _grainNs).Kind == EntryKind.Absent;
        return removed ? new(PutResult.Done, default(FileStamp) with { Unsure = true }, Kept: kept) : dressed;
    });

    // With its mode from the start (but for what the umask takes): a watcher may look before it is dressed.
    private PutOutcome MakeDirectory(LinuxDirectory parent, EntryPath path, int mode)
    {
        var error = -Libc.MakeDirectory(parent.Fd, path.Name, mode);
        Meanwhile?.Invoke("make directory");
        return error == 0 ? new(PutResult.Done, default) : Refused(parent, path, error);
    }

    private PutOutcome ReplaceByDirectory(LinuxDirectory parent, EntryPath path, Expected expected)
    {
        var name = _staging.NewName();
        var error = -Libc.MakeDirectory(_staging.Fd, name, OwnerOnly);
        if (error != 0) return Refusals.Outcome(path, error);
        var stamp = _staging.Sight(name).Stamp;
        var outcome = Exchanges ? Replace(parent, path, name, stamp, expected) : ReplaceInTwo(parent, path, name, stamp, expected);
        if (outcome.Result != PutResult.Done) _staging.Discard(name);
        return outcome;
    }

    public PutOutcome SetAttributes(EntryPath path, Entry entry, FileStamp expected) => At(path, parent => Dress(parent, path, entry, seen => seen.Is(expected)));

    // Through a descriptor, so that what is looked at is what is changed.
    private PutOutcome Dress(LinuxDirectory parent, EntryPath path, Entry entry, Func<Sighting, bool> isExpected)
    {
        var fd = Libc.Open(parent.Fd, path.Name, Libc.Path | Libc.NoFollow);
        if (fd < 0) return Refused(parent, path, -fd);
        try
        {
            var error = -Libc.Stat(fd, out var stat);
            var seen = Clock.Sight(stat, _grainNs);
            if (error == 0 && !isExpected(seen)) return Surprised;
            if (!IsDressed(seen, entry))
                lock (_touched) _dressed.Add(path);
            if (error == 0 && seen.Kind != EntryKind.Symlink && (stat.Mode & 0x1FF) != (entry.Mode & 0x1FF)) error = -Libc.SetModeOfPath(fd, entry.Mode & 0x1FF);
            if (error == 0 && seen.Kind == EntryKind.File && stat.Modified.Ns != entry.ModifiedNs) error = -Libc.SetTimeOfPath(fd, entry.ModifiedNs);
            if (error == 0 && seen.Kind == EntryKind.Symlink) error = -Libc.SetTime(parent.Fd, path.Name, entry.ModifiedNs, Libc.SymlinkNoFollow);
            if (error == 0) error = -Libc.Stat(fd, out stat);
            return error == 0 ? new(PutResult.Done, Clock.Stamp(stat, _grainNs)) : Refused(parent, path, error);
        }
        finally
        {
            Libc.Close(fd);
        }
    }
}
