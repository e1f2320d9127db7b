using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Tests.Session;

/// <summary>From what a scan saw to what is recorded.</summary>
public sealed class LocalChangesTests
{
    private const int Dir = 0x1ED, FirstLong = 90;

    private readonly Cluster _cluster = new();
    private readonly SessionBench _bench, _other;
    private long _clock = 1;

    public LocalChangesTests()
    {
        var other = _cluster.Admit("other", "editor", _cluster.Founder);
        (_bench, _other) = (new SessionBench(_cluster), new SessionBench(_cluster, other));
    }

    [Fact]
    public void A_new_file_is_one_change_without_parents()
    {
        Assert.Equal("a = 1", See(File("a", 1)));
        Assert.True(_bench.View.Records[^1].Changes[0].Parents.IsEmpty);
        Assert.Equal(_bench.View.Records[^1].Dot, Row("a").Shown);
    }

    [Fact]
    public void A_changed_files_parents_are_what_the_disk_held()
    {
        See(File("a", 1));
        var first = Row("a").Vector;
        Assert.Equal("a = 2", See(File("a", 2)));
        Assert.Equal(first, _bench.View.Records[^1].Changes[0].Parents);
        Assert.Single(_bench.View.Heads(Samples.Path("a")));
    }

    [Fact]
    public void What_is_made_where_a_rename_took_ones_own_file_away_is_no_edit_of_it()
    {
        See(File("a", 1));
        Received(new Change(0, Samples.Path("c"), Content(1), default, Samples.Path("a"), Row("a").Vector));
        var moved = _bench.View.Heads(Samples.Path("a"))[0].Dot;
        _bench.View.Rows.Remove(Samples.Path("a")); // the disk has followed; that nothing is left there has not been noted yet
        Assert.Equal("a = 2", See(File("a", 2, inode: 2)));
        Assert.True(_bench.View.Records[^1].Changes[0].Parents.Contains(moved));
        Assert.Equal([("a", 2), ("c", 1)], _bench.Context.Showing.At(Samples.Path("a")).Concat(_bench.Context.Showing.At(Samples.Path("c"))).Select(p => (p.Path.Text, NumberOf(p.Entry))));
    }

    [Fact]
    public void Another_stamp_alone_is_no_change_but_remembered()
    {
        See(File("a", 1, inode: 5));
        Assert.Equal("", See(File("a", 1, inode: 6)));
        Assert.Equal((1, 6UL), (_bench.View.Records.Count, Row("a").Stamp.Inode));
    }

    [Fact]
    public void Another_mode_is_a_change_that_needs_no_content()
    {
        See(File("a", 1));
        Assert.Equal("a = 1", See(File("a", 1, mode: 0x180)));
        Assert.Empty(_bench.View.Records[^1].Header.Needed);
    }

    [Fact]
    public void What_is_gone_is_absent_and_has_seen_what_was_there()
    {
        See(File("a", 1));
        Assert.Equal("a -", See(Gone("a")));
        Assert.All(_bench.View.Heads(Samples.Path("a")), h => Assert.True(h.Entry.IsAbsent));
        Assert.Equal("", See(Gone("a")));
    }

    [Fact]
    public void What_was_never_here_cannot_be_gone()
    {
        Assert.Equal("", See(Gone("a")));
        See(File("b", 1));
        _bench.View.Rows[Samples.Path("b")] = Row("b") with { Placed = false };
        Assert.Equal("", See(Gone("b")));
    }

    [Fact]
    public void A_file_that_went_and_one_that_came_with_its_content_are_a_rename()
    {
        See(File("a", 1, inode: 5));
        Assert.Equal("b = 1 < a", See(Gone("a"), File("b", 1, inode: 5)));
        var change = _bench.View.Records[^1].Changes[0];
        Assert.Empty(_bench.View.Records[^1].Header.Needed);
        Assert.Equal(VersionVector.Of(_bench.View.Records[0].Dot), change.FromParents);
        Assert.True(Row("a").Entry.IsAbsent);
    }

    [Theory]
    [InlineData(1, 1, 9UL, "b = 1 < a")]
    [InlineData(1, 2, 5UL, "a -, b = 2")]
    [InlineData(0, 0, 9UL, "a -, b = 0")]
    [InlineData(0, 0, 5UL, "b = 0 < a")]
    public void Content_tells_a_rename_and_for_empty_files_the_inode(int before, int after, ulong inode, string changes)
    {
        See(File("a", before, inode: 5));
        Assert.Equal(changes, See(Gone("a"), File("b", after, inode: inode)));
    }

    [Fact]
    public void A_copy_is_no_rename()
    {
        See(File("a", 1));
        Assert.Equal("b = 1", See(File("b", 1, inode: 9)));
        Assert.Empty(_bench.View.Records[^1].Header.Needed);
    }

    [Fact]
    public void Of_equal_files_the_one_of_the_same_name_was_renamed()
    {
        See(File("x", 1, inode: 1), File("d/name", 1, inode: 2), Directory("e", 3));
        Assert.Equal("e/name = 1 < d/name, x -", See(Gone("x"), Gone("d/name"), File("e/name", 1, inode: 9)));
    }

    [Fact]
    public void A_renamed_directory_takes_along_what_is_in_it()
    {
        See(Directory("d", 3), File("d/a", 1, inode: 4));
        Assert.Equal("e/ < d, e/a = 1 < d/a", See(Gone("d"), Gone("d/a"), Directory("e", 3), File("e/a", 1, inode: 4)));
    }

    [Fact]
    public void A_new_directory_that_got_the_inode_of_a_removed_one_is_no_rename()
    {
        See(Directory("d", 3), File("d/a", 1, inode: 4));
        Assert.Equal("d -, d/a -, e/", See(Gone("d"), Gone("d/a"), Directory("e", 3, madeNs: 2)));
    }

    [Fact]
    public void A_file_onto_which_another_was_renamed_is_changed_and_the_other_gone()
    {
        See(File("a", 1, inode: 5), File("b", 2, inode: 6));
        Assert.Equal("a -, b = 1", See(Gone("a"), File("b", 1, inode: 5)));
    }

    [Fact]
    public void What_a_crash_left_unindexed_is_taken_over_and_is_no_change()
    {
        See(File("a", 1));
        var theirs = Received(SessionBench.Put("a", 2, Row("a").Vector));
        Assert.Equal("", See(File("a", 2)));
        Assert.Equal(theirs, Row("a").Shown);
    }

    [Fact]
    public void A_return_to_an_older_content_is_a_change()
    {
        See(File("a", 1));
        See(File("a", 2));
        Assert.Equal("a = 1", See(File("a", 1)));
    }

    [Fact]
    public void An_absence_is_never_taken_over()
    {
        See(File("a", 1));
        Received(new Change(0, Samples.Path("a"), Entry.Absent, Row("a").Vector));
        Assert.Equal("a -", See(Gone("a")));
    }

    [Fact]
    public void What_was_received_but_never_shown_is_no_parent()
    {
        See(File("a", 1));
        Received(SessionBench.Put("a", 2, Row("a").Vector));
        Assert.Equal("a = 3", See(File("a", 3)));
        Assert.Equal(2, _bench.View.Heads(Samples.Path("a")).Count);
    }

    [Fact]
    public void An_edit_of_the_winner_settles_a_conflict_and_the_copy_becomes_a_file_of_its_own()
    {
        var (winner, copy) = Conflict();
        Assert.Equal($"a = 3, {copy} = {3 - winner}", See(File("a", 3)));
        Assert.Single(_bench.View.Heads(Samples.Path("a")));
        Assert.Single(_bench.View.Heads(Samples.Path(copy)));
    }

    [Theory]
    [InlineData(true)] // the copy itself is edited
    [InlineData(false)]
    public void A_copy_that_becomes_a_file_where_a_rename_took_ones_own_away_is_no_edit_of_that(bool edited)
    {
        var (_, copy) = Conflict();
        var (_, own) = _bench.Author(SessionBench.Put(copy, 5)); // the user had put a file at that very name
        Received(new Change(0, Samples.Path("moved"), Content(5), default, Samples.Path(copy), VersionVector.Of(own.Dot))); // and took it elsewhere on the other node
        See(edited ? File(copy, 7, inode: 51) : File("a", 7));
        Assert.Equal(5, NumberOf(Assert.Single(_bench.Context.Showing.At(Samples.Path("moved"))).Entry));
        Assert.Equal(EntryKind.File, _bench.Context.Showing.At(Samples.Path(copy))[0].Entry.Kind);
    }

    [Fact]
    public void To_remove_a_copy_settles_the_conflict_for_the_winner()
    {
        var (winner, copy) = Conflict();
        Assert.Equal($"a = {winner}", See(Gone(copy)));
        Assert.Single(_bench.View.Heads(Samples.Path("a")));
        Assert.Empty(_bench.View.Heads(Samples.Path(copy)));
    }

    [Fact]
    public void An_edit_of_a_copy_settles_the_conflict_and_keeps_both()
    {
        var (winner, copy) = Conflict();
        Assert.Equal($"a = {winner}, {copy} = 5", See(File(copy, 5)));
        Assert.Single(_bench.View.Heads(Samples.Path("a")));
    }

    [Fact]
    public void To_remove_the_winner_leaves_the_copy_as_a_file_of_its_own()
    {
        var (winner, copy) = Conflict();
        Assert.Equal($"a -, {copy} = {3 - winner}", See(Gone("a")));
        Assert.All(_bench.View.Heads(Samples.Path("a")), h => Assert.True(h.Entry.IsAbsent));
    }

    [Fact]
    public void Both_versions_are_kept_without_a_change_of_either()
    {
        var (_, copy) = Conflict();
        var (batch, changes) = LocalChanges.Settling(Row("a"), _bench.Context, _bench.Authoring);
        _bench.View.Commit(batch);
        Assert.Equal(["a", copy], changes.Select(c => c.Path.Text));
        Assert.Single(_bench.View.Heads(Samples.Path("a")));
        Assert.Single(_bench.View.Heads(Samples.Path(copy)));
        Assert.True(LocalChanges.Settling(Row("a"), _bench.Context, _bench.Authoring).Batch.IsEmpty);
    }

    [Fact]
    public void What_followed_a_rename_is_removed_with_what_was_seen_also_when_it_is_due_elsewhere_by_now()
    {
        var theirs = Received(SessionBench.Put("d/x", 1));
        _bench.View.Rows[Samples.Path("e/x")] = new IndexRow(Samples.Path("e/x"), Samples.SmallFile(1), Stamp(Samples.SmallFile(1), 9), default, theirs, Samples.Path("e/x"), Of: Samples.Path("d/x"));
        Assert.Equal("d/x -, e/x -", See(Gone("e/x")));
        Assert.All(_bench.View.Heads(Samples.Path("d/x")), h => Assert.True(h.Entry.IsAbsent));
    }

    [Theory]
    [InlineData(true, "")]
    [InlineData(false, "d/x -")]
    public void What_is_missing_at_a_start_and_due_elsewhere_was_removed_if_no_plan_has_put_it_by(bool kept, string changes)
    {
        See(Directory("d", 3), File("d/x", FirstLong, inode: 9));
        if (kept) _bench.Kept.Add(Row("d/x").Entry.Content!);
        var theirs = Received(new Change(0, Samples.Path("e"), Entry.Directory(Dir), default, Samples.Path("d"), Row("d").Vector));
        _bench.View.Rows[Samples.Path("e")] = Row("d") with { Path = Samples.Path("e"), Shown = theirs, Vector = VersionVector.Of(theirs), Origin = Samples.Path("e") };
        Assert.Equal(changes, See(atStart: true, [Gone("d/x")]));
    }

    [Theory]
    [InlineData("e/x", 9UL, "")] // where the plan was to put it
    [InlineData("m", 9UL, "m = 1 < d/x")] // where only the user can have put it
    [InlineData("m", 5UL, "m = 1 < d/x")]
    [InlineData(null, 0UL, "")] // a plan had taken it out and not put it back in
    public void What_is_missing_at_a_start_and_due_elsewhere_was_taken_by_a_plan_unless_the_user_has_it(string? at, ulong inode, string changes)
    {
        See(Directory("d", 3), File("d/x", 1, inode: 9));
        var theirs = Received(new Change(0, Samples.Path("e"), Entry.Directory(Dir), default, Samples.Path("d"), Row("d").Vector));
        _bench.View.Rows[Samples.Path("e")] = Row("d") with { Path = Samples.Path("e"), Shown = theirs, Vector = VersionVector.Of(theirs), Origin = Samples.Path("e") };
        _bench.View.Rows[Samples.Path("d")] = Row("d") with { Entry = Entry.Absent, Shown = theirs };
        Assert.Equal("e/x", _bench.Context.Showing.LandsAt(_bench.View.Heads(Samples.Path("d/x"))[0]).Text);
        Assert.Equal(changes, See(atStart: true, at is null ? [Gone("d/x")] : [File(at, 1, inode), Gone("d/x")]));
        Assert.True(Row("d/x").Entry.IsAbsent);
        if (at is "e/x") Assert.Equal(Samples.Path("d/x"), Row("e/x").Of);
    }

    [Theory]
    [InlineData(false)] // a plan had taken it to where it follows a rename to, and found the user's change there
    [InlineData(true)]
    public void An_own_version_that_is_not_shown_yet_survives_that_another_of_its_path_is_settled(bool stands)
    {
        See(Directory("d", 3));
        var theirs = Received(SessionBench.Put("d/x", 1));
        var moved = Received(new Change(0, Samples.Path("e"), Entry.Directory(Dir), default, Samples.Path("d"), Row("d").Vector));
        _bench.View.Rows[Samples.Path("e")] = Row("d") with { Path = Samples.Path("e"), Shown = moved, Vector = VersionVector.Of(moved), Origin = Samples.Path("e") };
        See(File("d/x", 2));
        Assert.Equal(2, _bench.View.Heads(Samples.Path("d/x")).Count);
        if (!stands) _bench.View.Rows.Remove(Samples.Path("d/x"));
        _bench.View.Rows[Samples.Path("e/x")] = new IndexRow(Samples.Path("e/x"), Samples.SmallFile(1), Stamp(Samples.SmallFile(1), 9), default, theirs, Samples.Path("e/x"), Of: Samples.Path("d/x"));
        See(File("e/x", 3, inode: 9));
        Assert.Contains(All(), p => !p.Entry.IsAbsent && NumberOf(p.Entry) == 2);
        Assert.Contains(All(), p => !p.Entry.IsAbsent && NumberOf(p.Entry) == 3);
        Assert.DoesNotContain(All(), p => !p.Entry.IsAbsent && NumberOf(p.Entry) == 1);
    }

    [Fact]
    public void What_settles_a_conflict_has_seen_what_a_crash_left_unindexed()
    {
        See(Directory("d", 3));
        var moved = Received(new Change(0, Samples.Path("e"), Entry.Directory(Dir), default, Samples.Path("d"), Row("d").Vector));
        _bench.View.Rows[Samples.Path("e")] = Row("d") with { Path = Samples.Path("e"), Shown = moved, Vector = VersionVector.Of(moved), Origin = Samples.Path("e") };
        var first = Received(SessionBench.Put("e/x", 1));
        _bench.View.Rows[Samples.Path("e/x")] = new IndexRow(Samples.Path("e/x"), Samples.SmallFile(1), Stamp(Samples.SmallFile(1), 9), VersionVector.Of(first), first, Samples.Path("e/x"));
        See(File("d/x", 2));
        _bench.View.Rows.Remove(Samples.Path("d/x"));
        var second = Received(SessionBench.Put("e/x", 7, VersionVector.Of(first)));
        See(atStart: true, [File("e/x", 7, inode: 9), File("d/x", 3, inode: 5)]);
        Assert.True(Row("e/x").Vector.Contains(second));
        Assert.Equal(7, NumberOf(Row("e/x").Entry));
        Assert.Equal([2, 3, 7], All().Select(p => NumberOf(p.Entry)).Distinct().Order());
    }

    [Fact]
    public void A_file_whose_place_a_directory_took_before_its_copy_stood_survives_that_the_directory_is_removed()
    {
        See(File("d", 1));
        Received(SessionBench.Put("d/x", 2));
        var directory = _bench.Context.Showing.Wanted(Samples.Path("d"), Samples.Path("d"), _ => false);
        _bench.View.Rows[directory.Path] = new IndexRow(directory.Path, directory.Entry, Stamp(directory.Entry, 9), directory.Vector, directory.Shown, directory.Path);
        See(Gone("d"));
        Assert.Contains(All(), p => !p.Entry.IsAbsent && NumberOf(p.Entry) == 1);
    }

    [Fact]
    public void A_version_whose_place_was_cleared_for_it_survives_what_is_made_there_before_it_stands()
    {
        var dot = Received(SessionBench.Put("d", 1));
        _bench.View.Rows[Samples.Path("d")] = new IndexRow(Samples.Path("d"), Entry.Absent, default, VersionVector.Of(dot), dot, Samples.Path("d"));
        See(File("d", 2));
        Assert.Equal([1, 2], All().Where(p => !p.Entry.IsAbsent).Select(p => NumberOf(p.Entry)).Distinct().Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // in the same moment
    public void An_own_version_whose_copys_name_a_user_took_survives_the_next_change_of_its_path(bool atOnce)
    {
        See(File("a", 1));
        var theirs = Received(SessionBench.Put("a", 2));
        _bench.View.Rows[Samples.Path("a")] = new IndexRow(Samples.Path("a"), Samples.SmallFile(2), Stamp(Samples.SmallFile(2), 9), VersionVector.Of(theirs), theirs, Samples.Path("a"));
        var copy = _bench.Context.Showing.At(Samples.Path("a")).Single(p => p.IsCopy).Path.Text;
        if (!atOnce) See(File(copy, 5, inode: 20));
        See([File("a", 3, inode: 9), .. atOnce ? new[] { File(copy, 5, inode: 20) } : []]);
        Assert.Equal([1, 3, 5], All().Where(p => !p.Entry.IsAbsent).Select(p => NumberOf(p.Entry)).Distinct().Order());
        Assert.Equal(5, NumberOf(_bench.Context.Showing.At(Samples.Path(copy))[0].Entry));
    }

    [Fact]
    public void A_chunk_that_nobody_needed_before_is_named_once()
    {
        See(File("a", 1), File("b", 1, inode: 2), File("c", 2, inode: 3));
        Assert.Equal([Samples.Chunk(1), Samples.Chunk(2)], _bench.View.Records[^1].Header.Needed);
        See(File("d", 2, inode: 4), File("e", 3, inode: 5));
        Assert.Equal([Samples.Chunk(3)], _bench.View.Records[^1].Header.Needed);
    }

    [Fact]
    public void What_is_seen_at_once_is_one_record()
    {
        See([.. Enumerable.Range(1, 50).Select(i => File($"f{i}", i, inode: (ulong)i))]);
        Assert.Equal(50, Assert.Single(_bench.View.Records).Changes.Length);
    }

    // Two heads of a, both shown: the winner at a, the other beside it.
    private (int Winner, string Copy) Conflict()
    {
        See(File("a", 1));
        _bench.View.Rows.Remove(Samples.Path("a"));
        Received(SessionBench.Put("a", 2));
        var shown = _bench.Context.Showing.At(Samples.Path("a"));
        Assert.Equal(2, shown.Count);
        foreach (var p in shown) _bench.View.Rows[p.Path] = new IndexRow(p.Path, p.Entry, Stamp(p.Entry, 50), p.Vector, p.Shown, p.Origin);
        return (NumberOf(shown[0].Entry), shown[1].Path.Text);
    }

    /// <summary>Records what a scan saw, and tells the changes.</summary>
    private string See(params Observation[] seen) => See(atStart: false, seen);

    private string See(bool atStart, Observation[] seen)
    {
        _bench.Context.NowMs += 10;
        var (batch, changes) = LocalChanges.Of(seen, _bench.Context, _bench.Authoring, atStart);
        _bench.View.Commit(batch);
        return string.Join(", ", changes.Select(c => $"{c.Path.Text}{Tell(c.Entry)}{(c.MovedFrom is { } from ? $" < {from.Text}" : "")}"));
    }

    // A record of the other node arrives; nothing of it is shown yet.
    private Dot Received(Change change)
    {
        _other.Context.NowMs = _bench.Context.NowMs + 5;
        var (_, record) = _other.Author(change);
        _bench.View.Add(record);
        return record.Dot;
    }

    // All files that are shown anywhere.
    private List<Placement> All() =>
        [.. _bench.View.HeadsNotShown().Concat(_bench.View.Rows.Keys).Distinct().SelectMany(_bench.Context.Showing.At).Where(p => p.Entry.Kind is EntryKind.File)];

    private IndexRow Row(string path) => _bench.View.Rows[Samples.Path(path)];

    private Observation File(string path, int content, ulong inode = 1, int mode = 0x1A4)
    {
        var entry = Content(content) with { Mode = mode };
        return new Observation(Samples.Path(path), entry, Stamp(entry, inode), [.. entry.Content!.Chunks], []);
    }

    private Observation Directory(string path, ulong inode, long madeNs = 1) => new(Samples.Path(path), Entry.Directory(Dir), Stamp(Entry.Directory(Dir), inode) with { ChangedNs = madeNs }, [], []);

    private static Observation Gone(string path) => new(Samples.Path(path), Entry.Absent, default, [], []);

    private static Entry Content(int number) => number == 0 ? Entry.File(Manifest.Empty, 0, 0x1A4) : Samples.SmallFile(number, number < FirstLong ? 1234 : 70_000);

    private FileStamp Stamp(Entry entry, ulong inode) => new(entry.Size, entry.ModifiedNs, inode, ++_clock, entry.Mode);

    private static string Tell(Entry entry) => entry.Kind switch { EntryKind.Absent => " -", EntryKind.Directory => "/", _ => $" = {NumberOf(entry)}" };

    private static int NumberOf(Entry entry) => Enumerable.Range(0, 100).First(i => Content(i).SameContent(entry));
}
