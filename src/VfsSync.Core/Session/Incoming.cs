using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Session;

/// <summary>
/// Receipt of other nodes' records: in order, chained, signed by a member. What is well signed enters the log and moves the cursor, whatever it says;
/// a gap is asked for, never guessed.
/// </summary>
internal sealed class Incoming(SessionContext context, Authoring authoring)
{
    private readonly SignatureChecker _signatures = new();

    /// <summary>What a message of records leads to.</summary>
    /// <param name="Batch">What to commit.</param>
    /// <param name="Gap">Something is missing in between: the sender must be told our cursor.</param>
    /// <param name="Members">New members that it admits.</param>
    public sealed record Result(CommitBatch Batch, bool Gap, IReadOnlyList<Membership> Members);

    public Result Take(RecordsMessage message)
    {
        var batch = new CommitBatch();
        var members = new List<Membership>();
        var next = new Dictionary<Author, (long Number, RecordId Id)>();
        var gap = false;
        foreach (var signed in message.Records)
        {
            if (Open(signed, next, ref gap) is not { } record) continue;
            next[record.Header.Author] = (record.Header.Number, record.Id);
            batch.Records.Add((signed, record));
            authoring.Saw(record.Header.Time);
            CheckClock(record);
            BatchFold.Add(batch, record, context.View);
            foreach (var admission in record.Statements.OfType<Admission>())
                if (context.Members.TryAdd(admission.Membership, [], out _)) members.Add(admission.Membership);
        }
        if (batch.Records.Count > 0) batch.Chunks.AddRange(message.Chunks.Where(c => !context.View.HasChunk(c.Id)));
        return new(batch, gap, members);
    }

    private ChangeRecord? Open(SignedRecord signed, Dictionary<Author, (long Number, RecordId Id)> next, ref bool gap)
    {
        var header = RecordCodec.DecodeHeader(signed.Header);
        var author = header.Author;
        var (number, id) = next.TryGetValue(author, out var last) ? last : Last(author);
        if (header.Number <= number)
        {
            CheckFork(header, signed);
            return null;
        }
        if (header.Number != number + 1 || header.Previous != id)
        {
            if (header.Number == number + 1) Forked(author, "its chain does not go on from what is known here");
            else gap = true;
            return null;
        }
        if (context.Members.Find(author.Node) is not { } member)
        {
            gap = true;
            return null;
        }
        if (!_signatures.Verify(signed, author.Node, member.PublicKey.Span))
            throw new FormatException($"A record of {member.Name} has a wrong signature.");
        if (author == authoring.Author) authoring.BeginEpoch("another node holds records of this node that it does not know: its folder is a copy, or was restored");
        return Unseal(signed, header);
    }

    // A record that cannot be read is kept and relayed all the same: others may be able to, and the author's numbering goes on.
    private ChangeRecord Unseal(SignedRecord signed, RecordHeader header)
    {
        try
        {
            return RecordCodec.Open(signed, context.Identity.Keys);
        }
        catch (Exception e) when (e is FormatException or System.Security.Cryptography.CryptographicException)
        {
            context.Problem(EntryPath.Root, ProblemKind.Peer, $"Record {header.Dot} of {context.Members.NameOf(header.Author.Node)} cannot be read: {e.Message}");
            return new ChangeRecord(RecordCodec.IdOf(signed), header, [], []);
        }
    }

    private (long Number, RecordId Id) Last(Author author)
    {
        var number = context.View.Cursor[author];
        return (number, number == 0 ? default : context.View.RecordIdOf(new Dot(author, number)));
    }

    private void CheckFork(RecordHeader header, SignedRecord signed)
    {
        var known = context.View.RecordIdOf(header.Dot);
        if (!known.IsNone && known != RecordCodec.IdOf(signed)) Forked(header.Author, $"two different records have the number {header.Number}");
    }

    private void Forked(Author author, string how)
    {
        // What it wrote last here has numbers that mean something else elsewhere: what others have stays, and what is on this disk is authored anew.
        if (authoring.Wrote(author))
            context.Halt($"This node's folder or state was rolled back and then went on by itself, while others know another course of its history ({how}). Start it again: its state is then kept aside and built anew from the folder and the other nodes. No file is lost.", rebuild: true);
        else context.Problem(EntryPath.Root, ProblemKind.Node, $"{context.Members.NameOf(author.Node)} wrote two histories ({how}): its folder was copied or restored. What it has on disk comes again when it starts.");
    }

    private void CheckClock(ChangeRecord record)
    {
        var ahead = record.Header.Time.UnixMs - context.NowMs;
        if (ahead > HybridTime.MaxAheadMs)
            context.Problem(EntryPath.Root, ProblemKind.ClockAhead, $"The clock of {context.Members.NameOf(record.Header.Author.Node)} is {TimeSpan.FromMilliseconds(Math.Min(ahead, int.MaxValue)):g} ahead. Set it right: its changes win every conflict until then.");
    }
}
