using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Reconcile;

/// <summary>
/// All that deciding may read: what is durable in this node's log and index, as of the last commit. Synchronous, without side effects.
/// </summary>
internal interface IFolderView : IHeadView
{
    /// <summary>All that has been received, own records included.</summary>
    VersionVector Cursor { get; }

    /// <summary>The id of a record in the log; none if it is not there.</summary>
    RecordId RecordIdOf(Dot dot);

    /// <summary>The header of each author's first record: it may say how the epoch before ended.</summary>
    IReadOnlyList<RecordHeader> FirstHeaders();

    /// <summary>All versions that an author's records from this one on made. Looks through everything: for the rare case alone.</summary>
    IReadOnlyList<Version> VersionsFrom(Dot first);

    /// <summary>The same of versions that do not hold: no head, and no version of any path, is among them.</summary>
    IReadOnlyList<Version> DeniedFrom(Dot first);

    /// <summary>The versions of a path that do not hold.</summary>
    IReadOnlyList<Version> Denied(EntryPath path);

    /// <summary>The header of a record in the log; null if it is not there.</summary>
    RecordHeader? HeaderOf(Dot dot);

    /// <summary>The records of the log that were sealed with a key that was not here when they came, and that no commit has opened since, in order of arrival, from after one on.</summary>
    IReadOnlyList<(long Sequence, SignedRecord Record)> Closed(long afterSequence, int limit);

    /// <summary>What this disk was last known to hold at a displayed path; null if it never held anything there.</summary>
    IndexRow? OnDisk(EntryPath path);

    /// <summary>The rows strictly below a directory.</summary>
    IReadOnlyList<IndexRow> OnDiskBelow(EntryPath directory);

    /// <summary>The rows that are shown on behalf of <paramref name="origin"/>, wherever they stand.</summary>
    IReadOnlyList<IndexRow> ShownFor(EntryPath origin);

    /// <summary>The rows of changes that stay on this disk, in path order. Looks through everything: for the start alone.</summary>
    IReadOnlyList<IndexRow> LocalOnly();

    /// <summary>Rows whose stamp has this inode: candidates for a rename.</summary>
    IReadOnlyList<IndexRow> WithInode(ulong inode);

    /// <summary>
    /// Paths that have a head which the row at that path does not show as it is, and rows that stand without any head: what a crash may have left undone (and conflicts,
    /// which show elsewhere, and directories that stand because something lies in them).
    /// </summary>
    IReadOnlyList<EntryPath> HeadsNotShown();

    /// <summary>The arrival number of the newest record; 0 in an empty log.</summary>
    long LastSequence { get; }

    /// <summary>How many files the index shows and their bytes.</summary>
    (long Files, long Bytes) Totals();

    /// <summary>Whether the bytes of a chunk lie in the chunk store.</summary>
    bool HasChunk(ChunkId id);

    /// <summary>Whether a chunk is in the chunk store, or in a working file by what the index knows.</summary>
    bool KnowsChunk(ChunkId id);
}

/// <summary>What is, or was last known to be, on this disk at a displayed path.</summary>
/// <param name="Path">Where it is shown (the canonical path; <paramref name="LocalName"/> tells a differing name on this disk).</param>
/// <param name="Entry">What is there.</param>
/// <param name="Stamp">What the disk said of it.</param>
/// <param name="Vector">Joined vectors of all heads that this shows: the parents of the next local change.</param>
/// <param name="Shown">The dot of the version shown.</param>
/// <param name="Origin">On whose behalf it is shown: <paramref name="Path"/> itself, or, for a conflict copy, the path that it stands beside.</param>
/// <param name="LocalName">The name of its last part on this disk, where that differs; null otherwise.</param>
/// <param name="Placed">False: this disk does not hold it (its name is impossible here); it can never be found deleted.</param>
/// <param name="Of">The path whose version this is, where that is another: it is shown here because it followed a rename, or beside its own path as a copy.</param>
/// <param name="LocalOnly">The entry is a change that this node may not make; all else says what that stands on.</param>
internal sealed record IndexRow(
    EntryPath Path,
    Entry Entry,
    FileStamp Stamp,
    VersionVector Vector,
    Dot Shown,
    EntryPath Origin,
    string? LocalName = null,
    bool Placed = true,
    bool LocalOnly = false,
    EntryPath? Of = null)
{
    /// <summary>Whether this is a change that stays on this disk, and another one than the folder is to show: nothing takes its place.</summary>
    public bool IsKeptFrom(Entry wanted) => LocalOnly && (wanted.Kind == EntryKind.Directory ? Entry.Kind != EntryKind.Directory : Entry != wanted);
}
