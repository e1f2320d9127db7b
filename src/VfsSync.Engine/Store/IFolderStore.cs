using VfsSync.Core.Reconcile;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;

namespace VfsSync.Engine.Store;

/// <summary>
/// ChangeLog, FolderIndex and ChunkStore of one folder behind one door. Reads may come from any thread at any time and see the last commit; commits come from
/// one thread at a time. Two backs: SQLite with packs, and memory that models flushes; both are held to one contract test.
/// </summary>
internal interface IFolderStore : IFolderView, IDisposable
{
    /// <summary>A setting that is there while all of the log has been judged. A commit that leaves something to be judged by the next one, which may never come, removes it.</summary>
    const string Judged = "judged";

    /// <summary>Makes a batch durable (flushed) before it returns: chunks first, then records, heads and index in one transaction.</summary>
    /// <exception cref="IOException">Nothing of it was kept (disk full, I/O error). The batch may be tried again.</exception>
    void Commit(CommitBatch batch, Durability durability);

    /// <summary>
    /// Records in the order in which they arrived here, after arrival number <paramref name="afterSequence"/>, that <paramref name="peerCursor"/> lacks.
    /// Stops at <paramref name="maxRecords"/> records or about <paramref name="maxBytes"/> bytes.
    /// </summary>
    IReadOnlyList<(long Sequence, Dot Dot, SignedRecord Record)> RecordsAfter(long afterSequence, VersionVector peerCursor, int maxRecords, int maxBytes);

    /// <summary>All records of the log in order of arrival: for rebuilding members and tests.</summary>
    IEnumerable<SignedRecord> AllRecords();

    /// <summary>Records that say something of members, in a clear body or as a version of the policy, in order of arrival.</summary>
    IReadOnlyList<SignedRecord> ClearRecords();

    /// <summary>Records that left the log with a course that their author does not acknowledge, in order of arrival.</summary>
    IReadOnlyList<SignedRecord> SetAsideRecords();

    /// <summary>The sealed bytes of a chunk; false if the store does not have it.</summary>
    bool TryReadChunk(ChunkId id, out ReadOnlyMemory<byte> sealedBytes);

    /// <summary>What the store has of a chunk is not what its name says: it counts as not there, until it comes again.</summary>
    void Distrust(ChunkId id);

    /// <summary>Keeps chunks without a record (fetched or staged manifests); durable with the next flushed commit.</summary>
    void AddChunks(IReadOnlyList<SealedChunk> chunks);

    /// <summary>
    /// Keeps chunks for history, their bytes flushed when it returns, and forgets these turns of <see cref="DueForCapture"/>. One thread at a time; commits from
    /// another go on meanwhile. After a crash a turn may be due again, but no chunk is lost.
    /// </summary>
    /// <param name="chunks">What.</param>
    /// <param name="done">The turns.</param>
    /// <param name="replace">They take the place of what is there of them; what is there stays until they lie safe beside it.</param>
    /// <exception cref="IOException">The disk refuses; nothing is forgotten.</exception>
    void Capture(IReadOnlyList<SealedChunk> chunks, IReadOnlyList<long> done, bool replace = false);

    /// <summary>Whether a chunk lies in history alone: it belongs to no small content, and is no part of a manifest.</summary>
    bool IsCaptured(ChunkId id);

    /// <summary>
    /// Working files of more than 64 KiB whose content came since they were captured last (or never were), in the order in which it came, after a turn. Survives a
    /// restart, so nothing need be looked for.
    /// </summary>
    IReadOnlyList<(long Turn, EntryPath Path)> DueForCapture(long afterTurn, int limit);

    /// <summary>All long files are due once more: what was not wanted before may be wanted now.</summary>
    void MakeAllDue();

    /// <summary>Working files that are known to hold a chunk: displayed path, offset, length. Verified only by reading.</summary>
    IReadOnlyList<(EntryPath Path, long Offset, int Length)> PlacesOf(ChunkId id);

    /// <summary>Index rows whose path matches: all of them, in path order.</summary>
    IEnumerable<IndexRow> Rows();

    /// <summary>Small named values (own epoch, disk identity); null when never set. Set is durable at once.</summary>
    string? GetSetting(string name);

    /// <summary>Sets or, with null, removes a small named value.</summary>
    void SetSetting(string name, string? value);
}

/// <summary>What a commit waits for.</summary>
internal enum Durability
{
    /// <summary>In order and atomic, durable with the next flushed commit: for index rows, which a scan can find again.</summary>
    Ordered,

    /// <summary>On the disk: for records, before they are announced.</summary>
    Flushed,
}
