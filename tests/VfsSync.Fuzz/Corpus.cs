using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Fuzz;

/// <summary>Good inputs, the same in every run: keys and signatures are made up, since what reads them does not check them.</summary>
internal static class Corpus
{
    public static IReadOnlyList<byte[]> Messages() => [.. All().Select(Payload)];

    public static IReadOnlyList<byte[]> Streams()
    {
        var frames = All().Select(Framed).ToList();
        return [.. frames, [.. frames.SelectMany(f => f)]];
    }

    public static IReadOnlyList<byte[]> Records() =>
    [
        RecordCodec.EncodeHeader(Header()), RecordCodec.EncodeHeader(Header() with { Needed = [Chunk(1), Chunk(2)], PolicyHeads = [new RecordId(Hash(3))] }),
        RecordCodec.EncodeHeader(Header() with { Number = 1, Previous = default, Continues = new EpochEnd(4, 5, default) }),
        RecordCodec.EncodeChanges(Changes()), RecordCodec.EncodeStatements([new Admission(Member("laptop")), new UnknownStatement(99, Bytes(20, 1)), new SealKeyShare(77, 1, Bytes(91, 8), [new WrappedKey(new NodeId(Hash(3)), Bytes(48, 9))], Bytes(70, 3)), new RootCut(new NodeId(Hash(4)), [new SeenRecord(Dot(1, 3), new RecordId(Hash(5)))], Bytes(91, 10), Bytes(64, 11))]),
        RecordCodec.EncodeStatements([new Succession(Member("laptop") with { Before = Member("laptop") with { Before = Member("laptop") } }, [new SeenRecord(Dot(1, 3), new RecordId(Hash(5)))])]),
    ];

    public static IReadOnlyList<byte[]> Manifests()
    {
        var (builder, groups) = (new ManifestBuilder(), new List<byte[]>());
        for (var i = 0; i < 2000; i++) builder.Add(new ChunkRef(Chunk(i), Chunker.Min + i));
        builder.Build(group =>
        {
            groups.Add(group);
            return new ChunkId(new Hash256(SHA256.HashData(group)));
        });
        return groups;
    }

    public static IReadOnlyList<byte[]> Squeezed() => [.. new[] { 300, 5000, 100_000 }.Select(length => Squeezer.Squeeze(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, length / 10).Select(i => $"line {i % 97}\n")))).ToArray())];

    public static IReadOnlyList<byte[]> Invitations()
    {
        var invitation = new Invitation(Grant(), Bytes(138, 6), Bytes(32, 7), [Member("laptop"), Member("root")], ["192.0.2.1:22000", "[fd00::2]:22000"]);
        var w = new ProtoWriter(stackalloc byte[512]);
        MembershipCodec.Write(ref w, invitation);
        return [w.ToArrayAndDispose(), Encoding.UTF8.GetBytes(InvitationToken.Encode(invitation)), Encoding.UTF8.GetBytes(InvitationToken.Encode(invitation with { ClusterKey = default, IssuerChain = [] }))];
    }

    public static IReadOnlyList<byte[]> Policies() =>
    [
        .. new[] { "conflicts: merge\n", "conflicts:\n  \"*.md\": merge\n  \"**/*.log\": newest # the last one counts\nhistory:\n  \"*.iso\": none\n  big/**: peers\n", "{conflicts: {a: newest}, history: all}", "" }
            .Select(Encoding.UTF8.GetBytes),
    ];

    public static IReadOnlyList<byte[]> Globs() => [.. new[] { "*.md", "**/node_modules/**", "docs/[a-z]*/?.{txt,md}", "/build", "a/**/b*c*d*" }.Select(Encoding.UTF8.GetBytes)];

    private static PeerMessage[] All()
    {
        var record = new SignedRecord(RecordCodec.EncodeHeader(Header()), Bytes(64, 1), Bytes(300, 2));
        return
        [
            new HelloMessage(1, 2, new ClusterId(Hash(1)), Member("laptop"), [Member("root")], ulong.MaxValue, 65535, "VfsSync 0.1"), new HelloMessage(1, 0, new ClusterId(Hash(1)), null, [], 1, 0, ""),
            new CursorMessage([(Dot(1, 5), new RecordId(Hash(1))), (Dot(2, long.MaxValue), default)]), new JoinMessage(Member("phone"), [Member("laptop"), Member("root")]), new WelcomeMessage("laptop"),
            new GoodbyeMessage("Stopping", "The node stops."), new RecordsMessage([record, record], [Sealed(1, 900), Sealed(2, 5)]), new HaveMessage([Dot(1, 5)], [Dot(1, 4), Dot(2, 9)], 12, 1L << 40),
            new WantMessage([Chunk(1), Chunk(2)]), new ChunksMessage([Sealed(3, 2000)]), new GoneMessage([Chunk(3)]), new PingMessage(-1), new PongMessage(7),
            new OfferMessage(3, 1L << 40, [new(Chunk(1), 70_000, 0), new(Chunk(2), 1, (1L << 40) - 1)], true), new FollowMessage([new NodeId(Hash(1)), new NodeId(Hash(2))]),
            new ProgressMessage(new NodeId(Hash(1)), [Dot(1, 4), Dot(2, 9)], 12, 1L << 40, 3),
            new ChunksMessage([Sealed(4, 60) with { By = new ChunkWord(Hash(6), new byte[64]) }]), new SpoiledMessage(Chunk(1), new ChunkProof(new ChunkWord(Hash(6), new byte[64]), Hash(7))),
        ];
    }

    private static Change[] Changes()
    {
        var (file, vector) = (Entry.File(new Manifest(1234, 0, [new ChunkRef(Chunk(1), 1234)]), 1_763_800_000_123_456_789, 0x1A4), VersionVector.Of([Dot(1, 3), Dot(2, 9)]));
        return
        [
            new(0, EntryPath.Parse("docs/plan.md"), file, vector), new(0, EntryPath.Parse("docs/Übergröße"), Entry.Directory(0x1ED), default), new(0, EntryPath.Parse("link"), Entry.Symlink("../elsewhere", 5), default),
            new(0, EntryPath.Parse("gone"), Entry.Absent, vector), new(1, EntryPath.Parse("new"), file, default, EntryPath.Parse("old"), vector),
            new(0, EntryPath.Parse("long"), Entry.File(new Manifest(1L << 40, 3, [new ChunkRef(Chunk(2), 4000), new ChunkRef(Chunk(3), 4000)]), -1, 0x1FF), vector, Withdrawn: true),
        ];
    }

    private static RecordHeader Header() => new(Author(1), 7, new RecordId(Hash(5)), new HybridTime(1_763_800_000_000L << 16), Hash(6), KeyRing.FirstKeyId, [], []);

    private static Membership Member(string name) => new(KeyNames.NodeIdOf(Bytes(91, 1)), name, Bytes(91, 1), Bytes(91, 2), Grant(), Bytes(64, 3), Bytes(64, 7));

    private static Grant Grant() => new(new ClusterId(Hash(1)), Bytes(91, 4), "editor", 1_900_000_000_000, 3, new NodeId(Hash(2)), Bytes(91, 5), Bytes(64, 6));

    private static SealedChunk Sealed(int seed, int length) => new(Chunk(seed), Bytes(length, seed));

    private static ChunkId Chunk(int seed) => new(Hash(seed));

    private static Author Author(int seed) => new(new NodeId(Hash(1000 + seed)), (ulong)seed + 1);

    private static Dot Dot(int author, long number) => new(Author(author), number);

    private static Hash256 Hash(int seed) => new(SHA256.HashData(BitConverter.GetBytes(seed)));

    private static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Payload(PeerMessage message) => Framed(message)[MessageCodec.LengthPrefix..];

    private static byte[] Framed(PeerMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        MessageCodec.Encode(message, buffer);
        return buffer.WrittenSpan.ToArray();
    }
}
