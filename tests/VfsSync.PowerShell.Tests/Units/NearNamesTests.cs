using VfsSync.Engine.Running;
using VfsSync.PowerShell.Choosing;

namespace VfsSync.ShellTests.Units;

public sealed class NearNamesTests
{
    [Fact]
    public void The_nearest_come_first() => Assert.Equal(["docs/hello.txt", "docs/hallo.txt"], NearNames.Of("helo.txt", ["docs/other.md", "docs/hallo.txt", "docs/hello.txt"]));

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("a", "", 1)]
    public void Distance_counts_edits(string a, string b, int edits) => Assert.Equal(edits, NearNames.Distance(a, b));
}
