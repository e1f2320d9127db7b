using System.Security.Cryptography;
using VfsSync.Core.Tree;
using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>A content that got lost before any other node had it: a machine restored from a backup that is older than the file.</summary>
public sealed class WithdrawnTests : IDisposable
{
    private readonly Nodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void Nobody_waits_for_it_and_it_can_be_given_up() => Lost((a, b) =>
    {
        Assert.Equal(FileState.Problem, b.File(EntryPath.Parse("lost"))!.State);
        Assert.Contains(b.Files(EntryPath.Root, recurse: true), f => f.Path.Text == "lost");
        File.WriteAllText(At(b, "on"), "it goes on");
        EventuallySettled(a, b);
        Assert.True(b.Past(DateTimeOffset.Now).IsPending(EntryPath.Parse("lost"))); // what stands there instead was not put there since
        b.Remove(EntryPath.Parse("lost"), recurse: false, default);
        Poll.Until(() => !Misses(a) && !Misses(b), () => "it is given up everywhere\n" + Story(a, b));
        Assert.Null(b.File(EntryPath.Parse("lost")));
        Assert.Throws<NodeException>(() => b.Remove(EntryPath.Parse("lost"), recurse: false, default));
    });

    [Fact]
    public void Whoever_has_it_after_all_brings_it_back() => Lost((a, b) =>
    {
        // The disk from which the backup was made is found again.
        Directory.Move(_nodes.Folder("before"), a.Root + "-again");
        _nodes.Stop(a);
        Directory.Move(a.Root, a.Root + "-restored");
        Directory.Move(a.Root + "-again", a.Root);
        a = _nodes.StartAgain(a.Root, AddressOf(b));
        Poll.Until(() => File.Exists(At(b, "lost")), () => "it is back\n" + Story(a, b));
        Poll.Until(() => !Misses(a) && !Misses(b), () => "and nothing is missed\n" + Story(a, b));
        EventuallySettled(a, b);
    });

    // a writes 24 MB of which b's full disk takes nothing but the record, and goes back to a backup from before.
    private void Lost(Action<SyncNode, SyncNode> then)
    {
        using var disk = new SmallDisk(48);
        var a = _nodes.Start("a");
        var b = _nodes.Start(new NodeOptions { Path = disk.Folder("b"), Name = "b", Port = 0, InvitationToken = a.CreateInvitation("editor", 1, null).Token });
        try
        {
            Connected(a, b);
            File.WriteAllText(At(a, "first"), "first");
            EventuallySame(a, b);
            _nodes.Stop(a);
            Shell.Run("cp -a \"$1\" \"$2\"", a.Root, _nodes.Outside("backup"));
            disk.Fill(leave: 16 << 20);
            a = _nodes.StartAgain(a.Root, AddressOf(b));
            Connected(a, b);
            File.WriteAllBytes(At(a, "lost"), RandomNumberGenerator.GetBytes(24_000_000));
            Poll.Until(() => b.Problems().Any(p => p.Path.Text == "lost" && p.Kind == ProblemKind.Unwritable), () => "b cannot take it\n" + Story(a, b));
            _nodes.Stop(a);
            Directory.Move(a.Root, _nodes.Outside("before"));
            Directory.Move(_nodes.Outside("backup"), a.Root);
            disk.FreeSpace();
            a = _nodes.StartAgain(a.Root, AddressOf(b));
            Poll.Until(() => Misses(a) && Misses(b), () => "both know that nobody has it\n" + Story(a, b), 30);
            EventuallySettled(a, b);
            Assert.False(File.Exists(At(b, "lost")));
            then(a, b);
        }
        finally
        {
            _nodes.Stop(b);
        }
    }

    private static bool Misses(SyncNode node) => node.Problems().Any(p => p.Path.Text == "lost" && p.Kind == ProblemKind.ContentMissing);
}
