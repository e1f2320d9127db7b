using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Tests.Session;

namespace VfsSync.Core.Tests.Reconcile.Table;

/// <summary>
/// Runs a row. Its users' nodes receive from each other in turn; others whose users do nothing receive all at once, author by author in either order, record by record, or
/// everything from the beginning. All must end with the tree of the row, at rest, and with every content that somebody wrote or that all kept.
/// </summary>
internal sealed class RowRun
{
    private static readonly Lazy<(Cluster Cluster, Cluster.Member[] Members)> s_cluster = new(() =>
    {
        var cluster = new Cluster();
        return (cluster, [.. "ABCX".Select(name => cluster.Admit(name.ToString(), "editor", cluster.Founder))]);
    });

    private readonly HashSet<ChunkId> _lost = [];
    private readonly TableNode _a, _b, _c, _inOrder, _backwards;
    private readonly List<long> _ends = [];
    private long _nowMs = SessionBench.Noon;
    private bool _isAway;

    private RowRun() => (_a, _b, _c, _inOrder, _backwards) = (Node(0), Node(1), Node(2), Node(3), Node(3));

    private TableNode[] Users => _isAway ? [_a, _b] : [_a, _b, _c];

    private TableNode Node(int member) => new(s_cluster.Value.Cluster, s_cluster.Value.Members[member], member + 1, _lost);

    public static void Check(Row row)
    {
        var run = new RowRun();
        run._a.UserDoes(row.Before, run.Later());
        run.Exchange();
        foreach (var round in row.Rounds) run.Round(round);
        run.CheckPast(row);
    }

    // What each round ended with is still told when all is over.
    private void CheckPast(Row row)
    {
        foreach (var (round, moment) in row.Rounds.Zip(_ends)) Assert.Equal(TreeText.Sorted(round.Shows), _a.TreeAt(moment));
    }

    private void Round(Row.Round round)
    {
        _isAway = round.C == "away";
        var before = Users.Select(Contents).ToList();
        var steps = _c.Steps.Count;
        string[] deeds = [round.A, round.B, _isAway ? "" : round.C];
        foreach (var (user, deed) in Users.Zip(deeds)) user.UserDoes(deed, Later());
        var owed = Owed(before);
        Exchange();
        foreach (var node in Everyone()) Check(node, round.Shows, owed);
        _ends.Add(_nowMs);
        if (round.Steps is not null) Assert.Equal(round.Steps, TreeText.Short(string.Join(", ", _c.Steps.Skip(steps).Select(ReconcilerTests.Tell))));
    }

    private void Check(TableNode node, string shows, HashSet<Manifest> owed)
    {
        Assert.Equal(TreeText.Sorted(shows), node.Tree);
        Assert.Equal(_a.Entries, node.Entries);
        Assert.Empty(owed.Except(Contents(node)));
        node.AssertAtRest();
    }

    // Whatever a user has just written, and what all have kept.
    private HashSet<Manifest> Owed(List<HashSet<Manifest>> before)
    {
        var after = Users.Select(Contents).ToList();
        return [.. after.Zip(before).SelectMany(u => u.First.Except(u.Second)), .. after.Aggregate((kept, next) => [.. kept.Intersect(next)])];
    }

    private static HashSet<Manifest> Contents(TableNode node) => [.. node.Disk.Things.Values.Select(t => t.Entry.Content).OfType<Manifest>().Where(c => c.Size > 0)];

    private void Exchange()
    {
        var told = Users.Select(u => u.Records.ToList()).ToList();
        Receive(_a, [.. told[1..]]);
        Receive(_b, [.. told[2..], told[0]]);
        if (!_isAway) Receive(_c, [.. told[0], .. told[1]]);
        Receive(_inOrder, [.. told.SelectMany(t => t).Select(record => new[] { record })]);
        Receive(_backwards, [.. Enumerable.Reverse(told)]);
    }

    private void Receive(TableNode node, params IEnumerable<ChangeRecord>[] parts)
    {
        foreach (var part in parts) node.Receive(part, Later());
    }

    private IEnumerable<TableNode> Everyone()
    {
        var late = Node(3);
        Receive(late, _a.Records);
        return [.. Users, _inOrder, _backwards, late];
    }

    private long Later() => _nowMs += 10_000;
}
