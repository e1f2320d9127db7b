using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Tests.Reconcile;

/// <summary>What a folder shows for a history, written as a table: each record is one line, and so is each thing shown.</summary>
public sealed class ShowingTests
{
    private readonly List<ChangeRecord> _records = [];

    [Fact]
    public void Of_two_edits_at_once_the_later_keeps_the_name()
    {
        var made = Put("a", 1, by: 1);
        Put("a", 2, by: 1, after: [made]);
        Put("a", 3, by: 2, after: [made]);
        var shown = Shown("a");
        Assert.Equal(Samples.SmallFile(3), shown[0].Entry);
        Assert.Equal(Samples.SmallFile(2), shown[1].Entry);
        Assert.StartsWith("a.conflict-n1-", shown[1].Path.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_contents_never_conflict()
    {
        Put("a", 1, by: 1);
        Put("a", 1, by: 2);
        Assert.Single(Shown("a"));
    }

    [Fact]
    public void An_edit_beats_a_removal()
    {
        var made = Put("a", 1, by: 1);
        Put("a", 2, by: 1, after: [made]);
        Remove("a", by: 2, after: [made]);
        Assert.Equal(Samples.SmallFile(2), Assert.Single(Shown("a")).Entry);
    }

    [Fact]
    public void A_directory_keeps_its_name_against_a_file()
    {
        Add(1, new(0, P("a"), Entry.Directory(0x1ED), VersionVector.Empty));
        Put("a", 2, by: 2);
        Assert.Equal([EntryKind.Directory, EntryKind.File], Shown("a").Select(p => p.Entry.Kind));
    }

    [Fact]
    public void A_file_gives_way_to_a_directory_in_which_something_lies()
    {
        Put("a", 1, by: 1);
        Put("a/b", 2, by: 2);
        var shown = Shown("a");
        Assert.Equal([EntryKind.Directory, EntryKind.File], shown.Select(p => p.Entry.Kind));
        Assert.Equal(P("a"), shown[1].MovedFrom);
    }

    [Fact]
    public void An_edit_follows_a_rename()
    {
        var made = Put("a", 1, by: 1);
        Move("a", "b", 1, by: 1, after: made);
        Put("a", 2, by: 2, after: [made]);
        Assert.Equal(Samples.SmallFile(2), Assert.Single(Shown("b")).Entry);
        Assert.True(Assert.Single(Shown("a")).Entry.IsAbsent);
    }

    // Whoever may write the draft could claim not to have seen that it became the policy.
    [Theory]
    [InlineData("draft", ".vfspolicy.yaml", "draft")]
    [InlineData("d", ".vfspolicy.yaml", "d/new")]
    public void Nothing_follows_a_rename_to_the_policy(string from, string to, string written)
    {
        var made = written == from ? Put(from, 1, by: 1) : Add(1, new(0, P(from), Entry.Directory(0x1ED), VersionVector.Empty));
        if (written == from) Move(from, to, 1, by: 1, after: made);
        else Add(1, new(0, P(to), Entry.Directory(0x1ED), VersionVector.Empty, P(from), VersionVector.Of(made)));
        Put(written, 2, by: 2, after: written == from ? [made] : []);
        Assert.Equal(Samples.SmallFile(2), Assert.Single(Shown(written)).Entry);
        Assert.Equal(written == from ? EntryKind.File : EntryKind.Directory, Assert.Single(Shown(to)).Entry.Kind);
        Assert.NotEqual(Samples.SmallFile(2), Assert.Single(Shown(to)).Entry);
    }

    [Fact]
    public void An_edit_stays_where_it_was_made_when_what_was_renamed_is_gone()
    {
        var made = Put("a", 1, by: 1);
        var moved = Move("a", "b", 1, by: 1, after: made);
        Remove("b", by: 1, after: [moved]);
        Put("a", 2, by: 2, after: [made]);
        Assert.Equal(Samples.SmallFile(2), Assert.Single(Shown("a")).Entry);
        Assert.True(Assert.Single(Shown("b")).Entry.IsAbsent);
    }

    [Fact]
    public void What_is_new_in_a_renamed_directory_is_shown_under_its_target_and_comes_back_when_the_source_does()
    {
        var made = Add(1, new(0, P("d"), Entry.Directory(0x1ED), VersionVector.Empty));
        var moved = Add(1, new(0, P("e"), Entry.Directory(0x1ED), VersionVector.Empty, P("d"), VersionVector.Of(made)));
        Put("d/new", 1, by: 2);
        Assert.Equal(Samples.SmallFile(1), Assert.Single(Shown("e/new")).Entry);
        Add(1, new(0, P("d"), Entry.Directory(0x1ED), VersionVector.Of(moved)));
        Assert.Equal(Samples.SmallFile(1), Assert.Single(Shown("d/new")).Entry);
        Assert.Contains(P("e/new"), new Showing(Fold.Of(_records), Name).AffectedBy([P("d")]));
    }

    [Fact]
    public void Where_something_followed_a_rename_to_is_a_directory_though_nobody_made_one()
    {
        var made = Add(1, new(0, P("d"), Entry.Directory(0x1ED), VersionVector.Empty));
        Add(1, new(0, P("e"), Entry.Directory(0x1ED), VersionVector.Empty, P("d"), VersionVector.Of(made)));
        Put("d/x/new", 1, by: 2);
        Assert.Equal(Samples.SmallFile(1), Assert.Single(Shown("e/x/new")).Entry);
        Assert.Equal(EntryKind.Directory, Assert.Single(Shown("e/x")).Entry.Kind);
        Assert.True(Assert.Single(Shown("d/x")).Entry.IsAbsent);
    }

    [Fact]
    public void Where_something_followed_a_rename_is_a_directory_though_what_was_renamed_was_carried_on()
    {
        // One renames n to l/r, another l to e, without knowing of each other; what is new in n/d follows to l/r/d, since a later change says that l is there.
        var l = Add(1, new(0, P("l"), Entry.Directory(0x1ED), default));
        var n = Add(2, new(0, P("n"), Entry.Directory(0x1ED), default));
        var d = Add(2, new(0, P("n/d"), Entry.Directory(0x1ED), default));
        Put("n/d/x", 1, by: 1);
        Add(2, new(0, P("l/r"), Entry.Directory(0x1ED), default, P("n"), VersionVector.Of(n)));
        Add(2, new(0, P("l/r/d"), Entry.Directory(0x1ED), default, P("n/d"), VersionVector.Of(d)));
        Add(2, new(0, P("l"), Entry.Directory(0x1C0), VersionVector.Of(l)));
        Add(1, new(0, P("e"), Entry.Directory(0x1ED), default, P("l"), VersionVector.Of(l)));
        Assert.Equal("l/r/d/x", new Showing(Fold.Of(_records), Name).LandsAt(Fold.Of(_records).Heads(P("n/d/x"))[0]).Text);
        foreach (var above in (string[])["l", "l/r", "l/r/d"]) Assert.Equal(EntryKind.Directory, Shown(above)[0].Entry.Kind);
    }

    [Fact]
    public void Of_two_renames_of_one_file_both_names_hold_it()
    {
        var made = Put("a", 1, by: 1);
        Move("a", "b", 1, by: 1, after: made);
        Move("a", "c", 1, by: 2, after: made);
        Assert.True(Assert.Single(Shown("a")).Entry.IsAbsent);
        Assert.Equal([Samples.SmallFile(1), Samples.SmallFile(1)], [Assert.Single(Shown("b")).Entry, Assert.Single(Shown("c")).Entry]);
    }

    [Fact]
    public void What_is_withdrawn_gives_way_to_any_other_version_and_is_none_of_its_parents()
    {
        var made = Put("a", 1, by: 1);
        Withdraw("a", 1, by: 1, after: made);
        var other = Put("a", 2, by: 2);
        var shown = Assert.Single(Shown("a"));
        Assert.Equal((Samples.SmallFile(2), VersionVector.Of(other)), (shown.Entry, shown.Vector));
    }

    [Fact]
    public void What_is_withdrawn_gives_way_to_a_removal()
    {
        var first = Put("a", 1, by: 1);
        var made = Put("a", 2, by: 1, after: [first]);
        Withdraw("a", 2, by: 1, after: made);
        Remove("a", by: 2, after: [first]);
        Assert.True(Assert.Single(Shown("a")).Entry.IsAbsent);
    }

    [Fact]
    public void What_is_withdrawn_and_has_no_other_is_shown_if_it_ever_turns_up()
    {
        Withdraw("a", 1, by: 1, after: Put("a", 1, by: 1));
        var shown = Assert.Single(Shown("a"));
        Assert.Equal((Samples.SmallFile(1), true), (shown.Entry, shown.Withdrawn));
        Withdraw("a", 3, by: 2, after: Put("a", 3, by: 2));
        Assert.Equal(Samples.SmallFile(3), Assert.Single(Shown("a")).Entry);
    }

    [Fact]
    public void The_name_of_a_copy_fits_any_disk()
    {
        var name = new string('ü', 126) + ".txt";
        Put(name, 1, by: 1);
        Put(name, 2, by: 2);
        var copy = Shown(name)[1].Path.Name;
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(copy), 200, 255);
        Assert.EndsWith(".txt", copy, StringComparison.Ordinal);
    }

    // One author edits both in one record, another edits both later.
    [Fact]
    public void Copies_of_two_long_names_that_are_cut_to_the_same_have_names_of_their_own()
    {
        var (one, two) = (new string('x', 240) + " (1).txt", new string('x', 240) + " (2).txt");
        var header = Samples.Header(1, 1) with { Time = HybridTime.At(1_763_700_000_000) };
        _records.Add(new(new RecordId(Samples.HashOf(77)), header, [new(0, P(one), Samples.SmallFile(1), default), new(0, P(two), Samples.SmallFile(2), default)], []));
        Put(one, 3, by: 2);
        Put(two, 4, by: 2);
        var copies = new[] { Shown(one)[1], Shown(two)[1] };
        Assert.NotEqual(copies[0].Path, copies[1].Path);
        Assert.All(copies, c => Assert.InRange(c.Path.Name.Length, 200, 255));
    }

    [Fact]
    public void A_copy_of_the_longest_path_there_can_be_has_a_path()
    {
        var longest = string.Join('/', Enumerable.Repeat(new string('d', 255), 124)) + "/" + new string('n', 250);
        Put(longest, 1, by: 1);
        Put(longest, 2, by: 2);
        var copy = Shown(longest)[1].Path;
        Assert.True(P(longest).IsBelow(copy.Parent));
    }

    private static EntryPath P(string path) => Samples.Path(path);

    private static string Name(NodeId node) => node == Samples.Author(1).Node ? "n1" : "n2";

    private IReadOnlyList<Placement> Shown(string path) => new Showing(Fold.Of(_records), Name).At(P(path));

    private Dot Put(string path, int content, int by, params Dot[] after) => Add(by, new(0, P(path), Samples.SmallFile(content), VersionVector.Of(after)));

    private Dot Remove(string path, int by, params Dot[] after) => Add(by, new(0, P(path), Entry.Absent, VersionVector.Of(after)));

    private Dot Withdraw(string path, int content, int by, Dot after) => Add(by, new(0, P(path), Samples.SmallFile(content), VersionVector.Of(after), Withdrawn: true));

    private Dot Move(string from, string to, int content, int by, Dot after) =>
        Add(by, new(0, P(to), Samples.SmallFile(content), VersionVector.Empty, P(from), VersionVector.Of(after)));

    private Dot Add(int by, Change change)
    {
        var number = _records.Count(r => r.Header.Author == Samples.Author(by)) + 1;
        var header = Samples.Header(by, number) with { Time = HybridTime.At(1_763_800_000_000 + _records.Count) };
        _records.Add(new(new RecordId(Samples.HashOf(by * 1000 + number)), header, [change], []));
        return header.Dot;
    }
}
