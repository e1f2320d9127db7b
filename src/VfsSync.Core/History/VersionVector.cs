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
            var at = IndexOf(author);
            return at >= 0 ? Dots[at].Number : 0;
        }
    }

    /// <summary>From dots in any order; of one author the highest counts.</summary>
    public static VersionVector Of(params IEnumerable<Dot> dots)
    {
        var sorted = dots.ToList();
        sorted.Sort((a, b) => a.Author.CompareTo(b.Author) is var order and not 0 ? order : a.Number.CompareTo(b.Number));
        var kept = ImmutableArray.CreateBuilder<Dot>(sorted.Count);
        for (var i = 0; i < sorted.Count; i++)
            if (i == sorted.Count - 1 || sorted[i].Author != sorted[i + 1].Author) kept.Add(sorted[i]);
        return new(kept.DrainToImmutable());
    }

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
        var at = IndexOf(dot.Author);
        if (at < 0) return new(dots.Insert(~at, dot));
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
        if (IsEmpty || other.IsEmpty) return IsEmpty ? other : this;
        var (mine, theirs) = (Dots, other.Dots);
        if (theirs.Length == 1) return With(theirs[0]);
        var joined = ImmutableArray.CreateBuilder<Dot>(mine.Length + theirs.Length);
        var (i, j, isNew) = (0, 0, false);
        while (i < mine.Length || j < theirs.Length)
        {
            var order = i == mine.Length ? 1 : j == theirs.Length ? -1 : mine[i].Author.CompareTo(theirs[j].Author);
            var takesTheirs = order > 0 || order == 0 && theirs[j].Number > mine[i].Number;
            joined.Add(takesTheirs ? theirs[j] : mine[i]);
            isNew |= takesTheirs;
            if (order <= 0) i++;
            if (order >= 0) j++;
        }
        return isNew ? new(joined.DrainToImmutable()) : this;
    }

    // As of a sorted array: where it is, or the complement of where it belongs.
    private int IndexOf(Author author)
    {
        var dots = Dots;
        var (low, high) = (0, dots.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = dots[middle].Author.CompareTo(author);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return ~low;
    }

    public bool Equals(VersionVector other) => Dots.AsSpan().SequenceEqual(other.Dots.AsSpan());

    public override bool Equals(object? obj) => obj is VersionVector other && Equals(other);

    public override int GetHashCode() => Dots.IsEmpty ? 0 : HashCode.Combine(Dots.Length, Dots[0], Dots[^1]);

    public override string ToString() => $"{{{string.Join(", ", Dots)}}}";

    public static bool operator ==(VersionVector left, VersionVector right) => left.Equals(right);

    public static bool operator !=(VersionVector left, VersionVector right) => !left.Equals(right);
}
