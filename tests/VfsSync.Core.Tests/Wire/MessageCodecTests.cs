using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using CsCheck;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Tests.Wire;

public class MessageCodecTests
{
    private static readonly Cluster Cluster = new();

    internal static ReadOnlyMemory<byte> Payload(PeerMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        MessageCodec.Encode(message, buffer);
        var length = BinaryPrimitives.ReadInt32BigEndian(buffer.WrittenSpan);
        Assert.Equal(buffer.WrittenCount - 4, length);
        return buffer.WrittenMemory[4..];
    }

    internal static ImmutableArray<PeerMessage> OneOfEach { get; } =
    [
        new HelloMessage(1, 2, Cluster.Id, Cluster.Founder.Membership, [Cluster.Founder.Membership], ulong.MaxValue, 65535, "VfsSync 0.1"),
        new HelloMessage(1, 0, Cluster.Id, null, [], 1, 0, ""),
        new CursorMessage([(Samples.Dot(1, 5), new RecordId(Samples.HashOf(1))), (Samples.Dot(2, long.MaxValue), default)], More: true),
        new JoinMessage(Cluster.Founder.Membership, [Cluster.Founder.Membership]),
        new WelcomeMessage("laptop"),
        new GoodbyeMessage("Stopping", "The node stops."),
        new RecordsMessage([new SignedRecord(new byte[100], new byte[64], new byte[150_000]), new SignedRecord(new byte[] { 1 }, new byte[64], default)], [Sealed(1, 90_000), Sealed(2, 5)]),
        new HaveMessage([Samples.Dot(1, 5)], [Samples.Dot(1, 4), Samples.Dot(2, 9)], 12, 1L << 40),
        new WantMessage([Samples.Chunk(1), Samples.Chunk(2)]),
        new ChunksMessage([Sealed(3, Chunker.Max + 33)]),
        new GoneMessage([Samples.Chunk(3)]),
        new PingMessage(-1),
        new PongMessage(7),
        new OfferMessage(3, 1L << 40, [new(Samples.Chunk(1), 70_000, 0), new(Samples.Chunk(2), 1, (1L << 40) - 1)], true),
        new FollowMessage([new NodeId(Samples.HashOf(1)), new NodeId(Samples.HashOf(2))]),
        new ProgressMessage(new NodeId(Samples.HashOf(1)), [Samples.Dot(1, 4), Samples.Dot(2, 9)], 12, 1L << 40, 3),
        new ChunksMessage([Sealed(3, 70_000) with { By = Word }, Sealed(4, 33)]),
        new SpoiledMessage(Samples.Chunk(1), new ChunkProof(Word, Samples.HashOf(5))),
    ];

    private static ChunkWord Word => new(Samples.HashOf(9), Samples.RandomBytes(64, 9));

    private static SealedChunk Sealed(int seed, int length) => new(Samples.Chunk(seed), Samples.RandomBytes(length, seed));

    // Records compare memory by reference, so the bytes are compared: what is decoded encodes to the same.
    [Fact]
    public void Every_message_comes_back_as_it_was()
    {
        foreach (var message in OneOfEach)
        {
            var payload = Payload(message);
            var back = MessageCodec.Decode(payload);
            Assert.IsType(message.GetType(), back);
            Assert.Equal(payload, Payload(back));
        }
    }

    [Fact]
    public void Fields_land_where_they_belong()
    {
        var hello = (HelloMessage)MessageCodec.Decode(Payload(OneOfEach[0]));
        Assert.Equal((1, 2, Cluster.Id, ulong.MaxValue, 65535, "VfsSync 0.1"), (hello.MajorVersion, hello.MinorVersion, hello.Cluster, hello.Epoch, hello.ListenPort, hello.Software));
        Assert.Equal("", Cluster.Verdict(hello.Membership!));
        var cursor = (CursorMessage)MessageCodec.Decode(Payload(OneOfEach[2]));
        Assert.Equal(((CursorMessage)OneOfEach[2]).Received, cursor.Received);
        var have = (HaveMessage)MessageCodec.Decode(Payload(OneOfEach[7]));
        Assert.Equal((12, 1L << 40), (have.Files, have.Bytes));
        Assert.Equal([Samples.Dot(1, 4), Samples.Dot(2, 9)], have.Shown);
        Assert.Equal([Samples.Chunk(1), Samples.Chunk(2)], ((WantMessage)MessageCodec.Decode(Payload(OneOfEach[8]))).Ids);
        Assert.Equal(OneOfEach[11], MessageCodec.Decode(Payload(OneOfEach[11])));
    }

    [Fact]
    public void What_was_decoded_does_not_change_with_the_buffer()
    {
        var payload = Payload(OneOfEach[9]).ToArray();
        var chunks = (ChunksMessage)MessageCodec.Decode(payload);
        payload.AsSpan().Clear();
        Assert.Equal(Sealed(3, Chunker.Max + 33).Bytes, chunks.Chunks[0].Bytes);
    }

    [Fact]
    public void A_message_of_a_later_version_is_skipped()
    {
        byte[] payload = [0xA2, 0x06, 3, 1, 2, 3];
        Assert.Equal(new UnknownMessage(100), MessageCodec.Decode(payload));
        Assert.Throws<ArgumentException>(() => Payload(new UnknownMessage(100)));
    }

    [Fact]
    public void Unknown_fields_are_skipped()
    {
        byte[] welcome = [0x22, 20, 0x0A, 1, (byte)'x', 0x78, 5, 0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x7D, 1, 2, 3];
        Assert.Throws<FormatException>(() => MessageCodec.Decode(welcome));
        welcome = [0x22, 19, 0x0A, 1, (byte)'x', 0x78, 5, 0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x7D, 1, 2, 3, 4];
        Assert.Equal(new WelcomeMessage("x"), MessageCodec.Decode(welcome));
    }

    [Fact]
    public void Nothing_longer_than_a_frame_is_sent_or_read()
    {
        Assert.Throws<ArgumentException>(() => Payload(new ChunksMessage([Sealed(1, 200_000), Sealed(2, 100_000)])));
        Assert.Throws<FormatException>(() => MessageCodec.Decode(new byte[PeerMessage.MaxFrame + 1]));
        Assert.Throws<FormatException>(() => MessageCodec.Decode(default));
    }

    [Fact]
    public void Frames_follow_each_other_in_one_buffer()
    {
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var message in OneOfEach) MessageCodec.Encode(message, buffer);
        var rest = buffer.WrittenMemory;
        foreach (var message in OneOfEach)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(rest.Span);
            Assert.IsType(message.GetType(), MessageCodec.Decode(rest.Slice(4, length)));
            rest = rest[(4 + length)..];
        }
        Assert.True(rest.IsEmpty);
    }
}
