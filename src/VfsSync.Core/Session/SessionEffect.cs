using System.Collections.Immutable;
using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Session;

/// <summary>What a session asks of its driver. Effects are run in order; those that say "answered by" end in that input.</summary>
internal abstract record SessionEffect;

/// <summary>Make a batch durable. The driver does so at once and gives <see cref="CommittedInput"/> before any other input.</summary>
internal sealed record CommitEffect(CommitBatch Batch, bool Flushed) : SessionEffect;

/// <summary>Give a <see cref="ContinueInput"/> once the effects before this one are under way, before any other input.</summary>
internal sealed record ContinueEffect : SessionEffect;

/// <summary>Look at the disk. Answered by <see cref="ScannedInput"/>. At most one is under way.</summary>
internal sealed record ScanEffect(IReadOnlyList<ScanTarget> Targets) : SessionEffect;

/// <summary>Read, chunk and name a long file. Answered by <see cref="HashedInput"/>.</summary>
internal sealed record HashEffect(EntryPath Path) : SessionEffect;

/// <summary>Prepare a content in a staged file from what is on this machine. Answered by <see cref="StagedInput"/>.</summary>
internal sealed record StageEffect(long Stage, EntryPath Path, Entry Entry) : SessionEffect;

/// <summary>Prepare a staged file for chunks that are offered ahead of their record, or add to it. Answered by <see cref="OfferedInput"/>.</summary>
/// <param name="Stage">A number below 0.</param>
/// <param name="Size">Bytes of the file.</param>
/// <param name="Chunks">What is offered.</param>
internal sealed record OfferEffect(long Stage, long Size, ImmutableArray<OfferedChunk> Chunks) : SessionEffect;

/// <summary>Forget a staged file.</summary>
internal sealed record UnstageEffect(long Stage) : SessionEffect;

/// <summary>Open a fetched chunk, verify it, and write it to where the stages want it (or, for lists, into the store). Answered by <see cref="DeliveredInput"/>.</summary>
internal sealed record DeliverEffect(int Link, SealedChunk Chunk, IReadOnlyList<long> Stages, bool Keep) : SessionEffect;

/// <summary>Take the steps in order. Answered by <see cref="AppliedInput"/>s, part by part. At most one is under way.</summary>
/// <param name="Steps">The steps; none to make durable what an earlier plan could not.</param>
/// <param name="Stages">Staged contents by path; files without one are small, and their content is in the store.</param>
internal sealed record ApplyEffect(IReadOnlyList<PlanStep> Steps, IReadOnlyDictionary<EntryPath, long> Stages) : SessionEffect;

/// <summary>Send a message.</summary>
internal sealed record SendEffect(int Link, PeerMessage Message) : SessionEffect;

/// <summary>Push to a peer, from the log, all that its cursor lacks.</summary>
/// <param name="Link">The link.</param>
/// <param name="PeerCursor">What it has, or has been sent.</param>
/// <param name="Restart">Look through the log from its beginning: the cursor is the peer's own word.</param>
internal sealed record PushEffect(int Link, VersionVector PeerCursor, bool Restart) : SessionEffect;

/// <summary>Keep chunks that came ahead of their record.</summary>
internal sealed record KeepEffect(IReadOnlyList<SealedChunk> Chunks) : SessionEffect;

/// <summary>Send the chunks asked for, or say which are gone.</summary>
internal sealed record ServeEffect(int Link, IReadOnlyList<ChunkId> Ids) : SessionEffect;

/// <summary>A member is at the other end of a link: it may take more room, and time, than a stranger.</summary>
/// <param name="Link">Which.</param>
/// <param name="IsVault">It cannot open chunks: it is sent them with this node's word.</param>
internal sealed record MemberEffect(int Link, bool IsVault) : SessionEffect;

/// <summary>Say goodbye and close a link.</summary>
/// <param name="Link">Which.</param>
/// <param name="Reason">A word for programs.</param>
/// <param name="Text">A sentence for people.</param>
/// <param name="AfterRecords">Records that are to be pushed go before: the peer is to know why.</param>
internal sealed record CloseEffect(int Link, string Reason, string Text, bool AfterRecords = false) : SessionEffect;

/// <summary>Give a <see cref="TickInput"/> at this time.</summary>
internal sealed record WakeEffect(long AtMs) : SessionEffect;

/// <summary>Merge what stands at a path with the copies beside it, if that can be done without a doubt. Whatever comes of it is a change of the disk.</summary>
internal sealed record MergeEffect(EntryPath Path) : SessionEffect;

/// <summary>Another policy holds.</summary>
internal sealed record PolicyEffect : SessionEffect;

/// <summary>Seal keys are on the ring that were not: keep them, before anything that follows.</summary>
internal sealed record SealKeysEffect : SessionEffect;

/// <summary>Another seal key is used from now on. Invitations that were made before are void.</summary>
internal sealed record KeyInUseEffect(long KeyId) : SessionEffect;

/// <summary>A <see cref="SyncInput"/> is answered: what it found is durable and shown as far as it can be.</summary>
/// <param name="Request">Whose.</param>
/// <param name="Changes">What was recorded.</param>
/// <param name="Error">Why the rest is not; null if all is.</param>
internal sealed record AnswerEffect(long Request, IReadOnlyList<Change> Changes, string? Error = null) : SessionEffect;

/// <summary>A <see cref="RecallInput"/> is answered.</summary>
/// <param name="Request">Which.</param>
/// <param name="Stage">The whole content, for whoever asked to take; null if a part of it is neither on this machine nor at a connected peer.</param>
/// <param name="Problem">The disk refuses.</param>
internal sealed record RecalledEffect(long Request, long? Stage, Problem? Problem) : SessionEffect;

/// <summary>Something happened that people may want to know.</summary>
internal sealed record HappenedEffect(Happening What, NodeId Node, EntryPath? Path = null, Entry? Entry = null, EntryPath? From = null, long? TookMs = null, string? Text = null) : SessionEffect;

/// <summary>Trouble appeared (or, with a null problem, went).</summary>
internal sealed record ProblemEffect(EntryPath Path, Problem? Problem) : SessionEffect;

/// <summary>One trouble of the node or a peer, among others at the root path, went.</summary>
internal sealed record SettledEffect(Problem Problem) : SessionEffect;

/// <summary>Go no further: something is so wrong that going on could spread damage (invariant 9).</summary>
/// <param name="Reason">Why, and what to do.</param>
/// <param name="Rebuild">The log cannot be gone on with: the next start keeps it aside and builds the node's state anew from the folder and the peers.</param>
/// <param name="Acknowledged">With a rebuild: what others have of the epoch in which the log forked; the next epoch's first record says so.</param>
internal sealed record HaltEffect(string Reason, bool Rebuild = false, EpochEnd? Acknowledged = null) : SessionEffect;

/// <summary>A new epoch began: keep it.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="Why">Why.</param>
/// <param name="Acknowledged">What others have of the epoch before, where this log does not hold that.</param>
internal sealed record EpochEffect(ulong Epoch, string Why, EpochEnd? Acknowledged = null) : SessionEffect;

/// <summary>Kinds of <see cref="HappenedEffect"/>.</summary>
internal enum Happening
{
    Recorded,
    Received,
    Removed,
    Renamed,
    Conflict,
    Withdrawn,
    Denied,
    Joined,
    Connected,
    Lost,
    Synced,
}
