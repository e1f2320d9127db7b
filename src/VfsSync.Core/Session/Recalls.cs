using VfsSync.Core.Content;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Session;

/// <summary>
/// Contents of past versions that the user wants back: gathered into a staged file like those of a plan, from this machine first, then from peers. Unlike a plan's,
/// they are not waited for: what no connected peer has ends the recall.
/// </summary>
internal sealed class Recalls(SessionContext context, Fetcher fetcher)
{
    // Beside the numbers of those that belong to paths.
    private const long First = 1L << 62;

    private readonly Dictionary<long, Recall> _open = [];

    /// <summary>Told when a stage goes on with what an offer began: the offer and the stage.</summary>
    public event Action<long, long>? TookOver;

    public void Asked(RecallInput input)
    {
        var stage = First + input.Request;
        if (input.Content is { } content)
        {
            _open[stage] = new Recall(input.Request, new StageEffect(stage, EntryPath.Root, Entry.File(content, 0, 0)));
            context.Emit(_open[stage].Effect);
        }
        else if (_open.ContainsKey(stage)) End(stage, null);
    }

    /// <summary>True if it was one of these.</summary>
    public bool Staged(StagedInput input)
    {
        if (input.Stage < First) return false;
        if (input.Offer != 0) TookOver?.Invoke(input.Offer, input.Stage);
        if (!_open.TryGetValue(input.Stage, out var recall)) context.Emit(new UnstageEffect(input.Stage)); // Given up meanwhile.
        else if (input.Problem is { } problem) End(input.Stage, problem);
        else if (input.Missing.Count == 0) Whole(input.Stage);
        else
        {
            recall.Lists = input.Lists;
            recall.Missing.UnionWith(input.Missing.Select(c => c.Id));
            fetcher.Want(input.Stage, input.Missing, keep: input.Lists);
        }
        return true;
    }

    public void Delivered(long stage, ChunkId id)
    {
        if (!_open.TryGetValue(stage, out var recall) || !recall.Missing.Remove(id) || recall.Missing.Count > 0) return;
        if (recall.Lists) context.Emit(recall.Effect);
        else Whole(stage);
    }

    /// <summary>The disk refused to take a part of these contents.</summary>
    public void Failed(IEnumerable<long> stages, Problem problem)
    {
        foreach (var stage in stages.Where(_open.ContainsKey).ToList()) End(stage, problem);
    }

    /// <summary>After each input: what nobody has is given up.</summary>
    public void Look()
    {
        if (_open.Count == 0 || fetcher is { HasPeers: true, HasStuck: false }) return;
        foreach (var (stage, recall) in _open.ToList())
            if (recall.Missing.Any(fetcher.IsStuck)) End(stage, null);
    }

    private void Whole(long stage)
    {
        _open.Remove(stage, out var recall);
        context.Emit(new RecalledEffect(recall!.Request, stage, null));
    }

    private void End(long stage, Problem? problem)
    {
        _open.Remove(stage, out var recall);
        fetcher.ForgetAll(stage);
        context.Emit(new UnstageEffect(stage));
        context.Emit(new RecalledEffect(recall!.Request, null, problem));
    }

    private sealed class Recall(long request, StageEffect effect)
    {
        public long Request { get; } = request;

        public StageEffect Effect { get; } = effect;

        public HashSet<ChunkId> Missing { get; } = [];

        /// <summary>What is missing are parts of the manifest.</summary>
        public bool Lists { get; set; }
    }
}
