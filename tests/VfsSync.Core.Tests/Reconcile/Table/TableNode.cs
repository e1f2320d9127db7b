using VfsSync.Core.Content;
using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Rules;
using VfsSync.Core.Session;
using VfsSync.Core.Tests.Session;
using VfsSync.Core.Tree;
using Version = VfsSync.Core.History.Version;

namespace VfsSync.Core.Tests.Reconcile.Table;

/// <summary>A node with all that decides in it, and a <see cref="ModelDisk"/>: what its user does is recorded as a scan would see it, what it receives is planned and done.</summary>
internal sealed class TableNode
{
    private const int MaxPlans = 50;

    private readonly SessionBench _bench;
    private readonly Placing _placing;
    private readonly HashSet<ChunkId> _lost;

    /// <param name="cluster">The cluster.</param>
    /// <param name="member">Who this is.</param>
    /// <param name="index">The number by which its user's times are known.</param>
    /// <param name="lost">Contents that no node has any more.</param>
    /// <param name="oneNameOnly">Its disk takes names that look alike for one.</param>
    public TableNode(Cluster cluster, Cluster.Member member, int index, HashSet<ChunkId> lost, bool oneNameOnly = false)
    {
        _lost = lost;
        _bench = new SessionBench(cluster, member);
        _placing = new Placing(_bench.Context, new Fetcher(_bench.Context), _ => { });
        Disk = new ModelDisk(index, oneNameOnly);
    }

    public ModelDisk Disk { get; }

    public IReadOnlyList<ChangeRecord> Records => _bench.View.Records;

    /// <summary>Steps taken so far, those that only tell the index left out.</summary>
    public List<PlanStep> Steps { get; } = [];

    public string Tree => TreeText.Of(Disk.Things.Select(t => KeyValuePair.Create(t.Key, t.Value.Entry)));

    /// <summary>The tree as it was at a moment, as history tells it.</summary>
    public string TreeAt(long unixMs) => TreeText.Of(new PastFolder(Records.SelectMany(Version.Of).Where(v => v.Time.UnixMs <= unixMs), _bench.Members.NameOf, _ => PoliciesInForce.Default)
        .Below(EntryPath.Root).Select(p => KeyValuePair.Create(p.Path, p.Entry)));

    /// <summary>Tree, times, modes and full names.</summary>
    public IReadOnlyList<(EntryPath, Entry)> Entries => [.. Disk.Things.Select(t => (t.Key, t.Value.Entry))];

    public void UserDoes(string text, long nowMs)
    {
        foreach (var look in UserText.Looks(text))
        {
            _bench.Context.NowMs = nowMs++;
            if (look.Split(' ') is ["lose", var path]) Lose(Samples.Path(path));
            else UserText.Do(look, Disk);
            Look();
            Settle();
        }
    }

    // What was just recorded is lost before anybody else has it, and its author says so.
    private void Lose(EntryPath path)
    {
        var head = _bench.View.Heads(path).Single(h => h.Dot == _bench.View.Rows[path].Shown);
        foreach (var chunk in head.Entry.Content!.Chunks) _lost.Add(chunk.Id);
        _bench.View.Stored.ExceptWith(_lost);
        _bench.View.Rows.Remove(path);
        Disk.Remove(path);
        _bench.Author(new Change(0, path, head.Entry, head.Vector, Withdrawn: true));
        _placing.HeadsChanged([path], _bench.View.LastSequence);
    }

    public void Receive(IEnumerable<ChangeRecord> records, long nowMs)
    {
        _bench.Context.NowMs = nowMs;
        var added = records.Where(r => _bench.View.RecordIdOf(r.Dot).IsNone).ToList();
        foreach (var record in added) _bench.View.Add(record);
        Store(added.SelectMany(r => r.Changes));
        _placing.HeadsChanged(added.SelectMany(Version.Of).Select(v => v.Path).Distinct(), _bench.View.LastSequence);
        Settle();
    }

    /// <summary>Looks at the disk as a scan does, and records what is new.</summary>
    /// <returns>How many changes that were.</returns>
    public int Look()
    {
        var (batch, changes) = LocalChanges.Of(Observed().ToList(), _bench.Context, _bench.Authoring);
        if (batch.IsEmpty) return 0;
        Store(changes);
        _bench.View.Commit(batch);
        if (batch.Records.Count > 0) _placing.HeadsChanged(batch.Heads.Keys, _bench.View.LastSequence);
        return changes.Count;
    }

    private void Store(IEnumerable<Change> changes) =>
        _bench.View.Stored.UnionWith(changes.SelectMany(c => c.Entry.Content?.Chunks ?? []).Select(c => c.Id).Where(id => !_lost.Contains(id)));

    private IEnumerable<Observation> Observed()
    {
        foreach (var (path, thing) in Disk.Things)
            if (_bench.View.OnDisk(path) is not { } row || row.Entry != thing.Entry || !row.Stamp.SameAs(thing.Stamp))
                yield return new(path, thing.Entry, thing.Stamp, [.. thing.Entry.Content?.Chunks ?? []], []);
        foreach (var row in _bench.View.Rows.Values.Where(r => r is { Placed: true, Entry.IsAbsent: false } && Disk.At(r.Path).IsAbsent).ToList())
            yield return new(row.Path, Entry.Absent, default, [], []);
    }

    /// <summary>What the disk refuses to show.</summary>
    public string Refused => string.Join(' ', _placing.Paths.Order());

    /// <summary>The user asks for another try.</summary>
    public void TryAgain()
    {
        _placing.RetryFailed();
        Settle();
    }

    // On a disk that nobody else touches, every step of every plan succeeds, but for names that it cannot hold.
    private void Settle()
    {
        for (var plans = 0; plans < MaxPlans; plans++)
        {
            _placing.Advance();
            foreach (var effect in _bench.Effects().OfType<ApplyEffect>())
            {
                var outcomes = effect.Steps.Select(Disk.Take).ToList();
                Assert.All(outcomes, o => Assert.True(o.Result == StepResult.Done || o.Problem?.Kind == ProblemKind.NameNotHere, $"A step met a surprise: {ReconcilerTests.Tell(o.Step)}, on {Tree}"));
                Steps.AddRange(effect.Steps.Where(s => s is not AdoptStep));
                _placing.Applied(new AppliedInput(outcomes));
                _bench.Effects();
            }
            if (_placing.HasWork) continue;
            _bench.Context.NowMs += 2000;
            _placing.Tick();
            if (!_placing.HasWork) return;
        }
        Assert.Fail($"It plans again and again, at {string.Join(", ", _placing.Paths)}.");
    }

    /// <summary>Nothing is behind, a look finds nothing new, and whoever plans for everything anew finds nothing to do.</summary>
    public void AssertAtRest()
    {
        Assert.Empty(_placing.Paths);
        Assert.Equal(0, Look());
        var wanted = new Dictionary<EntryPath, Placement>();
        foreach (var placement in Shown()) wanted.TryAdd(placement.Path, placement);
        foreach (var step in Reconciler.Plan(wanted, _bench.View).Steps)
            Assert.True(step is AdoptStep && (step.Expected?.Entry ?? Entry.Absent) == step.Wanted.Entry, $"It would still do something: {ReconcilerTests.Tell(step)}");
        Assert.Equal(Tree, TreeText.Of(wanted.Where(w => !w.Value.Entry.IsAbsent).Select(w => KeyValuePair.Create(w.Key, w.Value.Entry))));
    }

    private IEnumerable<Placement> Shown()
    {
        var showing = new Showing(Fold.Of(Records), _bench.Members.NameOf);
        var origins = showing.AffectedBy(Records.SelectMany(Version.Of).Select(v => v.Path).Distinct()).Where(p => !p.IsRoot).ToList();
        var paths = origins.SelectMany(o => showing.At(o).Select(p => (p.Path, Origin: o))).Concat(_bench.View.Rows.Values.Select(r => (r.Path, r.Origin)));
        return paths.Select(p => showing.Wanted(p.Path, p.Origin, _ => true)).OrderBy(p => p.Entry.IsAbsent);
    }
}
