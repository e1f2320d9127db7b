using VfsSync.Core.History;
using VfsSync.Core.Reconcile;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Tests.Session;

/// <summary>Which removals count, and how long a node that was told to go on takes all of them.</summary>
public sealed class RemovalLimitTests
{
    private readonly Cluster _cluster = new();
    private readonly SessionBench _bench, _other;
    private readonly Placing _placing;

    public RemovalLimitTests()
    {
        _bench = new SessionBench(_cluster, settings: new SessionSettings { RemovalLimit = 2 });
        _other = new SessionBench(_cluster, _cluster.Admit("other", "editor", _cluster.Founder));
        _placing = new Placing(_bench.Context, new Fetcher(_bench.Context), _ => { });
    }

    [Fact]
    public void What_was_refused_counts_once_however_often_it_is_tried()
    {
        Stands("a", "b", "c");
        Goes("a");
        for (var i = 0; i < 5; i++)
        {
            var step = Assert.Single(Tried());
            _placing.Applied(new AppliedInput([new StepOutcome(step, StepResult.Failed, Problem: new Problem(step.Path, ProblemKind.Unwritable, "may not"))]));
            _bench.Effects();
            _placing.RetryFailed();
            _bench.Context.NowMs += 1000;
        }
        Goes("b");
        Assert.Equal(["a", "b"], Tried().Select(s => s.Path.Text).Order());
        Assert.False(_bench.Context.Halted);
        foreach (var name in (string[])["a", "b"]) _placing.Applied(new AppliedInput([new StepOutcome(Step(name), StepResult.Done)], Last: name == "b"));
        _bench.Effects();
        Goes("c");
        Assert.Empty(Tried());
        Assert.True(_bench.Context.Halted);
    }

    [Fact]
    public void What_could_not_be_written_before_counts_when_it_is_to_go()
    {
        Stands("a", "b", "c");
        foreach (var name in (string[])["a", "b", "c"])
        {
            Received(new Change(0, P(name), Entry.Symlink("to", 0), _bench.View.Rows[P(name)].Vector));
            _placing.HeadsChanged([P(name)], 1);
        }
        foreach (var step in Tried())
            _placing.Applied(new AppliedInput([new StepOutcome(step, StepResult.Failed, Problem: new Problem(step.Path, ProblemKind.Unwritable, "full"))], Last: step.Path == P("c")));
        _bench.Effects();
        Assert.Equal(3, _placing.Count);
        foreach (var name in (string[])["a", "b", "c"])
        {
            Received(new Change(0, P(name), Entry.Absent, _bench.View.Heads(P(name))[0].Vector));
            _placing.HeadsChanged([P(name)], 1);
        }
        _placing.RetryFailed();
        Assert.Empty(Tried());
        Assert.True(_bench.Context.Halted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_could_not_be_written_counts_when_its_removal_arrives_while_that_is_tried(bool surprised)
    {
        Stands("a", "b", "c");
        foreach (var name in (string[])["a", "b", "c"])
        {
            Received(new Change(0, P(name), Entry.Symlink("to", 0), _bench.View.Rows[P(name)].Vector));
            _placing.HeadsChanged([P(name)], 1);
        }
        var tried = Tried();
        foreach (var name in (string[])["a", "b", "c"])
        {
            Received(new Change(0, P(name), Entry.Absent, _bench.View.Heads(P(name))[0].Vector));
            _placing.HeadsChanged([P(name)], 1);
        }
        foreach (var step in tried)
            _placing.Applied(new AppliedInput([new StepOutcome(step, surprised ? StepResult.Surprise : StepResult.Failed, Problem: surprised ? null : new Problem(step.Path, ProblemKind.Unwritable, "full"))], Last: step == tried[^1]));
        _bench.Effects();
        Assert.True(_placing.OwesRemovals);
        foreach (var name in (string[])["a", "b", "c"]) _placing.LookedAt(P(name), changed: true);
        Assert.Empty(Tried());
        Assert.True(_bench.Context.Halted);
    }

    [Fact]
    public void Only_a_removal_that_nothing_keeps_is_still_due()
    {
        Stands("a");
        Received(new Change(0, P("l"), Entry.Symlink("to", 0), default));
        _placing.HeadsChanged([P("l")], 1);
        Assert.False(_placing.OwesRemovals);
        Goes("a");
        Assert.True(_placing.OwesRemovals);
        foreach (var step in Tried())
            _placing.Applied(new AppliedInput([new StepOutcome(step, StepResult.Failed, Problem: new Problem(step.Path, ProblemKind.Unwritable, "may not"))], Last: step.Path == P("l")));
        _bench.Effects();
        Assert.Equal((2, false), (_placing.Count, _placing.OwesRemovals));
    }

    [Theory]
    [InlineData(false, 60)]
    [InlineData(true, 600)]
    public void What_was_accepted_ends(bool someIsDue, int seconds)
    {
        var bench = new SessionBench(settings: new SessionSettings { RemovalLimit = 2, AcceptRemovals = true });
        bench.Context.NowMs += 3_600_000;
        Assert.True(bench.Context.Removals.Allows(1000)); // its first look takes long
        for (var i = 0; i < seconds; i++)
        {
            bench.Context.Removals.LookedAround(someIsDue);
            Assert.True(bench.Context.Removals.Allows(1000));
            bench.Context.NowMs += 1000;
        }
        bench.Context.Removals.LookedAround(someIsDue);
        Assert.False(bench.Context.Removals.Allows(1000));
    }

    private PlanStep Step(string name) => _steps.Last(s => s.Path == P(name));

    private readonly List<PlanStep> _steps = [];

    private List<PlanStep> Tried()
    {
        _placing.Advance();
        var steps = _bench.Effects().OfType<ApplyEffect>().SelectMany(e => e.Steps).ToList();
        _steps.AddRange(steps);
        return steps;
    }

    private void Stands(params string[] names)
    {
        foreach (var name in names)
        {
            var made = _bench.Author(SessionBench.Put(name)).Opened;
            _bench.View.Rows[P(name)] = new IndexRow(P(name), made.Changes[0].Entry, default, VersionVector.Of(made.Dot), made.Dot, P(name));
        }
    }

    private void Goes(string name)
    {
        Received(new Change(0, P(name), Entry.Absent, _bench.View.Rows[P(name)].Vector));
        _placing.HeadsChanged([P(name)], 1);
    }

    private void Received(Change change)
    {
        _other.Context.NowMs = _bench.Context.NowMs + 5;
        _bench.View.Add(_other.Author(change).Opened);
    }

    private static EntryPath P(string path) => EntryPath.Parse(path);
}
