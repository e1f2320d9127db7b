using VfsSync.Core.History;

namespace VfsSync.Engine.Net;

/// <summary>Links within this process, for the simulation and tests. Made by <see cref="MemoryNetwork.Join"/>.</summary>
internal sealed class MemoryTransport(MemoryNetwork network, string host, NodeId id, ReadOnlyMemory<byte> key) : IPeerTransport
{
    private Action<IPeerLink>? _accepted;

    public string Host => host;

    public NodeId Id => id;

    public ReadOnlyMemory<byte> Key => key;

    public int Listen(int port, bool giveWay, Action<IPeerLink> accepted)
    {
        if (_accepted is not null) throw new InvalidOperationException("It listens already.");
        _accepted = accepted;
        return network.Listen(this, port, giveWay);
    }

    public Task<IPeerLink> ConnectAsync(string address, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return Task.FromCanceled<IPeerLink>(cancellation);
        try
        {
            var (server, near, far) = network.Connect(this, PeerAddress.Parse(address));
            server.Serve(far);
            return Task.FromResult<IPeerLink>(near);
        }
        catch (FormatException e)
        {
            return Task.FromException<IPeerLink>(new PeerException(e.Message, e));
        }
        catch (PeerException e)
        {
            return Task.FromException<IPeerLink>(e);
        }
    }

    public void Dispose() => network.Close(this);

    /// <summary>As the contract has it: an accepted link comes on a thread of its own. There is no other thread here.</summary>
    private void Serve(MemoryLink link) => new Thread(() =>
    {
        try
        {
            _accepted!(link);
        }
        catch (Exception)
        {
            // A fault of one link must not end the process; the other end sees the link break.
            link.Break();
        }
    }) { IsBackground = true, Name = $"vfs {link.Address}" }.Start();
}
