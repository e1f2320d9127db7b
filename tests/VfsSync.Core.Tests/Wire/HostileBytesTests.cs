using CsCheck;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Tests.Wire;

/// <summary>Whatever a peer sends, the worst that happens is a FormatException.</summary>
public class HostileBytesTests
{
    private static readonly Action<byte[]>[] Decoders =
    [
        b => MessageCodec.Decode(b),
        b => RecordCodec.DecodeHeader(b),
        b => RecordCodec.DecodeChanges(b),
        b => RecordCodec.DecodeStatements(b),
        b => MembershipCodec.ReadInvitation(b),
    ];

    private static void Try(byte[] bytes)
    {
        foreach (var decode in Decoders)
        {
            try
            {
                decode(bytes);
            }
            catch (FormatException)
            {
                // The one answer that is allowed beside success.
            }
        }
    }

    [Fact]
    public void Random_bytes() => Gen.Byte.Array[0, 300].Sample(Try, iter: 20_000);

    // Small tags and lengths reach deeper than even chance does.
    [Fact]
    public void Bytes_that_look_like_fields() => Gen.OneOf(Gen.Byte[0, 40], Gen.Byte[8, 130], Gen.Byte).Array[0, 200].Sample(Try, iter: 20_000);

    [Fact]
    public void Damaged_messages()
    {
        foreach (var message in MessageCodecTests.OneOfEach) Damage(MessageCodecTests.Payload(message).ToArray());
    }

    [Fact]
    public void Damaged_bodies() => Samples.Bodies.Sample(changes => Damage(RecordCodec.EncodeChanges(changes)), iter: 200);

    [Fact]
    public void Damaged_headers() => Damage(RecordCodec.EncodeHeader(Samples.Header() with { Needed = [Samples.Chunk(1)], Continues = new(4, 5, default) }));

    private static void Damage(byte[] good)
    {
        var random = new Random(good.Length);
        for (var i = 0; i < 200; i++)
        {
            var bytes = good.ToArray();
            for (var n = random.Next(1, 4); n > 0 && bytes.Length > 0; n--) bytes[random.Next(Math.Min(bytes.Length, 400))] = (byte)random.Next(256);
            Try(random.Next(3) == 0 ? bytes[..random.Next(bytes.Length + 1)] : bytes);
        }
    }
}
