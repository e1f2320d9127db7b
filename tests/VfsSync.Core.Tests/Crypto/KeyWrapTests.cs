using System.Security.Cryptography;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Tests.Crypto;

public class KeyWrapTests
{
    private readonly Cluster _cluster = new();
    private readonly Cluster.Member _a, _b, _outside;
    private readonly byte[] _key = Samples.RandomBytes(32, 3);

    public KeyWrapTests()
    {
        (_a, _b, _outside) = (_cluster.Admit("a", "editor", _cluster.Founder), _cluster.Admit("b", "reader", _cluster.Founder), _cluster.Admit("c", "editor", _cluster.Founder));
    }

    [Fact]
    public void Those_it_is_for_can_open_it_and_nobody_else()
    {
        var share = Wrapped();
        Assert.Equal(_key, Open(share, _a));
        Assert.Equal(_key, Open(share, _b));
        Assert.Null(Open(share, _outside));
        // By no key but its own, and in no other cluster.
        Assert.Null(KeyWrap.Unwrap(share, _cluster.Id, _a.Membership.Node, _b.Agreement));
        Assert.Null(KeyWrap.Unwrap(share, _cluster.Id, _b.Membership.Node, _a.Agreement));
        Assert.Null(KeyWrap.Unwrap(share, new Cluster().Id, _a.Membership.Node, _a.Agreement));
        Assert.DoesNotContain(Convert.ToHexString(_key), Convert.ToHexString(RecordCodec.EncodeStatements([share])), StringComparison.Ordinal);
    }

    [Fact]
    public void Any_changed_byte_is_noticed_and_it_cannot_be_passed_off_as_another_key()
    {
        var share = Wrapped();
        Assert.Null(Open(share with { KeyId = share.KeyId + 1 }, _a));
        for (var i = 0; i < KeyWrap.Length; i++)
        {
            var bytes = share.For[0].Bytes.ToArray();
            bytes[i] ^= 1;
            Assert.Null(Open(share with { For = [share.For[0] with { Bytes = bytes }] }, _a));
        }
        Assert.Null(Open(share with { For = [share.For[0] with { Bytes = share.For[0].Bytes[..47] }] }, _a));
        Assert.Null(Open(share with { Sender = _outside.Membership.AgreementKey }, _a));
        var offCurve = share.Sender.ToArray();
        offCurve[^1] ^= 1;
        Assert.Null(Open(share with { Sender = offCurve }, _a));
        Assert.Null(Open(share with { Sender = default }, _a));
    }

    [Fact]
    public void A_member_whose_agreement_key_is_none_is_left_out()
    {
        var bad = _a.Membership.AgreementKey.ToArray();
        bad[^1] ^= 1;
        var share = KeyWrap.Wrap(_cluster.Id, _key, 1, [_a.Membership with { AgreementKey = bad }, _b.Membership], default, Samples.RandomBytes(32, 9));
        Assert.Equal([_b.Membership.Node], share.For.Select(w => w.Node));
        Assert.Equal(_key, Open(share, _b));
    }

    [Fact]
    public void It_is_the_same_after_its_way_through_a_record()
    {
        var ring = KeyRing.From(Samples.ClusterSecret);
        ring.Add(Samples.RandomBytes(32, 4));
        var share = Wrapped() with { Older = ring.SealOlder(_key, Samples.Nonce()) };
        var read = Assert.IsType<SealKeyShare>(Assert.Single(RecordCodec.DecodeStatements(RecordCodec.EncodeStatements([share]))));
        Assert.Equal((share.KeyId, share.Generation), (read.KeyId, read.Generation));
        Assert.Equal(share.Sender.ToArray(), read.Sender.ToArray());
        Assert.Equal(share.Older.ToArray(), read.Older.ToArray());
        Assert.Equal(_key, Open(read, _b));
        foreach (var (keyId, generation) in ((long, int)[])[(0, 1), (1, 1), (share.KeyId, 0)])
            Assert.Throws<FormatException>(() => RecordCodec.DecodeStatements(RecordCodec.EncodeStatements([share with { KeyId = keyId, Generation = generation }])));
    }

    [Fact]
    public void Who_has_the_newest_key_gets_the_older_ones()
    {
        var (all, newcomer) = (KeyRing.From(Samples.ClusterSecret), KeyRing.From(Samples.ClusterSecret));
        var older = Enumerable.Range(10, 3).Select(i => all.Add(Samples.RandomBytes(32, i))).ToList();
        var sealedKeys = all.SealOlder(_key, Samples.Nonce());
        var id = newcomer.Add(_key);
        Assert.Equal(older.Order(), newcomer.OpenOlder(id, sealedKeys).Order());
        Assert.All(older, k => Assert.Equal(all.Secret(k).ToArray(), newcomer.Secret(k).ToArray()));
        var other = KeyRing.From(Samples.ClusterSecret);
        Assert.ThrowsAny<CryptographicException>(() => other.OpenOlder(other.Add(Samples.RandomBytes(32, 77)), sealedKeys));
        Assert.ThrowsAny<CryptographicException>(() => other.OpenOlder(id, sealedKeys));
    }

    private SealKeyShare Wrapped() => KeyWrap.Wrap(_cluster.Id, _key, 1, [_a.Membership, _b.Membership], default, Samples.RandomBytes(32, 9));

    private byte[]? Open(SealKeyShare share, Cluster.Member by) => KeyWrap.Unwrap(share, _cluster.Id, by.Membership.Node, by.Agreement);
}
