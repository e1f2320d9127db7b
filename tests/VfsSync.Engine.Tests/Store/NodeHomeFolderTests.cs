using VfsSync.Engine.Store;

namespace VfsSync.Engine.Tests.Store;

public sealed class NodeHomeFolderTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("vfs-folder-").FullName;

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public void The_last_part_of_the_path_is_created()
    {
        using var home = NodeHome.Open(In("new"));
        Assert.Equal(In("new"), home.Root);
        Assert.True(Directory.Exists(In("new/.vfs")));
    }

    [Fact]
    public void More_than_the_last_part_is_not() => Assert.Contains(In("no"), Refused("no/such", NodeHomeFault.NoSuchFolder).Message, StringComparison.Ordinal);

    [Fact]
    public void A_file_is_no_folder()
    {
        File.WriteAllText(In("file"), "");
        Refused("file", NodeHomeFault.NotAFolder);
        Refused("file/below", NodeHomeFault.NoSuchFolder);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_refused()
    {
        // Not even root writes here.
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/sys is Linux'.");
        Assert.Equal(NodeHomeFault.NotWritable, Assert.Throws<NodeHomeException>(() => NodeHome.Open("/sys/kernel")).Id);
        Assert.Equal(NodeHomeFault.NotWritable, Assert.Throws<NodeHomeException>(() => NodeHome.Open("/sys/kernel/vfs")).Id);
    }

    [Fact]
    public void A_folder_within_a_nodes_folder_is_refused_also_through_a_link()
    {
        NodeHome.Open(In("outer")).Dispose();
        Directory.CreateDirectory(In("outer/deep/inner"));
        Assert.Contains(In("outer"), Refused("outer/deep/inner", NodeHomeFault.NestedFolder).Message, StringComparison.Ordinal);
        Directory.CreateSymbolicLink(In("way"), In("outer/deep"));
        Refused("way/inner", NodeHomeFault.NestedFolder);
        Refused("outer/.vfs", NodeHomeFault.NestedFolder);
    }

    [Fact]
    public void A_node_below_is_warned_of()
    {
        Directory.CreateDirectory(In("outer"));
        NodeHome.Open(In("outer/inner")).Dispose();
        using var home = NodeHome.Open(In("outer"));
        Assert.Contains(In("outer/inner"), Assert.Single(home.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_home_that_is_a_link_or_a_file_is_refused()
    {
        Directory.CreateDirectory(In("a"));
        Directory.CreateDirectory(In("b"));
        Directory.CreateDirectory(In("elsewhere"));
        Directory.CreateSymbolicLink(In("a/.vfs"), In("elsewhere"));
        File.WriteAllText(In("b/.vfs"), "");
        Refused("a", NodeHomeFault.UnsafeHome);
        Refused("b", NodeHomeFault.UnsafeHome);
        Assert.Empty(Directory.GetFileSystemEntries(In("elsewhere")));
    }

    [Fact]
    public void A_relative_link_is_followed_to_where_the_folder_really_is()
    {
        Directory.CreateDirectory(In("real/place"));
        Directory.CreateSymbolicLink(In("alias"), "real");
        using var home = NodeHome.Open(In("alias/place"));
        Assert.Equal(In("real/place"), home.Root);
    }

    [Fact]
    public void Links_in_a_circle_are_refused()
    {
        Directory.CreateSymbolicLink(In("x"), In("y"));
        Directory.CreateSymbolicLink(In("y"), In("x"));
        Refused("x", NodeHomeFault.NoSuchFolder);
    }

    private string In(string path) => Path.Join(_parent, path);

    private NodeHomeException Refused(string path, NodeHomeFault expected)
    {
        var error = Assert.Throws<NodeHomeException>(() => NodeHome.Open(In(path)));
        Assert.Equal(expected, error.Id);
        return error;
    }
}
