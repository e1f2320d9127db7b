using VfsSync.Engine.Store;

namespace VfsSync.Engine.Tests.Store;

public sealed class NativeSqliteTests
{
    [Fact]
    public void It_looks_in_the_platform_folder_then_in_the_package_layout_then_beside_the_assembly()
    {
        var candidates = NativeSqlite.Candidates("/module").ToList();
        Assert.True(candidates.FindIndex(c => !c.Contains("runtimes", StringComparison.Ordinal)) < candidates.FindIndex(c => c.Contains("runtimes", StringComparison.Ordinal)));
        Assert.Equal("/module", Path.GetDirectoryName(candidates[^1]));
    }

    [Fact]
    public void The_library_of_this_build_is_among_the_candidates() => Assert.Contains(NativeSqlite.Candidates(AppContext.BaseDirectory), File.Exists);

    [Fact]
    public void Loading_twice_or_from_nowhere_is_harmless()
    {
        NativeSqlite.Load(AppContext.BaseDirectory);
        NativeSqlite.Load("/nowhere");
    }
}
