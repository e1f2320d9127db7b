using VfsSync.Engine.Disk.Linux;
using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>A rename arrives as one: no content crosses the wire again.</summary>
public sealed class FaithfulRenamesTests : IDisposable
{
    private readonly Nodes _nodes = new();
    private readonly SyncNode _a, _b;

    public FaithfulRenamesTests() => (_a, _b) = _nodes.Pair();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void Rename_a_file_and_move_it_between_directories()
    {
        File.WriteAllBytes(At(_a, "f"), Bytes(1, 3_000_000));
        Directory.CreateDirectory(At(_a, "in/there"));
        EventuallySame(_a, _b);
        var before = Traffic(_a);
        var inode = Inode(At(_b, "f"));
        File.Move(At(_a, "f"), At(_a, "g"));
        EventuallySame(_a, _b);
        File.Move(At(_a, "g"), At(_a, "in/there/h"));
        EventuallySame(_a, _b);
        File.Move(At(_b, "in/there/h"), At(_b, "in/i"));
        EventuallySame(_a, _b);
        Assert.Equal(inode, Inode(At(_b, "in/i")));
        Assert.InRange(Traffic(_a).Sent - before.Sent, 1, 20_000);
    }

    [Fact]
    public void Rename_a_directory_with_a_thousand_files()
    {
        Directory.CreateDirectory(At(_a, "old/sub"));
        for (var i = 0; i < 1000; i++) File.WriteAllBytes(At(_a, i % 2 == 0 ? $"old/f{i}" : $"old/sub/f{i}"), Bytes(i, 20_000));
        EventuallySame(_a, _b);
        Silent(0.2, _a, _b);
        var before = Traffic(_a);
        var inode = Inode(At(_b, "old/sub/f1"));
        Directory.Move(At(_a, "old"), At(_a, "new"));
        EventuallySame(_a, _b);
        Assert.Equal(inode, Inode(At(_b, "new/sub/f1")));
        Assert.InRange(Traffic(_a).Sent - before.Sent, 1, 400_000); // under 400 bytes a change; the contents are 20 MB
        NoConflicts(_a, _b);
    }

    [Fact]
    public void Rename_over_another_file()
    {
        File.WriteAllText(At(_a, "one"), "1");
        File.WriteAllText(At(_a, "two"), "2");
        EventuallySame(_a, _b);
        File.Move(At(_a, "one"), At(_a, "two"), overwrite: true);
        EventuallySame(_a, _b);
        Assert.Equal("1", File.ReadAllText(At(_b, "two")));
        NoConflicts(_a, _b);
    }

    [Fact]
    public void Swap_two_files_and_two_directories()
    {
        File.WriteAllText(At(_a, "x"), "content of x");
        File.WriteAllText(At(_a, "y"), "content of y");
        Directory.CreateDirectory(At(_a, "p"));
        File.WriteAllText(At(_a, "p/f"), "in p");
        Directory.CreateDirectory(At(_a, "q"));
        File.WriteAllText(At(_a, "q/f"), "in q");
        EventuallySame(_a, _b);
        File.Move(At(_a, "x"), At(_a, "t"));
        File.Move(At(_a, "y"), At(_a, "x"));
        File.Move(At(_a, "t"), At(_a, "y"));
        EventuallySame(_a, _b);
        Assert.Equal("content of y", File.ReadAllText(At(_b, "x")));
        Directory.Move(At(_b, "p"), At(_b, "t"));
        Directory.Move(At(_b, "q"), At(_b, "p"));
        Directory.Move(At(_b, "t"), At(_b, "q"));
        EventuallySame(_a, _b);
        Assert.Equal("in q", File.ReadAllText(At(_a, "p/f")));
        NoConflicts(_a, _b);
    }

    [Fact]
    public void Rename_there_and_back()
    {
        Directory.CreateDirectory(At(_a, "d"));
        for (var i = 0; i < 50; i++) File.WriteAllText(At(_a, $"d/f{i}"), $"{i}");
        EventuallySame(_a, _b);
        for (var i = 0; i < 5; i++)
        {
            Directory.Move(At(_a, "d"), At(_a, "e"));
            EventuallySame(_a, _b);
            Directory.Move(At(_b, "e"), At(_b, "d"));
            EventuallySame(_a, _b);
        }
        NoConflicts(_a, _b);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_its_user_renames_back_the_moment_it_arrives_stays_back(bool directory)
    {
        if (directory) Directory.CreateDirectory(At(_a, "d"));
        File.WriteAllText(At(_a, directory ? "d/f" : "d"), "text");
        EventuallySame(_a, _b);
        ((LinuxFolder)_b.Disk).Meanwhile = step =>
        {
            if (step != "renamed") return;
            ((LinuxFolder)_b.Disk).Meanwhile = null;
            Directory.Move(At(_b, "e"), At(_b, "d"));
        };
        Directory.Move(At(_a, "d"), At(_a, "e"));
        Poll.Until(() => ((LinuxFolder)_b.Disk).Meanwhile is null, "it arrived");
        Poll.Until(() => Path.Exists(At(_a, "d")) && !Path.Exists(At(_a, "e")), () => Story(_a, _b));
        EventuallySettled(_a, _b);
        Assert.True(Path.Exists(At(_b, "d")));
        NoConflicts(_a, _b);
    }

    [Fact]
    public void Rename_of_a_directory_and_at_once_a_change_in_it()
    {
        Directory.CreateDirectory(At(_a, "d/s"));
        for (var i = 0; i < 50; i++) File.WriteAllText(At(_a, $"d/s/f{i}"), $"{i}");
        EventuallySame(_a, _b);
        Directory.Move(At(_a, "d"), At(_a, "e"));
        File.WriteAllText(At(_a, "e/s/f7"), "changed right after");
        File.WriteAllText(At(_a, "e/s/new"), "new right after");
        File.Delete(At(_a, "e/s/f8"));
        Directory.Move(At(_a, "e/s"), At(_a, "e/t"));
        EventuallySame(_a, _b);
        NoConflicts(_a, _b);
    }

    [Fact]
    public void A_new_file_in_a_directory_that_is_renamed_at_the_other_side_follows_it()
    {
        Directory.CreateDirectory(At(_a, "d"));
        File.WriteAllText(At(_a, "d/f"), "f");
        EventuallySame(_a, _b);
        Cut(_a);
        Parallel.Invoke(() => Directory.Move(At(_a, "d"), At(_a, "e")), () => File.WriteAllText(At(_b, "d/new"), "new"));
        EventuallySettled(_a, _b);
        Assert.Equal("new", File.ReadAllText(At(_a, "e/new")));
    }

    private static byte[] Bytes(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static string Inode(string path) => Shell.Run("stat -c %i \"$1\"", path);
}
