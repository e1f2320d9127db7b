using VfsSync.Fuzz;

namespace VfsSync.Engine.Tests;

/// <summary>A short form of tests/VfsSync.Fuzz: whatever others write is read, or refused as the reader says.</summary>
public sealed class FuzzTests
{
    public static IEnumerable<TheoryDataRow<string>> Names => Targets.All.Select(t => new TheoryDataRow<string>(t.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void Made_up_and_mutated_bytes_are_read_or_refused(string target) =>
        Assert.Null(new FuzzRun(Targets.All.Single(t => t.Name == target), seed: 1).Run(0, target == "globs" ? 1000 : 5000, _ => { }));

    [Fact]
    public void A_reader_that_lets_anything_else_out_is_found()
    {
        var target = new Target("broken", () => [[1, 2, 3]], bytes => throw (bytes.Length > 100 ? new InvalidOperationException() : new FormatException()), e => e is FormatException, []);
        Assert.Contains("InvalidOperationException", new FuzzRun(target, seed: 1).Run(0, 5000, _ => { }), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_seed_and_index_make_the_same_input()
    {
        byte[][] good = [[1, 2, 3, 4, 5, 6, 7, 8]];
        for (var index = 0; index < 200; index++) Assert.Equal(new Mutator(1, index, []).Make(good), new Mutator(1, index, []).Make(good));
        Assert.NotEqual(Enumerable.Range(0, 50).Select(i => Convert.ToHexString(new Mutator(1, i, []).Make(good))), Enumerable.Range(0, 50).Select(i => Convert.ToHexString(new Mutator(2, i, []).Make(good))));
    }
}
