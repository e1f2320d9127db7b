using System.Text;
using VfsSync.Core.History;
using VfsSync.Core.Rules;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Tests.Session;

/// <summary>Which policy holds, of all that were ever written.</summary>
public sealed class PolicyInForceTests
{
    private static readonly EntryPath s_any = Samples.Path("a");

    private readonly Cluster _cluster = new();
    private readonly SessionBench _bench, _other;
    private int _contents = 100;

    public PolicyInForceTests()
    {
        var other = _cluster.Admit("other", "editor", _cluster.Founder);
        (_bench, _other) = (new SessionBench(_cluster), new SessionBench(_cluster, other));
    }

    private PolicyInForce Policy => _bench.Context.Policy;

    [Fact]
    public void The_newest_holds_and_none_when_it_is_removed()
    {
        Assert.False(Policy.Look());
        var first = Write("conflicts: merge");
        Assert.True(Policy.Look());
        Assert.False(Policy.Look());
        Assert.Equal(ConflictPolicy.Merge, Policy.Now.ConflictsAt(s_any));
        var second = Write("conflicts: newest", first);
        Assert.True(Policy.Look());
        Assert.Equal(ConflictPolicy.Newest, Policy.Now.ConflictsAt(s_any));
        _bench.Author(new Change(0, PoliciesInForce.File, Entry.Absent, second));
        Assert.True(Policy.Look());
        Assert.Equal((ConflictPolicy.KeepBoth, null), (Policy.Now.ConflictsAt(s_any), Policy.Mistake));
    }

    [Fact]
    public void After_a_mistake_the_last_good_one_stays_and_the_mistake_is_told_where_it_is()
    {
        var good = Write("conflicts: merge");
        var bad = Write("conflicts:\n  \"*.md\": mrge", good);
        Write("conflicts:\n  \"*.md\": mreg", bad);
        Policy.Look();
        Assert.Equal(ConflictPolicy.Merge, Policy.Now.ConflictsAt(s_any));
        Assert.Equal((PoliciesInForce.File, ProblemKind.Policy), (Policy.Mistake!.Path, Policy.Mistake.Kind));
        Assert.Contains("line 2, column 11: 'mreg' is none of", Policy.Mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_that_comes_later_than_its_record_is_followed_then()
    {
        Write("conflicts: newest");
        var (content, bytes) = Assert.Single(_bench.Small);
        _bench.Small.Clear();
        Assert.False(Policy.Look());
        Assert.True(Policy.Lacks);
        Assert.Contains("not on this node", Policy.Mistake!.Message, StringComparison.Ordinal);
        _bench.Small[content] = bytes;
        Assert.True(Policy.Look());
        Assert.Equal((ConflictPolicy.Newest, null, false), (Policy.Now.ConflictsAt(s_any), Policy.Mistake, Policy.Lacks));
    }

    [Fact]
    public void What_was_removed_before_a_mistake_does_not_come_back_by_it()
    {
        var good = Write("conflicts: newest");
        var gone = good.Join(VersionVector.Of(_bench.Author(new Change(0, PoliciesInForce.File, Entry.Absent, good)).Opened.Dot));
        Write("conflicts: nevest", gone);
        Policy.Look();
        Assert.Equal(ConflictPolicy.KeepBoth, Policy.Now.ConflictsAt(s_any));
        Assert.NotNull(Policy.Mistake);
    }

    [Fact]
    public void Of_two_that_did_not_see_each_other_what_keeps_more_holds_whoever_came_first()
    {
        Write("conflicts: newest");
        Policy.Look();
        Received("conflicts:\n  \"*.md\": newest\n  a: merge");
        Assert.True(Policy.Look());
        Assert.Equal((ConflictPolicy.Merge, ConflictPolicy.Newest, ConflictPolicy.KeepBoth),
            (Policy.Now.ConflictsAt(s_any), Policy.Now.ConflictsAt(Samples.Path("b.md")), Policy.Now.ConflictsAt(Samples.Path("b"))));
    }

    private VersionVector Write(string text, VersionVector after = default) => after.Join(VersionVector.Of(_bench.Author(Change(text, after)).Opened.Dot));

    private void Received(string text)
    {
        _bench.View.Add(_other.Author(Change(text, default)).Opened);
    }

    private Change Change(string text, VersionVector after)
    {
        var entry = Samples.SmallFile(++_contents);
        _bench.Small[entry.Content!] = Encoding.UTF8.GetBytes(text);
        return new Change(0, PoliciesInForce.File, entry, after);
    }
}
