using System.Collections.Immutable;
using VfsSync.Core.History;

namespace VfsSync.Engine.Store;

/// <summary>Authors as small numbers, so that a vector takes a few bytes per author. Grows inside commits; a commit that fails takes its additions back.</summary>
internal sealed class AuthorTable
{
    private readonly Database _writer;
    private volatile State _state;

    public AuthorTable(Database writer)
    {
        _writer = writer;
        var state = State.Empty;
        using var row = writer["select id, node, epoch from author order by id"];
        while (row.Step())
        {
            if (row.Int(0) != state.Authors.Length) throw new StoreCorruptException("an author is missing");
            state = state.With(new Author(new NodeId(row.Blob(1)), (ulong)row.Int(2)));
        }
        _state = state;
    }

    public ImmutableArray<Author> All => _state.Authors;

    public Author this[long id] => _state.Authors[checked((int)id)];

    /// <summary>-1 if it never was seen.</summary>
    public long Find(Author author) => _state.Ids.TryGetValue(author, out var id) ? id : -1;

    /// <summary>Only inside a commit. Known here before the commit is seen, so that a reader always finds the author of a row.</summary>
    public long IdOf(Author author)
    {
        if (_state.Ids.TryGetValue(author, out var known)) return known;
        var id = _state.Authors.Length;
        Span<byte> node = stackalloc byte[32];
        author.Node.Hash.CopyTo(node);
        _writer["insert into author(id, node, epoch) values(?, ?, ?)"].Bind(id).Bind(node).Bind((long)author.Epoch).Run();
        _state = _state.With(author);
        return id;
    }

    public object Mark() => _state;

    public void TakeBack(object mark) => _state = (State)mark;

    private sealed record State(ImmutableArray<Author> Authors, ImmutableDictionary<Author, int> Ids)
    {
        public static State Empty { get; } = new([], ImmutableDictionary<Author, int>.Empty);

        public State With(Author author) => new(Authors.Add(author), Ids.Add(author, Authors.Length));
    }
}
