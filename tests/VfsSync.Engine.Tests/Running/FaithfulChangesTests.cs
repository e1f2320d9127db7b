using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>What a user does to files arrives as it was done.</summary>
public sealed class FaithfulChangesTests : IDisposable
{
    private readonly Nodes _nodes = new();
    private readonly SyncNode _a, _b;

    public FaithfulChangesTests() => (_a, _b) = _nodes.Pair();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void Create_both_ways()
    {
        File.WriteAllText(At(_a, "hello.txt"), "hello");
        EventuallySame(_a, _b);
        File.WriteAllText(At(_b, "back.txt"), "back");
        EventuallySame(_a, _b);
        Assert.Equal("back", File.ReadAllText(At(_a, "back.txt")));
    }

    [Fact]
    public void Modify_append_truncate_delete()
    {
        File.WriteAllText(At(_a, "f"), "one");
        EventuallySame(_a, _b);
        File.WriteAllText(At(_b, "f"), "two, longer");
        EventuallySame(_a, _b);
        File.AppendAllText(At(_a, "f"), "\nthree");
        EventuallySame(_a, _b);
        Assert.Equal("two, longer\nthree", File.ReadAllText(At(_b, "f")));
        using (var file = File.OpenWrite(At(_a, "f"))) file.SetLength(3);
        EventuallySame(_a, _b);
        Assert.Equal("two", File.ReadAllText(At(_b, "f")));
        using (var file = File.OpenWrite(At(_a, "f"))) file.SetLength(0);
        EventuallySame(_a, _b);
        File.Delete(At(_b, "f"));
        EventuallySame(_a, _b);
        Assert.False(File.Exists(At(_a, "f")));
    }

    [Fact]
    public void Empty_file_and_empty_directory()
    {
        File.WriteAllBytes(At(_a, "empty"), []);
        Directory.CreateDirectory(At(_a, "void"));
        EventuallySame(_a, _b);
        Directory.Delete(At(_b, "void"));
        File.Delete(At(_b, "empty"));
        EventuallySame(_a, _b);
        Assert.False(Directory.Exists(At(_a, "void")));
    }

    [Fact]
    public void Deep_new_directory_with_a_file_created_at_once()
    {
        var deep = string.Join('/', Enumerable.Range(0, 40).Select(i => $"d{i}"));
        Directory.CreateDirectory(At(_a, deep));
        File.WriteAllText(At(_a, deep + "/leaf"), "leaf");
        EventuallySame(_a, _b);
        Directory.Delete(At(_b, "d0"), true);
        EventuallySame(_a, _b);
        Assert.False(Directory.Exists(At(_a, "d0")));
    }

    [Fact]
    public void File_becomes_directory_and_back()
    {
        File.WriteAllText(At(_a, "x"), "file");
        EventuallySame(_a, _b);
        File.Delete(At(_a, "x"));
        Directory.CreateDirectory(At(_a, "x"));
        File.WriteAllText(At(_a, "x/inside"), "inside");
        EventuallySame(_a, _b);
        Assert.Equal("inside", File.ReadAllText(At(_b, "x/inside")));
        Directory.Delete(At(_b, "x"), true);
        File.WriteAllText(At(_b, "x"), "a file again");
        EventuallySame(_a, _b);
        Assert.Equal("a file again", File.ReadAllText(At(_a, "x")));
        NoConflicts(_a, _b);
    }

    [Fact]
    public void Symlink_becomes_file_becomes_directory_becomes_symlink()
    {
        File.CreateSymbolicLink(At(_a, "x"), "target");
        EventuallySame(_a, _b);
        File.Delete(At(_b, "x"));
        File.WriteAllText(At(_b, "x"), "file");
        EventuallySame(_a, _b);
        File.Delete(At(_a, "x"));
        Directory.CreateDirectory(At(_a, "x"));
        EventuallySame(_a, _b);
        Directory.Delete(At(_b, "x"));
        File.CreateSymbolicLink(At(_b, "x"), "elsewhere");
        EventuallySame(_a, _b);
        NoConflicts(_a, _b);
    }

    [Fact]
    public void Both_sides_change_different_files_at_once()
    {
        Parallel.Invoke(
            () => { for (var i = 0; i < 300; i++) Write(At(_a, $"dir{i % 7}/a{i}"), $"from a {i}"); },
            () => { for (var i = 0; i < 300; i++) Write(At(_b, $"dir{i % 7}/b{i}"), $"from b {i}"); });
        EventuallySame(_a, _b);
        Assert.Equal(600, Directory.GetFiles(_a.Root, "?*", SearchOption.AllDirectories).Count(f => !f.Contains("/.vfs/", StringComparison.Ordinal)));
        NoConflicts(_a, _b);
    }

    [Fact]
    public void Five_thousand_changes_in_a_second()
    {
        for (var i = 0; i < 2500; i++) File.WriteAllText(At(_a, $"n{i}"), $"{i}");
        for (var i = 0; i < 2500; i++)
            if (i % 5 == 0) File.Delete(At(_a, $"n{i}"));
            else if (i % 5 == 1) File.Move(At(_a, $"n{i}"), At(_a, $"moved{i}"));
            else File.AppendAllText(At(_a, $"n{i}"), " again");
        EventuallySame(_a, _b);
        Assert.Equal(2000, Directory.GetFiles(_b.Root).Length);
        NoConflicts(_a, _b);
    }

    [Fact]
    public void No_byte_crosses_the_wire_once_a_change_has_arrived()
    {
        File.WriteAllText(At(_a, "f"), "hello");
        Directory.CreateDirectory(At(_a, "d"));
        File.WriteAllBytes(At(_a, "d/big"), new byte[3_000_000]);
        EventuallySame(_a, _b);
        Silent(6, _a, _b);
    }

    private static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
