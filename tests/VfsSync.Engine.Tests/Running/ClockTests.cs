using VfsSync.Engine.Running;

namespace VfsSync.Engine.Tests.Running;

public sealed class ClockTests
{
    private const long Hour = 3_600_000;
    private long _system = 10 * Hour, _passed = 5;

    [Fact]
    public void It_follows_the_system()
    {
        var clock = new Clock(() => _system, () => _passed);
        Pass(250);
        Assert.Equal(10 * Hour + 250, clock.NowMs);
        _system += Hour;
        Assert.Equal(11 * Hour + 250, clock.NowMs);
    }

    [Fact]
    public void It_goes_on_at_half_the_pace_while_the_system_is_behind_and_then_follows_again()
    {
        var clock = new Clock(() => _system, () => _passed);
        _system -= Hour;
        Assert.Equal(10 * Hour, clock.NowMs);
        for (var i = 0; i < 1000; i++)
        {
            Pass(1);
            Assert.Equal(10 * Hour + (i + 1) / 2, clock.NowMs);
        }
        Pass(2 * Hour - 1000);
        Assert.Equal(11 * Hour, clock.NowMs);
        Pass(7);
        Assert.Equal(11 * Hour + 7, clock.NowMs);
    }

    private void Pass(long ms) => (_system, _passed) = (_system + ms, _passed + ms);
}
