using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Tests.Session;

/// <summary>A plan changed the disk, and a power cut took from the index that it did.</summary>
public sealed class TakenOverTests
{
    private readonly Cluster _cluster = new();
    private readonly SessionBench _bench, _other;

    public TakenOverTests()
    {
        var other = _cluster.Admit("other", "editor", _cluster.Founder);
        (_bench, _other) = (new SessionBench(_cluster), new SessionBench(_cluster, other));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_won_a_conflict_is_no_change_of_the_user_that_settles_it(bool copyStands)
    {
        See(Seen("d", Samples.SmallFile(1), inode: 5));
        var theirs = Received(SessionBench.Put("d", 2));
        if (copyStands) ShowCopy(P("d"));
        AssertTakenOver("d", theirs);
    }

    [Fact]
    public void Nor_is_what_lost_to_a_third_meanwhile()
    {
        See(Seen("d", Samples.SmallFile(1), inode: 5));
        var theirs = Received(SessionBench.Put("d", 2));
        Received(SessionBench.Put("d", 3, VersionVector.Of(theirs)));
        var records = _bench.View.Records.Count;
        See(Seen("d", Samples.SmallFile(2), inode: 6));
        Assert.Equal(records, _bench.View.Records.Count);
        Assert.Equal([1, 3], Shown("d"));
    }

    [Fact]
    public void What_won_against_a_file_that_followed_a_rename_is_no_change_of_the_user()
    {
        See(Seen("f", Entry.Directory(0x1ED), inode: 4), Seen("f/x", Samples.SmallFile(1), inode: 5));
        var directory = _bench.View.Rows[P("f")];
        var theirs = Received(new Change(0, P("e"), Entry.Directory(0x1ED), default, P("f"), directory.Vector), SessionBench.Put("e/x", 2));
        // The directory was renamed, with what was in it, and the index knows.
        _bench.View.Rows[P("e")] = directory with { Path = P("e"), Origin = P("e"), Shown = theirs, Vector = VersionVector.Of(theirs) };
        _bench.View.Rows[P("e/x")] = _bench.View.Rows[P("f/x")] with { Path = P("e/x"), Origin = P("e/x"), Of = P("f/x") };
        _bench.View.Rows.Remove(P("f/x"));
        _bench.View.Rows.Remove(P("f"));
        ShowCopy(P("e/x"));
        AssertTakenOver("e/x", theirs);
    }

    [Fact]
    public void A_long_edit_that_followed_a_rename_to_where_another_version_stood_is_no_removal()
    {
        See(Seen("q", Long(1), inode: 5));
        var before = _bench.View.Rows[P("q")].Vector;
        Received(new Change(0, P("p"), Long(1), default, P("q"), before));
        // Own changes that are later than the rename: an edit of q, and a file at p.
        _bench.Context.NowMs += 1000;
        See(Seen("p", Long(3), inode: 7));
        _bench.Context.NowMs += 1000;
        See(Seen("q", Long(2), inode: 5));
        Assert.Equal(Long(2), _bench.Context.Showing.At(P("p"))[0].Entry);
        // The plan renamed p to its copy's name and q to p, and was cut.
        var copy = _bench.Context.Showing.At(P("p")).Single(c => c.IsCopy && c.Entry.SameContent(Long(3))).Path.Text;
        See(new Observation(P("q"), Entry.Absent, default, [], []), Seen("p", Long(2), inode: 5), Seen(copy, Long(3), inode: 7));
        Assert.Contains(_bench.View.LiveBelow(EntryPath.Root).SelectMany(_bench.View.Heads), h => h.Entry.SameContent(Long(2)));
        Assert.Contains(_bench.View.LiveBelow(EntryPath.Root).SelectMany(_bench.View.Heads), h => h.Entry.SameContent(Long(3)));
    }

    [Fact]
    public void A_return_to_what_stood_there_before_is_a_change_of_the_user_all_the_same()
    {
        See(Seen("d", Samples.SmallFile(1), inode: 5));
        See(Seen("d", Samples.SmallFile(2), inode: 5));
        Received(SessionBench.Put("d", 3));
        See(Seen("d", Samples.SmallFile(1), inode: 5));
        Assert.Contains(_bench.View.Heads(P("d")), h => h.Entry.SameContent(Samples.SmallFile(1)));
    }

    [Fact]
    public void A_directory_that_a_user_made_where_a_file_was_renamed_from_takes_no_content_with_it()
    {
        var moved = Renamed();
        See(Seen("a", Samples.SmallFile(1), inode: 5), Seen("d", Entry.Directory(0x1ED), inode: 6), Seen("d/x", Samples.SmallFile(2), inode: 7));
        Assert.Equal(EntryKind.File, Assert.Single(_bench.Context.Showing.At(P("a"))).Entry.Kind);
        Assert.Equal(EntryKind.Directory, Assert.Single(_bench.Context.Showing.At(P("d"))).Entry.Kind);
        Assert.True(_bench.View.Heads(P("d"))[0].Vector.Contains(moved));
    }

    [Fact]
    public void That_nothing_is_left_where_a_file_was_renamed_from_is_no_change()
    {
        var moved = Renamed();
        var records = _bench.View.Records.Count;
        See(Seen("a", Samples.SmallFile(1), inode: 5), new Observation(P("d"), Entry.Absent, default, [], []));
        Assert.Equal(records, _bench.View.Records.Count);
        Assert.Equal((EntryKind.Absent, moved), (_bench.View.Rows[P("d")].Entry.Kind, _bench.View.Rows[P("d")].Shown));
    }

    private Dot Renamed()
    {
        See(Seen("d", Samples.SmallFile(1), inode: 5));
        return Received(SessionBench.Put("a", 1) with { MovedFrom = P("d"), FromParents = _bench.View.Rows[P("d")].Vector });
    }

    private void ShowCopy(EntryPath origin)
    {
        var copy = _bench.Context.Showing.At(origin).Single(p => p.IsCopy);
        _bench.View.Rows[copy.Path] = new IndexRow(copy.Path, copy.Entry, Stamp(copy.Entry, 8), copy.Vector, copy.Shown, copy.Origin, Of: copy.Of);
    }

    // The first look after the cut finds the winner, 2, where the index says 1: nothing is recorded, and both stay.
    private void AssertTakenOver(string path, Dot theirs)
    {
        var records = _bench.View.Records.Count;
        See(Seen(path, Samples.SmallFile(2), inode: 6));
        Assert.Equal(records, _bench.View.Records.Count);
        var row = _bench.View.Rows[P(path)];
        Assert.Equal((Samples.SmallFile(2), theirs, 6UL), (row.Entry, row.Shown, row.Stamp.Inode));
        Assert.Equal([1, 2], Shown(path));
        // Nor does the next change lose the other.
        See(Seen(path, Samples.SmallFile(4), inode: 6));
        Assert.Equal([1, 4], _bench.View.LiveBelow(EntryPath.Root).Select(p => p.Text).Append(path).SelectMany(Shown).Distinct().Order());
    }

    private IEnumerable<int> Shown(string path) =>
        _bench.Context.Showing.At(P(path)).Where(p => p.Entry.Kind == EntryKind.File).Select(p => Enumerable.Range(1, 9).Single(n => p.Entry.SameContent(Samples.SmallFile(n)))).Order();

    private void See(params Observation[] seen)
    {
        var (batch, _) = LocalChanges.Of(seen, _bench.Context, _bench.Authoring, atStart: true);
        _bench.View.Commit(batch);
    }

    private Dot Received(params Change[] changes)
    {
        _other.Context.NowMs = _bench.Context.NowMs + 5;
        var (_, record) = _other.Author(changes);
        _bench.View.Add(record);
        return record.Dot;
    }

    private static Observation Seen(string path, Entry entry, ulong inode) =>
        new(P(path), entry, Stamp(entry, inode), [.. entry.Content?.Chunks ?? []], []);

    private static FileStamp Stamp(Entry entry, ulong inode) => new(entry.Size, entry.ModifiedNs, inode, 1, entry.Mode);

    private static Entry Long(int content) => Samples.SmallFile(content, 100_000);

    private static EntryPath P(string path) => EntryPath.Parse(path);
}
