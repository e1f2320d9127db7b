using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Session;

/// <summary>
/// Receipt of other nodes' records: in order, chained, signed by a member. What is well signed enters the log and moves the cursor, whatever it says;
/// a gap is asked for, never guessed.
/// </summary>
internal sealed class Incoming(SessionContext context, Authoring authoring, Forks forks, Keeping? keeping)
{
    private readonly SignatureChecker _signatures = new();
    private readonly HashSet<Author> _contradicted = [];
    private readonly HashSet<NodeId> _strangers = [];
    private bool _gathered;

    /// <summary>What a message of records leads to.</summary>
    /// <param name="Batch">What to commit.</param>
    /// <param name="Gap">Something is missing in between: the sender must be told our cursor.</param>
    /// <param name="Members">New members that it admits.</param>
    /// <param name="Rest">Records of it that can be judged only once these are in the log.</param>
    /// <param name="Before">What was known of members: to be gone back to if they do not get there.</param>
    public sealed record Result(CommitBatch Batch, bool Gap, IReadOnlyList<Membership> Members, IReadOnlyList<SignedRecord> Rest, MemberTable.State Before);

    /// <summary>Of which nodes that no record admits (yet) the last message had records: they are asked for again when one does.</summary>
    public IReadOnlyCollection<NodeId> Strangers => _strangers;

    /// <summary>Authors of whose log the last message knows another course.</summary>
    public IReadOnlyCollection<Author> Contradicted => _contradicted;

    public Result Take(RecordsMessage message)
    {
        var before = context.Members.Now;
        try
        {
            return Take(message, before);
        }
        catch (FormatException)
        {
            context.Members.Restore(before);
            throw;
        }
    }

    private Result Take(RecordsMessage message, MemberTable.State before)
    {
        var batch = new CommitBatch();
        var members = new List<Membership>();
        var next = new Dictionary<Author, (long Number, RecordId Id)>();
        var gap = false;
        _gathered = false;
        _strangers.Clear();
        _contradicted.Clear();
        var taken = 0;
        foreach (var signed in message.Records)
        {
            // What turns the verdict on earlier records is alone in its batch.
            if (batch.Records.Count > 0 && (IsOfMembers(signed) || IsOfMembers(batch.Records[^1].Opened.Header))) break;
            taken++;
            if (Next(signed, next, ref gap) is not { } header) continue;
            next[header.Author] = (header.Number, Add(batch, signed, header, members));
        }
        var chunks = message.Chunks.Where(c => !context.View.HasChunk(c.Id)).ToList();
        // Whoever relays a record may have put anything beside it: kept under a name, it would stand in the way of what else comes under it.
        if (keeping is not null) chunks = [.. chunks.Select(keeping.Packed).OfType<Content.SealedChunk>()];
        else if (context.Identity.Keys is { } keys) chunks.RemoveAll(c => !keys.Verifies(c));
        if (batch.Records.Count > 0) batch.Chunks.AddRange(chunks);
        else if (_gathered && chunks.Count > 0) context.Emit(new KeepEffect(chunks));
        return new(batch, gap, members, [.. message.Records.Skip(taken)], before);
    }

    /// <summary>The next course of a forked log that can take the place of the one here; null if there is none.</summary>
    public (Result Taken, Replacement Place)? SetRight()
    {
        if (forks.Complete() is not { } course) return null;
        var before = context.Members.Now;
        var place = Replacement.Of(course.First, context);
        var members = new List<Membership>();
        foreach (var (author, first) in place.Batch.SetAside) context.Members.SetAside(author, first);
        foreach (var (signed, header) in course.Records) Add(place.Batch, signed, header, members, isReplacing: true);
        return (new(place.Batch, false, members, [], before), place);
    }

    private RecordId Add(CommitBatch batch, SignedRecord signed, RecordHeader header, List<Membership> members, bool isReplacing = false)
    {
        var record = context.Unseal(signed, header);
        batch.Records.Add((signed, record));
        authoring.Saw(header.Time);
        CheckClock(record);
        members.AddRange(context.Members.Take(record));
        if (isReplacing) context.Judgement.AddUnjudged(batch, record);
        else context.Judgement.Add(batch, record);
        return record.Id;
    }

    private static bool IsOfMembers(SignedRecord signed) => IsOfMembers(RecordCodec.DecodeHeader(signed.Header));

    private static bool IsOfMembers(RecordHeader header) => header.Policy is not null || header.KeyId == 0;

    // The header of a record that goes on from what is known here.
    private RecordHeader? Next(SignedRecord signed, Dictionary<Author, (long Number, RecordId Id)> next, ref bool gap)
    {
        var header = RecordCodec.DecodeHeader(signed.Header);
        var author = header.Author;
        // Who only shows that it is a member may be one that nobody let in. Whom the root named needs nobody: a founder's first record is about itself.
        var self = context.Members.IsAdmitted(author.Node) ? null : NamedByRoot(signed, header);
        if (self is null && !IsTaken(author.Node))
        {
            _strangers.Add(author.Node);
            return null;
        }
        var (number, id) = next.TryGetValue(author, out var last) ? last : Last(author);
        if (header.Number <= number)
        {
            CheckFork(header, signed, ref gap);
            return null;
        }
        if (header.Number != number + 1 || header.Previous != id)
        {
            if (header.Number == number + 1 || forks.Expects(header, RecordCodec.IdOf(signed))) Forked(header, signed, "its chain does not go on from what is known here", ref gap);
            else gap = true;
            return null;
        }
        if (number == 0 && !next.ContainsKey(author) && HasTooManyEpochs(author.Node, next.Keys)) return null;
        if (!IsVerified(signed, header, ref gap, self)) return null;
        if (author == authoring.Author)
        {
            authoring.OthersHave(header.Dot, RecordCodec.IdOf(signed));
            authoring.BeginEpoch("another node holds records of this node that it does not know: its folder is a copy, or was restored");
        }
        return header;
    }

    // A key that was named for a place and did not get it is a stranger's: who may name one could name any number.
    private bool IsTaken(NodeId node) => context.Members.IsAdmitted(node) && (context.Members.Find(node) is not { Before: not null } next || context.Judgement.Now.AreOne(node, next.Before.Node));

    // By whatever keys.
    private bool HasTooManyEpochs(NodeId node, IEnumerable<Author> fresh)
    {
        var judge = context.Judgement.Now;
        if (context.View.Cursor.Dots.Select(d => d.Author).Concat(fresh).Where(a => judge.AreOne(a.Node, node)).Distinct().Count() < context.Settings.MostEpochs) return false;
        context.Problem(EntryPath.Root, ProblemKind.Node,
            $"{context.Members.NameOf(node)} has begun {context.Settings.MostEpochs} epochs, as a copied or restored folder does; what it writes under another is not taken. Move .vfs out of its folder there, and let it join anew.");
        return true;
    }

    private Membership? NamedByRoot(SignedRecord signed, RecordHeader header)
    {
        if (header.KeyId != 0 || !RecordCodec.HasOwnBody(signed, header)) return null;
        var own = RecordCodec.DecodeStatements(signed.Body).OfType<Admission>().Select(a => a.Membership).FirstOrDefault(m => m is { Before: null } && m.Node == header.Author.Node && m.Grant.Issuer == default);
        return own is not null && Memberships.Verify(own, context.Identity.Cluster, static _ => null, out _) ? own : null;
    }

    // Without its author's key a record is not taken; it is asked for again when the author is known.
    private bool IsVerified(SignedRecord signed, RecordHeader header, ref bool gap, Membership? self = null)
    {
        var member = context.Members.Find(header.Author.Node) ?? self;
        gap |= member is null;
        if (member is null) return false;
        if (!_signatures.Verify(signed, member.Node, member.PublicKey.Span)) throw new FormatException($"A record of {member.Name} has a wrong signature.");
        // Whoever relays it could have put another in its place: once in the log, the right one would never be taken.
        return RecordCodec.HasOwnBody(signed, header) ? true : throw new FormatException($"A record of {member.Name} came with another body than the one that was signed.");
    }

    private (long Number, RecordId Id) Last(Author author)
    {
        var number = context.View.Cursor[author];
        return (number, number == 0 ? default : context.View.RecordIdOf(new Dot(author, number)));
    }

    private void CheckFork(RecordHeader header, SignedRecord signed, ref bool gap)
    {
        var known = context.View.RecordIdOf(header.Dot);
        if (!known.IsNone && known != RecordCodec.IdOf(signed)) Forked(header, signed, $"two different records have the number {header.Number}", ref gap);
    }

    private void Forked(RecordHeader header, SignedRecord signed, string how, ref bool gap)
    {
        if (!IsVerified(signed, header, ref gap)) return;
        var id = RecordCodec.IdOf(signed);
        if (authoring.Wrote(header.Author))
        {
            authoring.Forked(header.Dot, id, how);
            return;
        }
        _contradicted.Add(header.Author);
        var verdict = forks.Judge(header, id, how);
        gap |= verdict == ForkVerdict.Unattached;
        if (verdict != ForkVerdict.Wanted) return;
        forks.Add(signed, header, id);
        _gathered = true;
    }

    private void CheckClock(ChangeRecord record)
    {
        var ahead = record.Header.Time.UnixMs - context.NowMs;
        if (ahead > HybridTime.MaxAheadMs)
            context.Problem(EntryPath.Root, ProblemKind.ClockAhead, $"The clock of {context.Members.NameOf(record.Header.Author.Node)} is {TimeSpan.FromMilliseconds(Math.Min(ahead, int.MaxValue)):g} ahead. Set it right: its changes win every conflict until then.");
    }
}
