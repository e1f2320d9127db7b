using System.Security.Cryptography;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;

namespace VfsSync.Core.Tests.Crypto;

public class KeyRingTests
{
    private static readonly KeyRing Ring = Samples.Ring;

    // Frozen: other keys would make all stored content of all clusters unreadable.
    [Fact]
    public void Golden_names_and_keys_never_change()
    {
        Assert.Equal("3a1d2911f1df24640e76e3c152f76c0021f33e94a22c17ddb9ce1420b2d1ce67", Ring.IdOf("hello"u8).ToString());
        Assert.Equal("53e77ec0ce16fe363ff6c02d9e7cabf7672a29de13b82fb63543132d0c69ed4f", Convert.ToHexStringLower(Ring.GearKey));
        Assert.Equal("00010000000000000000000000000000003761213ec9ac2bb882f9fedf7361c9d871224d9a55", Convert.ToHexStringLower(Ring.Seal("hello"u8, new byte[12], false).Bytes.Span));
        Assert.Equal("000000000000000000000000009c3c77fbfc3b3c45313725a0208efc3b3e31a6eb48", Convert.ToHexStringLower(Ring.SealBody("hello"u8, new byte[12])));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(100, true)]
    [InlineData(65_536, true)]
    [InlineData(Chunker.Max, true)]
    [InlineData(Chunker.Max, false)]
    public void What_was_sealed_opens(int length, bool compress)
    {
        foreach (var plain in new[] { Samples.RandomBytes(length), Samples.Text(length), new byte[length] })
        {
            var chunk = Ring.Seal(plain, Samples.Nonce(), compress);
            Assert.Equal(plain, Ring.Open(chunk));
            Assert.InRange(chunk.Bytes.Length, 33, plain.Length + 33);
            if (length <= SignedRecord.MaxBytes) Assert.Equal(plain, Ring.OpenBody(Ring.CurrentKeyId, Ring.SealBody(plain, Samples.Nonce())));
        }
    }

    [Fact]
    public void Compresses_only_where_it_helps()
    {
        Assert.InRange(Ring.Seal(Samples.Text(65_536), Samples.Nonce(), true).Bytes.Length, 33, 32_768);
        Assert.Equal(65_536 + 33, Ring.Seal(Samples.RandomBytes(65_536), Samples.Nonce(), true).Bytes.Length);
        Assert.Equal(65_536 + 33, Ring.Seal(Samples.Text(65_536), Samples.Nonce(), false).Bytes.Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Any_changed_byte_of_a_chunk_is_noticed(bool compress)
    {
        var chunk = Ring.Seal(Samples.Text(300), Samples.Nonce(), compress);
        for (var i = 0; i < chunk.Bytes.Length; i++)
        {
            foreach (var flip in new byte[] { 1, 0x80, 0xFF })
            {
                var bytes = chunk.Bytes.ToArray();
                bytes[i] ^= flip;
                Refused(() => Ring.Open(chunk with { Bytes = bytes }));
            }
            Refused(() => Ring.Open(chunk with { Bytes = chunk.Bytes[..i] }));
        }
        Refused(() => Ring.Open(chunk with { Bytes = new byte[Chunker.Max + 100] }));
        Refused(() => Ring.Open(chunk with { Id = Samples.Chunk(1) }));
    }

    [Fact]
    public void Any_changed_byte_of_a_body_is_noticed()
    {
        var body = Ring.SealBody(Samples.Text(300), Samples.Nonce());
        for (var i = 0; i < body.Length; i++)
        {
            var bytes = body.ToArray();
            bytes[i] ^= 1;
            Refused(() => Ring.OpenBody(1, bytes));
            Refused(() => Ring.OpenBody(1, body.AsSpan(0, i)));
        }
        Refused(() => Ring.OpenBody(2, body));
        Refused(() => KeyRing.From(new byte[32]).OpenBody(1, body));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Any_changed_byte_of_what_a_later_key_sealed_is_noticed(bool compress)
    {
        var (ring, key) = (KeyRing.From(Samples.ClusterSecret), Samples.RandomBytes(32));
        var id = ring.Add(key);
        ring.Use(id);
        Assert.Equal((id, 8), (SealKeyIds.Of(key), SealKeyIds.LengthOf(id)));
        var (plain, chunk) = (Samples.Text(300), ring.Seal(Samples.Text(300), Samples.Nonce(), compress));
        Assert.Equal(plain, ring.Open(chunk));
        Assert.Equal(id, Ring.Missing(chunk));
        for (var i = 0; i < chunk.Bytes.Length; i++)
        {
            var bytes = chunk.Bytes.ToArray();
            bytes[i] ^= 1;
            Refused(() => ring.Open(chunk with { Bytes = bytes }));
            Refused(() => ring.Open(chunk with { Bytes = chunk.Bytes[..i] }));
        }
        Assert.Null(Ring.Missing(chunk with { Bytes = chunk.Bytes[..8] }));
        Assert.Equal(plain, ring.OpenBody(id, ring.SealBody(plain, Samples.Nonce())));
    }

    // Frozen: nobody could open what is sealed under another name.
    [Fact]
    public void Golden_ids_of_later_keys_never_change()
    {
        var id = SealKeyIds.Of(new byte[32]);
        Assert.Equal(1966170242082404139, id);
        var bytes = new byte[9];
        SealKeyIds.Write(bytes, id);
        Assert.Equal(id, SealKeyIds.Read(bytes));
        SealKeyIds.Write(bytes, SealKeyIds.First);
        Assert.Equal((SealKeyIds.First, 4), (SealKeyIds.Read(bytes.AsSpan(0, 4)), SealKeyIds.LengthOf(SealKeyIds.First)));
        Assert.Throws<ArgumentException>(() => SealKeyIds.Of(new byte[31]));
    }

    // A member may seal what it likes under an id: the id must still name it.
    [Fact]
    public void A_well_sealed_chunk_under_a_wrong_name_is_refused()
    {
        var id = Ring.IdOf("one"u8);
        var wrong = new SealedChunk(id, Ring.Seal(id, "two"u8, Samples.Nonce(), false));
        Assert.Throws<CryptographicException>(() => Ring.Open(wrong));
    }

    [Fact]
    public void A_chunk_that_would_expand_beyond_the_longest_is_refused()
    {
        var bomb = new ZstdSharp.Compressor(1).Wrap(new byte[64 * 1024 * 1024]).ToArray();
        Assert.Throws<FormatException>(() => Squeezer.Expand(bomb, Chunker.Max));
        Assert.Throws<FormatException>(() => Squeezer.Expand(Samples.RandomBytes(100), Chunker.Max));
        Assert.Throws<FormatException>(() => Squeezer.Expand([], Chunker.Max));
    }

    [Fact]
    public void Rotation_changes_what_comes_later_and_opens_what_came_before()
    {
        var before = Ring.Seal("before"u8, Samples.Nonce(), false);
        var rotated = KeyRing.From(Samples.ClusterSecret);
        var id = rotated.Add(Samples.RandomBytes(32));
        Assert.Equal(KeyRing.FirstKeyId, rotated.CurrentKeyId);
        rotated.Use(id);
        var after = rotated.Seal("after"u8, Samples.Nonce(), false);
        Assert.Equal("before"u8, rotated.Open(before));
        Assert.Equal("after"u8, rotated.Open(after));
        Assert.Equal(Ring.IdOf("x"u8), rotated.IdOf("x"u8));
        Assert.False(Ring.Has(id));
        Assert.Throws<CryptographicException>(() => Ring.Open(after));
        Assert.Throws<CryptographicException>(() => Ring.OpenBody(id, rotated.SealBody("after"u8, Samples.Nonce())));
        Assert.Throws<ArgumentException>(() => Ring.Use(id));
    }

    [Fact]
    public void A_ring_tells_nothing_of_its_keys() => Assert.Equal(typeof(KeyRing).FullName, Ring.ToString());

    [Fact]
    public void Threads_do_not_disturb_each_other() => Parallel.For(0, 200, i =>
    {
        var plain = Samples.Text(20_000 + i);
        Assert.Equal(plain, Ring.Open(Ring.Seal(plain, Samples.Nonce(i), true)));
    });

    private static void Refused(Action open)
    {
        var e = Assert.ThrowsAny<Exception>(open);
        Assert.True(e is CryptographicException or FormatException, e.ToString());
    }
}
