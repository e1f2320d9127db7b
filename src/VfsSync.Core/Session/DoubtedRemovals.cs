using VfsSync.Core.Tree;

namespace VfsSync.Core.Session;

/// <summary>
/// What a disk lacks is believed at the second look, so that a program which removes a file and makes it anew does neither to others; and where much goes
/// at once, only when nothing more has gone for a while: a folder that is being removed as a whole, or torn out, is then found gone, and spreads nothing.
/// </summary>
internal sealed class DoubtedRemovals(SessionContext context)
{
    private const long BriefMs = 100, EachMs = 2, LongMs = 1000, LostMs = 2000, LongestMs = 60_000, LongestShortMs = 10_000;
    private const int Few = 3, Many = 100, OneInTen = 10;

    private readonly Dictionary<EntryPath, (Observation Seen, long SinceMs, long LookedMs)> _missed = [];
    private long _lastMs;
    private long? _massSinceMs;

    /// <summary>
    /// So much is missing that nothing is placed either, until it is clear what that means. Not for ever: where files come and go all the time, something is always missing.
    /// </summary>
    public bool IsMass
    {
        get
        {
            // Taken away since by whatever else: it is missed no more.
            if (IsMuch) Forget(path => context.View.OnDisk(path) is not { Entry.IsAbsent: false });
            if (!IsMuch) _massSinceMs = null;
            else _massSinceMs ??= context.NowMs;
            return context.NowMs - _massSinceMs < LongestMs;
        }
    }

    private bool IsMuch => _missed.Count >= Many || _missed.Count >= Few && _missed.Count * OneInTen >= context.View.Totals().Files;

    /// <summary>Which of these absences are not believed yet. They must be looked at again after <see cref="AgainMs"/>.</summary>
    /// <param name="absent">What was seen to be absent.</param>
    /// <param name="all">None is believed now, however often it was looked at.</param>
    public IReadOnlyCollection<EntryPath> Doubt(IReadOnlyList<Observation> absent, bool all = false)
    {
        foreach (var seen in absent)
        {
            var isKnown = _missed.TryGetValue(seen.Path, out var known);
            _missed[seen.Path] = (seen, isKnown ? known.SinceMs : context.NowMs, context.NowMs);
            if (!isKnown) _lastMs = context.NowMs;
        }
        if (all) return [.. absent.Select(a => a.Path)];
        var mass = IsMass;
        var doubted = absent.Where(a => context.NowMs - _missed[a.Path].SinceMs is var age && (mass ? context.NowMs - _lastMs < LongMs : age < ShortMs)).Select(a => a.Path).ToHashSet();
        if (doubted.Count == 0) foreach (var seen in absent) _missed.Remove(seen.Path);
        else if (!mass) foreach (var seen in absent.Where(a => !doubted.Contains(a.Path))) _missed.Remove(seen.Path);
        return doubted;
    }

    /// <summary>
    /// What is missed and has not been looked at for a while: the look that it was to have was for a directory, say, that has come back without it.
    /// </summary>
    public IReadOnlyList<EntryPath> Overdue() => _missed.Count == 0 ? [] : [.. _missed.Where(m => context.NowMs - m.Value.LookedMs >= LostMs).Select(m => m.Key)];

    public IReadOnlyCollection<EntryPath> Paths => _missed.Keys;

    public bool Has(EntryPath path) => _missed.ContainsKey(path);

    public long AgainMs => IsMass ? LongMs : ShortMs;

    // The more is gone, the likelier more is about to go, on a machine that is busy with other things.
    private long ShortMs => Math.Min(BriefMs + EachMs * Math.Max(0, _missed.Count - 1), LongestShortMs);

    public bool IsEmpty => _missed.Count == 0;

    /// <summary>It is there again, or was recorded otherwise.</summary>
    public void Forget(Func<EntryPath, bool> path)
    {
        if (_missed.Count > 0) foreach (var gone in _missed.Keys.Where(path).ToList()) _missed.Remove(gone);
    }

    /// <summary>What is missing, to be recorded after all; nothing where it is much.</summary>
    public IReadOnlyList<Observation> Release()
    {
        if (_missed.Count == 0 || IsMass) return [];
        var released = _missed.Values.Select(m => m.Seen).ToList();
        _missed.Clear();
        return released;
    }
}
