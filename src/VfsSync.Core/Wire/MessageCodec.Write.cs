using System.Collections.Immutable;
using VfsSync.Core.Content;
using VfsSync.Core.History;

namespace VfsSync.Core.Wire;

internal static partial class MessageCodec
{
    private static int KindOf(PeerMessage message) => message switch
    {
        HelloMessage => 1,
        CursorMessage => 2,
        JoinMessage => 3,
        WelcomeMessage => 4,
        GoodbyeMessage => 5,
        RecordsMessage => 6,
        HaveMessage => 7,
        WantMessage => 8,
        ChunksMessage => 9,
        GoneMessage => 10,
        PingMessage => 11,
        PongMessage => 12,
        OfferMessage => 13,
        FollowMessage => 14,
        ProgressMessage => 15,
        SpoiledMessage => 16,
        _ => throw new ArgumentException($"{message.GetType().Name} cannot be sent.", nameof(message)),
    };

    private static void Write(ref ProtoWriter w, PeerMessage message)
    {
        switch (message)
        {
            case HelloMessage m: WriteHello(ref w, m); break;
            case CursorMessage m: WriteCursor(ref w, m); break;
            case JoinMessage m:
                MembershipCodec.Write(ref w, 1, m.Membership);
                foreach (var member in m.IssuerChain) MembershipCodec.Write(ref w, 2, member);
                break;
            case WelcomeMessage m: w.Text(1, m.Name); break;
            case GoodbyeMessage m:
                w.Text(1, m.Reason);
                w.Text(2, m.Text.Length <= MaxText / 3 ? m.Text : m.Text[..(MaxText / 3)]);
                break;
            case RecordsMessage m:
                foreach (var record in m.Records) WriteRecord(ref w, record);
                WriteChunks(ref w, 2, m.Chunks);
                break;
            case HaveMessage m: WriteHave(ref w, m); break;
            case WantMessage m: RecordCodec.WriteHashes(ref w, 1, m.Ids, id => id.Hash); break;
            case ChunksMessage m: WriteChunks(ref w, 1, m.Chunks); break;
            case GoneMessage m: RecordCodec.WriteHashes(ref w, 1, m.Ids, id => id.Hash); break;
            case PingMessage m: w.UInt(1, (ulong)m.Number); break;
            case PongMessage m: w.UInt(1, (ulong)m.Number); break;
            case OfferMessage m: WriteOffer(ref w, m); break;
            case FollowMessage m: RecordCodec.WriteHashes(ref w, 1, m.Nodes, node => node.Hash); break;
            case ProgressMessage m: WriteProgress(ref w, m); break;
            case SpoiledMessage m:
                w.Hash(1, m.Id.Hash);
                WriteWord(ref w, 2, m.Proof.By);
                w.Hash(3, m.Proof.SealedHash);
                break;
        }
    }

    private static void WriteHello(ref ProtoWriter w, HelloMessage m)
    {
        w.Int(1, m.MajorVersion);
        w.Int(2, m.MinorVersion);
        w.Hash(3, m.Cluster.Hash);
        if (m.Membership is { } own) MembershipCodec.Write(ref w, 4, own);
        foreach (var member in m.Chain) MembershipCodec.Write(ref w, 5, member);
        w.Fixed64(6, m.Epoch);
        w.Int(7, m.ListenPort);
        w.Text(8, m.Software);
    }

    private static void WriteCursor(ref ProtoWriter w, CursorMessage m)
    {
        foreach (var (dot, id) in m.Received)
        {
            var mark = w.Begin(1);
            WriteDot(ref w, dot);
            w.Hash(4, id.Hash);
            w.End(mark);
        }
        w.UInt(2, m.More ? 1u : 0u);
    }

    private static void WriteHave(ref ProtoWriter w, HaveMessage m)
    {
        WriteDots(ref w, 1, m.Received);
        WriteDots(ref w, 2, m.Shown);
        w.Int(3, m.Files);
        w.Int(4, m.Bytes);
    }

    private static void WriteOffer(ref ProtoWriter w, OfferMessage m)
    {
        w.Int(1, m.Number);
        w.Int(2, m.Size);
        foreach (var chunk in m.Chunks)
        {
            var mark = w.Begin(3, 48);
            w.Hash(1, chunk.Id.Hash);
            w.Int(2, chunk.Length);
            w.Int(3, chunk.Offset);
            w.End(mark);
        }
        w.UInt(4, m.Withdrawn ? 1u : 0u);
    }

    private static void WriteProgress(ref ProtoWriter w, ProgressMessage m)
    {
        w.Hash(1, m.Node.Hash);
        WriteDots(ref w, 2, m.Shown);
        w.Int(3, m.Files);
        w.Int(4, m.Bytes);
        w.UInt(5, (uint)m.Hops);
    }

    private static void WriteDots(ref ProtoWriter w, int field, ImmutableArray<Dot> dots)
    {
        foreach (var dot in dots)
        {
            var mark = w.Begin(field);
            WriteDot(ref w, dot);
            w.End(mark);
        }
    }

    private static void WriteDot(ref ProtoWriter w, Dot dot)
    {
        w.Hash(1, dot.Author.Node.Hash);
        w.Fixed64(2, dot.Author.Epoch);
        w.Int(3, dot.Number);
    }

    private static void WriteRecord(ref ProtoWriter w, SignedRecord record)
    {
        var mark = w.Begin(1, record.Length + 8);
        w.Bytes(1, record.Header.Span);
        w.Bytes(2, record.Signature.Span);
        w.Bytes(3, record.Body.Span);
        w.End(mark);
    }

    private static void WriteChunks(ref ProtoWriter w, int field, ImmutableArray<SealedChunk> chunks)
    {
        foreach (var chunk in chunks)
        {
            var mark = w.Begin(field, chunk.WireLength - 8);
            w.Hash(1, chunk.Id.Hash);
            w.Bytes(2, chunk.Bytes.Span);
            if (chunk.By is { } word) WriteWord(ref w, 3, word);
            w.End(mark);
        }
    }

    private static void WriteWord(ref ProtoWriter w, int field, ChunkWord word)
    {
        var mark = w.Begin(field);
        w.Hash(1, word.Signer);
        w.Bytes(2, word.Signature.Span);
        w.End(mark);
    }
}
