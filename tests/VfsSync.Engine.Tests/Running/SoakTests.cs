namespace VfsSync.Engine.Tests.Running;

/// <summary>Short soaks at a user's pace: real nodes in processes of their own, users at both at once. Longer and faster ones: the program itself (tests/VfsSync.Soak).</summary>
public sealed class SoakTests
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void Users_on_both_sides_at_once_end_with_equal_folders_and_nothing_lost(int seed, bool kill)
    {
        var options = new SoakOptions { Seed = seed, Seconds = 6, Kill = kill, Slow = true, Patience = 40 };
        var verdict = new SoakRun(options, say => TestContext.Current.TestOutputHelper?.WriteLine(say)).Run();
        Assert.True(verdict.IsGood, verdict.ToString());
    }
}
