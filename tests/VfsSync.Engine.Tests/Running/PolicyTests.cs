using VfsSync.Core.Tree;
using VfsSync.Engine.Running;
using static VfsSync.Engine.Tests.Running.Nodes;

namespace VfsSync.Engine.Tests.Running;

/// <summary>What the folder's policy makes of conflicts, on real nodes.</summary>
public sealed class PolicyTests : IDisposable
{
    private readonly Nodes _nodes = new();
    private SyncNode _a, _b;

    public PolicyTests() => (_a, _b) = _nodes.Pair();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void Edits_of_different_lines_are_merged_by_themselves()
    {
        Policy("conflicts:\n  \"*.txt\": merge\n");
        Base("f.txt", "one\ntwo\nthree\nfour\nfive\n");
        Apart(() => File.WriteAllText(At(_a, "f.txt"), "ONE\ntwo\nthree\nfour\nfive\n"), () => File.WriteAllText(At(_b, "f.txt"), "one\ntwo\nthree\nfour\nFIVE\n"));
        Poll.Until(() => Read(_a, "f.txt") == "ONE\ntwo\nthree\nfour\nFIVE\n" && Read(_b, "f.txt") == Read(_a, "f.txt"), () => "it is merged\n" + Story(_a, _b));
        EventuallySettled(_a, _b);
        NoConflicts(_a, _b);
        Assert.Contains(_a.RecentEvents().Concat(_b.RecentEvents()), e => e.Message == "merged 2 versions");
    }

    [Fact]
    public void Edits_of_the_same_lines_and_files_of_other_names_keep_both()
    {
        Policy("conflicts:\n  \"*.txt\": merge\n");
        Base("f.txt", "one\ntwo\n");
        Base("g.dat", "one\ntwo\nthree\n");
        Apart(() => { File.WriteAllText(At(_a, "f.txt"), "ONE\ntwo\n"); File.WriteAllText(At(_a, "g.dat"), "ONE\ntwo\nthree\n"); },
            () => { File.WriteAllText(At(_b, "f.txt"), "Uno\ntwo\n"); File.WriteAllText(At(_b, "g.dat"), "one\ntwo\nTHREE\n"); });
        Poll.Until(() => _a.RecentEvents().Concat(_b.RecentEvents()).Any(e => e.Message?.StartsWith("kept both: the same lines", StringComparison.Ordinal) == true), () => "a merge is tried\n" + Story(_a, _b));
        EventuallySettled(_a, _b);
        Assert.Equal(["ONE\ntwo\n", "Uno\ntwo\n"], Contents("f*"));
        Assert.Equal(["ONE\ntwo\nthree\n", "one\ntwo\nTHREE\n"], Contents("g*"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_merge_keeps_what_only_one_changed_of_the_permissions(bool byTheWinner)
    {
        if (OperatingSystem.IsWindows()) return;
        Policy("conflicts: merge\n");
        Base("f.txt", "one\ntwo\nthree\n");
        Apart(() => Edit(_a, "ONE\ntwo\nthree\n", executable: !byTheWinner), () => Edit(_b, "one\ntwo\nTHREE\n", executable: byTheWinner));
        Poll.Until(() => Read(_a, "f.txt") == "ONE\ntwo\nTHREE\n" && Read(_b, "f.txt") == Read(_a, "f.txt"), () => "it is merged\n" + Story(_a, _b));
        EventuallySettled(_a, _b);
        NoConflicts(_a, _b);
        foreach (var node in (SyncNode[])[_a, _b]) Assert.Equal((UnixFileMode)0x1ED, File.GetUnixFileMode(At(node, "f.txt")));
    }

    private static void Edit(SyncNode node, string text, bool executable)
    {
        File.WriteAllText(At(node, "f.txt"), text);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(At(node, "f.txt"), (UnixFileMode)(executable ? 0x1ED : 0x1A4));
    }

    [Fact]
    public void An_edit_that_followed_a_rename_is_merged_with_what_was_written_there()
    {
        Policy("conflicts: merge\n");
        Base("f.txt", "one\ntwo\nthree\nfour\n");
        Apart(() => File.WriteAllText(At(_a, "f.txt"), "ONE\ntwo\nthree\nfour\n"), () =>
        {
            File.Move(At(_b, "f.txt"), At(_b, "g.txt"));
            _nodes.Stop(_a); // or b would have a's edit before its own, which then is made to that
            _b = _nodes.StartAgain(_b.Root); // it is a rename before it is an edit
            LookAtAll(_b);
            File.WriteAllText(At(_b, "g.txt"), "one\ntwo\nthree\nFOUR\n");
            LookAtAll(_b);
            _nodes.Stop(_b);
            _a = _nodes.StartAgain(_a.Root);
        });
        Poll.Until(() => Read(_a, "g.txt") == "ONE\ntwo\nthree\nFOUR\n" && Read(_b, "g.txt") == Read(_a, "g.txt"), () => "it is merged\n" + Story(_a, _b));
        EventuallySettled(_a, _b);
        NoConflicts(_a, _b);
        Assert.Null(Read(_b, "f.txt"));
    }

    [Fact]
    public void What_was_renamed_and_edited_long_ago_is_merged_like_any_other()
    {
        Policy("conflicts: merge\n");
        Base("f.txt", "one\n");
        File.Move(At(_a, "f.txt"), At(_a, "g.txt"));
        EventuallySettled(_a, _b);
        Base("g.txt", "one\ntwo\nthree\nfour\n");
        Apart(() => File.WriteAllText(At(_a, "g.txt"), "ONE\ntwo\nthree\nfour\n"), () => File.WriteAllText(At(_b, "g.txt"), "one\ntwo\nthree\nFOUR\n"));
        Poll.Until(() => Read(_a, "g.txt") == "ONE\ntwo\nthree\nFOUR\n" && Read(_b, "g.txt") == Read(_a, "g.txt"), () => "it is merged\n" + Story(_a, _b));
        EventuallySettled(_a, _b);
        NoConflicts(_a, _b);
    }

    [Fact]
    public void The_past_is_shown_under_the_policy_of_then()
    {
        Base("f.txt", "base");
        Apart(() => File.WriteAllText(At(_a, "f.txt"), "at a"), () => File.WriteAllText(At(_b, "f.txt"), "at b"));
        EventuallySettled(_a, _b);
        var then = DateTimeOffset.Now;
        Poll.Pause(20);
        Policy("conflicts: newest\n");
        Assert.Single(Contents("f*"));
        foreach (var node in (SyncNode[])[_a, _b])
        {
            Assert.Equal(2, node.Past(then).Below(EntryPath.Root).Count());
            Assert.Equal([".vfspolicy.yaml", "f.txt"], node.Past(DateTimeOffset.Now.AddMinutes(1)).Below(EntryPath.Root).Select(p => p.Path.Text));
        }
    }

    [Fact]
    public void What_was_made_anew_on_both_sides_has_no_ancestor_in_what_had_been_removed()
    {
        Policy("conflicts: merge\n");
        Base("f.txt", "one\ntwo\nthree\nfour\n");
        File.Delete(At(_a, "f.txt"));
        EventuallySettled(_a, _b);
        Apart(() => File.WriteAllText(At(_a, "f.txt"), "one\ntwo\nthree\n"), () => File.WriteAllText(At(_b, "f.txt"), "two\nthree\nfour\n"));
        Poll.Until(() => _a.RecentEvents().Concat(_b.RecentEvents()).Any(e => e.Message == "kept both: no single common ancestor at hand"), () => "a merge is tried\n" + Story(_a, _b));
        EventuallySettled(_a, _b);
        Assert.Equal(["one\ntwo\nthree\n", "two\nthree\nfour\n"], Contents("f*"));
    }

    [Fact]
    public void A_merge_is_made_by_another_when_the_winners_author_is_away()
    {
        Policy("conflicts: merge\n");
        Base("f.txt", "one\ntwo\nthree\nfour\n");
        var c = _nodes.Start("c", _a);
        Connected(_a, c);
        EventuallySettled(_a, _b, c);
        _nodes.Stop(c); // c writes last and wins, then goes away for good
        _nodes.Stop(_b);
        File.WriteAllText(At(_a, "f.txt"), "ONE\ntwo\nthree\nfour\n");
        LookAtAll(_a);
        Poll.Pause(5);
        File.WriteAllText(Path.Combine(c.Root, "f.txt"), "one\ntwo\nthree\nFOUR\n");
        var port = _a.Port;
        _nodes.Stop(_a);
        _b = _nodes.StartAgain(_b.Root);
        c = _nodes.StartAgain(c.Root, AddressOf(_b));
        Connected(_b, c);
        EventuallySettled(_b, c);
        _nodes.Stop(c);
        _a = _nodes.StartAgain(_a.Root, AddressOf(_b));
        Connected(_a, _b);
        Poll.Until(() => Read(_a, "f.txt") == "ONE\ntwo\nthree\nFOUR\n" && Read(_b, "f.txt") == Read(_a, "f.txt"), () => "it is merged\n" + Story(_a, _b));
        EventuallySettled(_a, _b);
        NoConflicts(_a, _b);
    }

    [Fact]
    public void The_newest_alone_stays_and_the_other_is_in_history()
    {
        Policy("conflicts: newest\n");
        Base("f.txt", "base");
        Apart(() => File.WriteAllText(At(_a, "f.txt"), "earlier, at a"), () => File.WriteAllText(At(_b, "f.txt"), "later, at b"));
        EventuallySettled(_a, _b);
        NoConflicts(_a, _b);
        Assert.Equal(["later, at b"], Contents("f*"));
        // The next edit has seen both: nothing comes back.
        File.WriteAllText(At(_b, "f.txt"), "settled");
        EventuallySettled(_a, _b);
        File.Delete(At(_a, "f.txt"));
        EventuallySettled(_a, _b);
        Assert.Empty(Contents("f*"));
        var lost = _a.History(EntryPath.Parse("f.txt")).Single(v => v.Entry.Size == "earlier, at a".Length);
        _a.Restore(lost, default);
        EventuallySettled(_a, _b);
        Assert.Equal("earlier, at a", Read(_b, "f.txt"));
    }

    [Fact]
    public void Another_policy_holds_for_the_conflicts_that_stand()
    {
        Base("f.txt", "base");
        Apart(() => File.WriteAllText(At(_a, "f.txt"), "at a"), () => File.WriteAllText(At(_b, "f.txt"), "at b"));
        EventuallySettled(_a, _b);
        Assert.Equal(2, Contents("f*").Count);
        Policy("conflicts: newest\n");
        EventuallySettled(_a, _b);
        Assert.Single(Contents("f*"));
        Policy("conflicts: keepBoth\n");
        EventuallySettled(_a, _b);
        Assert.Equal(["at a", "at b"], Contents("f*"));
    }

    [Fact]
    public void A_mistake_in_the_policy_is_a_problem_on_both_until_it_is_mended()
    {
        Policy("conflicts: newest\n");
        Policy("conflicts:\n  \"*.md\": nevest\n");
        foreach (var node in (SyncNode[])[_a, _b])
            Poll.Until(() => node.Problems().Any(p => p.Kind == ProblemKind.Policy && p.Message.Contains("line 2, column 11", StringComparison.Ordinal)), () => "the mistake is told\n" + Story(_a, _b));
        Base("f.txt", "base");
        Apart(() => File.WriteAllText(At(_a, "f.txt"), "earlier, at a"), () => File.WriteAllText(At(_b, "f.txt"), "later, at b"));
        EventuallySettled(_a, _b);
        Assert.Equal(["later, at b"], Contents("f*")); // the last good one
        Assert.Contains(_b.Problems(), p => p.Kind == ProblemKind.Policy);
        Policy("conflicts: keepBoth\n");
        foreach (var node in (SyncNode[])[_a, _b]) Poll.Until(() => node.Problems().All(p => p.Kind != ProblemKind.Policy), () => "the mistake is mended\n" + Story(_a, _b));
    }

    private void Policy(string text)
    {
        File.WriteAllText(At(_a, ".vfspolicy.yaml"), text);
        EventuallySettled(_a, _b);
    }

    private void Base(string path, string text)
    {
        File.WriteAllText(At(_a, path), text);
        EventuallySettled(_a, _b);
    }

    private static string? Read(SyncNode node, string path) => File.Exists(At(node, path)) ? File.ReadAllText(At(node, path)) : null;

    private List<string> Contents(string pattern) => [.. Directory.GetFiles(_a.Root, pattern).Select(File.ReadAllText).Order(StringComparer.Ordinal)];

    // Both act while neither hears of the other; what b does is recorded when it starts again, so it is the later.
    private void Apart(Action atA, Action atB)
    {
        _nodes.Stop(_b);
        atA();
        LookAtAll(_a);
        Poll.Pause(5);
        atB();
        _b = _nodes.StartAgain(_b.Root, $"127.0.0.1:{_a.Port}");
        Connected(_a, _b);
    }
}
