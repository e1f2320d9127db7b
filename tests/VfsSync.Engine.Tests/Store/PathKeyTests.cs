using CsCheck;
using VfsSync.Core.Tree;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Tests.Store;

public sealed class PathKeyTests
{
    // Few letters, so that paths share prefixes; around '/', the surrogates and the ends of every UTF-8 length.
    private static readonly string[] Letters =
    [
        "a", "b", "/", "/", ".", "0", "!", "\u0001", "\u007F", "\u0080", "\u07FF", "\u0800", "\uD7FF", "\uE000", "\uFFFD", "\uFFFF", "\U00010000", "\U0001F600", "\U0010FFFF",
    ];

    private static readonly Gen<string> Letter = Gen.Int[0, Letters.Length - 1].Select(i => Letters[i]);

    private static readonly Gen<EntryPath> Path =
        Letter.Array[1, 8].Select(string.Concat).Where(text => EntryPath.TryParse(text, out _, out _)).Select(EntryPath.Parse);

    [Fact]
    public void A_key_reads_back_as_its_path() => Path.Sample(path => PathKey.Read(PathKey.Of(path)) == path);

    [Fact]
    public void The_order_of_keys_is_the_order_of_paths() =>
        Gen.Select(Path, Path).Sample((x, y) => Math.Sign(Order(PathKey.Of(x), PathKey.Of(y))) == Math.Sign(x.CompareTo(y)), iter: 100_000);

    [Fact]
    public void The_range_below_a_directory_holds_exactly_what_is_below_it() =>
        Gen.Select(Path, Path).Sample((directory, path) => InRange(directory, path) == path.IsBelow(directory), iter: 100_000);

    [Fact]
    public void All_that_is_made_below_a_directory_is_in_its_range() =>
        Gen.Select(Path, Letter.Where(l => l != "/" && l != ".")).Sample((directory, name) => InRange(directory, directory.Child(name)));

    [Fact]
    public void Everything_is_below_the_root() => Path.Sample(path => InRange(EntryPath.Root, path));

    private static bool InRange(EntryPath directory, EntryPath path)
    {
        var (after, before) = PathKey.Below(directory);
        return Order(PathKey.Of(path), after) > 0 && Order(PathKey.Of(path), before) < 0;
    }

    // As SQLite compares blobs.
    private static int Order(byte[] x, byte[] y) => x.AsSpan().SequenceCompareTo(y);
}
