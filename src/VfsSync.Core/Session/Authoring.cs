using System.Collections.Immutable;
using System.Security.Cryptography;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Session;

/// <summary>Writes this node's own records: numbers without gaps, chained, signed. A number is taken for good only when its record is committed.</summary>
internal sealed class Authoring
{
    private const int MaxBody = 100 * 1024, MostParents = ChangeRules.MaxAuthors / 2;

    private readonly SessionContext _context;
    private readonly Dictionary<ulong, EpochEnd> _theirs = [];
    private EpochEnd? _continues;
    private bool _rebuilt;

    /// <param name="context">The session.</param>
    /// <param name="epoch">The epoch to write under.</param>
    /// <param name="continues">The epoch before it: with a number, that record of it is the last one acknowledged; without, the last one that is in the log.</param>
    /// <param name="rebuilt">What this node wrote in the epoch before was in a log that is kept aside: what comes of it now is as good as another's.</param>
    public Authoring(SessionContext context, ulong epoch, EpochEnd? continues, bool rebuilt = false)
    {
        _context = context;
        Author = new Author(context.Identity.Node, epoch);
        (_continues, _rebuilt) = (continues, rebuilt);
        context.Identity.Epoch = epoch;
    }

    public Author Author { get; private set; }

    /// <summary>Whether this log was written by this node under that name: now, or in the epoch before.</summary>
    public bool Wrote(Author author) => author == Author || !_rebuilt && author.Node == Author.Node && author.Epoch == _continues?.Epoch;

    /// <summary>The course of the old epoch that others have is acknowledged, and nobody has been told so yet.</summary>
    public bool OwesEnd => _continues is { Number: > 0 } && _context.View.Cursor[Author] == 0;

    public HybridTime Time { get; private set; }

    /// <summary>Others have a record of this node's own that it does not know, or another in its place.</summary>
    public void OthersHave(Dot dot, RecordId id)
    {
        if (_theirs.GetValueOrDefault(dot.Author.Epoch)?.Number >= dot.Number) return;
        _theirs[dot.Author.Epoch] = new EpochEnd(dot.Author.Epoch, dot.Number, id);
    }

    /// <summary>
    /// Another course of this node's own log is known elsewhere. What this log says last has numbers that mean something else there: what others have stays
    /// and is acknowledged, and what is on this disk is authored anew.
    /// </summary>
    public void Forked(Dot dot, RecordId id, string how)
    {
        OthersHave(dot, id);
        _context.Halt($"This node's folder or state was rolled back and then went on by itself, while others know another course of its history ({how}). Start it again: its state is then kept aside and built anew from the folder and the other nodes. No file is lost.", rebuild: true, _theirs[dot.Author.Epoch]);
    }

    /// <summary>Goes on under a new epoch; the first record of it says how the old one ended: as others have it, else as far as is known here by then.</summary>
    public void BeginEpoch(string why) => BeginEpoch(why, _theirs.GetValueOrDefault(Author.Epoch));

    /// <summary>The same where the first record is to say how an epoch ended, be it an earlier one: the last word on it is for a course that nobody has.</summary>
    public void BeginEpoch(string why, EpochEnd? acknowledged)
    {
        Span<byte> bits = stackalloc byte[8];
        _context.Identity.FillRandom(bits);
        var old = Author;
        Author = old with { Epoch = BitConverter.ToUInt64(bits) };
        (_continues, _rebuilt) = (acknowledged ?? new EpochEnd(old.Epoch, 0, default), false);
        _context.Identity.Epoch = Author.Epoch;
        _context.Emit(new EpochEffect(Author.Epoch, why, acknowledged));
    }

    /// <summary>What the log says is earlier than what is said next, also where the clock was set back in between.</summary>
    public void Begin()
    {
        foreach (var last in _context.View.Cursor.Dots)
            if (_context.View.HeaderOf(last) is { } header) Saw(header.Time);
    }

    /// <summary>Own times lie after this one, unless it is far ahead of the clock.</summary>
    public void Saw(HybridTime time) => Time = Time.Seeing(time, _context.NowMs);

    /// <summary>Adds records with these changes to a batch (the next numbers after the log's last one).</summary>
    /// <param name="batch">Takes the records.</param>
    /// <param name="changes">Each with the chunks that its content needs and nobody needed before.</param>
    /// <param name="policy">Chunks of the policy's text, if it is among them.</param>
    public void Write(CommitBatch batch, IReadOnlyList<(Change Change, IReadOnlyList<ChunkId> Needed)> changes, IReadOnlyList<SealedChunk>? policy = null)
    {
        var body = new List<Change>();
        var needed = new List<ChunkId>();
        var touched = new Dictionary<EntryPath, VersionVector>();
        var size = 0;
        foreach (var (asked, chunks) in changes)
        {
            // One record says one thing of a path; a second change of it has seen the first.
            var again = touched.ContainsKey(asked.Path) || asked.MovedFrom is { } source && touched.ContainsKey(source);
            var bytes = RecordCodec.EstimateChange(asked);
            if (body.Count > 0 && (again || size + bytes > MaxBody || needed.Count + chunks.Count > RecordHeader.MaxNeeded)) Flush(batch, body, needed, touched, ref size);
            var change = asked with
            {
                Parents = Plausible(asked.Path, asked.Parents.Join(touched.GetValueOrDefault(asked.Path)), batch),
                FromParents = asked.MovedFrom is { } from ? Plausible(from, asked.FromParents.Join(touched.GetValueOrDefault(from)), batch) : default,
            };
            touched[change.Path] = default;
            if (change.MovedFrom is { } moved) touched[moved] = default;
            if (Judgement.Administers(change) && body.Count > 0) Flush(batch, body, needed, touched, ref size);
            body.Add(change);
            needed.AddRange(chunks);
            size += bytes;
            if (Judgement.Administers(change)) Flush(batch, body, needed, touched, ref size, Draft(change, policy ?? []));
        }
        if (body.Count > 0) Flush(batch, body, needed, touched, ref size);
    }

    // Others' vectors are their own words. What this author has not written yet nobody has seen: said again, it would make its later changes seem seen. And of more authors than
    // a record may name, those go first of whom nothing is here; what stands now stays, or it would stand beside this for ever.
    private VersionVector Plausible(EntryPath path, VersionVector claimed, CommitBatch batch)
    {
        var cursor = _context.View.Cursor;
        var own = batch.Records.FindLast(r => r.Opened.Header.Author == Author).Opened?.Header.Number ?? cursor[Author];
        var seen = claimed.UpTo(new Dot(Author, own));
        if (seen.Dots.Length <= MostParents) return seen;
        var heads = _context.View.Heads(path).Select(h => h.Dot.Author).ToHashSet();
        return VersionVector.Of(seen.Dots.OrderByDescending(d => heads.Contains(d.Author)).ThenByDescending(d => cursor[d.Author] > 0).ThenByDescending(d => d.Author == Author).Take(MostParents));
    }

    public void Write(CommitBatch batch, params Statement[] statements) =>
        Add(batch, RecordCodec.EncodeStatements(statements), 0, [], [], [.. statements]);

    /// <summary>A record that says nothing but how the epoch before ended.</summary>
    public void WriteEnd(CommitBatch batch)
    {
        if (_context.Identity.Keys is null) Write(batch, statements: []);
        else AddSealed(batch, [], []);
    }

    // What one header cannot name goes into records before it that name chunks only.
    private void Flush(CommitBatch batch, List<Change> body, List<ChunkId> needed, Dictionary<EntryPath, VersionVector> touched, ref int size, (PolicyDraft? Draft, IReadOnlyList<RecordId> After)? policy = null)
    {
        var done = 0;
        for (; needed.Count - done > RecordHeader.MaxNeeded; done += RecordHeader.MaxNeeded)
            AddSealed(batch, [], [.. needed.GetRange(done, RecordHeader.MaxNeeded)]);
        AddSealed(batch, [.. body], [.. needed.GetRange(done, needed.Count - done)], policy);
        foreach (var version in History.Version.Of(batch.Records[^1].Opened)) touched[version.Path] = version.Vector;
        body.Clear();
        needed.Clear();
        size = 0;
    }

    private (PolicyDraft? Draft, IReadOnlyList<RecordId> After)? Draft(Change change, IReadOnlyList<SealedChunk> chunks) => (DraftOf(change, chunks), _context.Judgement.SeenBy(change));

    private PolicyDraft? DraftOf(Change change, IReadOnlyList<SealedChunk> chunks)
    {
        if (change.Path != PoliciesInForce.File || change.Entry.IsAbsent) return _context.Judgement.DraftOf(null);
        if (change.Entry is not { Kind: EntryKind.File, Content: { Depth: 0, Size: <= PolicyText.Most } content }) return null;
        return TextOf(content, chunks) is { } text ? _context.Judgement.DraftOf(text) : null;
    }

    private byte[]? TextOf(Manifest content, IReadOnlyList<SealedChunk> chunks)
    {
        var text = new List<byte>();
        foreach (var part in content.Chunks)
        {
            if (chunks.All(c => c.Id != part.Id)) return _context.Contents.Read(content);
            text.AddRange(_context.Identity.Keys!.Open(chunks.First(c => c.Id == part.Id)));
        }
        return [.. text];
    }

    private void AddSealed(CommitBatch batch, ImmutableArray<Change> changes, ImmutableArray<ChunkId> needed, (PolicyDraft? Draft, IReadOnlyList<RecordId> After)? policy = null)
    {
        var keys = _context.Identity.Keys ?? throw new InvalidOperationException("A vault writes no changes.");
        Span<byte> nonce = stackalloc byte[12];
        _context.Identity.FillRandom(nonce);
        Add(batch, keys.SealBody(RecordCodec.EncodeChanges(changes, policy?.Draft?.Rules ?? []), nonce), keys.CurrentKeyId, needed, changes, [], policy);
    }

    private void Add(
        CommitBatch batch, byte[] body, long keyId, ImmutableArray<ChunkId> needed, ImmutableArray<Change> changes, ImmutableArray<Statement> statements,
        (PolicyDraft? Draft, IReadOnlyList<RecordId> After)? policy = null)
    {
        var last = batch.Records.FindLast(r => r.Opened.Header.Author == Author).Opened;
        var number = last?.Header.Number ?? _context.View.Cursor[Author];
        var previous = last?.Id ?? (number == 0 ? default : _context.View.RecordIdOf(new Dot(Author, number)));
        Time = Time.Next(_context.NowMs);
        var header = new RecordHeader(Author, number + 1, previous, Time, new Hash256(SHA256.HashData(body)), keyId, PolicyHeads(batch, policy?.After), needed,
            number == 0 ? Continues() : null, policy?.Draft?.With(Seen()));
        var signed = RecordSigner.Sign(header, body, _context.Identity.SignKey);
        batch.Records.Add((signed, new ChangeRecord(RecordCodec.IdOf(signed), header, changes, statements) { Rules = policy?.Draft?.Rules ?? [] }));
    }

    // What stands in the same batch is not in force yet; it is to be named all the same, or what is written after it would have to be seen by it.
    private ImmutableArray<RecordId> PolicyHeads(CommitBatch batch, IReadOnlyList<RecordId>? after)
    {
        if (after is not null) return Some([.. after]);
        var fresh = batch.Records.Where(r => r.Opened.Header.Policy is not null).Select(r => r.Opened).ToList();
        if (fresh.Count == 0) return Some(_context.Judgement.Now.InForce);
        var followed = fresh.SelectMany(r => r.Header.PolicyHeads).ToHashSet();
        return Some([.. _context.Judgement.Now.InForce.Where(id => !followed.Contains(id)).Append(fresh[^1].Id).Order()]);
    }

    // Those that are left out must grant the change all the same.
    private static ImmutableArray<RecordId> Some(ImmutableArray<RecordId> heads) => heads.Length <= RecordCodec.MaxPolicyHeads ? heads : heads[..RecordCodec.MaxPolicyHeads];

    /// <summary>
    /// Of each author the last record that is here; of whom nothing is said, nothing was seen. Where there are too many, nodes take turns, each with its newest epoch first:
    /// nobody pushes out others by beginning epochs.
    /// </summary>
    /// <param name="last">The node that this is said against: it takes what room is left.</param>
    public ImmutableArray<SeenRecord> Seen(NodeId last = default)
    {
        var all = _context.View.Cursor.Dots;
        return [.. (all.Length <= PolicyStatement.MaxSeen ? all : InTurns(all, last)).Take(PolicyStatement.MaxSeen).Select(d => new SeenRecord(d, _context.View.RecordIdOf(d)))];
    }

    /// <summary>The last record of each epoch of one node.</summary>
    public ImmutableArray<SeenRecord> SeenOf(NodeId node) =>
        [.. InTurns(_context.View.Cursor.Dots.Where(d => d.Author.Node == node), default).Take(PolicyStatement.MaxSeen).Select(d => new SeenRecord(d, _context.View.RecordIdOf(d)))];

    private IEnumerable<Dot> InTurns(IEnumerable<Dot> all, NodeId last) =>
        from node in all.GroupBy(d => d.Author.Node)
        from turn in node.OrderByDescending(d => _context.View.HeaderOf(d)?.Time ?? default).ThenByDescending(d => d.Number).Select((dot, turn) => (Dot: dot, Turn: turn))
        orderby node.Key == last, turn.Turn, turn.Dot
        select turn.Dot;

    private EpochEnd? Continues()
    {
        if (_continues is null or { Number: > 0 }) return _continues;
        var old = Author with { Epoch = _continues.Epoch };
        var number = _context.View.Cursor[old];
        return number == 0 ? null : new EpochEnd(old.Epoch, number, _context.View.RecordIdOf(new Dot(old, number)));
    }
}
