using VfsSync.Core.Content;
using VfsSync.Core.Session;
using VfsSync.Core.Tree;
using static VfsSync.Core.Tests.Session.SessionBench;

namespace VfsSync.Core.Tests.Session;

/// <summary>Contents of past versions, gathered here and from peers.</summary>
public sealed class RecallsTests
{
    private static readonly Manifest s_content = new(80, 0, [new ChunkRef(Id(1), 40), new ChunkRef(Id(2), 40)]);

    private readonly SessionBench _bench = new();
    private readonly Fetcher _fetcher;
    private readonly Recalls _recalls;

    public RecallsTests()
    {
        _fetcher = new Fetcher(_bench.Context);
        _recalls = new Recalls(_bench.Context, _fetcher);
    }

    [Fact]
    public void What_is_here_is_whole_at_once()
    {
        var stage = Ask();
        Assert.True(_recalls.Staged(new StagedInput(stage, [], Lists: false, null)));
        Assert.Equal(new RecalledEffect(7, stage, null), The<RecalledEffect>(_bench.Effects()));
    }

    [Fact]
    public void What_is_missing_is_fetched()
    {
        _fetcher.LinkUp(1);
        var stage = Ask();
        _recalls.Staged(new StagedInput(stage, [new ChunkRef(Id(2), 40)], Lists: false, null));
        _recalls.Look();
        Assert.Empty(_bench.Effects().OfType<RecalledEffect>());
        _recalls.Delivered(stage, Id(2));
        Assert.Equal(stage, The<RecalledEffect>(_bench.Effects()).Stage);
    }

    [Fact]
    public void A_manifest_that_came_is_gone_on_with()
    {
        _fetcher.LinkUp(1);
        var stage = Ask();
        _recalls.Staged(new StagedInput(stage, [new ChunkRef(Id(9), 40)], Lists: true, null));
        _bench.Effects();
        _recalls.Delivered(stage, Id(9));
        Assert.Equal(stage, The<StageEffect>(_bench.Effects()).Stage);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_nobody_has_is_given_up(bool connected)
    {
        if (connected) _fetcher.LinkUp(1);
        var stage = Ask();
        _recalls.Staged(new StagedInput(stage, [new ChunkRef(Id(2), 40)], Lists: false, null));
        if (connected) _fetcher.Gone(1, [Id(2)]);
        _bench.Effects();
        _recalls.Look();
        var effects = _bench.Effects();
        Assert.Equal(stage, The<UnstageEffect>(effects).Stage);
        Assert.Equal(new RecalledEffect(7, null, null), The<RecalledEffect>(effects));
        Assert.False(_fetcher.HasStuck);
    }

    [Fact]
    public void Who_does_not_want_it_any_more_leaves_nothing()
    {
        var stage = Ask();
        _recalls.Asked(new RecallInput(7, null));
        Assert.Equal(stage, The<UnstageEffect>(_bench.Effects()).Stage);
        _recalls.Staged(new StagedInput(stage, [], Lists: false, null));
        Assert.Equal(stage, The<UnstageEffect>(_bench.Effects()).Stage);
    }

    [Fact]
    public void A_disk_that_refuses_ends_it()
    {
        var stage = Ask();
        var problem = new Problem(EntryPath.Root, ProblemKind.Unwritable, "full");
        _recalls.Failed([stage, 1], problem);
        Assert.Equal(problem, The<RecalledEffect>(_bench.Effects()).Problem);
        Assert.False(_recalls.Staged(new StagedInput(1, [], Lists: false, null)));
    }

    private static ChunkId Id(int number) => Samples.Chunk(number);

    private long Ask()
    {
        _recalls.Asked(new RecallInput(7, s_content));
        return The<StageEffect>(_bench.Effects()).Stage;
    }
}
