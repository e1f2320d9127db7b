using VfsSync.Engine.Running;
using VfsSync.PowerShell.Choosing;

namespace VfsSync.ShellTests.Units;

public sealed class NearNamesTests
{
    [Fact]
    public void The_nearest_come_first() => Assert.Equal(["docs/hello.txt", "docs/hallo.txt"], NearNames.Of("helo.txt", ["docs/other.md", "docs/hallo.txt", "docs/hello.txt"]));

    [Theory]
    [InlineData("now.txt", "new.txt", true)]
    [InlineData("plam.md", "docs/plan.md", true)]
    [InlineData("x", "y", false)]
    [InlineData("a.txt", "b.txt", false)]
    [InlineData("one.txt", "two.txt", false)]
    [InlineData("cat.txt", "dog.txt", false)]
    [InlineData("report-of-the-year-2024.md", "letter-of-the-year-1999.md", false)]
    public void Only_a_slip_is_near(string name, string there, bool near) => Assert.Equal(near, NearNames.Of(name, [there]).Count > 0);

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("a", "", 1)]
    public void Distance_counts_edits(string a, string b, int edits) => Assert.Equal(edits, NearNames.Distance(a, b));
}
