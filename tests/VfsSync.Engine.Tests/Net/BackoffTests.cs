using CsCheck;
using VfsSync.Engine.Net;

namespace VfsSync.Engine.Tests.Net;

public sealed class BackoffTests
{
    private static readonly Gen<(int Failures, double Jitter)> _any = Gen.Select(Gen.Int[0, 100], Gen.Double[0, 1]);

    [Fact]
    public void The_first_attempt_waits_for_nothing() => Assert.Equal(TimeSpan.Zero, new Backoff().Delay(1));

    [Fact]
    public void It_never_waits_longer_than_the_cap_nor_less_than_half_the_first_step() => _any.Sample(x =>
    {
        var delay = After(x.Failures + 1).Delay(x.Jitter);
        return delay <= Backoff.Cap && delay >= Backoff.First / 2;
    });

    [Fact]
    public void One_more_failure_never_waits_less() => _any.Sample(x => After(x.Failures + 1).Delay(x.Jitter) >= After(x.Failures).Delay(x.Jitter));

    [Fact]
    public void It_doubles_until_the_cap() =>
        Assert.Equal([100, 200, 400, 800, 1600, 3200, 5000, 5000], Enumerable.Range(1, 8).Select(n => After(n).Delay(1).TotalMilliseconds));

    private static Backoff After(int failures) => Enumerable.Range(0, failures).Aggregate(new Backoff(), (b, _) => b.Failed());
}
