using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Rules;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Tests.Reconcile;

/// <summary>What a folder shows where the policy keeps only the newest version of a conflict.</summary>
public sealed class NewestTests
{
    private readonly List<ChangeRecord> _records = [];

    [Fact]
    public void The_latest_stands_alone_and_for_all()
    {
        var (first, second, third) = (Put("a", 1, by: 1), Put("a", 2, by: 2), Put("a", 3, by: 3));
        var shown = Assert.Single(Showing.At(P("a")));
        Assert.Equal((Samples.SmallFile(3), VersionVector.Of(first, second, third)), (shown.Entry, shown.Vector));
        Assert.Equal([first, second], Showing.HiddenAt(P("a")).Select(h => h.Dot).Order());
    }

    [Fact]
    public void An_edit_still_beats_a_removal_that_came_later()
    {
        var made = Put("a", 1, by: 1);
        Put("a", 2, by: 1, after: [made]);
        Add(2, new(0, P("a"), Entry.Absent, VersionVector.Of(made)));
        Assert.Equal(Samples.SmallFile(2), Assert.Single(Showing.At(P("a"))).Entry);
        Assert.Empty(Showing.HiddenAt(P("a")));
    }

    [Fact]
    public void A_file_stays_beside_a_directory_that_came_later()
    {
        Put("a", 1, by: 1);
        Put("a", 2, by: 2);
        Add(3, new(0, P("a"), Entry.Directory(0x1ED), VersionVector.Empty));
        Assert.Equal([(EntryKind.Directory, false), (EntryKind.File, true)], Showing.At(P("a")).Select(p => (p.Entry.Kind, p.IsCopy)));
        Assert.Equal(Samples.SmallFile(2), Showing.At(P("a"))[1].Entry);
    }

    [Fact]
    public void Another_file_that_was_renamed_to_the_name_is_older_and_hidden()
    {
        var made = Put("b", 1, by: 1);
        Put("b", 4, by: 2, after: [made]); // follows the rename
        var moved = Add(1, new(0, P("a"), Samples.SmallFile(1), VersionVector.Empty, P("b"), VersionVector.Of(made)));
        Put("a", 5, by: 1, after: [moved]);
        Assert.Equal(Samples.SmallFile(5), Assert.Single(Showing.At(P("a"))).Entry);
        Assert.Equal(P("b"), Assert.Single(Showing.HiddenAt(P("a"))).Path);
    }

    [Fact]
    public void Elsewhere_all_is_kept()
    {
        Put("k", 1, by: 1);
        Put("k", 2, by: 2);
        Assert.Equal(2, Showing.At(P("k")).Count);
        Assert.Empty(Showing.HiddenAt(P("k")));
    }

    private Showing Showing => new(Fold.Of(_records), _ => "n", policyOf: p => p == P("k") ? ConflictPolicy.KeepBoth : ConflictPolicy.Newest);

    private static EntryPath P(string path) => Samples.Path(path);

    private Dot Put(string path, int content, int by, params Dot[] after) => Add(by, new(0, P(path), Samples.SmallFile(content), VersionVector.Of(after)));

    private Dot Add(int by, Change change)
    {
        var number = _records.Count(r => r.Header.Author == Samples.Author(by)) + 1;
        var header = Samples.Header(by, number) with { Time = HybridTime.At(1_763_800_000_000 + _records.Count) };
        _records.Add(new(new RecordId(Samples.HashOf(by * 1000 + number)), header, [change], []));
        return header.Dot;
    }
}
