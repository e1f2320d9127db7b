using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Tests.Session;

/// <summary>A plan renamed a file, and a power cut took from the index that it did.</summary>
public sealed class TakenOverRenameTests
{
    private readonly Cluster _cluster = new();
    private readonly SessionBench _bench, _other;
    private readonly Dot _moved;

    public TakenOverRenameTests()
    {
        var other = _cluster.Admit("other", "editor", _cluster.Founder);
        (_bench, _other) = (new SessionBench(_cluster), new SessionBench(_cluster, other));
        See(Seen("d", Samples.SmallFile(1), inode: 5));
        _moved = Received(SessionBench.Put("a", 1) with { MovedFrom = P("d"), FromParents = _bench.View.Rows[P("d")].Vector });
    }

    [Fact]
    public void A_directory_that_a_user_made_where_it_was_takes_no_content_with_it()
    {
        See(Seen("a", Samples.SmallFile(1), inode: 5), Seen("d", Entry.Directory(0x1ED), inode: 6), Seen("d/x", Samples.SmallFile(2), inode: 7));
        Assert.Equal(EntryKind.File, Assert.Single(_bench.Context.Showing.At(P("a"))).Entry.Kind);
        Assert.Equal(EntryKind.Directory, Assert.Single(_bench.Context.Showing.At(P("d"))).Entry.Kind);
        Assert.True(_bench.View.Heads(P("d"))[0].Vector.Contains(_moved));
    }

    [Fact]
    public void That_nothing_is_left_there_is_no_change()
    {
        var records = _bench.View.Records.Count;
        See(Seen("a", Samples.SmallFile(1), inode: 5), new Observation(P("d"), Entry.Absent, default, [], []));
        Assert.Equal(records, _bench.View.Records.Count);
        Assert.Equal((EntryKind.Absent, _moved), (_bench.View.Rows[P("d")].Entry.Kind, _bench.View.Rows[P("d")].Shown));
    }

    private void See(params Observation[] seen)
    {
        var (batch, _) = LocalChanges.Of(seen, _bench.Context, _bench.Authoring, atStart: true);
        _bench.View.Commit(batch);
    }

    private Dot Received(Change change)
    {
        _other.Context.NowMs = _bench.Context.NowMs + 5;
        var (_, record) = _other.Author(change);
        _bench.View.Add(record);
        return record.Dot;
    }

    private static Observation Seen(string path, Entry entry, ulong inode) =>
        new(P(path), entry, new FileStamp(entry.Size, entry.ModifiedNs, inode, 1, entry.Mode), [.. entry.Content?.Chunks ?? []], []);

    private static EntryPath P(string path) => EntryPath.Parse(path);
}
