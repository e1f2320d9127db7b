using System.Buffers;
using System.Collections.Immutable;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;

namespace VfsSync.Core.Wire;

internal static partial class MessageCodec
{
    private const int MaxText = 1024;
    private const int MaxIds = PeerMessage.MaxFrame / Hash256.Length;

    private static bool KeepsBytes(int kind) => kind is 1 or 3 or 6 or 9 or 16;

    private static PeerMessage Read(int kind, ProtoReader r) => kind switch
    {
        1 => ReadHello(r),
        2 => ReadCursor(r),
        3 => ReadJoin(r),
        4 => new WelcomeMessage(ReadTexts(r).First),
        5 => ReadGoodbye(r),
        6 => ReadRecords(r),
        7 => ReadHave(r),
        8 => new WantMessage(ReadIds(r, h => new ChunkId(h))),
        9 => new ChunksMessage(ReadChunks(r, rent: false)),
        10 => new GoneMessage(ReadIds(r, h => new ChunkId(h))),
        11 => new PingMessage(ReadNumber(r)),
        12 => new PongMessage(ReadNumber(r)),
        13 => ReadOffer(r),
        14 => new FollowMessage(ReadIds(r, h => new NodeId(h))),
        15 => ReadProgress(r),
        16 => ReadSpoiled(r),
        _ => new UnknownMessage(kind),
    };

    private static HelloMessage ReadHello(ProtoReader r)
    {
        var m = new HelloMessage(0, 0, default, null, [], 0, 0, "");
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: m = m with { MajorVersion = r.Int32() }; break;
                case 2: m = m with { MinorVersion = r.Int32() }; break;
                case 3: m = m with { Cluster = new ClusterId(r.Hash()) }; break;
                case 4: m = m with { Membership = MembershipCodec.ReadMembership(r.Message()) }; break;
                case 5: m = m with { Chain = MembershipCodec.Add(m.Chain, MembershipCodec.ReadMembership(r.Message()), MembershipCodec.MaxChain) }; break;
                case 6: m = m with { Epoch = r.Fixed64() }; break;
                case 7: m = m with { ListenPort = r.Int32(ushort.MaxValue) }; break;
                case 8: m = m with { Software = r.Text(MaxText) }; break;
                default: r.Skip(); break;
            }
        }
        return m;
    }

    private static CursorMessage ReadCursor(ProtoReader r)
    {
        var (rows, more) = (ImmutableArray.CreateBuilder<(Dot, RecordId)>(), false);
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: rows.Add(ReadDot(r.Message())); break;
                case 2: more = r.UInt() != 0; break;
                default: r.Skip(); break;
            }
        }
        return new CursorMessage(rows.DrainToImmutable(), more);
    }

    private static (Dot Dot, RecordId Id) ReadDot(ProtoReader r)
    {
        NodeId node = default;
        ulong epoch = 0;
        long number = 0;
        RecordId id = default;
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: node = new NodeId(r.Hash()); break;
                case 2: epoch = r.Fixed64(); break;
                case 3: number = r.Int(); break;
                case 4: id = new RecordId(r.Hash()); break;
                default: r.Skip(); break;
            }
        }
        return number > 0 ? (new Dot(new Author(node, epoch), number), id) : throw new FormatException("A cursor has a row without a number.");
    }

    private static JoinMessage ReadJoin(ProtoReader r)
    {
        Membership? own = null;
        ImmutableArray<Membership> chain = [];
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: own = MembershipCodec.ReadMembership(r.Message()); break;
                case 2: chain = MembershipCodec.Add(chain, MembershipCodec.ReadMembership(r.Message()), MembershipCodec.MaxChain); break;
                default: r.Skip(); break;
            }
        }
        return new JoinMessage(own ?? throw new FormatException("A request to join has no membership."), chain);
    }

    private static GoodbyeMessage ReadGoodbye(ProtoReader r)
    {
        var (reason, text) = ReadTexts(r);
        return new GoodbyeMessage(reason, text);
    }

    private static (string First, string Second) ReadTexts(ProtoReader r)
    {
        string first = "", second = "";
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: first = r.Text(MaxText); break;
                case 2: second = r.Text(MaxText); break;
                default: r.Skip(); break;
            }
        }
        return (first, second);
    }

    private static RecordsMessage ReadRecords(ProtoReader r)
    {
        var records = ImmutableArray.CreateBuilder<SignedRecord>();
        var chunks = ImmutableArray.CreateBuilder<SealedChunk>();
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: records.Add(ReadRecord(r.Message())); break;
                case 2: chunks.Add(ReadChunk(r.Message())); break;
                default: r.Skip(); break;
            }
        }
        return new RecordsMessage(records.DrainToImmutable(), chunks.DrainToImmutable());
    }

    private static SignedRecord ReadRecord(ProtoReader r)
    {
        var record = new SignedRecord(default, default, default);
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: record = record with { Header = r.Memory(SignedRecord.MaxBytes) }; break;
                case 2: record = record with { Signature = r.Memory(RecordSigner.SignatureLength) }; break;
                case 3: record = record with { Body = r.Memory(SignedRecord.MaxBytes) }; break;
                default: r.Skip(); break;
            }
        }
        return record.Length <= SignedRecord.MaxBytes ? record : throw new FormatException($"A record has {record.Length} bytes.");
    }

    private static HaveMessage ReadHave(ProtoReader r)
    {
        var received = ImmutableArray.CreateBuilder<Dot>();
        var shown = ImmutableArray.CreateBuilder<Dot>();
        long files = 0, bytes = 0;
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: received.Add(ReadDot(r.Message()).Dot); break;
                case 2: shown.Add(ReadDot(r.Message()).Dot); break;
                case 3: files = r.Int(); break;
                case 4: bytes = r.Int(); break;
                default: r.Skip(); break;
            }
        }
        return new HaveMessage(received.DrainToImmutable(), shown.DrainToImmutable(), files, bytes);
    }

    private static ImmutableArray<SealedChunk> ReadChunks(ProtoReader r, bool rent)
    {
        var chunks = ImmutableArray.CreateBuilder<SealedChunk>();
        while (r.Next(out var field))
        {
            if (field == 1) chunks.Add(ReadChunk(r.Message(), rent));
            else r.Skip();
        }
        return chunks.DrainToImmutable();
    }

    private static SealedChunk ReadChunk(ProtoReader r, bool rent = false)
    {
        var chunk = default(SealedChunk);
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: chunk = chunk with { Id = new ChunkId(r.Hash()) }; break;
                case 2 when rent: chunk = Rent(chunk, r.Bytes()); break;
                case 2: chunk = chunk with { Bytes = r.Memory(PeerMessage.MaxFrame) }; break;
                case 3: chunk = chunk with { By = ReadWord(r.Message()) }; break;
                default: r.Skip(); break;
            }
        }
        return chunk;
    }

    private static SealedChunk Rent(SealedChunk chunk, ReadOnlySpan<byte> bytes)
    {
        if (chunk.Rented is not null) throw new FormatException("A chunk has its bytes twice.");
        var rented = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(rented);
        return chunk with { Bytes = rented.AsMemory(0, bytes.Length), Rented = rented };
    }

    // Copied: what is rented goes back while this may be kept.
    private static ChunkWord ReadWord(ProtoReader r)
    {
        var word = new ChunkWord(default, default);
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: word = word with { Signer = r.Hash() }; break;
                case 2: word = word with { Signature = r.Bytes().ToArray() }; break;
                default: r.Skip(); break;
            }
        }
        return word.Signature.Length == RecordSigner.SignatureLength ? word : throw new FormatException("A chunk's signature has a wrong length.");
    }

    private static SpoiledMessage ReadSpoiled(ProtoReader r)
    {
        ChunkId id = default;
        ChunkWord? word = null;
        Hash256 hash = default;
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: id = new ChunkId(r.Hash()); break;
                case 2: word = ReadWord(r.Message()); break;
                case 3: hash = r.Hash(); break;
                default: r.Skip(); break;
            }
        }
        return new SpoiledMessage(id, new ChunkProof(word ?? throw new FormatException("Nobody vouched for what is spoiled."), hash));
    }

    private static ImmutableArray<T> ReadIds<T>(ProtoReader r, Func<Hash256, T> id)
    {
        ImmutableArray<T> ids = [];
        while (r.Next(out var field))
        {
            if (field == 1) ids = RecordCodec.ReadHashes(r.Bytes(), MaxIds, id);
            else r.Skip();
        }
        return ids;
    }

    private static ProgressMessage ReadProgress(ProtoReader r)
    {
        var shown = ImmutableArray.CreateBuilder<Dot>();
        var m = new ProgressMessage(default, [], 0, 0, 0);
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: m = m with { Node = new NodeId(r.Hash()) }; break;
                case 2: shown.Add(ReadDot(r.Message()).Dot); break;
                case 3: m = m with { Files = r.Int() }; break;
                case 4: m = m with { Bytes = r.Int() }; break;
                case 5: m = m with { Hops = r.Int32() }; break;
                default: r.Skip(); break;
            }
        }
        return m with { Shown = shown.DrainToImmutable() };
    }

    private static OfferMessage ReadOffer(ProtoReader r)
    {
        var chunks = ImmutableArray.CreateBuilder<OfferedChunk>();
        var offer = new OfferMessage(0, 0, [], false);
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: offer = offer with { Number = r.Int() }; break;
                case 2: offer = offer with { Size = r.Int() }; break;
                case 3: chunks.Add(ReadOffered(r.Message(), offer.Size)); break;
                case 4: offer = offer with { Withdrawn = r.UInt() != 0 }; break;
                default: r.Skip(); break;
            }
        }
        return offer with { Chunks = chunks.DrainToImmutable() };
    }

    // The size comes before the chunks, and none of them may reach past it.
    private static OfferedChunk ReadOffered(ProtoReader r, long size)
    {
        var chunk = default(OfferedChunk);
        while (r.Next(out var field))
        {
            switch (field)
            {
                case 1: chunk = chunk with { Id = new ChunkId(r.Hash()) }; break;
                case 2: chunk = chunk with { Length = r.Int32(Chunker.Max) }; break;
                case 3: chunk = chunk with { Offset = r.Int() }; break;
                default: r.Skip(); break;
            }
        }
        return chunk.Length > 0 && chunk.Offset <= size - chunk.Length ? chunk : throw new FormatException("A chunk is offered outside of its file.");
    }

    private static long ReadNumber(ProtoReader r)
    {
        var number = 0L;
        while (r.Next(out var field))
        {
            if (field == 1) number = (long)r.UInt();
            else r.Skip();
        }
        return number;
    }
}
