using VfsSync.Core.Content;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Disk;

/// <summary>
/// The user's folder, as the engine sees it: look, read, stage, put in place. Paths are canonical; the folder maps them to local names. Two backs: a real
/// disk, and memory. Nothing here decides anything. Symlinks are never followed, also not in the middle of a path (invariant 7).
/// Methods may be called from several threads at once, never for one path at the same time.
/// </summary>
internal interface IWorkingFolder : IDisposable
{
    /// <summary>Looks at one path without reading it. Absent (also below something that is no directory) is an answer.</summary>
    /// <exception cref="DiskProblemException">It cannot be looked at, or is neither file, directory nor symlink.</exception>
    Sighting Look(EntryPath path);

    /// <summary>What is directly in a directory, `.vfs` left out. Names that are no EntryPath (not Unicode, reserved) and special files come as problems.</summary>
    /// <exception cref="DiskProblemException">The directory cannot be listed.</exception>
    DirectoryListing List(EntryPath directory);

    /// <summary>The text of a symlink.</summary>
    /// <exception cref="DiskProblemException">It is none (any more).</exception>
    string ReadSymlink(EntryPath path);

    /// <summary>Opens a file for reading; never through a symlink, and never one that is no regular file (a pipe put there meanwhile must not block).</summary>
    /// <exception cref="DiskProblemException">It cannot be opened or is gone.</exception>
    IReadableFile OpenRead(EntryPath path);

    /// <summary>Whether a program is known to hold a file open for writing. Where the system cannot tell: false.</summary>
    bool HasWriter(EntryPath path) => false;

    /// <summary>A new file under `.vfs/tmp`, to be filled and then put in place.</summary>
    /// <exception cref="DiskProblemException">Disk full, or not writable.</exception>
    IStagedFile Stage(long size);

    /// <summary>
    /// Makes many staged files durable at once, each with the mode and time of its entry, for less than a flush of each. False: that is not possible here, or not now,
    /// and each must be flushed by itself (<see cref="IStagedFile.Flush"/>).
    /// </summary>
    bool TryFlushTogether(IReadOnlyList<(IStagedFile File, Entry Entry)> files) => false;

    /// <summary>
    /// Puts a staged file at a path in one step, after checking that the path still holds what <paramref name="expected"/> says (null = nothing). Sets times and mode before.
    /// On Linux by exchange, looking at what came out. A path whose directory is missing is a surprise.
    /// </summary>
    PutOutcome PutFile(EntryPath path, IStagedFile staged, Entry entry, Expected? expected);

    /// <summary>Makes a symlink at a path, under the same check.</summary>
    PutOutcome PutSymlink(EntryPath path, Entry entry, Expected? expected);

    /// <summary>Makes a directory; one that stands already gets the mode. <paramref name="expected"/> as in PutFile: a file that stands there as expected is replaced.</summary>
    PutOutcome PutDirectory(EntryPath path, Entry entry, Expected? expected);

    /// <summary>Sets mode and modification time of what stands there as expected.</summary>
    PutOutcome SetAttributes(EntryPath path, Entry entry, FileStamp expected);

    /// <summary>Renames what stands at <paramref name="from"/> as expected to <paramref name="to"/>, where nothing may be; then sets attributes.</summary>
    PutOutcome Rename(EntryPath from, EntryPath to, Entry entry, FileStamp expected);

    /// <summary>Removes what stands there as expected: a file or symlink, or a directory that is empty. A directory that is not empty is a surprise.</summary>
    PutOutcome Remove(EntryPath path, Expected expected);

    /// <summary>Makes directory entries durable: of the directories of all changes since the last flush (renames, removals, new directories).</summary>
    void FlushDirectories();

    /// <summary>What the disk is: changes when the folder was copied or restored elsewhere (file system id and inode of the root).</summary>
    string Identity { get; }

    /// <summary>Whether this disk holds mode bits. Where it does not, what a stamp says of them is no news: keep the mode that the version before had.</summary>
    bool HoldsModes { get; }

    /// <summary>Whether the root is there, is the directory it was at the start, and still has the node's own state in it.</summary>
    bool RootIsThere();

    /// <summary>
    /// Starts watching; when it returns, everything below the root is watched. Hints come on the watcher's own thread, in the batches and as fast as the system
    /// reports them; a hint is only a hint. <paramref name="troubled"/> hears what keeps the watcher from seeing everything; it then asks for regular rescans
    /// (<see cref="HintKind.Lost"/>). Neither may throw.
    /// </summary>
    IDisposable Watch(Action<IReadOnlyList<WatchHint>> hinted, Action<Problem>? troubled = null);

    /// <summary>What was replaced or removed while a program may still write into it, kept under `.vfs/aside` (invariant 1).</summary>
    IReadOnlyList<AsideFile> Aside { get; }

    /// <summary>
    /// Drops what no program writes any more and is as it was when it was recorded. Returns what differs: nothing holds its content yet, so give it a name again
    /// with <see cref="ReturnAside"/>.
    /// </summary>
    /// <param name="read">Reads a file: where stamps do not tell whether it is as it was.</param>
    IReadOnlyList<AsideFile> SweepAside(Func<IReadableFile, Manifest?> read);

    /// <summary>Puts a file that <see cref="SweepAside"/> returned at a path where nothing may be.</summary>
    PutOutcome ReturnAside(AsideFile file, EntryPath to);

    /// <summary>Long files that changes took out of the folder (<see cref="PutOutcome.Kept"/>).</summary>
    IKeptShelf Kept { get; }

    /// <summary>Call once before the first change: removes what an earlier run left under `.vfs/tmp`. What that run had taken out of the folder goes aside.</summary>
    void CleanStaging();
}

/// <summary>A look at one path.</summary>
/// <param name="Kind">What is there.</param>
/// <param name="Stamp">What the disk says of it; default when absent.</param>
internal readonly record struct Sighting(EntryKind Kind, FileStamp Stamp);

/// <summary>What must stand at a path for it to be replaced or removed.</summary>
/// <param name="Stamp">What the disk says of it.</param>
/// <param name="Content">What the index says it holds; null: nothing is known but the stamp.</param>
internal readonly record struct Expected(FileStamp Stamp, Manifest? Content = null)
{
    public static implicit operator Expected(FileStamp stamp) => new(stamp);
}

/// <summary>What is directly in a directory.</summary>
internal sealed record DirectoryListing(IReadOnlyList<(EntryPath Path, Sighting Sighting)> Entries, IReadOnlyList<Problem> Problems);

/// <summary>An open file. The stamp is of the open file itself, not of whatever has its name by now.</summary>
internal interface IReadableFile : IDisposable
{
    FileStamp Stamp();

    /// <summary>Reads up to the buffer's length at an offset; 0 at the end.</summary>
    int Read(Span<byte> buffer, long offset);
}

/// <summary>A file that is being made under `.vfs/tmp`. Disposing without PutFile removes it.</summary>
internal interface IStagedFile : IDisposable
{
    void Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Reads back what was written.</summary>
    int Read(Span<byte> buffer, long offset);

    /// <summary>Closes it; what it holds so far stays under `.vfs/tmp`, for the next start (<see cref="Leftovers"/>).</summary>
    void Leave() => Dispose();

    /// <summary>
    /// Gives it the mode and the time of <paramref name="entry"/>, and makes them durable with the content: what a power cut took back of them would be taken for the
    /// user's doing. Many at once are cheaper: <see cref="IStagedFile"/>s of one batch may be flushed from several threads.
    /// </summary>
    void Flush(Entry entry);
}

/// <summary>How putting something in place ended.</summary>
internal enum PutResult
{
    /// <summary>It stands there now.</summary>
    Done,

    /// <summary>The disk no longer held what was expected; nothing was destroyed. Scan the path.</summary>
    Surprise,

    /// <summary>The disk refuses; see the problem.</summary>
    Failed,
}

/// <summary>The outcome, with the stamp of what now stands there, or the problem. A long file that came out has the name <paramref name="Kept"/> on the shelf.</summary>
internal readonly record struct PutOutcome(PutResult Result, FileStamp Stamp, Problem? Problem = null, string? LocalName = null, string? Kept = null);

/// <summary>A file that lost its name while a program may still write into it.</summary>
/// <param name="Name">Its name under `.vfs/aside`.</param>
/// <param name="Origin">The path it was taken from; the root when a power cut took that knowledge.</param>
/// <param name="Recorded">The stamp under which its content was recorded. <see cref="FileStamp.Unsure"/>: only the content itself can tell.</param>
/// <param name="Held">The content that was recorded (<see cref="AsideShelf.MarkOf"/>); null: only the stamp can tell.</param>
internal sealed record AsideFile(string Name, EntryPath Origin, FileStamp Recorded, string? Held = null);

/// <summary>What the watcher saw.</summary>
/// <param name="Path">The path concerned; the root for <see cref="HintKind.Lost"/>.</param>
/// <param name="Kind">What to do about it.</param>
internal readonly record struct WatchHint(EntryPath Path, HintKind Kind);

/// <summary>What a hint asks for.</summary>
internal enum HintKind
{
    /// <summary>Look at the path now: closed after writing, created, removed, renamed, attributes changed.</summary>
    Changed,

    /// <summary>A writer is at work in it: look when it has been quiet for a while, or at <see cref="Changed"/>.</summary>
    Writing,

    /// <summary>A directory is new here (made or moved in): look at all below it.</summary>
    NewTree,

    /// <summary>Hints were lost: look at everything.</summary>
    Lost,

    /// <summary>The root vanished or was unmounted.</summary>
    RootGone,
}

/// <summary>A path that cannot be read or written, as a problem that clears itself when the cause goes.</summary>
internal sealed class DiskProblemException(Problem problem, Exception? inner = null) : IOException(problem.Message, inner)
{
    public Problem Problem { get; } = problem;
}
