using CsCheck;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Tests.Wire;

public class RecordCodecTests
{
    [Fact]
    public void Changes_come_back_as_they_were() =>
        Samples.Bodies.Sample(changes => RecordCodec.DecodeChanges(RecordCodec.EncodeChanges(changes)).SequenceEqual(changes));

    [Fact]
    public void A_body_is_never_longer_than_estimated() =>
        Samples.Bodies.Sample(changes => RecordCodec.EncodeChanges(changes).Length <= changes.Sum(RecordCodec.EstimateChange));

    [Fact]
    public void Headers_come_back_as_they_were() =>
        Gen.Select(Gen.Long[1, long.MaxValue], Gen.Long[0, long.MaxValue], Samples.Hashes, Gen.Int[0, 9], Samples.Hashes.Array[0, 5], Samples.Hashes.Array[0, 300])
            .Sample((number, time, hash, key, heads, needed) =>
            {
                var header = new RecordHeader(
                    Samples.Author(3), number, number == 1 ? default : new RecordId(hash), new HybridTime(time), hash, key,
                    [.. heads.Select(h => new RecordId(h))], [.. needed.Select(h => new ChunkId(h))], number == 1 ? new EpochEnd(ulong.MaxValue, 7, new RecordId(hash)) : null);
                var back = RecordCodec.DecodeHeader(RecordCodec.EncodeHeader(header));
                Assert.Equal(header with { PolicyHeads = [], Needed = [] }, back with { PolicyHeads = [], Needed = [] });
                Assert.Equal(header.PolicyHeads, back.PolicyHeads);
                Assert.Equal(header.Needed, back.Needed);
            });

    [Fact]
    public void A_rename_takes_under_100_bytes()
    {
        var changes = Enumerable.Range(0, 1000).Select(i => new Change(
            0, Samples.Path($"pictures/2025 summer/IMG_{i:0000}.jpg"), Samples.SmallFile(i, 50_000 + i), VersionVector.Empty,
            Samples.Path($"photos/2025 summer/IMG_{i:0000}.jpg"), VersionVector.Of(Samples.Dot(i % 3, 1000 + i)))).ToList();
        Assert.InRange(RecordCodec.EncodeChanges(changes).Length / 1000.0, 40, 100);
    }
}
