using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>What two people do to one file at the same time: both are kept, alike on every node.</summary>
public sealed class ConflictTests : IDisposable
{
    private readonly Nodes _nodes = new();
    private SyncNode _a, _b;

    public ConflictTests() => (_a, _b) = _nodes.Pair();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void Simultaneous_edits_keep_a_winner_and_a_copy_alike_on_both()
    {
        File.WriteAllText(At(_a, "f.txt"), "base");
        EventuallySame(_a, _b);
        Apart(() => File.WriteAllText(At(_a, "f.txt"), "edited at a"), () => File.WriteAllText(At(_b, "f.txt"), "edited at b"));
        EventuallySettled(_a, _b);
        Assert.Equal(["edited at a", "edited at b"], Contents("f*"));
        // The next edit settles it: both names stay, as files of their own.
        File.WriteAllText(At(_b, "f.txt"), "settled");
        EventuallySettled(_a, _b);
        var copy = Directory.GetFiles(_a.Root, "*.conflict-*").Single();
        File.Delete(copy);
        EventuallySettled(_a, _b);
        Assert.Equal(["settled"], Contents("f*"));
    }

    [Fact]
    public void An_edit_of_the_copy_while_the_conflict_is_being_closed_stays()
    {
        File.WriteAllText(At(_a, "f.txt"), "base");
        EventuallySame(_a, _b);
        Apart(() => File.WriteAllText(At(_a, "f.txt"), "edited at a"), () => File.WriteAllText(At(_b, "f.txt"), "edited at b"));
        EventuallySettled(_a, _b);
        var conflict = Assert.Single(_a.Conflicts(Core.Tree.EntryPath.Root));
        using var merged = new Interrupted(() =>
        {
            File.WriteAllText(At(_a, conflict.Loser.At.Text), "edited meanwhile");
            LookAtAll(_a);
        });
        Assert.Equal("VfsChangedMeanwhile", Assert.Throws<NodeException>(() => _a.ResolveWith([conflict], merged, default)).Id);
        EventuallySettled(_a, _b);
        Assert.Contains("edited meanwhile", Contents("f*"));
    }

    [Fact]
    public void Who_may_not_write_closes_no_conflict_and_loses_nothing_by_trying()
    {
        File.WriteAllText(At(_a, "f.txt"), "base");
        EventuallySame(_a, _b);
        Apart(() => File.WriteAllText(At(_a, "f.txt"), "edited at a"), () => File.WriteAllText(At(_b, "f.txt"), "edited at b"));
        EventuallySettled(_a, _b);
        _a.SetPermission(_b.Id, "reader", default);
        Poll.Until(() => _b.Role == "reader", "b is a reader");
        File.WriteAllText(At(_b, "f.txt"), "b's own");
        LookAtAll(_b);
        var conflict = Assert.Single(_b.Conflicts(Core.Tree.EntryPath.Root));
        foreach (var choice in Enum.GetValues<ConflictChoice>()) Assert.Equal("VfsDenied", Assert.Throws<NodeException>(() => _b.Resolve([conflict], choice, default)).Id);
        Assert.Equal("VfsDenied", Assert.Throws<NodeException>(() => _b.ResolveMerged([conflict], default)).Id);
        Assert.Equal("b's own", File.ReadAllText(At(_b, "f.txt")));
        Assert.Single(_a.Conflicts(Core.Tree.EntryPath.Root));
        Assert.Equal(["b's own", "edited at a", "edited at b"], Contents("f*").Concat([File.ReadAllText(At(_b, "f.txt"))]).Order());
    }

    // Something happens while it is read.
    private sealed class Interrupted(Action meanwhile) : MemoryStream("merged"u8.ToArray())
    {
        public override int Read(byte[] buffer, int offset, int count)
        {
            meanwhile();
            return base.Read(buffer, offset, count);
        }
    }

    [Fact]
    public void Equal_edits_do_not_conflict()
    {
        File.WriteAllText(At(_a, "f"), "base");
        EventuallySame(_a, _b);
        Apart(() => File.WriteAllText(At(_a, "f"), "the same"), () => File.WriteAllText(At(_b, "f"), "the same"));
        EventuallySettled(_a, _b);
        NoConflicts(_a, _b);
        File.WriteAllText(At(_a, "f"), "and on");
        EventuallySettled(_a, _b);
        NoConflicts(_a, _b);
    }

    [Fact]
    public void Simultaneous_creates_do_not_swap_contents()
    {
        Apart(() => { for (var i = 0; i < 30; i++) File.WriteAllText(At(_a, $"f{i}"), $"a{i}"); }, () => { for (var i = 0; i < 30; i++) File.WriteAllText(At(_b, $"f{i}"), $"b{i}"); });
        EventuallySettled(_a, _b);
        for (var i = 0; i < 30; i++) Assert.Equal([$"a{i}", $"b{i}"], Contents($"f{i}").Concat(Contents($"f{i}.*")).Distinct().Order());
    }

    [Fact]
    public void An_edit_follows_a_rename()
    {
        File.WriteAllText(At(_a, "old.txt"), "base");
        EventuallySame(_a, _b);
        Apart(() => File.Move(At(_a, "old.txt"), At(_a, "new.txt")), () => File.WriteAllText(At(_b, "old.txt"), "edited"));
        EventuallySettled(_a, _b);
        Assert.Equal("edited", File.ReadAllText(At(_a, "new.txt")));
        Assert.False(File.Exists(At(_b, "old.txt")));
        NoConflicts(_a, _b);
        File.AppendAllText(At(_b, "new.txt"), " once more");
        EventuallySettled(_a, _b);
        Assert.Equal("edited once more", File.ReadAllText(At(_a, "new.txt")));
        NoConflicts(_a, _b);
    }

    [Fact]
    public void An_edit_beats_a_removal()
    {
        File.WriteAllText(At(_a, "f"), "base");
        Directory.CreateDirectory(At(_a, "d"));
        File.WriteAllText(At(_a, "d/g"), "base");
        EventuallySame(_a, _b);
        Apart(() => { File.Delete(At(_a, "f")); Directory.Delete(At(_a, "d"), true); }, () => { File.WriteAllText(At(_b, "f"), "kept"); File.WriteAllText(At(_b, "d/g"), "kept"); });
        EventuallySettled(_a, _b);
        Assert.Equal("kept", File.ReadAllText(At(_a, "f")));
        Assert.Equal("kept", File.ReadAllText(At(_a, "d/g")));
    }

    [Fact]
    public void Two_renames_of_one_file_keep_its_content()
    {
        File.WriteAllText(At(_a, "f"), "content");
        EventuallySame(_a, _b);
        Apart(() => File.Move(At(_a, "f"), At(_a, "one")), () => File.Move(At(_b, "f"), At(_b, "two")));
        EventuallySettled(_a, _b);
        Assert.All(Directory.GetFiles(_a.Root), f => Assert.Equal("content", File.ReadAllText(f)));
        Assert.NotEmpty(Directory.GetFiles(_a.Root));
        Assert.False(File.Exists(At(_a, "f")));
    }

    [Fact]
    public void A_file_against_a_directory_keeps_both()
    {
        Apart(() => File.WriteAllText(At(_a, "x"), "file"), () => { Directory.CreateDirectory(At(_b, "x")); File.WriteAllText(At(_b, "x/inside"), "inside"); });
        EventuallySettled(_a, _b);
        Assert.Equal("inside", File.ReadAllText(At(_a, "x/inside")));
        Assert.Equal(["file"], Contents("x.conflict*"));
    }

    [Fact]
    public void Edits_on_both_sides_at_full_speed_lose_nothing()
    {
        File.WriteAllText(At(_a, "f"), "base");
        EventuallySame(_a, _b);
        Parallel.Invoke(
            () => { for (var i = 0; i < 40; i++) { File.WriteAllText(At(_a, $"f{i % 4}"), $"a {i}"); Poll.Pause(i % 13); } },
            () => { for (var i = 0; i < 40; i++) { File.WriteAllText(At(_b, $"f{i % 4}"), $"b {i}"); Poll.Pause(i % 11); } });
        EventuallySettled(_a, _b);
        // The last word of each side on each file is there, unless the other had seen it.
        for (var i = 36; i < 40; i++)
        {
            var kept = Contents($"f{i % 4}*");
            Assert.True(kept.Contains($"a {i}") || kept.Contains($"b {i}"), $"f{i % 4}: {string.Join(", ", kept)}");
        }
    }

    [Fact]
    public void Rename_of_a_directory_against_a_rename_within_it()
    {
        Directory.CreateDirectory(At(_a, "d"));
        for (var i = 0; i < 5; i++) File.WriteAllText(At(_a, $"d/f{i}"), $"{i}");
        EventuallySame(_a, _b);
        Apart(() => Directory.Move(At(_a, "d"), At(_a, "e")), () => File.Move(At(_b, "d/f1"), At(_b, "d/g1")));
        EventuallySettled(_a, _b);
        var all = Directory.GetFiles(_a.Root, "*", SearchOption.AllDirectories).Where(f => !f.Contains("/.vfs/", StringComparison.Ordinal)).Select(File.ReadAllText).Distinct().Order();
        Assert.Equal(["0", "1", "2", "3", "4"], all);
    }

    [Fact]
    public void Who_made_what_of_a_file_against_a_directory_is_told_right()
    {
        Apart(() => File.WriteAllText(At(_a, "x"), "a file"), () => File.WriteAllText(Path.Combine(Directory.CreateDirectory(At(_b, "x")).FullName, "inside"), "in a directory"));
        EventuallySettled(_a, _b);
        File.WriteAllText(At(_a, "x/more"), "by a"); // the directory stands for both, b made it
        EventuallySettled(_a, _b);
        foreach (var node in (SyncNode[])[_a, _b])
        {
            var conflict = Assert.Single(node.Conflicts(Core.Tree.EntryPath.Root));
            Assert.Equal(("b", "a"), (conflict.Winner.Author, conflict.Loser.Author));
            Assert.Equal((node.Name, node == _a ? "a file" : null), (conflict.Ours.Author, conflict.Ours.Entry.Kind == Core.Tree.EntryKind.File ? File.ReadAllText(At(node, conflict.Ours.At.Text)) : null));
        }
    }

    [Fact]
    public void A_directory_that_stands_for_what_lies_in_it_is_by_whoever_made_that()
    {
        Directory.CreateDirectory(At(_a, "x"));
        File.WriteAllText(At(_a, "x/f"), "1");
        EventuallySettled(_a, _b);
        Apart(() => { Directory.Delete(At(_a, "x"), recursive: true); File.WriteAllText(At(_a, "x"), "a file"); }, () => File.WriteAllText(At(_b, "x/g"), "2"));
        EventuallySettled(_a, _b);
        foreach (var node in (SyncNode[])[_a, _b])
        {
            var conflict = Assert.Single(node.Conflicts(Core.Tree.EntryPath.Root));
            Assert.Equal(("b", "a"), (conflict.Winner.Author, conflict.Loser.Author));
            Assert.Equal(node.Name, conflict.Ours.Author);
        }
    }

    [Fact]
    public void A_conflict_is_not_closed_while_what_won_is_still_on_its_way()
    {
        using var disk = new SmallDisk(48);
        var c = _nodes.Start(new NodeOptions { Path = disk.Folder("c"), Name = "c", Port = 0, InvitationToken = _a.CreateInvitation("editor", 1, null).Token, Peers = [] });
        try
        {
            Connected(_a, c);
            File.WriteAllText(At(_a, "f"), "base");
            EventuallySettled(_a, _b, c);
            _nodes.Stop(c);
            var big = new byte[60 << 20];
            new Random(1).NextBytes(big);
            Apart(() => File.WriteAllText(At(_a, "f"), "by a"), () => File.WriteAllBytes(At(_b, "f"), big));
            EventuallySettled(_a, _b);
            c = _nodes.StartAgain(c.Root, AddressOf(_a));
            Poll.Until(() => c.Conflicts(Core.Tree.EntryPath.Root).Count == 1 && Directory.GetFiles(c.Root, "f.conflict*").Length == 1, () => "c sees the conflict, and the copy\n" + Story(_a, _b, c));
            Assert.Equal("base", File.ReadAllText(At(c, "f"))); // 60 MiB do not fit
            foreach (var choice in (ConflictChoice[])[ConflictChoice.Winner, ConflictChoice.Loser])
                Assert.Equal("VfsContentMissing", Assert.Throws<NodeException>(() => c.Resolve(c.Conflicts(Core.Tree.EntryPath.Root), choice, default)).Id);
            Assert.Equal("VfsContentMissing", Assert.Throws<NodeException>(() => c.ResolveMerged(c.Conflicts(Core.Tree.EntryPath.Root), default)).Id);
            Assert.Single(Directory.GetFiles(c.Root, "f.conflict*"));
        }
        finally
        {
            _nodes.Stop(c);
        }
    }

    private List<string> Contents(string pattern) => [.. Directory.GetFiles(_a.Root, pattern).Select(File.ReadAllText).Order()];

    // Both act while neither hears of the other.
    private void Apart(Action atA, Action atB)
    {
        var port = _a.Port;
        _nodes.Stop(_b);
        atB();
        Poll.Pause(5);
        atA();
        LookAtAll(_a);
        _b = _nodes.StartAgain(_b.Root, $"127.0.0.1:{port}");
        Connected(_a, _b);
    }
}
