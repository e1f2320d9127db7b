using VfsSync.Core.History;
using VfsSync.Core.Tests.Session;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Tests.History;

/// <summary>In which order versions are counted.</summary>
public sealed class VersionOrderTests
{
    private readonly Cluster _cluster = new();
    private readonly SessionBench _a, _b;

    public VersionOrderTests() => (_a, _b) = (new SessionBench(_cluster), new SessionBench(_cluster, _cluster.Admit("b", "editor", _cluster.Founder)));

    [Fact]
    public void Who_had_seen_a_version_comes_after_it_though_its_clock_was_far_ahead()
    {
        _a.Context.NowMs += 3_600_000;
        var first = Write(_a);
        var second = Write(_b, first);
        var third = Write(_b, second);
        Assert.True(second.Time.CompareTo(first.Time) < 0);
        foreach (var order in new[] { new[] { first, second, third }, [third, second, first], [second, third, first] }) Assert.Equal([first, second, third], VersionOrder.Of(order));
    }

    [Fact]
    public void Those_that_did_not_know_of_each_other_come_in_the_order_of_their_times()
    {
        var first = Write(_a);
        _b.Context.NowMs += 10;
        var second = Write(_b);
        _a.Context.NowMs += 20;
        var third = Write(_a, first);
        Assert.Equal([first, second, third], VersionOrder.Of([third, second, first]));
    }

    private static Version Write(SessionBench by, Version? after = null) =>
        Assert.Single(Version.Of(by.Author(SessionBench.Put("f", 1, after?.Vector ?? default)).Opened));
}
