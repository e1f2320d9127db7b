namespace VfsSync.Engine.Tests.Running;

/// <summary>A short soak: users at all sides of real nodes at once. Longer ones: the program itself.</summary>
public sealed class SoakTests
{
    [Theory]
    [InlineData(1, false)]
    public void Users_on_both_sides_at_once_end_with_equal_folders_and_nothing_lost(int seed, bool kill)
    {
        var verdict = new SoakRun(new SoakOptions { Seed = seed, Seconds = 5, Kill = kill, DirectoryRenames = false, Slow = true, Patience = 30 }, _ => { }).Run();
        Assert.True(verdict.IsGood, verdict.ToString());
    }
}
