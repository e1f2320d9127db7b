using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Session;

/// <summary>
/// All that deciding may read: what is durable in this node's log and index, as of the last commit. Synchronous, without side effects.
/// </summary>
internal interface IFolderView
{
    /// <summary>All that has been received, own records included.</summary>
    VersionVector Cursor { get; }

    /// <summary>The id of a record in the log; none if it is not there.</summary>
    RecordId RecordIdOf(Dot dot);

    /// <summary>The versions of a path that no other dominates, absences included; empty if the path never was.</summary>
    IReadOnlyList<Version> Heads(EntryPath path);

    /// <summary>Heads that are absent because they were renamed to <paramref name="target"/>.</summary>
    IReadOnlyList<Version> HeadsMovedTo(EntryPath target);

    /// <summary>Paths strictly below <paramref name="directory"/> that have a head that is not absent, in EntryPath order of their text; at most <paramref name="limit"/>.</summary>
    IReadOnlyList<EntryPath> LiveBelow(EntryPath directory, int limit = int.MaxValue);

    /// <summary>Every version of a path that the log knows, newest number last per author.</summary>
    IReadOnlyList<Version> Versions(EntryPath path);

    /// <summary>What this disk was last known to hold at a displayed path; null if it never held anything there.</summary>
    IndexRow? OnDisk(EntryPath path);

    /// <summary>The rows strictly below a directory.</summary>
    IReadOnlyList<IndexRow> OnDiskBelow(EntryPath directory);

    /// <summary>The rows that show versions of <paramref name="origin"/>, wherever they are shown.</summary>
    IReadOnlyList<IndexRow> ShownFor(EntryPath origin);

    /// <summary>Rows whose stamp has this inode: candidates for a rename.</summary>
    IReadOnlyList<IndexRow> WithInode(ulong inode);

    /// <summary>Whether the bytes of a chunk lie in the chunk store.</summary>
    bool HasChunk(ChunkId id);
}

/// <summary>What is, or was last known to be, on this disk at a displayed path.</summary>
/// <param name="Path">Where it is shown (the canonical path; <paramref name="LocalName"/> tells a differing name on this disk).</param>
/// <param name="Entry">What is there.</param>
/// <param name="Stamp">What the disk said of it.</param>
/// <param name="Vector">Joined vectors of all heads that this shows: the parents of the next local change.</param>
/// <param name="Shown">The dot of the version shown.</param>
/// <param name="Origin">The path whose version it shows: another than <paramref name="Path"/> for conflict copies and followed renames.</param>
/// <param name="LocalName">The name of its last part on this disk, where that differs; null otherwise.</param>
/// <param name="Placed">False: this disk does not hold it (its name is impossible here); it can never be found deleted.</param>
/// <param name="LocalOnly">A local change that may not spread (roles); reserved for the policy.</param>
internal sealed record IndexRow(
    EntryPath Path,
    Entry Entry,
    FileStamp Stamp,
    VersionVector Vector,
    Dot Shown,
    EntryPath Origin,
    string? LocalName = null,
    bool Placed = true,
    bool LocalOnly = false);
