using CsCheck;
using VfsSync.Core.History;

namespace VfsSync.Core.Tests.History;

public class HybridTimeTests
{
    private const long Now = 1_763_800_000_000;

    [Fact]
    public void Own_times_only_grow_whatever_the_clock_does() =>
        Gen.Long[0, 2 * Now].Array[1, 50].Sample(clocks =>
        {
            var time = HybridTime.At(Now);
            return clocks.All(now =>
            {
                var before = time;
                time = time.Next(now);
                return time.CompareTo(before) > 0;
            });
        });

    [Fact]
    public void The_clock_is_followed_where_it_leads() => Assert.Equal(HybridTime.At(Now + 5), HybridTime.At(Now).Next(Now + 5));

    [Fact]
    public void Within_a_millisecond_the_counter_keeps_order()
    {
        var next = HybridTime.At(Now).Next(Now);
        Assert.Equal(Now, next.UnixMs);
        Assert.Equal(HybridTime.At(Now).Value + 1, next.Value);
        Assert.Equal(Now + 1, new HybridTime(HybridTime.At(Now).Value + 65_535).Next(Now).UnixMs);
    }

    [Fact]
    public void A_later_time_of_another_is_taken_over_unless_it_is_far_ahead()
    {
        var own = HybridTime.At(Now);
        var soon = HybridTime.At(Now + HybridTime.MaxAheadMs);
        var far = HybridTime.At(Now + HybridTime.MaxAheadMs + 1);
        Assert.Equal(soon, own.Seeing(soon, Now));
        Assert.Equal(own, own.Seeing(far, Now));
        Assert.Equal(own, own.Seeing(HybridTime.At(Now - 1), Now));
    }
}
