using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk.Portable;

/// <summary>
/// The folder on any system, with what .NET offers. It keeps the same promises as the Linux one, but where that asks the kernel for one indivisible step, this one looks, acts and looks
/// again; so a program that changes a path in the very same moment is seen a little later.
/// </summary>
internal sealed partial class PortableFolder : IWorkingFolder
{
    private readonly string _root;
    private readonly string _tmp;
    private readonly string _prefix = $"{Random.Shared.Next():x8}-";
    private readonly DateTime _rootCreated;
    private readonly bool _ignoresCase;
    private readonly AsideShelf _shelf;
    private readonly KeptShelf _kept;
    private int _count;

    public PortableFolder(string root)
    {
        _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        if (!Directory.Exists(_root)) throw Trouble.Unreadable(EntryPath.Root, new DirectoryNotFoundException($"There is no directory '{_root}'."));
        var home = Path.Combine(_root, Names.Own);
        _tmp = Path.Combine(home, "tmp");
        foreach (var directory in new[] { home, _tmp, Path.Combine(home, "aside") }) Trouble.Staging(() => NewPrivateDirectory(directory));
        _rootCreated = Directory.GetCreationTimeUtc(_root);
        _ignoresCase = Directory.Exists(Path.Combine(_root, ".VFS"));
        _kept = new KeptShelf(home);
        _shelf = new AsideShelf(home, PortableLook.At, Read, WritersOf, _kept);
    }

    public string Identity => $"created {_rootCreated.Ticks}";

    public bool HoldsModes => !OperatingSystem.IsWindows();

    public bool RootIsThere() => Directory.Exists(_root) && Directory.GetCreationTimeUtc(_root) == _rootCreated && Directory.Exists(Path.Combine(_root, ".vfs"));

    public Sighting Look(EntryPath path) => Trouble.Reading(path, () => IsReachable(path) && IsSpelledSo(path) ? PortableLook.At(Local(path)) : default);

    public DirectoryListing List(EntryPath directory) => Trouble.Reading(directory, () =>
    {
        if (Look(directory).Kind != EntryKind.Directory) throw new DirectoryNotFoundException("It is no directory any more.");
        var (entries, problems) = (new List<(EntryPath, Sighting)>(), new List<Problem>());
        foreach (var info in new DirectoryInfo(Local(directory)).EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false }))
            if (!(directory.IsRoot && info.Name == Names.Own)) Sight(directory, info, entries, problems);
        return new DirectoryListing(entries, problems);
    });

    private static void Sight(EntryPath directory, FileSystemInfo info, List<(EntryPath, Sighting)> entries, List<Problem> problems)
    {
        // .NET shows bytes that are no text as U+FFFD.
        if (info.Name.Contains('\uFFFD', StringComparison.Ordinal)) problems.Add(Names.NotUnicode(directory, info.Name));
        else if (!EntryPath.TryParse(directory.IsRoot ? info.Name : $"{directory}/{info.Name}", out var path, out var reason)) problems.Add(Names.NoPath(directory, info.Name, reason));
        else if (PortableLook.Of(info) is { Kind: not EntryKind.Absent } seen) entries.Add((path, seen));
    }

    public string ReadSymlink(EntryPath path) => Trouble.Reading(path, () =>
        IsReachable(path) && new FileInfo(Local(path)).LinkTarget is { } target ? target.Replace(Path.DirectorySeparatorChar, '/') : throw new IOException("It is no symlink any more."));

    public IReadableFile OpenRead(EntryPath path) => Trouble.Reading<IReadableFile>(path, () =>
    {
        var before = Look(path);
        if (before.Kind != EntryKind.File) throw new IOException("It is no file any more.");
        var file = File.OpenHandle(Local(path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (Look(path).Kind == EntryKind.File) return new PortableReadableFile(path, file);
        file.Dispose();
        throw new IOException("It is no file any more.");
    });

    public IDisposable Watch(Action<IReadOnlyList<WatchHint>> hinted, Action<Problem>? troubled = null) =>
        new PortableWatcher(_root, RootIsThere, hinted, troubled ?? (_ => { }));

    public void Dispose() => _shelf.Dispose();

    private string Local(EntryPath path) => path.IsRoot ? _root : Path.Combine(_root, path.Text.Replace('/', Path.DirectorySeparatorChar));

    // Every directory on the way is one, under that very name, and no symlink.
    private bool IsReachable(EntryPath path) => path.Ancestors().All(a => PortableLook.At(Local(a)).Kind == EntryKind.Directory && IsSpelledSo(a));

    // A disk that ignores case finds a file under names that it does not have.
    private bool IsSpelledSo(EntryPath path) => path.IsRoot || !_ignoresCase || StoredNames(path).Contains(path.Name, StringComparer.Ordinal);

    private IEnumerable<string> StoredNames(EntryPath path) =>
        Directory.Exists(Local(path.Parent)) ? new DirectoryInfo(Local(path.Parent)).EnumerateFileSystemInfos(OperatingSystem.IsWindows() ? path.Name : "*").Select(i => i.Name) : [];

    private static PortableReadableFile Read(string path, EntryPath origin) =>
        new(origin, Trouble.Reading(origin, () => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)));

    private string NewName() => _prefix + Interlocked.Increment(ref _count);

    private static DirectoryInfo NewPrivateDirectory(string path) => OperatingSystem.IsWindows() || Directory.Exists(path)
        ? Directory.CreateDirectory(path)
        : Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    // Only Windows tells, by refusing to share.
    private static Writers WritersOf(string path)
    {
        if (!OperatingSystem.IsWindows()) return PortableLook.At(path).Kind == EntryKind.File ? Writers.Unknown : Writers.None;
        try
        {
            using var _ = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.None);
            return Writers.None;
        }
        catch (IOException)
        {
            return Writers.Some;
        }
    }
}
