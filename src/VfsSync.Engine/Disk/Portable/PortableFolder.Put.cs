using VfsSync.Core.Content;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.Portable;

/// <summary>Looking, acting, and looking at what came out.</summary>
internal sealed partial class PortableFolder
{
    private static PutOutcome Surprised => new(PutResult.Surprise, default);

    public IStagedFile Stage(long size) => new PortableStagedFile(Path.Combine(_tmp, NewName()));

    public PutOutcome PutFile(EntryPath path, IStagedFile staged, Entry entry, Expected? expected) => At(path, () =>
    {
        var file = (PortableStagedFile)staged;
        file.Close();
        Dress(file.FullPath, EntryKind.File, entry);
        var outcome = Place(path, file.FullPath, expected);
        if (outcome.Result == PutResult.Done) file.Placed();
        return outcome;
    });

    public PutOutcome PutSymlink(EntryPath path, Entry entry, Expected? expected) => At(path, () =>
    {
        var made = Path.Combine(_tmp, NewName());
        File.CreateSymbolicLink(made, entry.Target!.Replace('/', Path.DirectorySeparatorChar));
        Dress(made, EntryKind.Symlink, entry);
        var outcome = Place(path, made, expected);
        if (outcome.Result != PutResult.Done) File.Delete(made);
        return outcome;
    });

    private PutOutcome Place(EntryPath path, string made, Expected? expected)
    {
        var (stamp, there) = (PortableLook.At(made).Stamp, Look(path));
        if (expected is null ? there.Kind != EntryKind.Absent : !there.Is(expected.Value.Stamp)) return Surprised;
        AsideFile? note = null;
        if (expected is { } was && !ComeOut(path, there.Kind, was, AsideShelf.Follows, (made, stamp), out note)) return Surprised;
        if (Path.Exists(made)) Follow(note, path, () => LocalDisk.Move(made, Local(path)));
        return new(PutResult.Done, Stamps.Placed(stamp, Look(path), Stamps.NowNs, PortableLook.GrainNs), Kept: note is null ? null : _shelf.Settle(note));
    }

    private void Follow(AsideFile? note, EntryPath path, Action move)
    {
        try
        {
            move();
        }
        catch when (note is not null)
        {
            PutBack(note, Path.Combine(_tmp, note.Name), Local(path), null);
            throw;
        }
    }

    // Takes what is expected out of the folder; a file is replaced by `made` in the same step, so that its name is never without one.
    private bool ComeOut(EntryPath path, EntryKind kind, Expected expected, ulong replacement, (string Path, FileStamp Stamp)? made, out AsideFile? note)
    {
        note = null;
        if (kind == EntryKind.Directory) return RemoveDirectory(path);
        // Under the name of what follows, so that a start can tell whether that did.
        note = _shelf.Announce(made is { } follower ? Path.GetFileName(follower.Path) : NewName(), path, expected, replacement);
        var (here, cameOut) = (Local(path), Path.Combine(_tmp, note.Name));
        var replaces = kind == EntryKind.File && made is { } file && PortableLook.At(file.Path).Kind == EntryKind.File;
        try
        {
            if (replaces) File.Replace(made!.Value.Path, here, cameOut, ignoreMetadataErrors: true);
            else LocalDisk.Move(here, cameOut);
        }
        catch
        {
            if (Path.Exists(cameOut)) PutBack(note, cameOut, here, null); // half done
            else _shelf.Forget(note);
            throw;
        }
        if (PortableLook.At(cameOut).IsMoved(expected.Stamp)) return true;
        PutBack(note, cameOut, here, replaces ? made : null);
        return false;
    }

    // The user's own goes back under its name, unless yet another thing stands there by now.
    private void PutBack(AsideFile note, string cameOut, string here, (string Path, FileStamp Stamp)? made)
    {
        if (made is { } file && PortableLook.At(here).IsMoved(file.Stamp)) File.Move(here, file.Path);
        if (Path.Exists(here)) _shelf.Keep(note);
        else
        {
            LocalDisk.Move(cameOut, here);
            _shelf.Forget(note);
        }
    }

    public PutOutcome PutDirectory(EntryPath path, Entry entry, Expected? expected) => At(path, () =>
    {
        var there = Look(path);
        AsideFile? note = null;
        if (there.Kind != EntryKind.Directory)
        {
            if (expected is null ? there.Kind != EntryKind.Absent : !there.Is(expected.Value.Stamp)) return Surprised;
            if (expected is { } was && !ComeOut(path, there.Kind, was, AsideShelf.Follows, null, out note)) return Surprised;
            Follow(note, path, () => MakeDirectory(path, entry.Mode & 0x1FF));
        }
        var kept = note is null ? null : _shelf.Settle(note);
        Dress(Local(path), EntryKind.Directory, entry);
        return new(PutResult.Done, Look(path).Stamp, Kept: kept);
    });

    // With its mode from the start: a watcher may look before it is dressed.
    private void MakeDirectory(EntryPath path, int mode)
    {
        if (Path.Exists(Local(path))) throw new IOException("Its name is taken.");
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(Local(path));
        else Directory.CreateDirectory(Local(path), (UnixFileMode)mode);
    }

    public PutOutcome SetAttributes(EntryPath path, Entry entry, FileStamp expected) => At(path, () =>
    {
        var there = Look(path);
        if (!there.Is(expected)) return Surprised;
        Dress(Local(path), there.Kind, entry);
        return new(PutResult.Done, Look(path).Stamp);
    });

    public PutOutcome Rename(EntryPath from, EntryPath to, Entry entry, FileStamp expected) => At(to, () =>
    {
        if (!IsReachable(from) || Look(from) is var there && !there.Is(expected) || Look(to).Kind != EntryKind.Absent) return Surprised;
        LocalDisk.Move(Local(from), Local(to));
        if (!Look(to).IsMoved(expected))
        {
            if (!Path.Exists(Local(from))) LocalDisk.Move(Local(to), Local(from));
            return Surprised;
        }
        Dress(Local(to), there.Kind, entry);
        var stamp = Look(to).Stamp;
        return new(PutResult.Done, stamp with { Unsure = stamp.Unsure || expected.Unsure });
    }, from);

    public PutOutcome Remove(EntryPath path, Expected expected) => At(path, () =>
        Look(path) is var there && there.Is(expected.Stamp) && ComeOut(path, there.Kind, expected, 0, null, out var note)
            ? new(PutResult.Done, default, Kept: note is null ? null : _shelf.Settle(note)) : Surprised);

    private bool RemoveDirectory(EntryPath path)
    {
        if (Directory.EnumerateFileSystemEntries(Local(path)).Any()) return false;
        Directory.Delete(Local(path), recursive: false);
        return true;
    }

    public IReadOnlyList<AsideFile> Aside => _shelf.Files;

    public IReadOnlyList<AsideFile> SweepAside(Func<IReadableFile, Manifest?> read) => _shelf.Sweep(read);

    public PutOutcome ReturnAside(AsideFile file, EntryPath to) => At(to, () =>
    {
        if (Look(to).Kind != EntryKind.Absent) return Surprised;
        LocalDisk.Move(_shelf.PathOf(file), Local(to));
        _shelf.Remove(file);
        return new(PutResult.Done, Look(to).Stamp);
    });

    public IKeptShelf Kept => _kept;

    public void CleanStaging() => _shelf.Recover(file =>
    {
        if (!IsReachable(file.Origin) || !Directory.Exists(Local(file.Origin.Parent)) || Path.Exists(Local(file.Origin))) return false;
        try
        {
            LocalDisk.Move(Path.Combine(_tmp, file.Name), Local(file.Origin));
            return true;
        }
        catch (Exception e) when (Trouble.IsOfDisk(e))
        {
            return false;
        }
    });

    /// <summary>Nothing: neither .NET nor Windows can flush a directory, and the journals of NTFS and APFS keep renames in order.</summary>
    public void FlushDirectories() { }

    private static void Dress(string path, EntryKind kind, Entry entry)
    {
        if (!OperatingSystem.IsWindows() && kind != EntryKind.Symlink) File.SetUnixFileMode(path, (UnixFileMode)(entry.Mode & 0x1FF));
        if (kind != EntryKind.Directory) File.SetLastWriteTimeUtc(path, PortableLook.ToTime(entry.ModifiedNs));
    }

    private PutOutcome At(EntryPath path, Func<PutOutcome> change, EntryPath? from = null)
    {
        if (OperatingSystem.IsWindows() && LocalNames.WindowsObjection(path) is { } objection) return new(PutResult.Failed, default, objection);
        try
        {
            if (TwinOn(path, from) is { } problem) return new(PutResult.Failed, default, problem);
            return path.IsRoot || !IsReachable(path) || !Directory.Exists(Local(path.Parent)) ? Surprised : change();
        }
        catch (Exception e) when (Trouble.IsOfDisk(e))
        {
            return new(PutResult.Failed, default, Trouble.Unwritable(path, e).Problem);
        }
    }

    // Something else stands here under what this disk takes for the name, or for that of a directory on the way. A rename may spell its own source anew.
    private Problem? TwinOn(EntryPath path, EntryPath? from)
    {
        foreach (var part in path.Ancestors().Reverse().Append(path))
        {
            if (TwinOf(part) is { } twin && !(from is { } source && source.Name == twin && source.Parent == part.Parent)) return Names.Twin(part, twin) with { Path = path };
            if (PortableLook.At(Local(part)).Kind != EntryKind.Directory) return null;
        }
        return null;
    }

    private string? TwinOf(EntryPath path)
    {
        if (!_ignoresCase || !Path.Exists(Local(path)) || IsSpelledSo(path)) return null;
        return StoredNames(path).FirstOrDefault(n => string.Equals(n.Normalize(), path.Name.Normalize(), StringComparison.OrdinalIgnoreCase));
    }
}
