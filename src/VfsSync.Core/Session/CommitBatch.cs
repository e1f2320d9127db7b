using VfsSync.Core.Reconcile;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Session;

/// <summary>What becomes durable together or not at all: one transaction of the store.</summary>
internal sealed class CommitBatch
{
    /// <summary>
    /// Authors whose records from this number on leave the log first, and their versions the history of their paths: a tail that its author does not
    /// acknowledge. It is kept, but answers nothing any more.
    /// </summary>
    public Dictionary<Author, long> SetAside { get; } = [];

    /// <summary>Records to append to the log, in order. Their versions enter the version history of their paths.</summary>
    public List<(SignedRecord Signed, ChangeRecord Opened)> Records { get; } = [];

    /// <summary>Records that are in the log and could not be read until now. Their versions enter the version history of their paths.</summary>
    public List<ChangeRecord> Opened { get; } = [];

    /// <summary>Versions that do not hold: of these records, or of earlier ones, which leave the history of their paths. What they say is kept all the same.</summary>
    public List<Version> Denied { get; } = [];

    /// <summary>Versions that did not hold until now, and enter the history of their paths.</summary>
    public List<Version> Granted { get; } = [];

    /// <summary>The complete new head set of each path that the records touch.</summary>
    public Dictionary<EntryPath, IReadOnlyList<Version>> Heads { get; } = [];

    /// <summary>New state of displayed paths; null removes the row.</summary>
    public Dictionary<EntryPath, IndexRow?> Index { get; } = [];

    /// <summary>Where the chunks of a working file lie, in order of their offsets: replaces what was known of that path. Removing a row removes its places.</summary>
    public Dictionary<EntryPath, IReadOnlyList<ChunkRef>> Places { get; } = [];

    /// <summary>Sealed chunks to keep in the chunk store, before the records that name them.</summary>
    public List<SealedChunk> Chunks { get; } = [];

    /// <summary>It brings what a version of the policy had seen and was not here: what was judged without it is judged anew by another commit.</summary>
    public bool IsAwaited { get; set; }

    /// <summary>By this batch alone not all of the log is judged as it should be; the commit that does so may never come.</summary>
    public bool LeavesUnjudged => SetAside.Count > 0 || IsAwaited;

    public bool IsEmpty => SetAside.Count == 0 && Records.Count == 0 && Opened.Count == 0 && Denied.Count == 0 && Granted.Count == 0 && Heads.Count == 0 && Index.Count == 0 && Places.Count == 0 && Chunks.Count == 0;
}
