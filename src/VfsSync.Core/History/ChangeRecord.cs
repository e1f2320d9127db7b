using System.Collections.Immutable;
using VfsSync.Core.Content;
using VfsSync.Core.Tree;

namespace VfsSync.Core.History;

/// <summary>A record as every node stores and relays it, byte for byte. The signature covers the header, the header names the body by its SHA-256.</summary>
/// <param name="Header">Encoded <see cref="RecordHeader"/>.</param>
/// <param name="Signature">ECDSA P-256 over the header, IEEE P1363 form, 64 bytes.</param>
/// <param name="Body">Sealed (or, for membership, clear) encoded body.</param>
internal sealed record SignedRecord(ReadOnlyMemory<byte> Header, ReadOnlyMemory<byte> Signature, ReadOnlyMemory<byte> Body)
{
    /// <summary>A record and the small contents beside it fit one frame; a bigger change needs several records.</summary>
    public const int MaxBytes = 192 * 1024;

    public int Length => Header.Length + Signature.Length + Body.Length;
}

/// <summary>What everybody may read of a record (DESIGN.md section 7).</summary>
/// <param name="Author">Who wrote it.</param>
/// <param name="Number">Its number there, from 1, without gaps.</param>
/// <param name="Previous">The author's record before it; none for number 1.</param>
/// <param name="Time">When, by the author's hybrid clock.</param>
/// <param name="BodyHash">SHA-256 of the body bytes as they travel.</param>
/// <param name="KeyId">Which seal key of the ring closes the body; 0 = the body is clear.</param>
/// <param name="PolicyHeads">The policy versions that the author had applied.</param>
/// <param name="Needed">Chunks that nobody needed before this record; at most <see cref="MaxNeeded"/>, more go into records before it that carry nothing else.</param>
/// <param name="Continues">With number 1: how the epoch before ended.</param>
/// <param name="Policy">With a version of the policy: what it says of members.</param>
internal sealed record RecordHeader(
    Author Author,
    long Number,
    RecordId Previous,
    HybridTime Time,
    Hash256 BodyHash,
    long KeyId,
    ImmutableArray<RecordId> PolicyHeads,
    ImmutableArray<ChunkId> Needed,
    EpochEnd? Continues = null,
    PolicyStatement? Policy = null)
{
    public const int MaxNeeded = 2048;

    public Dot Dot => new(Author, Number);
}

/// <summary>The last record of an epoch that its author acknowledges.</summary>
internal sealed record EpochEnd(ulong Epoch, long Number, RecordId Id);

/// <summary>A record, opened: what Fold works with.</summary>
/// <param name="Id">SHA-256 of the header.</param>
/// <param name="Header">The header.</param>
/// <param name="Changes">Changes to the folder; empty in a membership record.</param>
/// <param name="Statements">Statements about members; empty in a record of changes.</param>
internal sealed record ChangeRecord(RecordId Id, RecordHeader Header, ImmutableArray<Change> Changes, ImmutableArray<Statement> Statements)
{
    public Dot Dot => Header.Dot;

    /// <summary>It is sealed with a key that is not here yet; what it says is not known.</summary>
    public bool IsClosed { get; init; }

    /// <summary>Of a version of the policy: where only some may write or remove.</summary>
    public ImmutableArray<PathRule> Rules { get; init; } = [];
}

/// <summary>
/// One change of one path of one branch: what is there now. A rename is one change, at its target: <see cref="MovedFrom"/> then becomes absent and says where it went.
/// </summary>
/// <param name="Branch">0 = main.</param>
/// <param name="Path">The path (a rename's target).</param>
/// <param name="Entry">What is there now; absent for a removal.</param>
/// <param name="Parents">Vector of what the author's disk held at <paramref name="Path"/> (all heads it showed, joined).</param>
/// <param name="MovedFrom">A rename's source.</param>
/// <param name="FromParents">Vector of what the author's disk held at the source.</param>
/// <param name="Withdrawn">The author says that its own version before this one, of the same content, is held nowhere that it can reach any more.</param>
internal sealed record Change(
    int Branch, EntryPath Path, Entry Entry, VersionVector Parents, EntryPath? MovedFrom = null, VersionVector FromParents = default, bool Withdrawn = false);

/// <summary>One state of one path: a vertex of that path's history.</summary>
/// <param name="Path">The path it is a version of.</param>
/// <param name="Dot">The record that made it.</param>
/// <param name="Record">That record's id.</param>
/// <param name="Time">That record's time.</param>
/// <param name="Vector">Join of the parents' vectors, plus the dot.</param>
/// <param name="Entry">What was there.</param>
/// <param name="MovedTo">Absent because it was renamed to this path.</param>
/// <param name="MovedFrom">Here by a rename from this path.</param>
/// <param name="FromParents">At both ends of a rename: what its author had at the source; an edit there that has seen as much follows the file.</param>
/// <param name="Withdrawn">Its content is held nowhere that its author can reach: it yields to whatever else there is.</param>
internal sealed record Version(
    EntryPath Path,
    Dot Dot,
    RecordId Record,
    HybridTime Time,
    VersionVector Vector,
    Entry Entry,
    EntryPath? MovedTo = null,
    EntryPath? MovedFrom = null,
    VersionVector FromParents = default,
    bool Withdrawn = false)
{
    /// <summary>Whether this has seen <paramref name="other"/>, a version of the same path.</summary>
    public bool Dominates(Version other) => Vector.Contains(other.Dot);

    /// <summary>The versions that a record makes: one per change, and one more at a rename's source.</summary>
    public static IEnumerable<Version> Of(ChangeRecord record)
    {
        foreach (var c in record.Changes)
        {
            yield return new Version(c.Path, record.Dot, record.Id, record.Header.Time, c.Parents.With(record.Dot), c.Entry, null, c.MovedFrom, c.FromParents, c.Withdrawn);
            if (c.MovedFrom is { } from)
                yield return new Version(from, record.Dot, record.Id, record.Header.Time, c.FromParents.With(record.Dot), Entry.Absent, c.Path, FromParents: c.FromParents);
        }
    }
}
