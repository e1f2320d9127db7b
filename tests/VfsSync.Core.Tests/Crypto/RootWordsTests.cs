using VfsSync.Core.Crypto;
using VfsSync.Core.History;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Tests.Crypto;

public class RootWordsTests
{
    private readonly Cluster _cluster = new();

    [Fact]
    public void Only_the_root_of_this_cluster_cuts_off_and_only_whom_it_named()
    {
        var (node, other) = (_cluster.Founder.Membership.Node, _cluster.Admit("x", "editor", _cluster.Founder).Membership.Node);
        ReadSeen(out var seen);
        var cut = RootWords.SignCut(_cluster.Id, node, seen, _cluster.Root);
        Assert.True(RootWords.Verify(cut, _cluster.Id));
        Assert.False(RootWords.Verify(cut, new Cluster().Id));
        Assert.False(RootWords.Verify(cut with { Node = other }, _cluster.Id));
        Assert.False(RootWords.Verify(cut with { Seen = [] }, _cluster.Id));
        Assert.False(RootWords.Verify(RootWords.SignCut(_cluster.Id, node, seen, _cluster.Founder.Key), _cluster.Id));
        Assert.False(RootWords.Verify(RootWords.SignCut(_cluster.Id, node, seen, _cluster.Founder.Key) with { RootKey = cut.RootKey }, _cluster.Id));
    }

    [Fact]
    public void It_is_the_same_after_its_way_through_a_record_and_a_forged_one_is_not_taken()
    {
        var node = _cluster.Founder.Membership.Node;
        ReadSeen(out var seen);
        var cut = RootWords.SignCut(_cluster.Id, node, seen, _cluster.Root);
        var read = Assert.IsType<RootCut>(Assert.Single(RecordCodec.DecodeStatements(RecordCodec.EncodeStatements([cut]))));
        Assert.True(RootWords.Verify(read, _cluster.Id));
        Assert.Equal(seen, read.Seen);
        var table = new Session.SessionBench(_cluster).Members;
        table.Take(read with { Seen = [] }, Samples.Header(1, 1));
        Assert.Empty(table.Cuts);
        table.Take(read, Samples.Header(1, 1));
        Assert.Single(table.Cuts);
        table.SetAside(Samples.Header(1, 1).Author, 1);
        Assert.Empty(table.Cuts);
        Assert.Throws<FormatException>(() => RecordCodec.DecodeStatements(RecordCodec.EncodeStatements([cut with { Seen = [seen[0], seen[0]] }])));
    }

    private static void ReadSeen(out System.Collections.Immutable.ImmutableArray<SeenRecord> seen) =>
        seen = [new SeenRecord(Samples.Dot(1, 5), new RecordId(Samples.HashOf(1))), new SeenRecord(Samples.Dot(2, 7), new RecordId(Samples.HashOf(2)))];
}
