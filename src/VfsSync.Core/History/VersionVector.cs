using System.Collections.Immutable;

namespace VfsSync.Core.History;

/// <summary>
/// Author -> highest number: what a version has seen (Parker et al. 1983, with dots after Preguiça et al. 2010). Immutable; kept sorted by author.
/// Two versions of one path compare through it; vectors of different paths do not.
/// </summary>
internal readonly struct VersionVector : IEquatable<VersionVector>
{
    private readonly ImmutableArray<Dot> _dots;

    private VersionVector(ImmutableArray<Dot> dots) => _dots = dots;

    public static VersionVector Empty => default;

    /// <summary>One dot per author, sorted.</summary>
    public ImmutableArray<Dot> Dots => _dots.IsDefault ? [] : _dots;

    public bool IsEmpty => Dots.IsEmpty;

    /// <summary>The number of <paramref name="author"/>, 0 when it is not in here.</summary>
    public long this[Author author]
    {
        get
        {
            foreach (var dot in Dots)
                if (dot.Author == author) return dot.Number;
            return 0;
        }
    }

    /// <summary>From dots in any order; of one author the highest counts.</summary>
    public static VersionVector Of(params IEnumerable<Dot> dots) => dots.Aggregate(Empty, (v, d) => v.With(d));

    public bool Contains(Dot dot) => this[dot.Author] >= dot.Number;

    /// <summary>Whether this has seen all that <paramref name="other"/> has.</summary>
    public bool Includes(VersionVector other)
    {
        foreach (var dot in other.Dots)
            if (!Contains(dot)) return false;
        return true;
    }

    public VersionVector With(Dot dot)
    {
        var dots = Dots;
        var at = 0;
        while (at < dots.Length && dots[at].Author.CompareTo(dot.Author) < 0) at++;
        if (at == dots.Length || dots[at].Author != dot.Author) return new(dots.Insert(at, dot));
        return dots[at].Number >= dot.Number ? this : new(dots.SetItem(at, dot));
    }

    /// <summary>The same, but of this author nothing above that number.</summary>
    public VersionVector UpTo(Dot last)
    {
        if (this[last.Author] <= last.Number) return this;
        var others = new VersionVector(Dots.RemoveAll(dot => dot.Author == last.Author));
        return last.Number == 0 ? others : others.With(last);
    }

    /// <summary>The least vector that includes both.</summary>
    public VersionVector Join(VersionVector other)
    {
        if (IsEmpty) return other;
        var joined = this;
        foreach (var dot in other.Dots) joined = joined.With(dot);
        return joined;
    }

    public bool Equals(VersionVector other) => Dots.AsSpan().SequenceEqual(other.Dots.AsSpan());

    public override bool Equals(object? obj) => obj is VersionVector other && Equals(other);

    public override int GetHashCode() => Dots.IsEmpty ? 0 : HashCode.Combine(Dots.Length, Dots[0], Dots[^1]);

    public override string ToString() => $"{{{string.Join(", ", Dots)}}}";

    public static bool operator ==(VersionVector left, VersionVector right) => left.Equals(right);

    public static bool operator !=(VersionVector left, VersionVector right) => !left.Equals(right);
}
