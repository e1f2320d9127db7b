using System.Security.Cryptography;
using System.Text;
using VfsSync.Core.Content;

namespace VfsSync.Core.Tests.Content;

public class ChunkerTests
{
    private static readonly Chunker Chunker = new(Samples.Ring.GearKey);

    private static List<int> Lengths(Chunker chunker, ReadOnlySpan<byte> data)
    {
        var lengths = new List<int>();
        for (; !data.IsEmpty; data = data[lengths[^1]..]) lengths.Add(chunker.Cut(data));
        return lengths;
    }

    private static List<string> Pieces(byte[] data)
    {
        var at = 0;
        return [.. Lengths(Chunker, data).Select(n => Convert.ToHexString(SHA256.HashData(data.AsSpan((at += n) - n, n))))];
    }

    // Frozen: another result would give all content of all clusters new chunks.
    [Fact]
    public void Golden_boundaries_never_change()
    {
        var data = Samples.RandomBytes(1024 * 1024, seed: 42);
        Assert.Equal("64621 54691 57425 60919 52742 52896 68118 60366 53560 69285 65396 55841 81141 62290 63846 65316 60123", string.Join(' ', Lengths(new Chunker("golden gear key of the vfs tests"u8), data)));
    }

    [Fact]
    public void Another_key_cuts_elsewhere()
    {
        var data = Samples.RandomBytes(1024 * 1024);
        Assert.NotEqual(Lengths(Chunker, data), Lengths(new Chunker("another"u8), data));
    }

    // The derivation as the doc comment tells it, in its plainest form.
    [Fact]
    public void Agrees_with_the_plain_form()
    {
        Span<byte> table = stackalloc byte[2048];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Samples.Ring.GearKey, table, [], Encoding.ASCII.GetBytes("vfs/1 gear table"));
        var gear = new ulong[256];
        for (var i = 0; i < 256; i++) gear[i] = BitConverter.ToUInt64(table[(8 * i)..]);

        for (var seed = 0; seed < 40; seed++)
        {
            var data = Samples.RandomBytes(Chunker.Max + seed, seed);
            Assert.Equal(PlainCut(data, gear), Chunker.Cut(data));
            var shorter = data.AsSpan(0, 20_000 + 1013 * seed).ToArray();
            Assert.Equal(PlainCut(shorter, gear), Chunker.Cut(shorter));
        }
    }

    private static int PlainCut(byte[] data, ulong[] gear)
    {
        ulong hash = 0;
        for (var i = Chunker.Min - 64; i < Math.Min(data.Length, Chunker.Max); i++)
        {
            hash = (hash << 1) + gear[data[i]];
            var (lowest, bits) = i < 50 * 1024 ? (44, 18) : (48, 14);
            if (i >= Chunker.Min && (hash >> lowest) % (1UL << bits) == 0) return i + 1;
        }
        return Math.Min(data.Length, Chunker.Max);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Chunker.Min - 1)]
    [InlineData(Chunker.Min)]
    public void Short_content_is_one_chunk(int length) => Assert.Equal(length, Chunker.Cut(new byte[length]));

    [Fact]
    public void Lengths_keep_their_bounds_and_their_average()
    {
        var lengths = Lengths(Chunker, Samples.RandomBytes(64 * 1024 * 1024));
        Assert.All(lengths.SkipLast(1), n => Assert.InRange(n, Chunker.Min, Chunker.Max));
        Assert.InRange(lengths.Average(), 0.9 * Chunker.Average, 1.1 * Chunker.Average);
        Assert.Equal([Chunker.Max, Chunker.Max, 5], Lengths(Chunker, new byte[2 * Chunker.Max + 5]));
    }

    [Fact]
    public void An_insertion_changes_the_chunks_around_it_only()
    {
        var before = Samples.RandomBytes(8 * 1024 * 1024);
        byte[] after = [.. before.AsSpan(0, 3_000_000), .. "inserted"u8, .. before.AsSpan(3_000_000)];
        var old = Pieces(before).ToHashSet();
        Assert.InRange(Pieces(after).Count(p => !old.Contains(p)), 1, 4);
    }

    [Fact]
    public void A_cut_depends_on_nothing_behind_it()
    {
        var data = Samples.RandomBytes(2 * Chunker.Max);
        var first = Chunker.Cut(data);
        Assert.Equal(first, Chunker.Cut(data.AsSpan(0, Chunker.Max)));
    }
}
