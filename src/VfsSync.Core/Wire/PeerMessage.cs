using System.Collections.Immutable;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;

namespace VfsSync.Core.Wire;

/// <summary>What peers say to each other, one message a frame. vfs.proto is the specification of the bytes.</summary>
internal abstract record PeerMessage
{
    /// <summary>Longest frame payload, bytes.</summary>
    public const int MaxFrame = 256 * 1024;

    /// <summary>Longest frame, bytes, of who has not shown that it is a member: a greeting or a request to join, with the longest chain of memberships.</summary>
    public const int MaxGreeting = 24 * 1024;

    /// <summary>A peer with another major version is refused.</summary>
    public const int Major = 1;

    public const int Minor = 5;
}

/// <summary>First message of both sides.</summary>
/// <param name="MajorVersion">Of the protocol.</param>
/// <param name="MinorVersion">Of the protocol.</param>
/// <param name="Cluster">Which cluster the sender belongs to (or wants to join).</param>
/// <param name="Membership">The sender's own; null while it is joining.</param>
/// <param name="Chain">Memberships that lead from the sender's issuer to the root.</param>
/// <param name="Epoch">The sender's epoch: links are per (node, epoch).</param>
/// <param name="ListenPort">Where the sender accepts links; 0 if nowhere.</param>
/// <param name="Software">Name and version, for people.</param>
internal sealed record HelloMessage(
    int MajorVersion, int MinorVersion, ClusterId Cluster, Membership? Membership, ImmutableArray<Membership> Chain, ulong Epoch, int ListenPort, string Software) : PeerMessage;

/// <summary>What the sender has received: per author the highest number and the id of that record. After both cursors are known, each pushes what the other lacks.</summary>
/// <param name="Received">One row per author: (author, number) and that record's id.</param>
/// <param name="More">It does not fit one frame: the next message goes on.</param>
internal sealed record CursorMessage(ImmutableArray<(Dot Dot, RecordId Id)> Received, bool More = false) : PeerMessage;

/// <summary>A node that is no member yet shows its invitation's grant.</summary>
/// <param name="Membership">Complete and signed by the grant key.</param>
/// <param name="IssuerChain">As in the invitation.</param>
internal sealed record JoinMessage(Membership Membership, ImmutableArray<Membership> IssuerChain) : PeerMessage;

/// <summary>The sponsor lets the node in; its admission record follows by the cursor.</summary>
/// <param name="Name">The name it has now (made unique).</param>
internal sealed record WelcomeMessage(string Name) : PeerMessage;

/// <summary>The sender ends the link, and says why.</summary>
/// <param name="Reason">A stable id: NotAMember, OtherCluster, VersionMismatch, InvitationExpired, InvitationUsed, InvitationInvalid, Duplicate, Disconnected, Stopping, Protocol.</param>
/// <param name="Text">In words.</param>
internal sealed record GoodbyeMessage(string Reason, string Text) : PeerMessage
{
    /// <summary>A user wants no link for now: neither side dials.</summary>
    public const string Disconnected = nameof(Disconnected);

    /// <summary>The sentence, fit for a terminal.</summary>
    public string Readable => string.Concat(Text.Select(c => char.IsControl(c) ? ' ' : c));
}

/// <summary>Records in the sender's order of arrival, with small contents beside them: all that fits one frame.</summary>
internal sealed record RecordsMessage(ImmutableArray<SignedRecord> Records, ImmutableArray<SealedChunk> Chunks) : PeerMessage;

/// <summary>Acknowledgement: what the sender has received, and what of it is shown on its disk (or is a problem there). Only rows that changed.</summary>
internal sealed record HaveMessage(ImmutableArray<Dot> Received, ImmutableArray<Dot> Shown, long Files, long Bytes) : PeerMessage;

/// <summary>Asks for chunks; answered one by one, in any order, by <see cref="ChunksMessage"/> or <see cref="GoneMessage"/>.</summary>
internal sealed record WantMessage(ImmutableArray<ChunkId> Ids) : PeerMessage;

/// <summary>Chunks asked for, or pushed ahead of their record.</summary>
internal sealed record ChunksMessage(ImmutableArray<SealedChunk> Chunks) : PeerMessage;

/// <summary>Chunks asked for that the sender does not have (any more).</summary>
internal sealed record GoneMessage(ImmutableArray<ChunkId> Ids) : PeerMessage;

/// <summary>
/// Chunks of a file that the sender is still reading: ahead of the record that may name them, so that they travel meanwhile. Nothing is shown from an offer.
/// </summary>
/// <param name="Number">Of the offer, on this link.</param>
/// <param name="Size">Bytes of the file.</param>
/// <param name="Chunks">More chunks of it, each with its place; those that the sender's peers have most likely are left out.</param>
/// <param name="Withdrawn">The file changed meanwhile: no record will name it as it was.</param>
internal sealed record OfferMessage(long Number, long Size, ImmutableArray<OfferedChunk> Chunks, bool Withdrawn) : PeerMessage;

/// <summary>Asks whether the link lives. Answered by the same number.</summary>
internal sealed record PingMessage(long Number) : PeerMessage;

/// <summary>It does.</summary>
internal sealed record PongMessage(long Number) : PeerMessage;

/// <summary>Asks how far these members are, now and whenever more is known of them; takes the place of what was asked before.</summary>
/// <param name="Nodes">Members that the sender has no link to.</param>
internal sealed record FollowMessage(ImmutableArray<NodeId> Nodes) : PeerMessage;

/// <summary>How far a member is, as the sender knows.</summary>
/// <param name="Node">The member.</param>
/// <param name="Shown">All that it shows, by its own word to the sender or to one whom the sender heard.</param>
/// <param name="Files">Files on its disk.</param>
/// <param name="Bytes">Bytes of them.</param>
/// <param name="Hops">How many links it is away from the sender: 1 = it has one with it; 0 = nobody known is linked with it.</param>
internal sealed record ProgressMessage(NodeId Node, ImmutableArray<Dot> Shown, long Files, long Bytes, int Hops) : PeerMessage;

/// <summary>To a vault: a chunk that it gave cannot be opened, and the vault is not to blame for it.</summary>
/// <param name="Id">The chunk.</param>
/// <param name="Proof">Who vouched for it, as the vault sent it.</param>
internal sealed record SpoiledMessage(ChunkId Id, ChunkProof Proof) : PeerMessage;

/// <summary>A message of a later minor version: skipped.</summary>
internal sealed record UnknownMessage(int Kind) : PeerMessage;
