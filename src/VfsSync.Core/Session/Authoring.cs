using System.Collections.Immutable;
using System.Security.Cryptography;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Session;

/// <summary>Writes this node's own records: numbers without gaps, chained, signed. A number is taken for good only when its record is committed.</summary>
internal sealed class Authoring
{
    private const int MaxBody = 100 * 1024;

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
    public void BeginEpoch(string why)
    {
        Span<byte> bits = stackalloc byte[8];
        _context.Identity.FillRandom(bits);
        var old = Author;
        Author = old with { Epoch = BitConverter.ToUInt64(bits) };
        var theirs = _theirs.GetValueOrDefault(old.Epoch);
        (_continues, _rebuilt) = (theirs ?? new EpochEnd(old.Epoch, 0, default), false);
        _context.Identity.Epoch = Author.Epoch;
        _context.Emit(new EpochEffect(Author.Epoch, why, theirs));
    }

    public void Saw(HybridTime time) => Time = Time.Seeing(time, _context.NowMs);

    /// <summary>Adds records with these changes to a batch (the next numbers after the log's last one).</summary>
    /// <param name="batch">Takes the records.</param>
    /// <param name="changes">Each with the chunks that its content needs and nobody needed before.</param>
    public void Write(CommitBatch batch, IReadOnlyList<(Change Change, IReadOnlyList<ChunkId> Needed)> changes)
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
                Parents = asked.Parents.Join(touched.GetValueOrDefault(asked.Path)),
                FromParents = asked.MovedFrom is { } from ? asked.FromParents.Join(touched.GetValueOrDefault(from)) : default,
            };
            touched[change.Path] = default;
            if (change.MovedFrom is { } moved) touched[moved] = default;
            body.Add(change);
            needed.AddRange(chunks);
            size += bytes;
        }
        if (body.Count > 0) Flush(batch, body, needed, touched, ref size);
    }

    public void Write(CommitBatch batch, Statement statement) =>
        Add(batch, RecordCodec.EncodeStatements([statement]), 0, [], [], [statement]);

    /// <summary>A record that says nothing but how the epoch before ended.</summary>
    public void WriteEnd(CommitBatch batch) => AddSealed(batch, [], []);

    // What one header cannot name goes into records before it that name chunks only.
    private void Flush(CommitBatch batch, List<Change> body, List<ChunkId> needed, Dictionary<EntryPath, VersionVector> touched, ref int size)
    {
        var done = 0;
        for (; needed.Count - done > RecordHeader.MaxNeeded; done += RecordHeader.MaxNeeded)
            AddSealed(batch, [], [.. needed.GetRange(done, RecordHeader.MaxNeeded)]);
        AddSealed(batch, [.. body], [.. needed.GetRange(done, needed.Count - done)]);
        foreach (var version in History.Version.Of(batch.Records[^1].Opened)) touched[version.Path] = version.Vector;
        body.Clear();
        needed.Clear();
        size = 0;
    }

    private void AddSealed(CommitBatch batch, ImmutableArray<Change> changes, ImmutableArray<ChunkId> needed)
    {
        var keys = _context.Identity.Keys ?? throw new InvalidOperationException("A vault writes no changes.");
        Span<byte> nonce = stackalloc byte[12];
        _context.Identity.FillRandom(nonce);
        Add(batch, keys.SealBody(RecordCodec.EncodeChanges(changes), nonce), keys.CurrentKeyId, needed, changes, []);
    }

    private void Add(CommitBatch batch, byte[] body, int keyId, ImmutableArray<ChunkId> needed, ImmutableArray<Change> changes, ImmutableArray<Statement> statements)
    {
        var last = batch.Records.FindLast(r => r.Opened.Header.Author == Author).Opened;
        var number = last?.Header.Number ?? _context.View.Cursor[Author];
        var previous = last?.Id ?? (number == 0 ? default : _context.View.RecordIdOf(new Dot(Author, number)));
        Time = Time.Next(_context.NowMs);
        var header = new RecordHeader(Author, number + 1, previous, Time, new Hash256(SHA256.HashData(body)), keyId, [], needed, number == 0 ? Continues() : null);
        var signed = RecordSigner.Sign(header, body, _context.Identity.SignKey);
        batch.Records.Add((signed, new ChangeRecord(RecordCodec.IdOf(signed), header, changes, statements)));
    }

    private EpochEnd? Continues()
    {
        if (_continues is null or { Number: > 0 }) return _continues;
        var old = Author with { Epoch = _continues.Epoch };
        var number = _context.View.Cursor[old];
        return number == 0 ? null : new EpochEnd(old.Epoch, number, _context.View.RecordIdOf(new Dot(old, number)));
    }
}
