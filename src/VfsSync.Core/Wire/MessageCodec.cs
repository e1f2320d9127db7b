using System.Buffers;
using System.Buffers.Binary;
using VfsSync.Core.History;

namespace VfsSync.Core.Wire;

/// <summary>
/// Messages as frames: [4 bytes length of the payload, big-endian][payload]. A payload is the message Frame of docs/vfs.proto, with one field: the message.
/// </summary>
internal static partial class MessageCodec
{
    public const int LengthPrefix = sizeof(int);

    private const int ChunksKind = 9;

    /// <summary>Appends one frame.</summary>
    /// <exception cref="ArgumentException">The message is longer than a frame may be.</exception>
    public static void Encode(PeerMessage message, IBufferWriter<byte> output)
    {
        var expected = ExpectedLength(message);
        var target = output.GetSpan(LengthPrefix + expected + 16);
        var w = new ProtoWriter(target[LengthPrefix..]);
        var mark = w.Begin(KindOf(message), expected);
        Write(ref w, message);
        w.End(mark);

        var length = w.Written.Length;
        if (length > PeerMessage.MaxFrame) throw new ArgumentException($"A message of {length} bytes does not fit a frame.", nameof(message));
        if (w.Moved)
        {
            target = output.GetSpan(LengthPrefix + length);
            w.Written.CopyTo(target[LengthPrefix..]);
        }
        BinaryPrimitives.WriteInt32BigEndian(target, length);
        output.Advance(LengthPrefix + length);
        w.Dispose();
    }

    /// <summary>Reads a payload. What survives is copied, so the payload may be reused.</summary>
    /// <exception cref="FormatException">Not a message.</exception>
    /// <param name="payload">The payload.</param>
    /// <param name="rent">Copies what <see cref="ChunksMessage"/> carries into pooled arrays.</param>
    public static PeerMessage Decode(ReadOnlyMemory<byte> payload, bool rent = false)
    {
        if (payload.Length > PeerMessage.MaxFrame) throw new FormatException($"A frame has {payload.Length} bytes, which is too long.");
        var r = new ProtoReader(payload.Span);
        if (!r.Next(out var kind)) throw new FormatException("A frame is empty.");
        if (rent && kind == ChunksKind)
        {
            var chunks = new ChunksMessage(ReadChunks(r.Message(), rent));
            return r.AtEnd ? chunks : throw new FormatException("A frame has two messages.");
        }
        if (KeepsBytes(kind))
        {
            r = new ProtoReader(new ReadOnlyMemory<byte>(payload.ToArray()));
            r.Next(out kind);
        }
        var message = Read(kind, r.Message());
        return r.AtEnd ? message : throw new FormatException("A frame has two messages.");
    }

    // A guess only has to be right in its order of magnitude; for what is big it is exact enough that nothing is moved.
    private static int ExpectedLength(PeerMessage message) => message switch
    {
        RecordsMessage m => m.Records.Sum(x => x.Length + 16) + m.Chunks.Sum(c => c.WireLength),
        ChunksMessage m => m.Chunks.Sum(c => c.WireLength),
        CursorMessage m => m.Received.Length * 96,
        HaveMessage m => (m.Received.Length + m.Shown.Length) * 64 + 32,
        WantMessage m => m.Ids.Length * 32 + 8,
        GoneMessage m => m.Ids.Length * 32 + 8,
        OfferMessage m => m.Chunks.Length * 52 + 32,
        FollowMessage m => m.Nodes.Length * 32 + 8,
        ProgressMessage m => m.Shown.Length * 64 + 64,
        HelloMessage or JoinMessage => 1024,
        SpoiledMessage => 192,
        _ => 64,
    };
}
