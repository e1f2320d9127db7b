using System.Collections.Immutable;
using VfsSync.Core.History;
using VfsSync.Core.Wire;

namespace VfsSync.Core.Session;

/// <summary>How far this node has come: what it received, what of it its disk shows (in a vault: holds), and what of both peers have been told.</summary>
internal sealed class Progress(SessionContext context, Placing placing, Keeping? keeping, Forks forks)
{
    // Twice as many rows of some 50 bytes each.
    private const int RowsInFrame = 2048;

    private readonly Queue<(long Sequence, Dot Dot)> _unshown = new();
    private VersionVector _toldReceived, _toldShown;

    /// <summary>What of the log this disk shows.</summary>
    public VersionVector Shown { get; private set; }

    /// <summary>Records are in the log.</summary>
    public void Arrived(IEnumerable<Dot> dots)
    {
        foreach (var dot in dots) _unshown.Enqueue((context.View.LastSequence, dot));
    }

    /// <summary>An author's records from this one on left the log.</summary>
    public void TookBack(Dot first)
    {
        var last = first with { Number = first.Number - 1 };
        (Shown, _toldReceived, _toldShown) = (Shown.UpTo(last), _toldReceived.UpTo(last), _toldShown.UpTo(last));
        for (var left = _unshown.Count; left > 0; left--)
            if (_unshown.Dequeue() is var next && (next.Dot.Author != first.Author || next.Dot.Number < first.Number)) _unshown.Enqueue(next);
    }

    /// <summary>All that there is to say to a new peer.</summary>
    public IReadOnlyList<HaveMessage> All() => Messages(forks.Sure(context.View.Cursor).Dots, forks.Sure(Shown).Dots);

    /// <summary>What has come since this was last asked.</summary>
    public IReadOnlyList<HaveMessage> News()
    {
        Advance();
        var (received, shown) = (forks.Sure(context.View.Cursor), forks.Sure(Shown));
        if (received == _toldReceived && shown == _toldShown) return [];
        var messages = Messages([.. received.Dots.Where(d => _toldReceived[d.Author] < d.Number)], [.. shown.Dots.Where(d => _toldShown[d.Author] < d.Number)]);
        (_toldReceived, _toldShown) = (received, shown);
        return messages;
    }

    // As many as frames need, and one at least: also how many files there are is news.
    private List<HaveMessage> Messages(ImmutableArray<Dot> received, ImmutableArray<Dot> shown)
    {
        var (files, bytes) = context.View.Totals();
        var messages = new List<HaveMessage>();
        for (var from = 0; messages.Count == 0 || from < Math.Max(received.Length, shown.Length); from += RowsInFrame)
            messages.Add(new HaveMessage([.. received.Skip(from).Take(RowsInFrame)], [.. shown.Skip(from).Take(RowsInFrame)], files, bytes));
        return messages;
    }

    private void Advance()
    {
        var first = Math.Min(Math.Min(placing.FirstBehind, keeping?.FirstBehind ?? long.MaxValue), context.SealKeys?.Closed.FirstBehind ?? long.MaxValue);
        if (first == long.MaxValue)
        {
            _unshown.Clear();
            Shown = context.View.Cursor;
            return;
        }
        while (_unshown.TryPeek(out var next) && next.Sequence < first) Shown = Shown.With(_unshown.Dequeue().Dot);
    }
}
