using System.Collections.Immutable;
using VfsSync.Core.History;
using VfsSync.Engine.Net;
using VfsSync.Engine.Net.Mdns;

namespace VfsSync.Engine.Running;

/// <summary>The nodes of a cluster that are on this machine's networks, for one that is no member yet.</summary>
internal sealed class Nearby : IDisposable
{
    private readonly MdnsFinder _finder;
    private readonly TaskCompletionSource<ImmutableArray<FoundPeer>> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Nearby(ClusterId cluster)
    {
        _finder = new MdnsFinder(cluster, self: null);
        _finder.Start(Found, static _ => { });
    }

    /// <summary>The addresses of those seen first; none if nobody is seen for a while.</summary>
    public async Task<IReadOnlyList<string>> SeenAsync(TimeSpan within, CancellationToken cancellation)
    {
        try
        {
            return [.. (await _first.Task.WaitAsync(within, cancellation)).SelectMany(p => p.Addresses).Select(a => a.ToString()).Distinct()];
        }
        catch (TimeoutException)
        {
            return [];
        }
    }

    public void Dispose() => _finder.Dispose();

    private void Found(ImmutableArray<FoundPeer> peers)
    {
        if (!peers.IsEmpty) _first.TrySetResult(peers);
    }
}
