using VfsSync.Core.Tree;

namespace VfsSync.Core.Session;

/// <summary>
/// Contents that wait to be gathered, since only so many are at once. One that nobody has at the moment gives its place to others, and is asked for again
/// with the fetcher's next round.
/// </summary>
internal sealed class StageRoom
{
    private const int Most = 512;

    private readonly Staging _staging;
    private readonly Fetcher _fetcher;
    private readonly HashSet<EntryPath> _starved = [], _parked = [];
    private long _rounds;

    public StageRoom(Staging staging, Fetcher fetcher)
    {
        (_staging, _fetcher) = (staging, fetcher);
        staging.GaveWay += path => _parked.Add(path);
    }

    /// <summary>Contents that nobody has at the moment.</summary>
    public IEnumerable<EntryPath> Missing => _staging.Stalled.Concat(_parked);

    public bool IsMissing(EntryPath path) => _parked.Contains(path) || _staging.IsStalled(path);

    /// <summary>Starts gathering a content, or has it wait.</summary>
    public void Begin(EntryPath path, Entry entry)
    {
        _parked.Remove(path);
        if (!_staging.Begin(path, entry, Most)) _starved.Add(path);
    }

    /// <summary>Those for whom there may be room now.</summary>
    public IReadOnlyCollection<EntryPath> TakeWaiting()
    {
        if (_parked.Count > 0 && _rounds != _fetcher.Rounds)
        {
            _starved.UnionWith(_parked);
            _parked.Clear();
        }
        _rounds = _fetcher.Rounds;
        if (_starved.Count == 0 || _staging.Count > Most / 2 && !_staging.HasStalled()) return [];
        var taken = _starved.ToList();
        _starved.Clear();
        return taken;
    }
}
