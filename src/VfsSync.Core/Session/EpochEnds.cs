using VfsSync.Core.History;
using VfsSync.Core.Reconcile;

namespace VfsSync.Core.Session;

/// <summary>
/// How epochs ended, by their authors' own word: each record named is acknowledged, and with it all that it follows. Where an author named two courses of one
/// epoch (it was rolled back twice, say), the later word holds, on every node alike. What lies above the record named is nobody's fork by that alone:
/// a copied folder says how far it had come, and the original goes on.
/// </summary>
internal sealed class EpochEnds(IFolderView view)
{
    private Dictionary<Author, List<Named>>? _named;
    private HashSet<Author>? _refuted;

    /// <summary>Records were added to the log, or left it.</summary>
    public void Changed() => (_named, _refuted) = (null, null);

    public bool Knows(Author author) => All.ContainsKey(author);

    /// <summary>Authors whose records in this log are another course than the one acknowledged.</summary>
    public IReadOnlySet<Author> Refuted => _refuted ??= [.. All.Keys.Where(IsRefuted)];

    /// <summary>The latest word on a course, as it goes on from a number; null if nothing of it is acknowledged.</summary>
    public Named? Of(Author author, long first, Func<long, RecordId> idAt) =>
        All.GetValueOrDefault(author)?.Where(named => named.Number >= first && idAt(named.Number) == named.Id).Max();

    /// <summary>The latest word on an epoch, whatever the course.</summary>
    public Named? Latest(Author author) => All.GetValueOrDefault(author)?.Max();

    /// <summary>Whether the course that this log holds is, from a number on, the one that the latest word is for.</summary>
    public bool IsOwn(Author author, long first) =>
        All.GetValueOrDefault(author)?.Where(named => named.Number >= first).Max() is { } last && OfOwn(author, first) == last;

    /// <summary>As <see cref="Of"/>, of the course that this log holds.</summary>
    public Named? OfOwn(Author author, long first) => Of(author, first, number => Here(author, number));

    private Dictionary<Author, List<Named>> All => _named ??= Read();

    private Dictionary<Author, List<Named>> Read()
    {
        var all = new Dictionary<Author, List<Named>>();
        foreach (var header in view.FirstHeaders())
        {
            if (header.Continues is not { Number: > 0, Id.IsNone: false } end || end.Epoch == header.Author.Epoch) continue;
            var author = header.Author with { Epoch = end.Epoch };
            if (!all.TryGetValue(author, out var known)) all[author] = known = [];
            known.Add(new(header.Time, header.Author.Epoch, end.Number, end.Id));
        }
        return all;
    }

    private bool IsRefuted(Author author) =>
        All[author].Where(n => n.Number <= view.Cursor[author] && Here(author, n.Number) != n.Id).Max() is { } other && !(OfOwn(author, other.Number)?.CompareTo(other) > 0);

    private RecordId Here(Author author, long number) => number > view.Cursor[author] ? default : view.RecordIdOf(new Dot(author, number));

    /// <summary>A record that an author's later epoch names as the last one of this one.</summary>
    /// <param name="Time">When it was said.</param>
    /// <param name="By">In which epoch.</param>
    /// <param name="Number">The record's number.</param>
    /// <param name="Id">The record.</param>
    public sealed record Named(HybridTime Time, ulong By, long Number, RecordId Id) : IComparable<Named>
    {
        public int CompareTo(Named? other) => other is null ? 1 : Time.CompareTo(other.Time) is not 0 and var c ? c : By.CompareTo(other.By);
    }
}
