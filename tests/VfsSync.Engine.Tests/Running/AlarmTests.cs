using VfsSync.Engine.Running;

namespace VfsSync.Engine.Tests.Running;

public sealed class AlarmTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly SemaphoreSlim _rings = new(0);
    private readonly Alarm _alarm;
    private readonly long _nowMs = Environment.TickCount64;
    private long? _set;

    public AlarmTests() => _alarm = new Alarm(() => _set ?? Environment.TickCount64, () => _rings.Release());

    public void Dispose()
    {
        _alarm.Dispose();
        _rings.Dispose();
    }

    [Fact]
    public void It_rings_once_at_a_moment_and_not_before()
    {
        var atMs = Environment.TickCount64 + 1000; // Time enough for both.
        _alarm.Set(atMs);
        _alarm.Set(atMs);
        Assert.True(_rings.Wait(s_patience));
        Assert.True(Environment.TickCount64 >= atMs);
        Assert.False(_rings.Wait(TimeSpan.FromMilliseconds(200)), "it rang twice");
    }

    [Fact]
    public void A_moment_that_is_set_later_and_comes_earlier_is_not_waited_past()
    {
        _alarm.Set(_nowMs + 3_600_000);
        _alarm.Set(_nowMs + 20);
        Assert.True(_rings.Wait(s_patience));
    }

    [Fact]
    public void A_moment_that_has_passed_rings_at_once()
    {
        _alarm.Set(_nowMs - 1000);
        Assert.True(_rings.Wait(s_patience));
    }

    [Fact]
    public void Each_of_several_moments_rings()
    {
        _set = 1000;
        foreach (var moment in (long[])[1030, 1010, 1020]) _alarm.Set(moment);
        foreach (var moment in (long[])[1010, 1020, 1030])
        {
            Assert.Equal(0, _rings.CurrentCount);
            _set = moment;
            Assert.True(_rings.Wait(s_patience));
        }
        Assert.False(_rings.Wait(TimeSpan.FromMilliseconds(100)), "it rang once more");
    }

    [Fact]
    public void A_clock_that_goes_more_slowly_than_the_wait_does_not_make_it_ring_early()
    {
        _set = 1000;
        _alarm.Set(1050);
        Assert.False(_rings.Wait(TimeSpan.FromMilliseconds(300)));
        _set = 1050;
        Assert.True(_rings.Wait(s_patience));
    }

    [Fact]
    public void Disposed_it_never_rings()
    {
        _alarm.Set(_nowMs + 200);
        _alarm.Dispose();
        Assert.False(_rings.Wait(TimeSpan.FromMilliseconds(500)));
    }
}
