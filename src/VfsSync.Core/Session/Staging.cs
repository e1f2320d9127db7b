using VfsSync.Core.Content;
using VfsSync.Core.Tree;

namespace VfsSync.Core.Session;

/// <summary>Contents on their way into staged files: gathered from this machine first, then from peers.</summary>
internal sealed class Staging(SessionContext context, Fetcher fetcher, Action<EntryPath> changed)
{
    private readonly Dictionary<EntryPath, Stage> _byPath = [];
    private readonly Dictionary<long, Stage> _byNumber = [];
    private long _last, _lookAgainMs;
    private const long LookEveryMs = 100;

    /// <summary>Contents up to this are kept in the store with their record, and are written from there.</summary>
    public const int SmallContent = 64 * 1024;

    public int Count => _byPath.Count;

    /// <summary>Contents that are on their way, or wait to be put in place.</summary>
    public IEnumerable<Manifest> Contents => _byPath.Values.Select(s => s.Entry.Content!);

    /// <summary>Nothing is waited for: all that was begun is whole.</summary>
    public bool AllWhole => _byPath.Values.All(s => s.Whole);

    public bool IsStalled(EntryPath path) => _byPath.TryGetValue(path, out var stage) && IsStalled(stage);

    /// <summary>Contents of which nobody has what is missing.</summary>
    public IEnumerable<EntryPath> Stalled => _byPath.Values.Where(IsStalled).Select(s => s.Path);

    private bool IsStalled(Stage stage) => stage.Missing.Count > 0 && stage.Missing.All(fetcher.IsStuck);

    /// <summary>Whether any content is stalled, as of a moment ago: it is asked far more often than it changes.</summary>
    public bool HasStalled()
    {
        if (context.NowMs < _lookAgainMs) return false;
        if (_byPath.Values.Any(IsStalled)) return true;
        _lookAgainMs = context.NowMs + LookEveryMs;
        return false;
    }

    public bool IsInStore(Entry entry) =>
        entry.Size <= SmallContent && entry.Content!.Depth == 0 && entry.Content.Chunks.All(c => context.View.HasChunk(c.Id));

    /// <summary>Starts gathering a content, unless that is under way or too much is.</summary>
    public bool Begin(EntryPath path, Entry entry, int max)
    {
        if (_byPath.TryGetValue(path, out var known))
        {
            if (known.Entry.SameContent(entry)) return true;
            Release(path);
        }
        if (_byPath.Count >= max && !GiveWay()) return false;
        var stage = new Stage(++_last, path, entry);
        _byPath[path] = _byNumber[stage.Number] = stage;
        context.Emit(new StageEffect(stage.Number, path, entry));
        return true;
    }

    // What has come of a stalled content is fetched once more, if it ever comes at all; others can be had now.
    private bool GiveWay()
    {
        if (!HasStalled()) return false;
        var path = Stalled.First();
        Release(path);
        GaveWay?.Invoke(path);
        return true;
    }

    /// <summary>Told with each content that gave its place to another.</summary>
    public event Action<EntryPath>? GaveWay;

    /// <summary>The staged content of a path, if it is whole.</summary>
    public bool TryTake(EntryPath path, Entry entry, out long number)
    {
        number = 0;
        if (!_byPath.TryGetValue(path, out var stage) || !stage.Whole || !stage.Entry.SameContent(entry)) return false;
        number = stage.Number;
        return true;
    }

    /// <summary>What no peer had may be on this machine by now: taken out of the folder, or under a new name.</summary>
    public void LookAgain(IReadOnlyCollection<ChunkId> missing)
    {
        if (missing.Count > 0) foreach (var stage in _byNumber.Values.Where(s => s.Missing.Overlaps(missing)).ToList())
                context.Emit(new StageEffect(stage.Number, stage.Path, stage.Entry));
    }

    public void Release(EntryPath path)
    {
        if (!_byPath.Remove(path, out var stage)) return;
        _byNumber.Remove(stage.Number);
        fetcher.Forget(stage.Number, stage.Missing);
        context.Emit(new UnstageEffect(stage.Number));
    }

    public void Staged(StagedInput input)
    {
        if (!_byNumber.TryGetValue(input.Stage, out var stage))
        {
            context.Emit(new UnstageEffect(input.Stage)); // Begun once more when it was no longer wanted.
            return;
        }
        if (input.Problem is { } problem)
        {
            Fail(stage, problem);
            return;
        }
        stage.Lists = input.Lists;
        fetcher.Forget(stage.Number, stage.Missing.Except(input.Missing.Select(c => c.Id)).ToList());
        stage.Missing.Clear();
        foreach (var chunk in input.Missing) stage.Missing.Add(chunk.Id);
        if (input.Offer != 0) TookOver?.Invoke(input.Offer, stage.Number);
        stage.Whole = stage.Missing.Count == 0;
        if (stage.Whole) changed(stage.Path);
        else fetcher.Want(stage.Number, input.Missing, input.Lists);
    }

    public void Delivered(long number, ChunkId id)
    {
        if (!_byNumber.TryGetValue(number, out var stage) || !stage.Missing.Remove(id) || stage.Missing.Count > 0) return;
        if (stage.Lists) context.Emit(new StageEffect(stage.Number, stage.Path, stage.Entry));
        else
        {
            stage.Whole = true;
            changed(stage.Path);
        }
    }

    /// <summary>The disk refused to take a part of these contents.</summary>
    public void Failed(IEnumerable<long> numbers, Problem problem)
    {
        foreach (var number in numbers.ToList())
            if (_byNumber.TryGetValue(number, out var stage)) Fail(stage, problem);
    }

    /// <summary>Told with each content that could not be staged.</summary>
    public event Action<EntryPath, Problem>? StageFailed;

    /// <summary>Told when a stage goes on with what an offer began: the offer and the stage.</summary>
    public event Action<long, long>? TookOver;

    private void Fail(Stage stage, Problem problem)
    {
        Release(stage.Path);
        StageFailed?.Invoke(stage.Path, problem with { Path = stage.Path });
    }

    private sealed class Stage(long number, EntryPath path, Entry entry)
    {
        public long Number { get; } = number;

        public EntryPath Path { get; } = path;

        public Entry Entry { get; } = entry;

        public HashSet<ChunkId> Missing { get; } = [];

        public bool Lists { get; set; }

        public bool Whole { get; set; }
    }
}
