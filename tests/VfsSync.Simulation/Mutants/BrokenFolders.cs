using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;

namespace VfsSync.Simulation.Mutants;

/// <summary>Replaces and removes without looking whether the disk still holds what the plan assumed.</summary>
internal sealed class Unverified(IWorkingFolder inner) : FolderWrapper(inner)
{
    public override PutOutcome PutFile(EntryPath path, IStagedFile staged, Entry entry, Expected? expected) => Inner.PutFile(path, staged, entry, Now(path));

    public override PutOutcome PutSymlink(EntryPath path, Entry entry, Expected? expected) => Inner.PutSymlink(path, entry, Now(path));

    public override PutOutcome PutDirectory(EntryPath path, Entry entry, Expected? expected) => Inner.PutDirectory(path, entry, Now(path));

    public override PutOutcome SetAttributes(EntryPath path, Entry entry, FileStamp expected) => Inner.SetAttributes(path, entry, Now(path) ?? expected);

    public override PutOutcome Rename(EntryPath from, EntryPath to, Entry entry, FileStamp expected) => Inner.Rename(from, to, entry, Now(from) ?? expected);

    public override PutOutcome Remove(EntryPath path, Expected expected) => Inner.Remove(path, Now(path) ?? expected);

    private FileStamp? Now(EntryPath path) => Inner.Look(path) is { Kind: not EntryKind.Absent } there ? there.Stamp : null;
}

/// <summary>Takes a file's stamp when it has been read, and so holds what was written meanwhile for read.</summary>
internal sealed class StampedLate(IWorkingFolder inner) : FolderWrapper(inner)
{
    public override IReadableFile OpenRead(EntryPath path)
    {
        var file = Inner.OpenRead(path);
        var bytes = new byte[file.Stamp().Size];
        file.Read(bytes, 0);
        _ = Inner.Look(path); // time for others
        return new Read(file, bytes, file.Stamp());
    }

    private sealed class Read(IReadableFile inner, byte[] all, FileStamp stamp) : IReadableFile
    {
        public FileStamp Stamp() => stamp;

        int IReadableFile.Read(Span<byte> buffer, long offset)
        {
            var part = all.AsSpan((int)Math.Min(offset, all.Length));
            part = part[..Math.Min(part.Length, buffer.Length)];
            part.CopyTo(buffer);
            return part.Length;
        }

        public void Dispose() => inner.Dispose();
    }
}

/// <summary>Trusts a stamp that is younger than the clock's grain.</summary>
internal sealed class NeverUnsure(IWorkingFolder inner) : FolderWrapper(inner)
{
    public override Sighting Look(EntryPath path) => Sure(Inner.Look(path));

    public override DirectoryListing List(EntryPath directory) =>
        Inner.List(directory) is var all ? all with { Entries = [.. all.Entries.Select(e => (e.Path, Sure(e.Sighting)))] } : throw new InvalidOperationException();

    public override IReadableFile OpenRead(EntryPath path) => new Reader(Inner.OpenRead(path));

    private static Sighting Sure(Sighting seen) => seen with { Stamp = seen.Stamp with { Unsure = false } };

    private sealed class Reader(IReadableFile inner) : IReadableFile
    {
        public FileStamp Stamp() => inner.Stamp() with { Unsure = false };

        public int Read(Span<byte> buffer, long offset) => inner.Read(buffer, offset);

        public void Dispose() => inner.Dispose();
    }
}

/// <summary>Takes what cannot be looked at for absent.</summary>
internal sealed class BlindToErrors(IWorkingFolder inner) : FolderWrapper(inner)
{
    public override Sighting Look(EntryPath path)
    {
        try
        {
            return Inner.Look(path);
        }
        catch (DiskProblemException)
        {
            return default;
        }
    }

    public override DirectoryListing List(EntryPath directory)
    {
        try
        {
            return Inner.List(directory);
        }
        catch (DiskProblemException)
        {
            return new([], []);
        }
    }
}

/// <summary>Puts files in place whose content is not flushed.</summary>
internal sealed class UnflushedFiles(IWorkingFolder inner) : FolderWrapper(inner)
{
    public override IStagedFile Stage(long size) => new Staged(Inner.Stage(size));

    public override PutOutcome PutFile(EntryPath path, IStagedFile staged, Entry entry, Expected? expected) => Inner.PutFile(path, ((Staged)staged).Inner, entry, expected);

    private sealed class Staged(IStagedFile inner) : IStagedFile
    {
        public IStagedFile Inner => inner;

        public void Write(ReadOnlySpan<byte> bytes, long offset) => inner.Write(bytes, offset);

        public int Read(Span<byte> buffer, long offset) => inner.Read(buffer, offset);

        public void Flush(Entry entry) { }

        public void Dispose() => inner.Dispose();
    }
}

/// <summary>Tells of steps as done whose directories are not flushed.</summary>
internal sealed class UnflushedNames(IWorkingFolder inner) : FolderWrapper(inner)
{
    public override void FlushDirectories() { }
}

/// <summary>Removes a file before it puts another in its place.</summary>
internal sealed class RemovesFirst(IWorkingFolder inner) : FolderWrapper(inner)
{
    public override PutOutcome PutFile(EntryPath path, IStagedFile staged, Entry entry, Expected? expected)
    {
        if (expected is not { } was) return Inner.PutFile(path, staged, entry, expected);
        var removed = Inner.Remove(path, was);
        if (removed.Result != PutResult.Done) return removed;
        Inner.FlushDirectories();
        return Inner.PutFile(path, staged, entry, null) with { Kept = removed.Kept };
    }
}
