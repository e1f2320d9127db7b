using System.Collections.Immutable;
using System.Security.Cryptography;
using VfsSync.Core.Content;
using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Tree;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Tests.Wire;

/// <summary>What a version of the policy says, on its way through a record.</summary>
public sealed class PolicyWireTests
{
    internal static PolicyStatement Statement { get; } = new(
        [new RoleRights("editor", Permissions.Read), new RoleRights("auditor", Permissions.None)],
        [new NodeRights(Samples.Author(1).Node, "auditor", Permissions.Read), new NodeRights(Samples.Author(2).Node, "", Permissions.Read | Permissions.Delete)],
        [new SeenRecord(Samples.Dot(1, 5), new RecordId(Samples.HashOf(5))), new SeenRecord(Samples.Dot(2, 1), new RecordId(Samples.HashOf(6)))]);

    internal static ImmutableArray<PathRule> Rules { get; } =
        [new PathRule("legal/**", [RuleSubject.Of("admin"), RuleSubject.Of(Samples.Author(1).Node)], []), new PathRule("*.lock", default, [RuleSubject.Of("ß")])];

    [Fact]
    public void What_is_written_comes_back_with_nobody_told_from_nothing_said()
    {
        var record = Open(Statement, Rules);
        Assert.Equal((Statement.Roles, Statement.Nodes, Statement.Seen), (record.Header.Policy!.Roles, record.Header.Policy.Nodes, record.Header.Policy.Seen), Same);
        Assert.Equal(Rules.Select(Text), record.Rules.Select(Text));
        Assert.False(record.Rules[0].Delete.IsDefault);
        Assert.True(record.Rules[1].Write.IsDefault);
    }

    [Fact]
    public void Without_the_keys_members_are_told_all_the_same_and_no_path_is()
    {
        var record = RecordCodec.Open(Sign(Statement, Rules), null);
        Assert.Equal(2, record.Header.Policy!.Nodes.Length);
        Assert.Empty(record.Rules);
    }

    [Fact]
    public void What_no_policy_can_say_is_refused()
    {
        Refused(Statement with { Roles = [new RoleRights("admin", Permissions.Read)] });
        Refused(Statement with { Roles = [new RoleRights("a", (Permissions)16)] });
        Refused(Statement with { Roles = [new RoleRights("a", default), new RoleRights("a", Permissions.Read)] });
        Refused(Statement with { Nodes = [Statement.Nodes[0], Statement.Nodes[0]] });
        Refused(Statement with { Seen = [new SeenRecord(Samples.Dot(1, 0), default)] });
        Refused(Statement with { Seen = [Statement.Seen[0], Statement.Seen[0]] });
        Refused(Statement with { Nodes = [.. Enumerable.Range(0, PolicyStatement.MaxNodes + 1).Select(i => new NodeRights(Samples.Author(i).Node, "", default))] });
        Assert.Throws<ArgumentException>(() => RecordCodec.EncodeHeader(Samples.Header() with { KeyId = 0, Policy = Statement }));
    }

    private static void Refused(PolicyStatement statement)
    {
        Assert.Throws<ArgumentException>(() => RecordCodec.EncodeHeader(Samples.Header() with { Policy = statement }));
        var w = new ProtoWriter([]);
        PolicyWire.Write(ref w, 1, statement);
        var bytes = w.ToArrayAndDispose();
        Assert.Throws<FormatException>(() =>
        {
            var r = new ProtoReader(bytes);
            r.Next(out _);
            PolicyWire.ReadStatement(r.Message());
        });
    }

    private static ChangeRecord Open(PolicyStatement statement, ImmutableArray<PathRule> rules) => RecordCodec.Open(Sign(statement, rules), Samples.Ring);

    private static SignedRecord Sign(PolicyStatement statement, ImmutableArray<PathRule> rules)
    {
        using var key = Samples.NewKey();
        var body = Samples.Ring.SealBody(RecordCodec.EncodeChanges([new Change(0, EntryPath.Parse(".vfspolicy.yaml"), Samples.SmallFile(), default)], rules), Samples.Nonce());
        return RecordSigner.Sign(Samples.Header() with { BodyHash = new Hash256(SHA256.HashData(body)), Policy = statement }, body, key);
    }

    private static string Text(PathRule rule) => $"{rule.Pattern} {(rule.Write.IsDefault ? "-" : string.Join(',', rule.Write))} {(rule.Delete.IsDefault ? "-" : string.Join(',', rule.Delete))}";

    private static bool Same((ImmutableArray<RoleRights> Roles, ImmutableArray<NodeRights> Nodes, ImmutableArray<SeenRecord> Seen) a, (ImmutableArray<RoleRights> Roles, ImmutableArray<NodeRights> Nodes, ImmutableArray<SeenRecord> Seen) b) =>
        a.Roles.SequenceEqual(b.Roles) && a.Nodes.SequenceEqual(b.Nodes) && a.Seen.SequenceEqual(b.Seen);
}
