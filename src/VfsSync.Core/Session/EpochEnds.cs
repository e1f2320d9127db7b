using VfsSync.Core.History;
using VfsSync.Core.Rules;

namespace VfsSync.Core.Session;

/// <summary>
/// How epochs ended: each record named is acknowledged, and with it all that it follows. First by whoever can take rights from their author: what a valid version of the policy, or the
/// root, had seen stays said, or who is narrowed could take back all that it ever wrote; who stands above the author counts before any other, and of several the first, who cannot
/// have seen what was written to undo it. Else by the author's own word: of two courses of one epoch that it named (it was rolled back twice, say) the later word holds, on every node
/// alike. What lies above the record named is nobody's fork by that alone: a copied folder says how far it had come, and the original goes on.
/// </summary>
internal sealed class EpochEnds(SessionContext context)
{
    private readonly Dictionary<Dot, RecordId> _ids = []; // of the log
    private Dictionary<Author, HashSet<Named>>? _named;
    private HashSet<Author>? _refuted;
    private HashSet<Author> _open = []; // who may be, as the log grows
    private Judge? _judge;

    /// <summary>First records were added to the log.</summary>
    public void Changed() => (_named, _refuted) = (null, null);

    /// <summary>Records left the log, others took their place.</summary>
    public void Replaced()
    {
        Changed();
        _ids.Clear();
    }

    /// <summary>Records of an author were added to the log.</summary>
    public void Grew(Author author)
    {
        if (_refuted is null || !_open.Contains(author)) return;
        var isRefuted = RefutedBy(author) is not null;
        if (isRefuted) _refuted?.Add(author); // None are known any more where another policy holds.
        else _refuted?.Remove(author);
    }

    /// <summary>Whether its author said which course it acknowledges, or another one was seen than is here.</summary>
    public bool Knows(Author author) => All.GetValueOrDefault(author)?.Any(named => named.Weight == 0 || Here(author, named.Number) != named.Id) == true;

    /// <summary>Authors whose records in this log are another course than the one acknowledged.</summary>
    public IReadOnlySet<Author> Refuted
    {
        get
        {
            var all = All;
            if (_refuted is not null) return _refuted;
            _open = [.. all.Keys.Where(Knows)];
            return _refuted = [.. _open.Where(author => RefutedBy(author) is not null)];
        }
    }

    /// <summary>The word on a course that counts most, as it goes on from a number; null if nothing of it is acknowledged.</summary>
    public Named? Of(Author author, long first, Func<long, RecordId> idAt) =>
        All.GetValueOrDefault(author)?.Where(named => named.Number >= first && idAt(named.Number) == named.Id).Max();

    /// <summary>The author's own latest word on an epoch, whatever the course.</summary>
    public Named? Latest(Author author) => All.GetValueOrDefault(author)?.Where(named => named.Weight == 0).Max();

    /// <summary>Whether the course that this log holds is, from a number on, the one that the word is for that counts most.</summary>
    public bool IsOwn(Author author, long first) =>
        All.GetValueOrDefault(author)?.Where(named => named.Number >= first).Max() is { } last && OfOwn(author, first) == last;

    /// <summary>As <see cref="Of"/>, of the course that this log holds.</summary>
    public Named? OfOwn(Author author, long first) => Of(author, first, number => Here(author, number));

    /// <summary>The word that is for another course than the one in this log, and counts more than any for that; null if there is none.</summary>
    public Named? RefutedBy(Author author) =>
        All.GetValueOrDefault(author)?.Where(n => n.Number <= context.View.Cursor[author] && Here(author, n.Number) != n.Id).Max() is { } other && !(OfOwn(author, other.Number)?.CompareTo(other) > 0) ? other : null;

    private Dictionary<Author, HashSet<Named>> All
    {
        get
        {
            if (!ReferenceEquals(_judge, context.Judgement.Now)) Changed();
            _judge = context.Judgement.Now;
            return _named ??= Read(_judge);
        }
    }

    private Dictionary<Author, HashSet<Named>> Read(Judge judge)
    {
        var all = new Dictionary<Author, HashSet<Named>>();
        foreach (var header in context.View.FirstHeaders())
        {
            if (header.Continues is not { Number: > 0, Id.IsNone: false } end || end.Epoch == header.Author.Epoch || judge.IsPast(header.Dot)) continue;
            Add(header.Author with { Epoch = end.Epoch }, new(0, header.Time, header.Author.Epoch, end.Number, end.Id));
        }
        foreach (var version in judge.Versions.Where(v => judge.IsValid(v.Id)))
            if (context.View.HeaderOf(version.Dot) is { } header) AddSeen(version.Statement.Seen, header, node => judge.WeightOf(version.Author, node));
        foreach (var ((cut, by), said) in context.Members.Now.Cuts)
            if (context.View.HeaderOf(by) is { } header) AddSeen(said.Seen, header, node => judge.AreOne(node, cut) ? Judge.RootWeight : 0);
        // A key's last word counts more than what it says later, and less than what others had seen.
        foreach (var (succession, record) in context.Members.Now.Successions.Values)
        {
            AddSeen(succession.Seen, record, _ => Judge.LastWordWeight);
            Add(record.Author, new(Judge.LastWordWeight, record.Time, record.Author.Epoch, record.Number, context.View.RecordIdOf(record.Dot)));
        }
        return all;

        void AddSeen(IEnumerable<SeenRecord> seen, RecordHeader by, Func<NodeId, int> weightOf)
        {
            foreach (var (dot, id) in seen)
                if (weightOf(dot.Author.Node) is > 0 and var weight) Add(dot.Author, new(weight, by.Time, by.Author.Epoch, dot.Number, id));
        }

        void Add(Author author, Named word)
        {
            if (!all.TryGetValue(author, out var known)) all[author] = known = new(Comparer);
            if (known.TryGetValue(word, out var same) && same.CompareTo(word) >= 0) return;
            known.Remove(word);
            known.Add(word);
        }
    }

    private RecordId Here(Author author, long number)
    {
        if (number > context.View.Cursor[author]) return default;
        var dot = new Dot(author, number);
        return _ids.TryGetValue(dot, out var known) ? known : _ids[dot] = context.View.RecordIdOf(dot);
    }

    // Most versions of the policy have seen the same as the one before: of what has one weight the word that counts most is enough.
    private static readonly IEqualityComparer<Named> Comparer =
        EqualityComparer<Named>.Create((a, b) => (a!.Weight, a.Number, a.Id) == (b!.Weight, b.Number, b.Id), named => HashCode.Combine(named.Weight, named.Number, named.Id));

    /// <summary>A record that is named as one that holds.</summary>
    /// <param name="Weight">What it counts: 0 by the author's own later epoch, more by those who had seen it.</param>
    /// <param name="Time">When it was said.</param>
    /// <param name="By">In which epoch.</param>
    /// <param name="Number">The record's number.</param>
    /// <param name="Id">The record.</param>
    public sealed record Named(int Weight, HybridTime Time, ulong By, long Number, RecordId Id) : IComparable<Named>
    {
        public int CompareTo(Named? other)
        {
            if (other is null) return 1;
            if (Weight != other.Weight) return Weight.CompareTo(other.Weight);
            var later = (Time, By, Number, Id).CompareTo((other.Time, other.By, other.Number, other.Id));
            return Weight == 0 ? later : -later;
        }
    }
}
