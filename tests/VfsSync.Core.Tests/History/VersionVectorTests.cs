using CsCheck;
using VfsSync.Core.History;

namespace VfsSync.Core.Tests.History;

public class VersionVectorTests
{
    private static readonly Gen<(VersionVector, VersionVector)> Two = Gen.Select(Samples.Vectors, Samples.Vectors);
    private static readonly Gen<(VersionVector, VersionVector, VersionVector)> Three = Gen.Select(Samples.Vectors, Samples.Vectors, Samples.Vectors);

    [Fact]
    public void Joining_is_commutative() => Two.Sample((a, b) => a.Join(b) == b.Join(a));

    [Fact]
    public void Joining_is_associative() => Three.Sample((a, b, c) => a.Join(b).Join(c) == a.Join(b.Join(c)));

    [Fact]
    public void Of_many_dots_is_each_added_in_turn_and_so_is_a_join() => Gen.Select(Samples.Dots.Array[0, 12], Samples.Vectors).Sample((dots, v) =>
        VersionVector.Of(dots) == dots.Aggregate(VersionVector.Empty, (a, d) => a.With(d)) && v.Join(VersionVector.Of(dots)) == dots.Aggregate(v, (a, d) => a.With(d)));

    [Fact]
    public void Joining_is_idempotent() => Samples.Vectors.Sample(a => a.Join(a) == a && a.Join(VersionVector.Empty) == a && VersionVector.Empty.Join(a) == a);

    [Fact]
    public void Cut_down_for_one_author_it_holds_no_more_of_that_one_and_as_much_of_the_others() =>
        Gen.Select(Samples.Vectors, Gen.Int[0, 4], Gen.Long[0, 6]).Sample((v, author, most) =>
        {
            var cut = v.UpTo(Samples.Dot(author, most));
            return cut[Samples.Author(author)] == Math.Min(most, v[Samples.Author(author)])
                && Enumerable.Range(0, 5).Where(a => a != author).All(a => cut[Samples.Author(a)] == v[Samples.Author(a)])
                && cut.Dots.All(d => d.Number > 0) && v.Includes(cut);
        });

    [Fact]
    public void A_join_is_the_least_that_includes_both() =>
        Three.Sample((a, b, c) => a.Join(b).Includes(a) && a.Join(b).Includes(b) && (!(c.Includes(a) && c.Includes(b)) || c.Includes(a.Join(b))));

    [Fact]
    public void Including_is_a_partial_order() =>
        Three.Sample((a, b, c) => a.Includes(a) && (!(a.Includes(b) && b.Includes(a)) || a == b) && (!(a.Includes(b) && b.Includes(c)) || a.Includes(c)));

    [Fact]
    public void Including_is_joining_without_effect() => Two.Sample((a, b) => a.Includes(b) == (a.Join(b) == a));

    [Fact]
    public void A_dot_once_added_is_contained_with_all_before_it() =>
        Gen.Select(Samples.Vectors, Samples.Dots).Sample((v, d) =>
            v.With(d).Contains(d) && v.With(d).Contains(d with { Number = 1 }) && v.With(d).Includes(v) && v.With(d)[d.Author] == Math.Max(v[d.Author], d.Number));

    [Fact]
    public void Order_of_adding_does_not_show() =>
        Samples.Dots.Array[0, 8].Sample(dots =>
        {
            var (forth, back) = (VersionVector.Of(dots), VersionVector.Of(dots.Reverse()));
            return forth == back && forth.GetHashCode() == back.GetHashCode() && forth.Dots.SequenceEqual(forth.Dots.OrderBy(d => d.Author)) && forth.Dots.DistinctBy(d => d.Author).Count() == forth.Dots.Length;
        });

    [Fact]
    public void Epochs_of_one_node_are_different_authors()
    {
        var one = Samples.Dot(1, 5);
        var two = one with { Author = one.Author with { Epoch = 99 } };
        var both = VersionVector.Of(one, two);
        Assert.Equal(2, both.Dots.Length);
        Assert.False(VersionVector.Of(one).Contains(two));
        Assert.Equal(0, both[Samples.Author(2)]);
    }

    [Fact]
    public void The_default_is_empty()
    {
        Assert.True(default(VersionVector).IsEmpty);
        Assert.Equal(VersionVector.Empty, VersionVector.Of());
        Assert.Equal(0, VersionVector.Empty.GetHashCode());
    }
}
