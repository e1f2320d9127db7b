using System.Collections.Immutable;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Session;

/// <summary>What a session is told. Everything that it knows of the world comes through these.</summary>
internal abstract record SessionInput;

/// <summary>Time passed: sent at (or after) the moment asked for by <see cref="WakeEffect"/>.</summary>
internal sealed record TickInput : SessionInput;

/// <summary>Paths may have changed on disk.</summary>
/// <param name="Targets">Where to look.</param>
/// <param name="Writing">Paths in which a writer is at work.</param>
internal sealed record HintInput(IReadOnlyList<ScanTarget> Targets, IReadOnlyList<EntryPath> Writing) : SessionInput;

/// <summary>Someone wants the disk at and below these paths looked at, and an answer when all that was found is durable.</summary>
internal sealed record SyncInput(long Request, IReadOnlyList<ScanTarget> Targets) : SessionInput;

/// <summary>The user is removing this path through the node, or has: until it ended, that its files are gone is no vanished disk.</summary>
internal sealed record LeavingInput(EntryPath Path, bool Ended) : SessionInput;

/// <summary>The user keeps both versions of a conflict: what stands at the path, and each copy as a file of its own.</summary>
internal sealed record SettleInput(EntryPath Path) : SessionInput;

/// <summary>All of the log is to be judged anew: it was written by a program that did not judge.</summary>
internal sealed record ReviewInput : SessionInput;

/// <summary>A grant is to admit nobody any more.</summary>
/// <param name="Grant">Its id.</param>
internal sealed record RevokeInput(Hash256 Grant) : SessionInput;

/// <summary>The root cuts a node off.</summary>
/// <param name="Node">Which.</param>
/// <param name="RootKey">The root's key, with the private half.</param>
internal sealed record RootCutInput(NodeId Node, System.Security.Cryptography.ECDsa RootKey) : SessionInput;

/// <summary>This node is to record an admission.</summary>
internal sealed record AdmitInput(Membership Membership) : SessionInput;

/// <summary>The user takes back what this node may not change, at a path and below it.</summary>
internal sealed record TakeBackInput(EntryPath Path) : SessionInput;

/// <summary>The user wants the content of a past version in a staged file.</summary>
/// <param name="Request">A number of its own.</param>
/// <param name="Content">What; null: not any more.</param>
internal sealed record RecallInput(long Request, Manifest? Content) : SessionInput;

/// <summary>The user gives up a path whose content nobody has.</summary>
internal sealed record GiveUpInput(EntryPath Path) : SessionInput;

/// <summary>A <see cref="ScanEffect"/> is done.</summary>
/// <param name="Seen">What differs from the index, in content, attributes or stamp.</param>
/// <param name="Large">Files that changed and are long: they want a <see cref="HashEffect"/> each.</param>
/// <param name="Open">Files that changed and that a writer holds open.</param>
/// <param name="Problems">Paths that cannot be looked at.</param>
/// <param name="Clear">Paths that could be looked at.</param>
/// <param name="Emptied">The whole folder was looked at and nothing was found.</param>
internal sealed record ScannedInput(
    IReadOnlyList<Observation> Seen, IReadOnlyList<(EntryPath Path, FileStamp Stamp)> Large, IReadOnlyList<EntryPath> Open,
    IReadOnlyList<Problem> Problems, IReadOnlyList<EntryPath> Clear, bool Emptied) : SessionInput;

/// <summary>A <see cref="HashEffect"/> is done.</summary>
/// <param name="Path">The file.</param>
/// <param name="Seen">What it holds; null when it could not be read as one state.</param>
/// <param name="Problem">Why it could not be read; null when it changed meanwhile, and will be looked at again.</param>
internal sealed record HashedInput(EntryPath Path, Observation? Seen, Problem? Problem) : SessionInput;

/// <summary>The commit that was asked for last is done, or failed and left nothing.</summary>
internal sealed record CommittedInput(string? Error) : SessionInput;

/// <summary>What followed at once from a commit is under way.</summary>
internal sealed record ContinueInput : SessionInput;

/// <summary>A link to a member, or to one who wants to become one, is up.</summary>
internal sealed record LinkUpInput(int Link, NodeId Peer, ReadOnlyMemory<byte> PeerKey, bool Outgoing, string Address) : SessionInput;

/// <summary>A link is gone.</summary>
internal sealed record LinkDownInput(int Link, string Reason) : SessionInput;

/// <summary>A message came. Records in it are verified by the session; chunks by whoever opens them.</summary>
internal sealed record MessageInput(int Link, PeerMessage Message) : SessionInput;

/// <summary>A <see cref="StageEffect"/> went as far as it can.</summary>
/// <param name="Stage">Which.</param>
/// <param name="Missing">Chunks that are on this machine nowhere; empty when the content is whole.</param>
/// <param name="Lists">The missing chunks are parts of the manifest: stage again when they are here.</param>
/// <param name="Problem">The disk refuses.</param>
/// <param name="Offer">The staged offer that it goes on with; 0 if none.</param>
internal sealed record StagedInput(long Stage, IReadOnlyList<ChunkRef> Missing, bool Lists, Problem? Problem, long Offer = 0) : SessionInput;

/// <summary>A long file is being read: more of its chunks are named.</summary>
/// <param name="Offer">A number of its own for each reading of a file, growing.</param>
/// <param name="Size">Bytes of the file.</param>
/// <param name="Chunks">Those that are new to this node.</param>
/// <param name="Withdrawn">It was not to be read as one state.</param>
internal sealed record ReadingInput(long Offer, long Size, ImmutableArray<OfferedChunk> Chunks, bool Withdrawn) : SessionInput;

/// <summary>An <see cref="OfferEffect"/> is done.</summary>
/// <param name="Stage">Which.</param>
/// <param name="Missing">Chunks that are on this machine nowhere.</param>
/// <param name="Refused">The disk does not take it.</param>
internal sealed record OfferedInput(long Stage, IReadOnlyList<ChunkRef> Missing, bool Refused) : SessionInput;

/// <summary>A fetched chunk was opened, verified and put where it is needed - or was not what its name says.</summary>
/// <param name="Link">Whence.</param>
/// <param name="Id">Its name.</param>
/// <param name="Good">It is what its name says.</param>
/// <param name="Problem">The disk refuses.</param>
/// <param name="Proof">Who vouched for it, where it is not good and somebody did.</param>
/// <param name="KeyId">The seal key that is missing, where it is not good for that.</param>
internal sealed record DeliveredInput(int Link, ChunkId Id, bool Good, Problem? Problem, Crypto.ChunkProof? Proof = null, long? KeyId = null) : SessionInput;

/// <summary>Some steps of an <see cref="ApplyEffect"/> are taken, and durable.</summary>
/// <param name="Outcomes">How they ended.</param>
/// <param name="Last">All are.</param>
/// <param name="Unflushed">Why they are not durable; null when they are.</param>
internal sealed record AppliedInput(IReadOnlyList<StepOutcome> Outcomes, bool Last = true, string? Unflushed = null) : SessionInput;

/// <summary>The folder is gone, or another is in its place.</summary>
internal sealed record RootGoneInput(string Reason) : SessionInput;

/// <summary>Where to look.</summary>
/// <param name="Path">The path.</param>
/// <param name="Deep">All that is below it as well.</param>
/// <param name="Open">Read it even if a writer holds it open: it has been so for too long to wait.</param>
internal readonly record struct ScanTarget(EntryPath Path, bool Deep, bool Open = false);

/// <summary>What a scan found at a path.</summary>
/// <param name="Path">Where.</param>
/// <param name="Entry">What.</param>
/// <param name="Stamp">The stamp taken before reading, which still held after it.</param>
/// <param name="Leaves">A file's chunks in order.</param>
/// <param name="Chunks">What the store must keep: all chunks of a small content, the lists of a long one.</param>
internal sealed record Observation(EntryPath Path, Entry Entry, FileStamp Stamp, IReadOnlyList<ChunkRef> Leaves, IReadOnlyList<SealedChunk> Chunks)
{
    /// <summary>The stamp is unsure only because a program had it open for writing: another look tells no more before that is closed, which the watcher reports.</summary>
    public bool WhileOpen { get; init; }
}

/// <summary>How a step of a plan ended.</summary>
internal enum StepResult
{
    Done,

    /// <summary>The disk was not as expected; nothing was destroyed.</summary>
    Surprise,

    /// <summary>The disk refuses.</summary>
    Failed,

    /// <summary>The content could not be read where it was thought to be.</summary>
    NoContent,
}

/// <summary>A step and how it ended.</summary>
/// <param name="Step">The step.</param>
/// <param name="Result">How it ended.</param>
/// <param name="Stamp">The stamp of what stands there now.</param>
/// <param name="LocalName">Its name on this disk, where that differs.</param>
/// <param name="Problem">Why it failed.</param>
internal sealed record StepOutcome(PlanStep Step, StepResult Result, FileStamp Stamp = default, string? LocalName = null, Problem? Problem = null);
