using System.Collections.Concurrent;
using System.Diagnostics;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Engine.Net;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Running;

/// <summary>The links that are up, by number.</summary>
/// <param name="store">Has the records to send.</param>
/// <param name="source">Has the contents to send.</param>
/// <param name="outgoing">How contents go out.</param>
/// <param name="post">Takes what comes in, to the lane.</param>
/// <param name="keepPace">Returns when the lane has not much before it.</param>
/// <param name="sentAway">Told who ended a link by hand and what it said, before the link is seen to be down.</param>
/// <param name="failed">Told what went wrong that is no trouble of a link.</param>
/// <param name="isLate">Whether a link was on its way when the one before was ended by hand.</param>
internal sealed class LinkTable(IFolderStore store, ContentSource source, OutgoingChunks outgoing, Action<SessionInput> post, Action keepPace, Action<Exception> failed, Action<NodeId, string> sentAway, Func<IPeerLink, bool> isLate)
{
    private readonly ConcurrentDictionary<int, LinkDriver> _links = new();
    private int _last;
    private volatile bool _closed;

    public IReadOnlyCollection<LinkDriver> All => [.. _links.Values];

    /// <summary>Whether anything is being sent.</summary>
    public bool IsSending => All.Any(l => l.IsSending);

    public LinkDriver? Find(int number) => _links.GetValueOrDefault(number);

    /// <summary>Serves a link on the calling thread, until it ends.</summary>
    public void Serve(IPeerLink link)
    {
        using var driver = new LinkDriver(Interlocked.Increment(ref _last), link, store, source, outgoing, post, keepPace, SentAway, failed);
        _links[driver.Number] = driver;
        try
        {
            if (!_closed && !isLate(link)) driver.Run();
        }
        finally
        {
            _links.TryRemove(driver.Number, out _);
        }
    }

    public void CloseAll(string reason, string text)
    {
        _closed = true;
        foreach (var link in _links.Values) link.Close(reason, text);
        // One after the other, but with one patience for all: of those that take nothing any more there may be many.
        var since = Stopwatch.GetTimestamp();
        foreach (var link in _links.Values) link.Dispose(TimeSpan.FromSeconds(Math.Max(0, 1 - Stopwatch.GetElapsedTime(since).TotalSeconds)));
    }

    // Another that was on its way at that moment is not meant any more; one that comes into the table later sees that itself.
    private void SentAway(LinkDriver by, string why)
    {
        sentAway(by.Link.Peer, why);
        foreach (var link in _links.Values.Where(l => l != by && isLate(l.Link))) link.Drop();
    }
}
