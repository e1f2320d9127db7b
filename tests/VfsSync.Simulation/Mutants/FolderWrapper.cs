using VfsSync.Core.Content;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk;

namespace VfsSync.Simulation.Mutants;

/// <summary>A folder as it is; what a mutant breaks, it overrides.</summary>
internal class FolderWrapper(IWorkingFolder inner) : IWorkingFolder
{
    protected IWorkingFolder Inner => inner;

    public virtual string Identity => inner.Identity;

    public bool HoldsModes => inner.HoldsModes;

    public IReadOnlyList<AsideFile> Aside => inner.Aside;

    public IKeptShelf Kept => inner.Kept;

    public virtual Sighting Look(EntryPath path) => inner.Look(path);

    public virtual DirectoryListing List(EntryPath directory) => inner.List(directory);

    public string ReadSymlink(EntryPath path) => inner.ReadSymlink(path);

    public virtual IReadableFile OpenRead(EntryPath path) => inner.OpenRead(path);

    public bool HasWriter(EntryPath path) => inner.HasWriter(path);

    public virtual IStagedFile Stage(long size) => inner.Stage(size);

    public virtual PutOutcome PutFile(EntryPath path, IStagedFile staged, Entry entry, Expected? expected) => inner.PutFile(path, staged, entry, expected);

    public virtual PutOutcome PutSymlink(EntryPath path, Entry entry, Expected? expected) => inner.PutSymlink(path, entry, expected);

    public virtual PutOutcome PutDirectory(EntryPath path, Entry entry, Expected? expected) => inner.PutDirectory(path, entry, expected);

    public virtual PutOutcome SetAttributes(EntryPath path, Entry entry, FileStamp expected) => inner.SetAttributes(path, entry, expected);

    public virtual PutOutcome Rename(EntryPath from, EntryPath to, Entry entry, FileStamp expected) => inner.Rename(from, to, entry, expected);

    public virtual PutOutcome Remove(EntryPath path, Expected expected) => inner.Remove(path, expected);

    public virtual void FlushDirectories() => inner.FlushDirectories();

    public bool RootIsThere() => inner.RootIsThere();

    public IDisposable Watch(Action<IReadOnlyList<WatchHint>> hinted, Action<Problem>? troubled = null) => inner.Watch(hinted, troubled);

    public IReadOnlyList<AsideFile> SweepAside(Func<IReadableFile, Manifest?> read) => inner.SweepAside(read);

    public PutOutcome ReturnAside(AsideFile file, EntryPath to) => inner.ReturnAside(file, to);

    public void CleanStaging() => inner.CleanStaging();

    public void Dispose() => inner.Dispose();
}
