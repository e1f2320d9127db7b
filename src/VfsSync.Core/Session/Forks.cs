using VfsSync.Core.History;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Session;

/// <summary>What becomes of a record that contradicts the log.</summary>
internal enum ForkVerdict
{
    /// <summary>Nothing: the course here is the one acknowledged, or the record is gathered already, or nobody can tell yet.</summary>
    Ignored,

    /// <summary>It is to be gathered.</summary>
    Wanted,

    /// <summary>What goes before it is needed first.</summary>
    Unattached,
}

/// <summary>
/// Logs that others wrote twice (invariant 8). Once an author has said which course it acknowledges, or an admin which one it had seen, the one that is not here is gathered until it
/// reaches that record; then it takes the place of the one that is. Before that, and without a contradiction, nothing is touched.
/// </summary>
internal sealed class Forks(SessionContext context)
{
    public const int MaxBytes = 16 * 1024 * 1024;
    public const long LostMs = 20_000;

    private readonly EpochEnds _ends = new(context);
    private readonly Dictionary<Author, List<Course>> _courses = [];
    private readonly Dictionary<Author, (long First, Problem Problem)> _told = [];
    private readonly HashSet<Author> _tooLong = [];
    private readonly HashSet<Author> _givenUp = [];
    private HashSet<Author> _missedSeen = [];
    private (Author Author, long SinceMs)? _missed;
    private Judge? _judge;

    /// <summary>A vector of this log without what its author has refuted: peers know other records by those numbers.</summary>
    public VersionVector Sure(VersionVector vector) => _ends.Refuted.Where(IsMissed).Aggregate(vector, static (sure, author) => sure.UpTo(new Dot(author, 0)));

    /// <summary>Whether a record above all that is here belongs to a course that is being gathered, or was given up: nothing is to be asked for.</summary>
    public bool Expects(RecordHeader header, RecordId id) =>
        _tooLong.Contains(header.Author) || _courses.TryGetValue(header.Author, out var courses) && courses.Exists(c => c.Holds(header.Number, id) || c.Precedes(header));

    public ForkVerdict Judge(RecordHeader header, RecordId id, string how)
    {
        var author = header.Author;
        // What parts from the course here before a record that counts more comes to nothing, but only what has been gathered is known to.
        if (_tooLong.Contains(author) || IsSettled(author, header.Number) && !IsMissed(author)) return ForkVerdict.Ignored;
        if (!_ends.Knows(author))
        {
            Tell(author, header.Number, how);
            return ForkVerdict.Ignored;
        }
        var courses = _courses.GetValueOrDefault(author, []);
        if (courses.Exists(c => c.Holds(header.Number, id))) return ForkVerdict.Ignored;
        if (!courses.Exists(c => c.Precedes(header)) && !Branches(header, id)) return ForkVerdict.Unattached;
        Tell(author, header.Number, how);
        return ForkVerdict.Wanted;
    }

    /// <summary>Gathers a wanted record; its signature has been verified.</summary>
    public void Add(SignedRecord signed, RecordHeader header, RecordId id)
    {
        if (!_courses.TryGetValue(header.Author, out var courses)) _courses[header.Author] = courses = [];
        var course = courses.Find(c => c.EndsBefore(header));
        if (course is null) courses.Add(course = courses.Find(c => c.Precedes(header))?.Before(header) ?? new Course(header.Dot));
        course.Add(signed, header, id);
        if (courses.Sum(c => c.Bytes) <= MaxBytes) return;
        _courses.Remove(header.Author);
        _tooLong.Add(header.Author);
        Tell(header.Author, course.First.Number, $"the one that it acknowledges differs by more than {MaxBytes >> 20} MiB of records, too many to be taken over; stop this node, move its .vfs/vfs.db away and start it again");
    }

    /// <summary>A course that is better acknowledged than what it would replace.</summary>
    public Course? Complete() => _courses.Values.SelectMany(c => c).FirstOrDefault(c => _ends.Of(c.First.Author, c.First.Number, c.IdAt)?.CompareTo(_ends.OfOwn(c.First.Author, c.First.Number)) > 0);

    /// <summary>Records are in the log now. True: another course than the one here is wanted by what they say, and peers are to be asked for it.</summary>
    public bool Learn(IEnumerable<RecordHeader> headers)
    {
        var ask = false;
        foreach (var header in headers)
        {
            if (header.Continues is null)
            {
                _ends.Grew(header.Author);
                continue;
            }
            _ends.Changed();
            ask |= IsWanted(header.Author with { Epoch = header.Continues.Epoch });
        }
        return ask | LearnSeen();
    }

    // Other versions of the policy hold than before: what they had seen may be another course than the one here.
    private bool LearnSeen()
    {
        if (ReferenceEquals(_judge, context.Judgement.Now)) return false;
        _judge = context.Judgement.Now;
        foreach (var (author, (first, _)) in _told.Where(t => !_tooLong.Contains(t.Key) && !_ends.Refuted.Contains(t.Key) && IsSettled(t.Key, t.Value.First)).ToList()) Replaced(author);
        var before = _missedSeen;
        _missedSeen = [.. _ends.Refuted.Where(IsMissed)];
        return _missedSeen.Except(before).Any(); // Of what nobody has it is no use to ask for again with every policy.
    }

    /// <summary>The acknowledged course of this author's log is here.</summary>
    public void Replaced(Author author)
    {
        _ends.Replaced();
        _courses.Remove(author);
        _missedSeen.Remove(author);
        if (_told.Remove(author, out var told)) context.Emit(new SettledEffect(told.Problem));
    }

    /// <summary>Before its author said a word: a fork is none any more once the author itself holds the course here, and nobody who is linked holds another.</summary>
    public void LookAround(IEnumerable<PeerSession> live)
    {
        if (_told.Count == 0) return;
        var peers = live.ToList();
        foreach (var (author, (first, _)) in _told.Where(t => !_ends.Knows(t.Key)).ToList())
            if (peers.Exists(p => p.Peer == author.Node && p.Cursor[author] >= first) && !peers.Exists(p => p.Differs(author))) Replaced(author);
    }

    /// <summary>
    /// How an epoch of this node's own is to have ended, if its latest word on it is for a course that no member had for a while: those who had it may have
    /// given it up for an earlier word before they heard the later one. As long as one is away, or holds another course than the one here, it may have it. Against what an
    /// admin had seen, a word of its own would do nothing.
    /// </summary>
    public (EpochEnd End, HybridTime After)? Lost(NodeId self, IReadOnlyList<PeerSession> live, bool allAreHere)
    {
        var lost = _ends.Refuted.FirstOrDefault(a => a.Node == self && !_tooLong.Contains(a) && !_courses.ContainsKey(a) && !_givenUp.Contains(a) && !live.Any(p => p.Differs(a)) && _ends.RefutedBy(a)?.Weight == 0);
        if (lost == default || live.Count == 0 || !allAreHere) _missed = null;
        else if (_missed is not { } missed || missed.Author != lost)
        {
            _missed = (lost, context.NowMs);
            context.Emit(new WakeEffect(context.NowMs + LostMs));
        }
        else if (context.NowMs - missed.SinceMs >= LostMs && _ends.Latest(lost) is { } latest && latest.Time.UnixMs <= context.NowMs + HybridTime.MaxAheadMs)
        {
            // Once: should the word not hold, another would do no better.
            _givenUp.Add(lost);
            _missed = null;
            var number = context.View.Cursor[lost];
            return (new(lost.Epoch, number, context.View.RecordIdOf(new Dot(lost, number))), latest.Time);
        }
        return null;
    }

    private bool IsWanted(Author author)
    {
        if (_ends.Refuted.Contains(author)) return IsMissed(author);
        if (!_told.TryGetValue(author, out var told)) return false;
        if (!IsSettled(author, told.First)) return true;
        Replaced(author);
        return false;
    }

    // Another course is spoken for. Once it is gathered, and does not take the place of the one here, it is missed no more: it parts from that before a record that counts more.
    private bool IsMissed(Author author) =>
        _ends.Refuted.Contains(author) && _ends.RefutedBy(author) is { } word && _courses.GetValueOrDefault(author)?.Exists(c => c.IdAt(word.Number) == word.Id) != true;

    private bool IsSettled(Author author, long first) => _ends.IsOwn(author, Math.Min(first, context.View.Cursor[author]));

    // Where two courses part: what goes before is here.
    private bool Branches(RecordHeader header, RecordId id)
    {
        if (header.Number > context.View.Cursor[header.Author] || context.View.RecordIdOf(header.Dot) == id) return false;
        return header.Number == 1 || context.View.RecordIdOf(header.Dot with { Number = header.Number - 1 }) == header.Previous;
    }

    private void Tell(Author author, long number, string how)
    {
        if (_told.TryGetValue(author, out var told) && !_tooLong.Contains(author)) return;
        if (told.Problem is not null) context.Emit(new SettledEffect(told.Problem));
        var problem = new Problem(EntryPath.Root, ProblemKind.Node, $"{context.Members.NameOf(author.Node)} wrote two histories ({how}): its folder was copied or restored. What it has on disk comes again when it starts.");
        _told[author] = (told.First == 0 ? number : Math.Min(number, told.First), problem);
        context.Emit(new ProblemEffect(EntryPath.Root, problem));
    }

    /// <summary>One course of an author's log, from where it parts from the one that is here.</summary>
    internal sealed class Course(Dot first)
    {
        private readonly List<RecordId> _ids = [];

        public Dot First => first;

        public List<(SignedRecord Signed, RecordHeader Header)> Records { get; } = [];

        public long Bytes { get; private set; }

        public RecordId IdAt(long number) => number >= first.Number && number - first.Number < _ids.Count ? _ids[(int)(number - first.Number)] : default;

        public bool Holds(long number, RecordId id) => IdAt(number) == id;

        /// <summary>Whether a record goes on from one in here.</summary>
        public bool Precedes(RecordHeader next) => next.Number > first.Number && Holds(next.Number - 1, next.Previous);

        public bool EndsBefore(RecordHeader next) => Precedes(next) && next.Number == first.Number + _ids.Count;

        /// <summary>As far as a record that parts from it in the middle has it.</summary>
        public Course Before(RecordHeader next)
        {
            var part = new Course(first);
            for (var i = 0; i < next.Number - first.Number; i++) part.Add(Records[i].Signed, Records[i].Header, _ids[i]);
            return part;
        }

        public void Add(SignedRecord signed, RecordHeader header, RecordId id)
        {
            Records.Add((signed, header));
            _ids.Add(id);
            Bytes += signed.Length;
        }
    }
}
