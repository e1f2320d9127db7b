using System.Text.RegularExpressions;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Tests.Wire;

/// <summary>docs/vfs.proto is the specification: what the codecs write is read here by its words alone, and every field of it must occur.</summary>
public partial class ProtoSpecTests
{
    private sealed record Field(string Name, string Type, bool Packed);

    private static readonly Dictionary<string, Dictionary<int, Field>> Spec = ReadSpec();

    private readonly HashSet<string> _seen = [];

    [GeneratedRegex(@"^message (\w+)|^ +(?:repeated |optional )?(\w+) (\w+) = (\d+)( \[packed = true\])?;", RegexOptions.Multiline)]
    private static partial Regex Line();

    private static Dictionary<string, Dictionary<int, Field>> ReadSpec()
    {
        var spec = new Dictionary<string, Dictionary<int, Field>>();
        var text = Regex.Replace(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vfs.proto")), @"enum \w+ \{[^}]*\}", "");
        Dictionary<int, Field> message = [];
        foreach (Match match in Line().Matches(text))
        {
            if (match.Groups[1].Success) spec[match.Groups[1].Value] = message = [];
            else message.Add(int.Parse(match.Groups[4].ValueSpan, null), new Field(match.Groups[3].Value, match.Groups[2].Value, match.Groups[5].Success));
        }
        return spec;
    }

    [Fact]
    public void What_is_written_is_what_the_specification_says()
    {
        foreach (var message in MessageCodecTests.OneOfEach) Walk("Frame", MessageCodecTests.Payload(message).Span);
        var header = Samples.Header() with { PolicyHeads = [default], Needed = [Samples.Chunk(1)], BodyHash = Samples.HashOf(1), Continues = new EpochEnd(1, 2, new RecordId(Samples.HashOf(1))) };
        Walk("RecordHeader", RecordCodec.EncodeHeader(header));
        Walk("RecordHeader", RecordCodec.EncodeHeader(Samples.Header(1, 2)));
        Walk("RecordHeader", RecordCodec.EncodeHeader(header with { Policy = PolicyWireTests.Statement }));
        Walk("Changes", RecordCodec.EncodeChanges(EveryKindOfChange(), PolicyWireTests.Rules));

        var cluster = new Cluster();
        var (member, key, agreement) = cluster.Admit("x", "reader", cluster.Founder);
        var next = Memberships.SignSuccessor(member, key, Samples.NewKey(), agreement.ExportSubjectPublicKeyInfo());
        var seen = new SeenRecord(Samples.Dot(1, 5), new RecordId(Samples.HashOf(1)));
        Walk("Statements", RecordCodec.EncodeStatements([new Admission(member with { Grant = member.Grant with { ExpiresMs = 1, Uses = 1 } }), new GrantClosing(member.Grant.Id, [member.Node]),
            KeyWrap.Wrap(cluster.Id, Samples.RandomBytes(32), 1, [member], Samples.Ring.SealOlder(Samples.RandomBytes(32), Samples.Nonce()), Samples.RandomBytes(32, 2)),
            RootWords.SignCut(cluster.Id, member.Node, [seen], cluster.Root), new Succession(next, [seen])]));
        var w = new ProtoWriter([]);
        MembershipCodec.Write(ref w, cluster.Invite("editor", "host:1") with { SealKey = Samples.RandomBytes(32) });
        Walk("Invitation", w.ToArrayAndDispose());
        Walk("GrantSigned", Memberships.Signed(member.Grant));
        Walk("MembershipSigned", Memberships.Signed(member));
        Walk("MembershipSigned", Memberships.Signed(next));
        Walk("RootCutSigned", RootWords.Signed(cluster.Id, member.Node, [seen]));
        Walk("ChunkSigned", ChunkSigner.Signed(cluster.Id, Samples.Chunk(1), Samples.HashOf(1)));

        Assert.Empty(Spec.SelectMany(m => m.Value.Values.Select(f => $"{m.Key}.{f.Name}")).Except(_seen));
    }

    private static List<Change> EveryKindOfChange()
    {
        var vector = VersionVector.Of(Samples.Dot(1, 5));
        var folded = new Manifest(1 << 20, 1, [new ChunkRef(Samples.Chunk(1), 3600)]);
        return
        [
            new Change(3, Samples.Path("docs/a.txt"), Entry.File(folded, -5, 0x1A4), vector, Samples.Path("docs/b.txt"), vector),
            new Change(0, Samples.Path("docs/c.txt"), Samples.SmallFile(), vector, Withdrawn: true),
            new Change(0, Samples.Path("docs/link"), Entry.Symlink("target", 1), vector),
        ];
    }

    private void Walk(string message, ReadOnlySpan<byte> bytes)
    {
        var r = new ProtoReader(bytes);
        while (r.Next(out var number))
        {
            Assert.True(Spec[message].TryGetValue(number, out var field), $"{message} has no field {number}");
            _seen.Add($"{message}.{field!.Name}");
            if (field.Packed || field.Type is "bytes" or "string" || Spec.ContainsKey(field.Type))
            {
                var value = r.Bytes();
                if (Spec.ContainsKey(field.Type)) Walk(field.Type, value);
            }
            else if (field.Type == "fixed64") r.Fixed64();
            else if (field.Type is "uint32" or "uint64" or "sint64" or "Kind") r.UInt();
            else Assert.Fail($"{message}.{field.Name} has the unknown type {field.Type}");
        }
    }
}
