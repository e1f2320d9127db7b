namespace VfsSync.ShellTests.Units;

public sealed class VfsChangeTests
{
    [Theory]
    [InlineData("Create", false, 0, null, 1)]
    [InlineData("Create", true, 1, null, 1)]
    [InlineData("Modify", false, 2, 2, 3)]
    [InlineData("Modify", true, 3, 2, 3)]
    [InlineData("Remove", false, 2, 2, null)]
    [InlineData("Remove", true, 3, 2, null)]
    [InlineData("Rename", true, 1, null, 1)]
    public void Versions_are_those_of_the_path_before_and_after(string kind, bool made, int known, int? from, int? to) => Assert.Equal((from, to), VfsChange.Versions(kind, made, known));
}
