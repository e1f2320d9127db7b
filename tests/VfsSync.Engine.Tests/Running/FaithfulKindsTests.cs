using System.Net.Sockets;
using VfsSync.Core.Tree;
using VfsSync.Engine.Disk.Linux;
using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>Kinds, modes and times of what is in a folder.</summary>
public sealed class FaithfulKindsTests : IDisposable
{
    private readonly Nodes _nodes = new();
    private readonly SyncNode _a, _b;

    public FaithfulKindsTests() => (_a, _b) = _nodes.Pair();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void A_directory_that_the_node_makes_is_recorded_once_whenever_it_is_looked_at()
    {
        var (a, b) = (_a, _b);
        ((LinuxFolder)a.Disk).Meanwhile = step =>
        {
            if (step == "make directory") LookAtAll(a);
        };
        File.WriteAllText(At(a, "hello"), "x");
        LookAtAll(a);
        a.Move(EntryPath.Parse("hello"), EntryPath.Parse("greetings/hello"), default);
        EventuallySettled(a, b);
        foreach (var node in (SyncNode[])[a, b])
            Assert.Single(node.RecentEvents(), e => e.Path?.Text == "greetings" && e.Kind is SyncEventKind.Recorded or SyncEventKind.Received);
    }

    [Fact]
    public void A_directory_that_its_user_removes_the_moment_it_appears_is_removed_everywhere()
    {
        ((LinuxFolder)_b.Disk).Meanwhile = step =>
        {
            if (step != "make directory") return;
            ((LinuxFolder)_b.Disk).Meanwhile = null;
            Directory.Delete(At(_b, "void"));
        };
        Directory.CreateDirectory(At(_a, "void"));
        Poll.Until(() => ((LinuxFolder)_b.Disk).Meanwhile is null, "it appeared");
        Poll.Until(() => !Directory.Exists(At(_a, "void")), "it is gone at A");
        EventuallySettled(_a, _b);
        Assert.False(Directory.Exists(At(_b, "void")));
    }

    [Fact]
    public void Symlinks_are_stored_and_never_followed()
    {
        var outside = _nodes.Folder("outside");
        File.WriteAllText(Path.Combine(outside, "private"), "not to be synced");
        File.CreateSymbolicLink(At(_a, "dangling"), "nowhere/at all");
        File.CreateSymbolicLink(At(_a, "absolute"), "/etc/hostname");
        File.CreateSymbolicLink(At(_a, "up"), "../outside/private");
        Directory.CreateSymbolicLink(At(_a, "tree"), outside);
        File.CreateSymbolicLink(At(_a, "newline"), "two\nlines");
        File.CreateSymbolicLink(At(_a, "itself"), "itself");
        EventuallySame(_a, _b);
        Assert.Equal(outside, new FileInfo(At(_b, "tree")).LinkTarget);
        File.WriteAllText(Path.Combine(outside, "later"), "neither");
        File.Delete(At(_b, "tree"));
        File.Delete(At(_b, "dangling"));
        File.CreateSymbolicLink(At(_b, "dangling"), "elsewhere");
        EventuallySame(_a, _b);
        Assert.Equal("elsewhere", new FileInfo(At(_a, "dangling")).LinkTarget);
        Assert.True(File.Exists(Path.Combine(outside, "private")) && File.Exists(Path.Combine(outside, "later")));
    }

    [Fact]
    public void A_directory_replaced_by_a_symlink_does_not_lead_out_of_the_folder()
    {
        var outside = _nodes.Folder("outside");
        Directory.CreateDirectory(At(_a, "d"));
        File.WriteAllText(At(_a, "d/f"), "inside");
        EventuallySame(_a, _b);
        Directory.Delete(At(_b, "d"), true);
        Directory.CreateSymbolicLink(At(_b, "d"), outside);
        EventuallySame(_a, _b);
        Assert.Empty(Directory.GetFileSystemEntries(outside));
        NoConflicts(_a, _b);
    }

    [Fact]
    public void Modes_of_files_and_directories()
    {
        File.WriteAllText(At(_a, "run.sh"), "#!/bin/sh\n");
        Directory.CreateDirectory(At(_a, "private"));
        EventuallySame(_a, _b);
        Shell.Run("chmod 755 \"$1\"", At(_a, "run.sh"));
        Shell.Run("chmod 700 \"$1\"", At(_a, "private"));
        EventuallySame(_a, _b);
        Assert.Equal("755", Shell.Run("stat -c %a \"$1\"", At(_b, "run.sh")).Trim());
        Shell.Run("chmod 640 \"$1\"", At(_b, "run.sh"));
        EventuallySame(_a, _b);
        Shell.Run("chmod 400 \"$1\"", At(_b, "run.sh"));
        EventuallySame(_a, _b);
        File.WriteAllText(At(_a, "run.sh"), "changed");
        EventuallySame(_a, _b);
    }

    [Fact]
    public void Times_to_the_nanosecond()
    {
        Shell.Run("touch -d '2001-02-03 04:05:06.123456789 UTC' \"$1/f\"; touch -d '1969-12-31 23:59:58.000000001 UTC' \"$1/before\"; ln -s x \"$1/link\"; touch -h -d '2002-01-01 00:00:00.987654321 UTC' \"$1/link\"", _a.Root);
        EventuallySame(_a, _b);
        Assert.Equal("123456789", Shell.Run("date -u -r \"$1/f\" +%N", _b.Root).Trim());
        Shell.Run("touch -d '2031-02-03 04:05:06.000000007 UTC' \"$1/f\"", _b.Root);
        EventuallySame(_a, _b);
    }

    [Fact]
    public void Pipes_sockets_and_devices_are_left_alone_and_everything_else_goes_on()
    {
        Directory.CreateDirectory(At(_a, "d"));
        EventuallySame(_a, _b);
        Shell.Run("mkfifo \"$1/d/pipe\"; mknod \"$1/d/null\" c 1 3", _a.Root);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(At(_a, "d/socket")));
        File.WriteAllText(At(_a, "d/after"), "after");
        EventuallySame(_a, _b);
        Poll.Until(() => _a.Problems().Any(p => p.Kind == ProblemKind.Unsupported && p.Path.Text == "d/pipe"), "the pipe is told");
        Assert.Equal(["after"], Directory.GetFileSystemEntries(At(_b, "d")).Select(Path.GetFileName));
        var again = _nodes.Restart(_a, AddressOf(_b));
        Connected(again, _b);
        File.WriteAllText(At(_b, "d/back"), "back");
        EventuallySame(again, _b);
        File.Delete(At(again, "d/pipe"));
        File.WriteAllText(At(again, "d/pipe"), "a file now");
        EventuallySame(again, _b);
        Poll.Until(() => again.Problems().All(p => p.Path.Text != "d/pipe"), "the problem is gone with the pipe");
    }

    [Fact]
    public void A_file_becomes_a_pipe()
    {
        File.WriteAllText(At(_a, "x"), "file");
        EventuallySame(_a, _b);
        Shell.Run("rm \"$1/x\"; mkfifo \"$1/x\"", _a.Root);
        File.WriteAllText(At(_a, "after"), "after");
        Poll.Until(() => File.Exists(At(_b, "after")), "everything else goes on");
        File.WriteAllText(At(_b, "x2"), "more");
        Poll.Until(() => File.Exists(At(_a, "x2")), "also the other way");
    }

    [Fact]
    public void Hard_links_arrive_as_files_of_their_own()
    {
        File.WriteAllText(At(_a, "one"), "same");
        Shell.Run("ln \"$1/one\" \"$1/two\"", _a.Root);
        EventuallySame(_a, _b);
        File.AppendAllText(At(_a, "one"), " and more");
        Poll.Until(() => File.ReadAllText(At(_b, "one")) == "same and more", "the name that was written to is changed");
        // The kernel tells of the name that was written to alone; the other is found by the next look.
        LookAtAll(_a);
        EventuallySame(_a, _b);
        File.WriteAllText(At(_b, "two"), "apart");
        EventuallySame(_a, _b);
        Assert.Equal("same and more", File.ReadAllText(At(_a, "one")));
        NoConflicts(_a, _b);
    }

    [Fact]
    public void Hidden_files()
    {
        Directory.CreateDirectory(At(_a, ".config/.deep"));
        File.WriteAllText(At(_a, ".config/.deep/.file"), "hidden");
        File.WriteAllText(At(_b, ".profile"), "hidden");
        EventuallySame(_a, _b);
    }
}
