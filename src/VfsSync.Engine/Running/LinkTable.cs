using System.Collections.Concurrent;
using VfsSync.Core.History;
using VfsSync.Core.Session;
using VfsSync.Engine.Net;
using VfsSync.Engine.Store;

namespace VfsSync.Engine.Running;

/// <summary>The links that are up, by number.</summary>
/// <param name="store">Has the records to send.</param>
/// <param name="source">Has the contents to send.</param>
/// <param name="post">Takes what comes in, to the lane.</param>
/// <param name="sentAway">Told who ended a link for good, before the link is seen to be down.</param>
internal sealed class LinkTable(IFolderStore store, ContentSource source, Action<SessionInput> post, Action<NodeId> sentAway)
{
    private readonly ConcurrentDictionary<int, LinkDriver> _links = new();
    private int _last;
    private volatile bool _closed;

    public IReadOnlyCollection<LinkDriver> All => [.. _links.Values];

    public LinkDriver? Find(int number) => _links.GetValueOrDefault(number);

    /// <summary>Serves a link on the calling thread, until it ends.</summary>
    public void Serve(IPeerLink link)
    {
        using var driver = new LinkDriver(Interlocked.Increment(ref _last), link, store, source, post, sentAway);
        _links[driver.Number] = driver;
        try
        {
            if (!_closed) driver.Run();
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
        foreach (var link in _links.Values) link.Dispose();
    }
}
