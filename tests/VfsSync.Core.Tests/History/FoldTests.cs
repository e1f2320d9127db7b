using System.Collections.Immutable;
using CsCheck;
using VfsSync.Core.History;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Tests.History;

public sealed class FoldTests
{
    // Random histories: each author's records in order, each change with parents that are heads of some earlier moment.
    private static List<ChangeRecord> Random(int seed)
    {
        var random = new Random(seed);
        var records = new List<ChangeRecord>();
        var numbers = new long[3];
        EntryPath[] paths = [Samples.Path("a"), Samples.Path("b"), Samples.Path("d/c")];
        for (var i = 0; i < 12; i++)
        {
            var author = random.Next(3);
            var path = paths[random.Next(3)];
            // What this author has: all of its own, and of the others what came before some moment.
            var moment = random.Next(records.Count + 1);
            var seen = Fold.Of(records.Where((r, at) => at < moment || r.Header.Author == Samples.Author(author)));
            VersionVector Parents(EntryPath of) => seen.Heads(of).Aggregate(VersionVector.Empty, (v, h) => v.Join(h.Vector));
            var from = paths[random.Next(3)];
            var change = random.Next(3) switch
            {
                0 => new Change(0, path, Entry.Absent, Parents(path)),
                1 when from != path => new Change(0, path, Samples.SmallFile(i), Parents(path), from, Parents(from)),
                _ => new Change(0, path, Samples.SmallFile(i), Parents(path)),
            };
            var header = Samples.Header(author, ++numbers[author]) with { Time = HybridTime.At(i + 1) };
            records.Add(new(new RecordId(Samples.HashOf(seed * 100 + i)), header, [change], []));
        }
        return records;
    }

    [Fact]
    public void Any_order_of_the_same_records_gives_the_same_heads() =>
        Gen.Select(Gen.Int[0, 100_000], Gen.Int[0, 100_000]).Sample((seed, order) =>
        {
            var records = Random(seed);
            var shuffled = records.ToArray();
            new Random(order).Shuffle(shuffled);
            return Heads(Fold.Of(records)) == Heads(Fold.Of(shuffled));
        });

    [Fact]
    public void A_version_that_has_seen_another_takes_its_place()
    {
        var first = Record(1, 1, new Change(0, Samples.Path("a"), Samples.SmallFile(1), VersionVector.Empty));
        var second = Record(2, 1, new Change(0, Samples.Path("a"), Samples.SmallFile(2), VersionVector.Of(first.Dot)));
        Assert.Equal([second.Dot], Fold.Of([second, first]).Heads(Samples.Path("a")).Select(h => h.Dot));
    }

    [Fact]
    public void What_a_version_has_seen_goes_also_if_another_took_its_place_first()
    {
        // The last one was written on top of a record of author 1 that was set aside since; the one that has its number now had seen the first.
        var first = Record(2, 1, new Change(0, Samples.Path("a"), Samples.SmallFile(1), VersionVector.Empty));
        var second = Record(1, 2, new Change(0, Samples.Path("a"), Entry.Absent, VersionVector.Of(first.Dot)));
        var third = Record(3, 1, new Change(0, Samples.Path("a"), Samples.SmallFile(2), VersionVector.Of(second.Dot)));
        foreach (var order in new[] { new[] { first, second, third }, [first, third, second] })
            Assert.Equal([third.Dot], Fold.Of(order).Heads(Samples.Path("a")).Select(h => h.Dot));
    }

    // Author 1 claims to have seen what author 2 has not written yet.
    [Fact]
    public void Of_two_that_claim_to_have_seen_each_other_both_stay_whichever_came_first()
    {
        var claim = Record(1, 1, new Change(0, Samples.Path("a"), Samples.SmallFile(1), VersionVector.Of(Samples.Dot(2, long.MaxValue))));
        var edit = Record(2, 1, new Change(0, Samples.Path("a"), Samples.SmallFile(2), VersionVector.Of(claim.Dot)));
        foreach (var order in new[] { new[] { claim, edit }, [edit, claim], [edit, claim, edit] })
            Assert.Equal([claim.Dot, edit.Dot], Fold.Of(order).Heads(Samples.Path("a")).Select(h => h.Dot).Order());
    }

    private static ChangeRecord Record(int author, long number, Change change) => new(new RecordId(Samples.HashOf(author * 100 + (int)number)), Samples.Header(author, number), [change], []);

    private static string Heads(Fold fold) =>
        string.Join('\n', fold.Paths.Order().Select(p => $"{p}: {string.Join(", ", fold.Heads(p).Select(h => h.Dot).Order())}"));
}
